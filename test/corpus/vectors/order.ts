import { annotationList } from "../../../src/core/manifest/annotation-list.ts";
import { phaseOf, roleOf } from "../../../src/core/manifest/role-of.ts";
import { ANNOTATION } from "../../../src/core/model/application.ts";
import type { Difference } from "../../../src/core/model/comparison.ts";
import type { KubeObject } from "../../../src/core/model/kube-object.ts";
import type { HookStep } from "../../../src/core/model/plan.ts";
import { waveOf } from "../../../src/core/model/sync-wave.ts";
import { DEFAULT_GUARDS } from "../../../src/core/plan/guard-input.ts";
import { kindOrder } from "../../../src/core/plan/kind-order.ts";
import { planDeletion } from "../../../src/core/plan/plan-deletion.ts";
import { planSync } from "../../../src/core/plan/plan-sync.ts";
import { inWaves, type Task } from "../../../src/core/plan/task-order.ts";
import {
  application,
  applyStep,
  desiredObject,
  extra,
  liveObject,
  recordOf,
  type Sketch,
} from "../../lib/core-objects.ts";
import { notBuilt, type Player, played } from "./vector.ts";

type Written = { apiVersion?: string; kind?: string; metadata?: Partial<KubeObject["metadata"]> } | null;

/** Upstream's tables leave out whatever a rule does not look at. */
const objectOf = (manifest: Written): KubeObject => ({
  apiVersion: "v1",
  kind: "",
  ...manifest,
  metadata: { name: "", ...manifest?.metadata },
});
const sketchOf = (manifest: Written): Sketch => {
  const { apiVersion, kind, metadata } = objectOf(manifest);
  return {
    apiVersion,
    kind,
    name: metadata.name ?? "",
    namespace: metadata.namespace ?? "",
    annotations: metadata.annotations ?? {},
  };
};
const withAnnotations = (annotations: Record<string, string>): KubeObject =>
  objectOf({ metadata: { annotations } });

const isSkipped = (object: KubeObject): boolean => {
  const role = roleOf(object);
  return role.is === "ignored" && role.because.endsWith("says Skip");
};
const isHook = (object: KubeObject): boolean => roleOf(object).is !== "ordinary" && !isSkipped(object);
const typesOf = (object: KubeObject): readonly string[] => {
  const role = roleOf(object);
  return role.is === "hook" ? role.types : isSkipped(object) ? ["Skip"] : [];
};
const sorted = (list: readonly string[]): string[] => [...list].sort();

/** What a sync does with one hook. A live object without a manifest is what an earlier run of the same hook left. */
function hookSteps({ target, live }: { target: Written; live: Written }): HookStep[] {
  const desired = desiredObject(sketchOf(target ?? live));
  const role = roleOf(desired.object);
  const there = live === null ? [] : [liveObject(sketchOf(live))];
  return planSync({
    app: application(),
    request: { prune: true },
    asked: "by-person",
    startedAt: "2026-01-01T10:00:00Z",
    now: Date.parse("2026-01-01T10:00:00Z"),
    contents: new Map(),
    revision: "abc",
    guards: UNGUARDED,
    differences: [],
    desired: [{ ...desired, role }],
    hooks: { live: new Map(there.map((one) => [one.key, one])), foreign: new Map() },
  }).waves.flatMap(({ steps }) => steps.flatMap((step) => (step.do === "hook" ? [step] : [])));
}

/** Objects that lie in the way of the order alone: nothing else of the guards is asked. */
const UNGUARDED = { ...DEFAULT_GUARDS, budget: { percent: 100, count: 1_000 }, confirmKinds: [] };

