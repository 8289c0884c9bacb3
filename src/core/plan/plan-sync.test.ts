import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  application,
  desiredObject,
  extra,
  liveObject,
  missing,
  paired,
  type Sketch,
} from "../../../test/lib/core-objects.ts";
import type { Difference } from "../model/comparison.ts";
import { groupKind, show } from "../model/object-ref.ts";
import type { SyncPhase } from "../model/operation.ts";
import type { Plan, Step } from "../model/plan.ts";
import { kindOrder } from "./kind-order.ts";
import { type PlanInput, planSync } from "./plan-sync.ts";
import { isFoundation, preflight } from "./preflight.ts";
import { reversedWaves } from "./task-order.ts";

const base: Omit<PlanInput, "differences" | "desired" | "contents"> = {
  app: application(),
  request: { prune: true },
  asked: "by-person",
  startedAt: "2026-01-01T10:00:00Z",
  now: Date.parse("2026-01-01T11:00:00Z"),
  revision: "abc",
};

function plan(differences: readonly Difference[], change: Partial<PlanInput> = {}): Plan {
  return planSync({
    ...base,
    differences,
    contents: new Map(differences.map(({ key }) => [key, { is: "ours-alone", uids: new Set() }])),
    desired: differences.flatMap((one) => (one.is === "extra" ? [] : [one.desired])),
    ...change,
  });
}

function words(step: Step): string {
  if (step.do === "create-namespace") return `create namespace ${step.namespace}`;
  if (step.do === "hook") return `run ${step.type} hook ${show(step.desired.ref)}`;
  return step.do === "prune" ? `prune ${show(step.ref)}` : `apply ${show(step.desired.ref)}`;
}

