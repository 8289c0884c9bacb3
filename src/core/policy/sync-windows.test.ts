import { expect, test } from "bun:test";
import type { SyncWindow } from "../model/sync-window.ts";
import { changesAt, closesAt, opensAt } from "./sync-windows.ts";

const at = Date.parse("2026-08-19T10:30:30Z");
const window = (kind: SyncWindow["kind"], schedule: string, duration: string): SyncWindow => ({
  kind,
  schedule,
  duration,
  applications: ["*"],
});
const iso = (ms: number | undefined) => (ms === undefined ? undefined : new Date(ms).toISOString());
const by = "itself";

test.each<[string, SyncWindow[], string | undefined]>([
  ["one deny", [window("deny", "0 10 * * *", "1h")], "2026-08-19T11:00:00.000Z"],
  ["one allow", [window("allow", "0 3 * * *", "1h")], "2026-08-20T03:00:00.000Z"],
  [
    "an allow that opens while a deny is open",
    [window("allow", "30 10 * * *", "3h"), window("deny", "0 10 * * *", "2h")],
    "2026-08-19T12:00:00.000Z",
  ],
  [
    "two denies, one after the other",
    [window("deny", "0 10 * * *", "1h"), window("deny", "0 11 * * *", "1h")],
    "2026-08-19T12:00:00.000Z",
  ],
  ["a freeze for good", [window("deny", "* * * * *", "1m")], undefined],
  [
    "a freeze for good beside what opens each hour",
    [window("deny", "* * * * *", "1m"), window("allow", "0 * * * *", "30m")],
    undefined,
  ],
  [
    "an allow that lies in a deny each day",
    [window("allow", "0 1 * * *", "1h"), window("deny", "0 0 * * *", "12h")],
    undefined,
  ],
])("opensAt(): %s", (_, windows, want) => {
  expect(iso(opensAt(windows, { at, by }))).toBe(want);
});

test("closesAt() is when it may not be synced any more", () => {
  expect(iso(closesAt([window("deny", "0 22 * * *", "1h")], { at, by }))).toBe("2026-08-19T22:00:00.000Z");
  expect(closesAt([], { at, by })).toBeUndefined();
});

test("changesAt() is right again where time went on, and where a clock was set back", () => {
  const freeze = window("deny", "0 10 * * *", "1h");
  const hour = 3_600_000;
  const answers = [at, at + 60_000, at + hour, at - hour, at].map((now) => iso(changesAt(freeze, now)));
  expect(answers).toEqual([
    "2026-08-19T11:00:00.000Z",
    "2026-08-19T11:00:00.000Z",
    "2026-08-20T10:00:00.000Z",
    "2026-08-19T10:00:00.000Z",
    "2026-08-19T11:00:00.000Z",
  ]);
});