export const ORDER: Readonly<Record<string, Player>> = {
  sort: ({ tasks, expectedOrder }) => {
    type Asked = { phase: string; target: Written };
    const followsFailure = (at: number): boolean => (tasks[at] as Asked).phase === "SyncFail";
    const all = (tasks as Asked[]).map(({ phase, target }, at): Task => {
      const desired = desiredObject(sketchOf(target));
      return {
        phase: (phase === "" ? "Sync" : phase) as Task["phase"],
        wave: waveOf(desired.object),
        ref: desired.ref,
        step: applyStep({ ...desired, hash: String(at) }),
      };
    });
    // What follows a failure has waves of its own.
    const waves = [
      ...inWaves(all.filter((_, at) => !followsFailure(at))),
      ...inWaves(all.filter((_, at) => followsFailure(at))),
    ];
    const order = waves
      .flatMap(({ steps }) => steps)
      .map((step) => (step.do === "apply" ? Number(step.desired.hash) : -1));
    return played(order, expectedOrder);
  },
  "prune-waves": ({ target, live, pruneLast, expectedWaves, expectedLastWave }) => {
    const differences = (target as Written[]).map((wanted, at): Difference => {
      const there = (live as Written[])[at] ?? null;
      if (wanted === null) return extra(sketchOf(there));
      const desired = desiredObject(sketchOf(wanted));
      return there === null
        ? { is: "missing", key: desired.key, desired }
        : { is: "changed", key: desired.key, desired, live: liveObject(sketchOf(there)) };
    });
    const { waves } = planSync({
      app: application({
        syncPolicy: {
          automated: { allowEmpty: true },
          syncOptions: pruneLast === true ? ["PruneLast=true"] : [],
        },
      }),
      request: { prune: true },
      asked: "by-person",
      startedAt: "2026-01-01T10:00:00Z",
      now: Date.parse("2026-01-01T10:00:00Z"),
      contents: new Map(differences.map(({ key }) => [key, { is: "ours-alone", uids: new Set() }])),
      revision: "abc",
      guards: UNGUARDED,
      differences,
      desired: differences.flatMap((one) => (one.is === "extra" ? [] : [one.desired])),
    });
    const byName = Object.fromEntries(
      waves.flatMap(({ wave, steps }) =>
        steps.flatMap((step) =>
          step.do === "prune"
            ? [[step.ref.name, wave]]
            : step.do === "apply"
              ? [[step.desired.ref.name, wave]]
              : [],
        ),
      ),
    );
    return expectedWaves === undefined
      ? played(Math.max(...waves.map(({ wave }) => wave)), expectedLastWave)
      : played(byName, expectedWaves);
  },
  "hook-types": ({ manifest, expected }) => played(sorted(typesOf(objectOf(manifest))), sorted(expected)),
  "hook-skip": ({ manifest, expected }) => played(isSkipped(objectOf(manifest)), expected),
  "is-hook": ({ manifest, expected }) => played(isHook(objectOf(manifest)), expected),
  "hook-delete-policies": ({ manifest, expected }) => {
    const object = objectOf(manifest);
    // Only a hook is asked for them.
    const role = roleOf({
      ...object,
      metadata: {
        ...object.metadata,
        annotations: { [ANNOTATION.hook]: "Sync", ...object.metadata.annotations },
      },
    });
    return played(role.is === "hook" ? role.deletePolicies : role.is, expected);
  },
  wave: ({ manifest, expected }) => played(waveOf(objectOf(manifest)), expected),
  phases: ({ manifest, expected }) => {
    const role = roleOf(objectOf(manifest));
    return played(role.is === "hook" ? sorted(role.types) : [phaseOf(role)], sorted(expected));
  },
  ignore: ({ manifest, expected }) => played(isSkipped(objectOf(manifest)), expected),
  task: ({ ask, task, policy, expected }) => {
    const object = objectOf(task.target ?? task.live);
    const role = roleOf(object);
    switch (ask) {
      case "wave":
        return played(waveOf(object), expected);
      case "hookType":
        return played(role.is === "hook" && role.types.find((type) => type === task.phase), expected);
      case "hasHookDeletePolicy":
        return played(role.is === "hook" && role.deletePolicies.includes(policy), expected);
      case "deleteBeforeCreation":
        return played(
          hookSteps(task).some(({ live, run }) => live !== undefined && run === "anew"),
          expected,
        );
      case "deleteOnPhaseCompletion": {
        const tidied = task.operationState === "Succeeded" ? "HookSucceeded" : "HookFailed";
        return played(
          hookSteps(task).some(({ deletePolicies }) => deletePolicies.includes(tidied)),
          expected,
        );
      }
      default:
        return { is: "not applicable", why: `nobody asks a task for ${ask}` };
    }
  },
  "task-list": ({ tasks, ask, expected }) => {
    const waves = inWaves(
      (tasks as { phase: Task["phase"]; live: Written }[]).map(({ phase, live }): Task => {
        const desired = desiredObject(sketchOf(live));
        return { phase, wave: waveOf(desired.object), ref: desired.ref, step: applyStep(desired) };
      }),
    );
    return played(ask === "lastPhase" ? waves.at(-1)?.phase : waves[0]?.wave, expected);
  },
  "kind-rank": ({ resourceKind, expected }) =>
    // Theirs count from the kinds that are not listed backwards.
    played(kindOrder({ kind: resourceKind }) - kindOrder({ kind: "not listed" }), expected),
  "hook-type-name": ({ name, known }) =>
    played(typesOf(withAnnotations({ [ANNOTATION.hook]: name })).length > 0, known),
  "delete-policy-name": ({ name, known }) => {
    const role = roleOf(
      withAnnotations({
        [ANNOTATION.hook]: "Sync",
        [ANNOTATION.hookDeletePolicy]: `${name},HookFailed`,
      }),
    );
    return played(role.is === "hook" && role.deletePolicies.length > 1, known);
  },
  "annotation-csv": ({ annotations, key, expected }) =>
    played(annotationList(withAnnotations(annotations), key), expected),
  "annotation-has": ({ annotations, key, value, expected }) =>
    played(annotationList(withAnnotations(annotations), key).includes(value), expected),
  "annotation-value": notBuilt("no annotation that is read here holds names with values"),
  // Theirs is asked again and again which wave goes next; ours is planned as a whole.
  "delete-next-wave": ({ waves, expectedWaves }) => {
    const tracked = (waves as number[]).map((wave, at) =>
      liveObject(
        sketchOf({ metadata: { name: `${at}`, annotations: { [ANNOTATION.syncWave]: `${wave}` } } }),
      ),
    );
    const [first] = planDeletion({
      app: application(),
      tracked,
      records: new Map(tracked.map((live) => [live.key, recordOf(live)])),
      us: { app: "shop", installationId: undefined },
      asked: "by-person",
      startedAt: "2026-01-01T10:00:00Z",
      now: Date.parse("2026-01-01T10:00:00Z"),
      contents: new Map(),
      propagation: "Foreground",
    }).waves;
    const going = (first?.steps ?? []).flatMap((step) =>
      step.do === "prune" ? [Number(step.ref.name)] : [],
    );
    return played(
      going.map((at) => (waves as number[])[at]),
      expectedWaves,
    );
  },
  "app-hook": ({ ask, manifest, hookType, expected }) => {
    const object = objectOf(manifest);
    const type =
      ask === "isPreDeleteHook" ? "PreDelete" : ask === "isPostDeleteHook" ? "PostDelete" : hookType;
    return played(ask === "isHook" ? isHook(object) : typesOf(object).includes(type), expected);
  },
  "app-hook-partition": ({ manifests, expectedSynced, expectedPreDelete, expectedPostDelete }) => {
    const objects = (manifests as Written[]).map(objectOf);
    const has = (type: string): boolean => objects.some((object) => typesOf(object).includes(type));
    return played(
      [
        objects.filter((object) => roleOf(object).is === "ordinary").map(({ metadata }) => metadata.name),
        has("PreDelete"),
        has("PostDelete"),
      ],
      [expectedSynced, expectedPreDelete, expectedPostDelete],
    );
  },
};