describe("planSync()", () => {
  const replaced: {
    name: string;
    options?: string;
    live?: string;
    appOptions?: string[];
    force?: true;
    kind?: Sketch;
    how: string;
  }[] = [
    { name: "server-side by rule", how: "server-side" },
    { name: "ServerSideApply=false changes nothing", options: "ServerSideApply=false", how: "server-side" },
    { name: "Replace=true", options: "Replace=true", how: "replace" },
    { name: "Replace=true of the live object", live: "Replace=true", how: "replace" },
    { name: "Replace=true of the application", appOptions: ["Replace=true"], how: "replace" },
    { name: "Force=true", options: "Force=true", how: "server-side-or-recreate" },
    { name: "Force=true,Replace=true", options: "Force=true,Replace=true", how: "replace-or-recreate" },
    { name: "force of the operation", force: true, how: "server-side-or-recreate" },
    {
      name: "a Namespace is never made again",
      options: "Force=true,Replace=true",
      kind: { kind: "Namespace", name: "n", namespace: "" },
      how: "replace",
    },
    {
      name: "a PersistentVolumeClaim is never made again",
      options: "Force=true",
      kind: { kind: "PersistentVolumeClaim", name: "p" },
      how: "server-side",
    },
  ];
  test.each(replaced)("$name: $how", ({ options, live, appOptions, force, kind = {}, how }) => {
    const marked = (text: string | undefined): Sketch =>
      text === undefined ? kind : { ...kind, annotations: { "argocd.argoproj.io/sync-options": text } };
    const [wave] = plan([paired("changed", marked(options), marked(live ?? options))], {
      app: application(appOptions === undefined ? {} : { syncPolicy: { syncOptions: appOptions } }),
      request: force ? { syncStrategy: { apply: { force } } } : {},
    }).waves;
    expect(wave?.steps[0]).toMatchObject({ do: "apply", how });
  });

  test("an operation's own options stand in place of the application's", () => {
    const app = application({ syncPolicy: { syncOptions: ["Replace=true"] } });
    expect(
      plan([paired("changed", {})], { app, request: { syncOptions: [] } }).waves[0]?.steps[0],
    ).toMatchObject({ how: "server-side" });
  });

  test("an object that is in sync is written only to be owned again, and not under ApplyOutOfSyncOnly", () => {
    const same = paired("same", {}),
      reown = new Set([same.key]);
    expect(plan([same]).waves).toEqual([]);
    expect(plan([same], { reown }).waves).toHaveLength(1);
    expect(plan([same], { reown, request: { syncOptions: ["ApplyOutOfSyncOnly=true"] } }).waves).toEqual([]);
  });

  test("CreateNamespace has no step where the Namespace is as it should be, and one where its metadata is not", () => {
    const app = application({
      syncPolicy: { syncOptions: ["CreateNamespace=true"], managedNamespaceMetadata: { labels: { a: "b" } } },
    });
    const there = (labels: Record<string, string>) =>
      liveObject({ kind: "Namespace", name: "shop", namespace: "", labels });
    expect(plan([], { app, destinationNamespace: there({ a: "b", c: "d" }) }).waves).toEqual([]);
    for (const destinationNamespace of [there({ a: "x" }), "absent" as const]) {
      expect(plan([], { app, destinationNamespace }).waves).toEqual([
        {
          phase: "PreSync",
          wave: 0,
          steps: [
            {
              do: "create-namespace",
              namespace: "shop",
              labels: { a: "b" },
              annotations: {},
              update: "always",
            },
          ],
          gate: [],
        },
      ]);
    }
    expect(plan([], { app }).waves).toHaveLength(1);
  });

  test("what the project denies is not written and said to be impossible", () => {
    const one = missing({});
    const { waves, impossible } = plan([one], {
      denied: new Map([[one.key, "kind ConfigMap is not permitted"]]),
    });
    expect(waves).toEqual([]);
    expect(impossible).toMatchObject([{ text: "kind ConfigMap is not permitted" }]);
  });

  test("FailOnSharedResource makes a foreign object impossible", () => {
    const desired = desiredObject({});
    const foreign: Difference = {
      is: "foreign",
      key: desired.key,
      desired,
      live: liveObject({}),
      owner: "application other",
    };
    expect(plan([foreign])).toMatchObject({ waves: [], impossible: [], intended: [] });
    expect(
      plan([foreign], { request: { syncOptions: ["FailOnSharedResource=true"] } }).impossible?.map(
        ({ text }) => text,
      ),
    ).toEqual(["it belongs to application other, and FailOnSharedResource=true stops a sync for that"]);
  });

  test("what could not be looked at stops all but the definition that may be why", () => {
    const definition = (strategy: string): Sketch => ({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      name: "gauges.example.com",
      namespace: "",
      fields: {
        spec: {
          group: "example.com",
          names: { kind: "Gauge" },
          conversion: { strategy },
          versions: [{ name: "v1", served: true, schema: {} }],
        },
      },
    });
    const unseen = (sketch: Sketch, because: "unseen" | "no-such-kind" = "unseen"): Difference => {
      const desired = desiredObject(sketch);
      return { is: "unknown", because, key: desired.key, desired, why: "nobody converts it" };
    };
    const gauge = unseen({ apiVersion: "example.com/v1", kind: "Gauge" });
    const untilOf = (...differences: Difference[]) => plan(differences).impossible?.map(({ until }) => until);
    const changed = paired("changed", definition("None"), definition("Webhook"));
    expect(untilOf(changed, gauge)).toEqual(["definition-changes"]);
    expect(untilOf(paired("changed", definition("None"), definition("None")), gauge)).toEqual([undefined]);
    expect(untilOf(changed, unseen({ apiVersion: "example.com/v1", kind: "Other" }))).toEqual([undefined]);
    expect(untilOf(gauge)).toEqual([undefined]);
    expect(untilOf(changed, unseen({ apiVersion: "example.com/v1", kind: "Gauge" }, "no-such-kind"))).toEqual(
      [undefined],
    );
  });

  test("self-heal's selection takes the drifted objects and runs no hooks", () => {
    const hook = desiredObject(
      { name: "h" },
      { role: { is: "hook", types: ["PreSync"], deletePolicies: [] } },
    );
    const differences = [paired("changed", { name: "a" }), paired("changed", { name: "b" })];
    const desired = [hook, ...differences.flatMap((one) => (one.is === "changed" ? [one.desired] : []))];
    const { waves, intended } = plan(differences, {
      desired,
      request: { resources: [{ kind: "ConfigMap", name: "b" }] },
    });
    expect(waves.flatMap(({ steps }) => steps).map(words)).toEqual(["apply ConfigMap default/b"]);
    expect(intended).toHaveLength(2);
    expect(plan(differences, { desired }).waves[0]?.steps.map(words)).toEqual([
      "run PreSync hook ConfigMap default/h",
    ]);
  });
});

