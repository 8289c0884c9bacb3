import { describe, expect, test } from "bun:test";
import type { OperationState } from "../../core/model/operation.ts";
import {
  messageOf,
  nextTry,
  type Run,
  runAsked,
  syncsOf,
  triedAt,
  tryName,
  tryOf,
  waited,
  withLast,
} from "./run-tries.ts";

const STARTED = "2026-11-30T10:00:00Z";
const state = (more: Partial<OperationState>): OperationState => ({
  ...{ operation: {}, phase: "Running", message: "", startedAt: STARTED },
  ...more,
});
const run = (id: number, more: Partial<OperationState>): Run => ({ id, cause: "manual", state: state(more) });
const first: Partial<OperationState> = {
  phase: "Failed",
  finishedAt: "2026-11-30T10:00:04Z",
  retryCount: 1,
  message: "hook failed. Try 2 follows at 2026-11-30T10:00:09Z",
};

describe("tryOf()", () => {
  test("the first, the one that is followed, the one that follows", () => {
    expect([state({}), state(first), state({ retryCount: 1 })].map(tryOf)).toEqual([1, 1, 2]);
  });
  test("what a running try says is no end of it", () => {
    expect(tryOf(state({ retryCount: 1, message: "waiting for x. Try 9 follows at noon" }))).toBe(2);
  });
});

describe("withLast()", () => {
  const shown = (runs: readonly Run[], last: OperationState) =>
    withLast(runs, last).map(({ id, state }) => (state === last ? `${id} is the last` : id));
  const running = state({ retryCount: 1 });
  test("a try before it is left as it ended", () => {
    expect(shown([run(2, { retryCount: 1 }), run(1, first)], running)).toEqual(["2 is the last", 1]);
  });
  test("of a try that nobody wrote down yet, none is taken for it", () => {
    expect(shown([run(1, first)], running)).toEqual([1]);
  });
  test("while the next one is waited for, it is the one that ended", () => {
    expect(shown([run(1, first)], state({ ...first, phase: "Running" }))).toEqual(["1 is the last"]);
  });
  test("what was given up while it waited is the one that ended", () => {
    const givenUp = state({ ...first, message: "hook failed. It is not tried again, because x came" });
    expect(shown([run(1, first)], givenUp)).toEqual(["1 is the last"]);
  });
  test("tries that ended in one second are two", () => {
    const { finishedAt = "" } = first;
    const second = { phase: "Failed", retryCount: 1, finishedAt, message: "hook failed" } as const;
    expect(shown([run(2, second), run(1, first)], state(second))).toEqual(["2 is the last", 1]);
  });
  test("of another sync it is none", () => {
    expect(shown([run(1, { startedAt: "2026-11-29T10:00:00Z" })], running)).toEqual([1]);
  });
});

describe("nextTry()", () => {
  const waits = (limit: number) => state({ ...first, phase: "Running", operation: { retry: { limit } } });
  test.each([
    [5, "Try 2 of 6", "because try 1 failed and 5 retries are allowed"],
    [1, "Try 2 of 2", "because try 1 failed and 1 retry is allowed"],
    [-1, "Try 2", "because try 1 failed and it is retried until it succeeds"],
  ])("of a limit of %d", (limit, name, why) => {
    expect(nextTry(waits(limit))).toEqual({ name, at: "2026-11-30T10:00:09Z", why });
    expect(messageOf(waits(limit))).toBe("hook failed");
  });
  test("follows nothing that runs, and nothing that has ended", () => {
    expect(nextTry(state(first))).toBeUndefined();
    expect(nextTry(state({ message: first.message ?? "" }))).toBeUndefined();
  });
});

describe("syncsOf()", () => {
  const ids = (runs: readonly Run[]) => syncsOf(runs).map((tries) => tries.map(({ id }) => id));
  const retry = (id: number): Run => ({ ...run(id, { retryCount: id - 1 }), cause: "retry" });
  test("the tries of one are together, the first at first", () => {
    expect(ids([retry(3), retry(2), run(1, first)])).toEqual([[1, 2, 3]]);
  });
  test("two syncs of one second are two", () => {
    expect(ids([run(2, {}), run(1, {})])).toEqual([[2], [1]]);
  });
  test("what a restart ended went on as another one", () => {
    const cut = run(1, { phase: "Error", message: "cut off by a restart of the daemon" });
    expect(ids([run(2, {}), cut])).toEqual([[1, 2]]);
    expect([cut, run(2, {})].map((one, _, tries) => tryName(one, tries))).toEqual([
      "Try 1",
      "Try 1, after a restart",
    ]);
  });
});

test("a later try began when its first wave did", () => {
  const lanes = [{ phase: "Sync", wave: 0, steps: 1, startedAt: "2026-11-30T10:00:09Z" }] as const;
  const syncResult = { resources: [], lanes: [...lanes] };
  expect(triedAt(state({ retryCount: 1, syncResult }))).toBe("2026-11-30T10:00:09Z");
  expect(triedAt(state({ syncResult }))).toBe(STARTED);
  expect(triedAt(state({ retryCount: 1 }))).toBe(STARTED);
});

test.each([
  [-5, "0 s"],
  [34_900, "34 s"],
  [130_000, "2 min 10 s"],
  [120_000, "2 min"],
  [3_900_000, "1 h 5 min"],
  [90_000_000, "1 day 1 h"],
  [176_400_000, "2 days 1 h"],
])("waited(%d) is %s", (ms, words) => {
  expect(waited(ms)).toBe(words);
});

describe("runAsked()", () => {
  const at = (id: number, startedAt: string, more: Partial<Run> = {}): Run => ({
    ...run(id, { startedAt }),
    ...more,
  });
  const runs = [
    at(6, "2026-11-30T10:09:00Z"),
    at(5, "2026-11-30T10:05:01Z", { cause: "retry" }),
    at(4, "2026-11-30T10:05:01Z"),
    at(3, "2026-11-30T10:05:00Z", { cause: "automated" }),
    at(2, "2026-11-30T10:00:00Z"),
  ];
  test.each([
    ["4", 4],
    ["9", undefined],
    // The last of its tries is what it came to; what the policy began in between is another one.
    ["2026-11-30T10:05:00Z", 5],
    ["2026-11-30T10:06:00Z", 6],
    ["2026-11-30T10:00:00Z", 2],
    ["2026-11-30T11:00:00Z", undefined],
    ["<b>", undefined],
    ["", undefined],
  ])("%s", (asked, id) => expect(runAsked(runs, asked, 30)?.id).toBe(id));
  test("where older ones are not listed, none is taken for it", () => {
    expect(runAsked(runs, "2026-11-30T09:00:00Z", 5)).toBeUndefined();
    expect(runAsked(runs, "2026-11-30T09:00:00Z", 6)?.id).toBe(2);
    expect(runAsked([], "2026-11-30T09:00:00Z", 6)).toBeUndefined();
  });
});
