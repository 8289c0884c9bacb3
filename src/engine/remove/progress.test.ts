import { describe, expect, test } from "bun:test";
import { liveObject, type Sketch } from "../../../test/lib/core-objects.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { DeletionPlan } from "../../core/plan/plan-deletion.ts";
import { begun } from "./begun.ts";
import type { Deleting } from "./cascade.ts";
import type { ObjectsStep } from "./deletion.ts";
import { ended, objectResults, tryAgain, waitsFor, withState } from "./progress.ts";

const SINCE = "2026-01-01T10:00:00Z";

interface Seen {
  /** By wave, the first to go first. */
  waves?: Sketch[][];
  waiting?: Sketch[];
  kept?: Sketch[];
  unseen?: string[];
}

function step({ waves = [], waiting = [], kept = [], unseen = [] }: Seen): ObjectsStep {
  const refused = (sketch: Sketch) => {
    const { key, ref } = liveObject(sketch);
    return { key, ref, guard: "confirm" as const, text: `why ${ref.name}` };
  };
  const plan: DeletionPlan = {
    waves: waves.map((objects, at) => ({
      phase: "Sync",
      wave: waves.length - at,
      steps: [],
      gate: objects.map((sketch) => ({ until: "gone", ...pick(liveObject(sketch)) })),
    })),
    kept: kept.map(refused),
    waiting: waiting.map(refused),
  };
  const tracked = [...waves.flat(), ...kept].map((sketch) => liveObject(sketch));
  return {
    is: "going-on",
    conditions: [],
    plan,
    tracked,
    rehearsal: "done",
    unseen: new Set(unseen),
    later: 0,
  };
}

const pick = ({ ref, key, uid }: ReturnType<typeof liveObject>) => ({ ref, key, uid });
const going = (name: string, seconds = 0): Sketch => ({
  name,
  metadata: { deletionTimestamp: "2026-01-01T10:00:30Z", deletionGracePeriodSeconds: seconds },
});
const row = (name: string, change: Partial<ResourceResult> = {}): ResourceResult => ({
  group: "",
  version: "v1",
  kind: "ConfigMap",
  namespace: "default",
  name,
  message: "",
  ...change,
});
const words = (rows: readonly ResourceResult[]): string[] =>
  rows.map(({ name, status, hookType, hookPhase, message }) =>
    [hookType, name, status, hookPhase, message]
      .filter((word) => word !== undefined && word !== "")
      .join(" "),
  );

describe("objectResults()", () => {
  test("tells what goes, what waits for its turn, what asks and what stays", () => {
    const seen = step({
      waves: [[going("last")], [{ name: "asks" }], [{ name: "first" }]],
      waiting: [{ name: "asks" }],
      kept: [{ name: "kept" }],
    });
    expect(words(objectResults([], seen))).toEqual([
      "last Pruned Running deletion asked for at 2026-01-01T10:00:30Z",
      "asks PruneSkipped Failed why asks",
      "first waits for its turn",
      "kept PruneSkipped Succeeded why kept",
    ]);
  });

  test("calls deleted what was to go and is not seen any more, and never what cannot be seen", () => {
    const before = [
      row("gone"),
      row("was-going", { status: "Pruned", hookPhase: "Running" }),
      row("hidden", { kind: "Secret", message: "waits for its turn" }),
      row("kept-before", { status: "PruneSkipped", hookPhase: "Succeeded" }),
      row("backup", { hookType: "PreDelete", hookPhase: "Succeeded" }),
    ];
    expect(words(objectResults(before, step({ unseen: ["Secret"] })))).toEqual([
      "PreDelete backup Succeeded",
      "gone Pruned Succeeded deleted",
      "was-going Pruned Succeeded deleted",
      "hidden waits for its turn",
    ]);
  });

  test("does not call deleted what came back", () => {
    const before = [row("a", { status: "Pruned", hookPhase: "Succeeded", message: "deleted" })];
    expect(words(objectResults(before, step({ waves: [[{ name: "a" }]] })))).toEqual([
      "a waits for its turn",
    ]);
  });
});

describe("waitsFor()", () => {
  test.each<[seen: Seen, want: string]>([
    [
      { waves: [[going("a"), going("b")], [{ name: "c" }]] },
      "waiting for deletion of ConfigMap default/a since 2026-01-01T10:00:30Z and 1 more in wave 2",
    ],
    // A Pod's time is when its grace ends.
    [
      { waves: [[going("a", 30)]] },
      "waiting for deletion of ConfigMap default/a since 2026-01-01T10:00:00Z in wave 1",
    ],
    [{ waves: [[{ name: "a" }]] }, "waiting for deletion of ConfigMap default/a in wave 1"],
    [
      { waves: [[{ name: "a" }, { name: "b" }]], waiting: [{ name: "a" }, { name: "b" }] },
      "waiting for a person's approval to delete ConfigMap default/a and 1 more in wave 1",
    ],
    [{ unseen: ["apps/Deployment"] }, "it cannot be seen whether every apps/Deployment is gone"],
    [{}, "everything is gone"],
  ])("%j", (seen, want) => expect(waitsFor(step(seen))).toBe(want));
});

describe("a further try", () => {
  const deleting = { since: SINCE, cascade: "foreground", asked: "by-person", by: "user:ann" } as Deleting;

  test("keeps what succeeded alone, and looks for what Git wants anew", () => {
    const first = withState(
      { ...begun(deleting), run: 7 },
      {
        source: { revision: "abc" },
        results: [
          row("done", { hookType: "PreDelete", hookPhase: "Succeeded" }),
          row("bad", { hookType: "PreDelete", hookPhase: "Failed" }),
          row("cut-off", { hookType: "PreDelete", hookPhase: "Running" }),
        ],
      },
    );
    const again = tryAgain(ended(first, "Failed", "bad failed", "2026-01-01T10:01:00Z"));
    expect([
      again.tries,
      again.state.phase,
      again.state.finishedAt,
      again.state.syncResult?.revision,
    ]).toEqual([2, "Running", undefined, undefined]);
    expect(words(again.state.syncResult?.resources ?? [])).toEqual(["PreDelete done Succeeded"]);
  });
});
