import { expect, test } from "bun:test";
import type { Transition, TransitionNote } from "../model/transition.ts";
import { joined } from "./joined.ts";

const LAST: Transition = {
  ...{ seq: 7, kind: "health-degraded", at: "2026-11-30T08:00:00Z", uid: "1" },
  ...{ count: 2, first: "2026-11-30T07:55:00Z" },
};
const note = (of: Partial<TransitionNote>): TransitionNote => ({
  ...{ kind: "health-degraded", at: "2026-11-30T08:09:59Z", uid: "1" },
  ...of,
});

test("joined() counts what comes again soon, with the time of the first", () => {
  expect(joined(LAST, note({}))).toEqual({ count: 3, first: "2026-11-30T07:55:00Z" });
});

test.each<[string, Transition | undefined, TransitionNote]>([
  ["what is the first of its kind", undefined, note({})],
  ["what comes ten minutes later", LAST, note({ at: "2026-11-30T08:10:00Z" })],
  ["the health of another deployment", { ...LAST, deployment: 3 }, note({ deployment: 4 })],
  ["another one that has the name now", LAST, note({ uid: "2" })],
  [
    "a sync of another revision",
    { ...LAST, kind: "sync-failed", revisions: ["a"] },
    note({ kind: "sync-failed", revisions: ["b"] }),
  ],
  ["what is one each time", { ...LAST, kind: "deployed" }, note({ kind: "deployed" })],
])("joined() leaves apart %s", (_name, last, next) => {
  expect(joined(last, next)).toBeUndefined();
});

test("joined() counts a sync of the same revision that fails again", () => {
  const of = { kind: "sync-failed", revisions: ["a"], cause: "automated" } satisfies Partial<TransitionNote>;
  expect(joined({ ...LAST, ...of }, note(of))?.count).toBe(3);
});

test("joined() counts the health of one deployment that goes to and fro", () => {
  expect(joined({ ...LAST, deployment: 3 }, note({ deployment: 3 }))?.count).toBe(3);
});
