import { describe, expect, test } from "bun:test";
import { appKey } from "../../core/model/application.ts";
import type { RecordedApplication } from "../../core/ports/custom-resources.ts";
import { TakenOperations } from "./taken-operations.ts";

const KEY = appKey("argocd", "shop");
const FIRST = { sync: { revision: "main" } },
  BEGUN = { operationState: { startedAt: "2026-01-01T00:00:00Z" } };

function recorded(written: unknown, more: Partial<RecordedApplication> = {}): RecordedApplication {
  return {
    key: KEY,
    uid: "u1",
    app: {} as never,
    status: undefined,
    refresh: undefined,
    goingSince: undefined,
    asked: written === undefined ? { is: "none" } : { is: "asked", operation: written as never, written },
    ...more,
  };
}
function stand() {
  const values = new Map<string, string>();
  return new TakenOperations({
    value: (name) => values.get(name),
    putValue: (name, value) => void (value === undefined ? values.delete(name) : values.set(name, value)),
  });
}

describe("TakenOperations", () => {
  test("knows one that still stands there", () => {
    const taken = stand();
    expect(taken.has(recorded(FIRST))).toBe(false);
    taken.note(recorded(FIRST));
    expect(taken.has(recorded({ sync: { revision: "main" } }))).toBe(true);
  });

  const others: { name: string; now: RecordedApplication }[] = [
    { name: "another one", now: recorded({ sync: { revision: "next" } }) },
    { name: "one of an Application that was made anew", now: recorded(FIRST, { uid: "u2" }) },
    { name: "the same words after the first were taken out", now: recorded(FIRST, { status: BEGUN }) },
    { name: "none", now: recorded(undefined) },
  ];
  test.each(others)("does not know $name", ({ now }) => {
    const taken = stand();
    taken.note(recorded(FIRST));
    expect(taken.has(now)).toBe(false);
  });

  test("an operation that was shown before says nothing of this one", () => {
    const taken = stand();
    taken.note(recorded(FIRST, { status: BEGUN }));
    expect(taken.has(recorded(FIRST, { status: BEGUN }))).toBe(true);
    expect(
      taken.has(recorded(FIRST, { status: { operationState: { startedAt: "2026-01-01T00:00:09Z" } } })),
    ).toBe(false);
  });

  test("forgets what was taken out", () => {
    const taken = stand();
    taken.note(recorded(FIRST));
    taken.forget(KEY);
    expect(taken.has(recorded(FIRST))).toBe(false);
  });
});
