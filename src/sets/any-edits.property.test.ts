/** Two sets that want overlapping names, in the home that serves them, under any edits of theirs and of other people's. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { fakeFacts, LOCAL } from "../../test/fakes/fake-generator-facts.ts";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { generateApplications } from "../core/generate/generate-applications.ts";
import { type AppKey, type Application, appKey } from "../core/model/application.ts";
import { type ApplicationSet, type SetKey, setKey } from "../core/model/application-set.ts";
import { parseApplicationSet } from "../core/model/parse-application-set.ts";
import type { KnownCluster } from "../core/ports/generator-facts.ts";
import { planSet } from "../core/sets/plan-set.ts";
import type { ComesTo } from "../core/sets/set-resources.ts";
import { ServedHome } from "../homes/served/served-home.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ApplicationSets } from "./application-sets.ts";
import { FileSets } from "./file-sets.ts";
import type { SetsPorts } from "./sets-ports.ts";
import { StandaloneSets } from "./standalone-sets.ts";

const NAMES = ["one", "two", "three", "four"];
const CLUSTERS = ["blue", "green"];
const SETS = ["left", "right"];
const BUDGET = { percent: 100, count: 1_000 };

const edit = fc.oneof(
  fc.record({
    is: fc.constant("set" as const),
    name: fc.constantFrom(...SETS),
    // Of a set that wants nothing any more nothing goes before a person says so.
    elements: fc.subarray(NAMES, { minLength: 1 }),
    version: fc.constantFrom("1", "2"),
    isKept: fc.boolean(),
    isRolling: fc.boolean(),
  }),
  fc.record({ is: fc.constant("no set" as const), name: fc.constantFrom(...SETS) }),
  fc.record({ is: fc.constant("clusters" as const), names: fc.subarray(CLUSTERS) }),
  fc.record({
    is: fc.constant("labelled" as const),
    app: fc.constantFrom(...NAMES, ...CLUSTERS),
    label: fc.constantFrom("kept", "other"),
  }),
  fc.record({ is: fc.constant("deleted" as const), app: fc.constantFrom(...NAMES, ...CLUSTERS) }),
  fc.record({
    is: fc.constant("moves" as const),
    app: fc.constantFrom(...NAMES, ...CLUSTERS),
    health: fc.constantFrom("Healthy", "Degraded"),
  }),
  fc.record({ is: fc.constant("a moment" as const), ms: fc.constantFrom(0, 1, 5) }),
  fc.record({ is: fc.constant("quiet" as const) }),
);
type Edit = typeof edit extends fc.Arbitrary<infer E> ? E : never;

function setOf({ name, elements, version, isKept, isRolling }: Extract<Edit, { is: "set" }>): ApplicationSet {
  const parsed = parseApplicationSet(
    {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "ApplicationSet",
      metadata: { name },
      spec: {
        generators: [{ list: { elements: elements.map((each) => ({ name: each })) } }, { clusters: {} }],
        syncPolicy: { preserveResourcesOnDeletion: true },
        ...(isKept ? { preservedFields: { labels: ["kept"] } } : {}),
        ...(isRolling ? { strategy: { type: "RollingSync", rollingSync: { steps: [{}] } } } : {}),
        template: {
          metadata: { name: "{{name}}", labels: { version } },
          spec: {
            project: "default",
            source: { repoURL: "https://git.example.com/shop.git", path: "{{name}}" },
            destination: { server: "https://a" },
            syncPolicy: { automated: {} },
          },
        },
      },
    },
    { homeNamespace: "argocd" },
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  return parsed.value;
}

function world() {
  const store = memoryStore();
  const files = new FileSets({
    ...{ store, clock: systemClock },
    settings: () => ({ removal: { missingForMs: 0 } }),
    readAgain: () => undefined,
  });
  const served = new ServedHome({ objects: store, now: () => 0, homeNamespace: "argocd" }).sets;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const home = new StandaloneSets(files, served, store, log);
  files.read({ problems: [], doubts: [], folders: [], applicationSets: [] } as never);
  let clusters: KnownCluster[] = [];
  const states = new Map<AppKey, ComesTo>();
  let hear: (key: AppKey) => void = () => undefined;
  const facts = fakeFacts({ clusters: async () => ({ known: clusters, local: undefined }) });
  const version = () => JSON.stringify(clusters);
  const running = new ApplicationSets({
    home,
    facts: {
      tell: () => {
        const clusters = version();
        return { facts, told: () => ({ trees: [], clusters }) };
      },
      clustersVersion: version,
    },
    templates: () => ({ fill: async () => [] }),
    jq: { problemOf: async () => undefined, placesIn: async () => ({ is: "places", places: [] }) },
    clock: systemClock,
    log,
    store: {
      ...store,
      value: (name: string) => store.value(name),
      putValue: () => undefined,
      audit: () => undefined,
    },
    settings: () => ({ removal: { missingForMs: 0, ...BUDGET } }),
    paused: () => undefined,
    application: () => undefined,
    comesTo: (key: AppKey) => states.get(key),
    looking: () => undefined,
    sync: async () => undefined,
    onApplication: (listener: typeof hear) => {
      hear = listener;
      return () => undefined;
    },
  } as unknown as SetsPorts);
  running.start();
  const app = (name: string) => served.children.get(appKey("argocd", name));

  async function carry(one: Edit): Promise<void> {
    switch (one.is) {
      case "set":
        served.put(setOf(one), "what-there-is");
        return;
      case "no set":
        served.delete(setKey("argocd", one.name));
        return;
      case "clusters":
        clusters = one.names.map((name) => ({ ...LOCAL, name, server: `https://${name}` }));
        running.clustersChanged();
        return;
      case "labelled": {
        const child = app(one.app);
        if (child === undefined) return;
        const labels = { ...child.app.metadata.labels, [one.label]: "by hand" };
        served.change(child, { ...child.app, metadata: { ...child.app.metadata, labels } });
        return;
      }
      case "deleted": {
        const child = app(one.app);
        if (child !== undefined) served.remove(child, "as-it-says");
        return;
      }
      case "moves": {
        const key = appKey("argocd", one.app);
        const sync = { status: "Synced", comparedTo: { destination: {} } } as ComesTo["sync"];
        states.set(key, { sync, health: { status: one.health } });
        hear(key);
        return;
      }
      case "a moment":
        await Bun.sleep(one.ms);
        return;
      case "quiet":
        await Bun.sleep(1);
        await eventually("nothing moves", () => running.depth === 0);
    }
  }

  /** What is not as it should be, now that nothing moves any more; by what is there alone. */
  async function wrong(): Promise<string[]> {
    const found: string[] = [];
    const wanted = new Map<AppKey, SetKey[]>();
    for (const known of home.sets().sets) {
      if (known.goingSince !== undefined) found.push(`${known.key} is still going`);
      const generated = await generateApplications(known.set, { facts, engine: { fill: async () => [] } });
      for (const { key } of generated.applications) wanted.set(key, [...(wanted.get(key) ?? []), known.key]);
      const { steps } = planSet({ set: known.set, generated, existing: served.children, budget: BUDGET });
      for (const step of steps)
        if (step.do !== "nothing" && !(step.do === "held" && step.by === "name"))
          found.push(`${known.key} still has to ${step.do} ${JSON.stringify(step).slice(0, 200)}`);
      const shown = known.status?.resources?.map(({ name, health }) => `${name} ${health?.status}`);
      const own = served.children.ownedBy(known.key).map(({ key }) => key.slice("argocd/".length));
      const now = own.sort().map((name) => `${name} ${states.get(appKey("argocd", name))?.health?.status}`);
      if (JSON.stringify(shown) !== JSON.stringify(now))
        found.push(`${known.key} says ${shown}, and it is ${now}`);
      const isRolling = known.set.spec.strategy !== undefined;
      for (const { app } of served.children.ownedBy(known.key))
        if (isAutomated(app) === isRolling) found.push("automation");
    }
    for (const { key, ownedBy } of served.children.values())
      if (ownedBy === undefined || wanted.get(key)?.includes(ownedBy) !== true)
        found.push(`nobody wants ${key}`);
    for (const key of wanted.keys())
      if (served.children.get(key) === undefined) found.push(`${key} is not there`);
    return found;
  }

  return { carry, wrong, running, applications: () => served.children.size };
}

function isAutomated({ spec }: Application): boolean {
  return spec.syncPolicy?.automated !== undefined && spec.syncPolicy.automated.enabled !== false;
}

test("whatever is edited, in the end all is as the sets as they are want it, and they say what it comes to", async () => {
  let made = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(edit, { minLength: 4, maxLength: 20 }), async (edits) => {
      const { carry, wrong, running, applications } = world();
      for (const one of edits) await carry(one);
      let left: string[] = [];
      await eventually(
        () => left.join("\n"),
        async () => {
          left = running.depth > 0 ? ["it is at work"] : await wrong();
          return left.length === 0;
        },
        20_000,
      );
      made += applications();
      await running.stop();
    }),
    { numRuns: 150, seed: 12, endOnFailure: true },
  );
  expect(made).toBeGreaterThan(150);
}, 120_000);
