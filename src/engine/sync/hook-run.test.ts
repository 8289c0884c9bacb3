import { describe, expect, test } from "bun:test";
import { desiredObject, kubeObject, liveObject } from "../../../test/lib/core-objects.ts";
import type { HookStep, Wave } from "../../core/model/plan.ts";
import {
  asBeforeDeletion,
  countTwins,
  deadlineOf,
  type HookTry,
  hookObject,
  isOfTry,
  refOfHook,
} from "./hook-run.ts";

const TRY: HookTry = { is: "resumed", mark: "0123456789", startedAt: "2026-01-01T10:00:00Z", id: "t 0" };

function unnamed(generateName: string, type: HookStep["type"] = "PreSync"): HookStep {
  const desired = desiredObject({ apiVersion: "batch/v1", kind: "Job", name: generateName });
  const { name: _, ...metadata } = desired.object.metadata;
  const object = { ...desired.object, metadata: { ...metadata, generateName } } as typeof desired.object;
  return {
    do: "hook",
    desired: { ...desired, object },
    type,
    deletePolicies: [],
    live: undefined,
    run: "anew",
  };
}

describe("refOfHook()", () => {
  test("names by commit, phase and start", () => {
    expect(refOfHook(unnamed("migrate-"), TRY, 1).name).toBe("migrate-0123456-presync-1767261600");
  });

  test("gives each of several hooks with one generateName a name of its own, the same in every process", () => {
    const [a, b, c] = [unnamed("x-"), unnamed("x-"), unnamed("x-", "PostSync")];
    const wave = (...steps: HookStep[]): Wave => ({ phase: "PreSync", wave: 0, steps, gate: [] });
    const plan = { waves: [wave(a), wave(b), wave(c)], onFailure: [] };
    const names = [a, b, c].map((step) => refOfHook(step, TRY, countTwins(plan).get(step) ?? 0).name);
    expect(names).toEqual([
      "x-0123456-presync-1767261600",
      "x-0123456-presync-1767261600-2",
      "x-0123456-postsync-1767261600",
    ]);
  });

  test("cuts what is too long for the name of a Job, and never its end", () => {
    const { name } = refOfHook(unnamed(`${"long-".repeat(20)}`), TRY, 2);
    expect(name).toHaveLength(63);
    expect(name).toEndWith("0123456-presync-1767261600-2");
  });
});

test("isOfTry() knows what this try made before a restart, also where it is being deleted by now", () => {
  const step = unnamed("x-");
  const made = hookObject(step, refOfHook(step, TRY, 1), TRY);
  const deleting = { ...made, metadata: { ...made.metadata, deletionTimestamp: "2026-01-01T10:00:09Z" } };
  expect([isOfTry(made, step, TRY), isOfTry(deleting, step, TRY)]).toEqual([true, true]);
  expect(isOfTry(made, step, { ...TRY, is: "begun" })).toBe(false);
  expect(isOfTry(made, step, { ...TRY, id: "t 1" })).toBe(false);
  expect(isOfTry(made, unnamed("x-", "PostSync"), TRY)).toBe(false);
});

describe("deadlineOf()", () => {
  const of = (text?: string) =>
    kubeObject(text === undefined ? {} : { annotations: { "argocd.argoproj.io/hook-timeout": text } });
  test.each([
    ["10m", 5_000, { ms: 600_000, words: "10m" }],
    [undefined, 5_000, { ms: 5_000, words: "5s, the config's sync.hookTimeout" }],
    // A slip is a warning where it is read.
    ["ten minutes", 5_000, { ms: 5_000, words: "5s, the config's sync.hookTimeout" }],
    ["ten minutes", 0, undefined],
    ["0", 5_000, undefined],
    [undefined, 0, undefined],
  ])("of %p where the config says %d ms", (text, otherwiseMs, wanted) => {
    expect(deadlineOf(of(text), otherwiseMs)).toEqual(wanted as never);
  });
});

describe("asBeforeDeletion()", () => {
  const deleted = (kind: string, apiVersion: string, type: string, lastTransitionTime: string) =>
    liveObject({
      apiVersion,
      kind,
      metadata: { deletionTimestamp: "2026-01-01T10:00:05Z" },
      fields: { status: { conditions: [{ type, status: "True", lastTransitionTime }] } },
    });
  test.each([
    ["Job", "batch/v1", "Complete", "2026-01-01T10:00:04Z", "counts"],
    ["Job", "batch/v1", "Failed", "2026-01-01T10:00:04Z", "counts"],
    // Its Pods were told to stop, and some exit with 0 then.
    ["Job", "batch/v1", "Complete", "2026-01-01T10:00:05Z", "counts for nothing"],
    ["Job", "batch/v1", "Complete", "2026-01-01T10:00:06Z", "counts for nothing"],
    ["Job", "batch/v1", "Suspended", "2026-01-01T10:00:04Z", "counts for nothing"],
    ["Migration", "example.com/v1", "Complete", "2026-01-01T10:00:04Z", "counts for nothing"],
  ])("a %s of %s that was %s at %s, and is being deleted since :05, %s", (kind, version, type, at, what) => {
    const { object } = asBeforeDeletion(deleted(kind, version, type, at));
    expect(object.metadata.deletionTimestamp === undefined).toBe(what === "counts");
  });
});