describe("reversedWaves()", () => {
  test("swaps ends by rank, not by value", () => {
    expect([...reversedWaves([3, -1, 7, 3])]).toEqual([
      [-1, 7],
      [3, 3],
      [7, -1],
    ]);
    expect([...reversedWaves([])]).toEqual([]);
  });
});

describe("every plan", () => {
  const NAMES = ["a", "b", "c"] as const;
  const KINDS: Sketch[] = [
    { kind: "Namespace", namespace: "" },
    {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      namespace: "",
      fields: {
        spec: { group: "example.com", names: { kind: "Widget" }, versions: [{ name: "v1", served: true }] },
      },
    },
    { kind: "ConfigMap" },
    { apiVersion: "apps/v1", kind: "Deployment" },
    { apiVersion: "example.com/v1", kind: "Widget" },
  ];
  const object = fc.record({
    kind: fc.constantFrom(...KINDS),
    name: fc.constantFrom(...NAMES),
    namespace: fc.constantFrom(...NAMES),
    wave: fc.integer({ min: -2, max: 3 }),
    phase: fc.constantFrom<SyncPhase>("PreSync", "Sync", "PostSync"),
    is: fc.constantFrom("missing", "changed", "extra"),
  });
  const objects = fc.uniqueArray(object, {
    maxLength: 12,
    selector: ({ kind, name, namespace }) => `${kind.kind} ${kind.namespace ?? namespace} ${name}`,
  });
  const differences = objects.map((all) =>
    all.map(({ kind, name, namespace, wave, phase, is }): Difference => {
      const sketch: Sketch = {
        ...kind,
        name,
        namespace: kind.namespace ?? namespace,
        annotations: {
          "argocd.argoproj.io/sync-wave": String(wave),
          "argocd.argoproj.io/sync-options": "Prune=true",
        },
      };
      if (is === "extra") return extra(sketch);
      const desired = desiredObject(sketch, { phase });
      return is === "missing"
        ? { is, key: desired.key, desired }
        : { is: "changed", key: desired.key, desired, live: liveObject(sketch) };
    }),
  );
  const emptied = application({ syncPolicy: { automated: { allowEmpty: true } } });
  const approved = { "argocd.argoproj.io/deletion-approved": "2026-01-01T10:30:00Z" };
  const generous = {
    app: { ...emptied, metadata: { ...emptied.metadata, annotations: approved } },
    guards: {
      budget: { percent: 100, count: 1_000 },
      applications: { percent: 100, count: 1_000 },
      confirmKinds: [],
      protectedNamespaces: new Set<string>(),
      ownPod: { is: "elsewhere" } as const,
    },
  };
  const PHASES: SyncPhase[] = ["PreSync", "Sync", "PostSync"];
  const flat = ({ waves }: Plan): { step: Step; phase: SyncPhase; wave: number }[] =>
    waves.flatMap(({ phase, wave, steps }) => steps.map((step) => ({ step, phase, wave })));

  /** Namespaces and definitions that left Git while Git wants something in them: they stay. */
  const staying = (all: readonly Difference[]): Difference[] =>
    all.filter(
      ({ is, key }) =>
        is === "extra" &&
        all.some(
          (one) =>
            one.is !== "extra" &&
            (key === `/Namespace//${one.desired.ref.namespace}` ||
              (key.startsWith("apiextensions.k8s.io/") && one.desired.ref.kind === "Widget")),
        ),
    );

  test("does each thing once, in rising phases and waves, deletions first, and needs before what needs them", () => {
    fc.assert(
      fc.property(differences, (all) => {
        const made = plan(all, generous),
          steps = flat(made);
        expect(made.refusals.map(({ key }) => key)).toEqual(staying(all).map(({ key }) => key));
        expect(steps).toHaveLength(all.length - made.refusals.length);
        const places = made.waves.map(({ phase, wave }) => PHASES.indexOf(phase) * 100 + wave);
        expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
        for (const { steps: together } of made.waves) {
          const kinds = together.map((step) => step.do);
          expect(kinds).toEqual([...kinds].sort().reverse());
        }
        const position = new Map(steps.map(({ step }, at) => [step, at]));
        const applies = steps.flatMap(({ step }) => (step.do === "apply" ? [step] : []));
        for (const giver of applies) {
          const { ref } = giver.desired;
          const needs = applies.filter(
            (step) =>
              step !== giver &&
              (ref.kind === "Namespace"
                ? step.desired.ref.namespace === ref.name
                : ref.kind === "CustomResourceDefinition" && step.desired.ref.kind === "Widget"),
          );
          for (const step of needs)
            expect(position.get(giver) as number).toBeLessThan(position.get(step) as number);
        }
        for (const { step, phase, wave } of steps) {
          if (step.do !== "apply" || isFoundation(step)) continue;
          expect([phase, wave]).toEqual([step.desired.phase, step.desired.wave]);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("is the same whatever the order of its input", () => {
    fc.assert(
      fc.property(
        differences.chain((all) =>
          fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
        ),
        ([all, shuffled]) => {
          const order = (made: Plan): string[] =>
            flat(made).map(({ step, phase, wave }) => `${phase} ${wave} ${words(step)}`);
          // CRDs of one GK by several names are moved in the order in which they stand: all of these define Widget.
          const unique = (of: Difference[]): Difference[] =>
            of.filter(
              (one) =>
                one.is === "extra" ||
                one.desired.ref.kind !== "CustomResourceDefinition" ||
                one.desired.ref.name === "a",
            );
          expect(order(plan(unique(shuffled), generous))).toEqual(order(plan(unique(all), generous)));
        },
      ),
      { numRuns: 300 },
    );
  });

  test("asks each step's dry run once, and no object before its namespace and kind", () => {
    fc.assert(
      fc.property(differences, (all) => {
        const made = plan(all, generous);
        const { now, afterNamespacesAndCrds } = preflight(made);
        expect([...now, ...afterNamespacesAndCrds].length).toBe(all.length - staying(all).length);
        const newNamespaces = new Set(
          flat(made).flatMap(({ step }) =>
            step.do === "apply" && groupKind(step.desired.ref) === "Namespace" && step.live === undefined
              ? [step.desired.ref.name]
              : [],
          ),
        );
        for (const step of now)
          if (step.do === "apply" && !isFoundation(step))
            expect(newNamespaces.has(step.desired.ref.namespace)).toBe(false);
        expect(afterNamespacesAndCrds.every((step) => step.do === "apply" && !isFoundation(step))).toBe(true);
      }),
      { numRuns: 300 },
    );
  });
});

describe("kindOrder()", () => {
  test("puts what is needed first, and unknown kinds last", () => {
    const order = [
      "Namespace",
      "ServiceAccount",
      "Secret",
      "ConfigMap",
      "PersistentVolumeClaim",
      "CustomResourceDefinition",
      "ClusterRole",
      "RoleBinding",
      "Service",
      "Deployment",
      "StatefulSet",
      "Job",
      "Ingress",
      "APIService",
      "Widget",
    ];
    expect([...order].sort((a, b) => kindOrder({ kind: a }) - kindOrder({ kind: b }))).toEqual(order);
  });
});
