import { describe, expect, test } from "bun:test";
import type { OperationState } from "../../core/model/operation.ts";
import { type Run, tryOf, withLast } from "./run-tries.ts";

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
