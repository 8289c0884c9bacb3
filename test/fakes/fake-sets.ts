/** ApplicationSets in memory: really generated and really planned, and never delivered. */
import { generateApplications } from "../../src/core/generate/generate-applications.ts";
import type { GeneratedSet } from "../../src/core/generate/generated.ts";
import { type AppKey, type Application, keyOfApp } from "../../src/core/model/application.ts";
import { type ApplicationSet, keyOfSet, type SetKey } from "../../src/core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../src/core/model/application-set-status.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { Problem } from "../../src/core/model/problem.ts";
import type { GeneratorFacts } from "../../src/core/ports/generator-facts.ts";
import type { SetOrigin } from "../../src/core/ports/sets-home.ts";
import { ChildIndex } from "../../src/core/sets/child-index.ts";
import { planSet, type SetPlan } from "../../src/core/sets/plan-set.ts";
import { setElements } from "../../src/core/sets/set-elements.ts";
import { eventsOfConditions } from "../../src/core/sets/set-events.ts";
import type { SetEvent, SetsControl, SetWritten, ShownSet } from "../../src/sets/control.ts";
import type { FakeControl } from "./fake-control.ts";

export interface FakeSets extends SetsControl {
  /** What was asked of it: `upsert argocd/shops user:local`. */
  calls: string[];
  /** Makes it and its applications. */
  add(set: ApplicationSet, origin?: SetOrigin): Promise<void>;
  setProblems(problems: Problem[]): void;
  /** Their files are gone, and they wait for a person. */
  setWaitingRemovals(keys: SetKey[]): void;
}

/** One element of its list an application: `shop-eu`, delivered into the namespace `eu`. */
export function shopsSet(
  regions: readonly string[],
  {
    name = "shops",
    namespace = "argocd",
    revision = "main",
    ...more
  }: {
    name?: string;
    namespace?: string;
    revision?: string;
    labels?: Record<string, string>;
    project?: string;
    password?: string;
    repoURL?: string;
  } = {},
): ApplicationSet {
  const { labels, project = "default", password, repoURL = "https://git.example.com/shop.git" } = more;
  const parameters = [{ name: "db.password", value: password ?? "" }];
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name, namespace, ...(labels === undefined ? {} : { labels }) },
    spec: {
      generators: [{ list: { elements: regions.map((region) => ({ region })) } }],
      template: {
        metadata: { name: "shop-{{region}}" },
        spec: {
          project,
          source: {
            repoURL,
            path: "shop",
            targetRevision: revision,
            ...(password === undefined ? {} : { helm: { parameters } }),
          },
          destination: { server: "https://kubernetes.default.svc", namespace: "{{region}}" },
        },
      },
    },
  };
}

const NOW = "2026-11-23T04:31:08Z";

/** Of lists alone: whatever else a generator asks for does not answer. */
const NOTHING = new Proxy({} as GeneratorFacts, {
  get: (_, asked) => async () => {
    throw new Failure("git-unreachable", String(asked), "backoff", {
      cannot: "ask it",
      why: "it does not answer",
    });
  },
});

export function fakeSets(control: FakeControl): FakeSets {
  const known = new Map<
    SetKey,
    {
      set: ApplicationSet;
      origin: SetOrigin;
      blocked: AppKey[];
      problems: Problem[];
      made?: { generated: GeneratedSet; plan: Pick<SetPlan, "open"> };
    }
  >();
  const owners = new Map<AppKey, SetKey>();
  const calls: string[] = [];
  const listeners = new Set<(event: SetEvent) => void>();
  let problems: Problem[] = [];
  let waiting: SetKey[] = [];

  const generated = (set: ApplicationSet) =>
    generateApplications(set, { facts: NOTHING, engine: { fill: async () => [] } });

  async function plan(set: ApplicationSet): Promise<SetPlan & GeneratedSet> {
    const made = await generated(set);
    const existing = control.applications().map((app) => {
      const key = keyOfApp(app);
      const ownedBy = owners.get(key);
      return { key, uid: `uid-${key}`, app, ownedBy, isGoing: false };
    });
    const planned = planSet({
      set,
      generated: made,
      existing: new ChildIndex(existing),
      budget: { percent: 40, count: 5 },
    });
    return { ...made, ...planned, problems: [...made.problems, ...planned.problems] };
  }

  async function carryOut(set: ApplicationSet, origin: SetOrigin): Promise<void> {
    const planned = await plan(set);
    const { steps, blocked, problems } = planned;
    for (const step of steps) {
      if (step.do === "create" || step.do === "update") {
        control.put(
          { ...step.app, metadata: { ...step.app.metadata, uid: `uid-${step.app.metadata.name}` } },
          {
            from: "parent",
          },
        );
        owners.set(keyOfApp(step.app), keyOfSet(set));
      } else if (step.do === "delete") await drop(step.before.key);
    }
    const isNew = !known.has(keyOfSet(set));
    known.set(keyOfSet(set), {
      ...{ set, origin, blocked, problems },
      // What was carried out is over.
      made: { generated: planned, plan: { open: planned.open.filter((step) => step.do === "held") } },
    });
    tell(isNew ? "ADDED" : "MODIFIED", shown(keyOfSet(set)));
  }

  async function drop(key: AppKey): Promise<void> {
    owners.delete(key);
    control.drop(key);
  }

  const ownOf = (key: SetKey): AppKey[] =>
    [...owners].flatMap(([app, owner]) => (owner === key ? [app] : [])).sort();

  function shown(key: SetKey): ShownSet | undefined {
    const one = known.get(key);
    return (
      one && {
        set: one.set,
        origin: one.origin,
        blocked: one.blocked,
        applications: ownOf(key),
        status: statusOf(
          one.problems,
          ownOf(key).flatMap((app) => control.application(app) ?? []),
        ),
      }
    );
  }

  function tell(type: SetEvent["type"], of: ShownSet | undefined): void {
    if (of !== undefined) for (const listener of listeners) listener({ type, shown: of });
  }

  /** Refuses what is not the API's. */
  const ofApi = (key: SetKey): SetWritten | undefined => {
    const origin = known.get(key)?.origin;
    if (origin?.from === "file") return { is: "managed-by-file", file: origin.file };
    return origin?.from === "parent" ? { is: "managed-by-parent", parent: origin.parent } : undefined;
  };

  return {
    calls,
    add: (set, origin = { from: "api" }) => carryOut(set, origin),
    setProblems: (value) => void (problems = value),
    setWaitingRemovals: (keys) => void (waiting = keys),

    sets: () => [...known.keys()].sort().flatMap((key) => shown(key) ?? []),
    set: shown,
    elements(key) {
      const one = known.get(key);
      if (one === undefined) return undefined;
      if (one.made === undefined) return { is: "unknown" };
      const own = ownOf(key);
      return { is: "current", at: NOW, ...setElements({ ...one.made, own, failures: [] }) };
    },
    async events(key) {
      const one = shown(key);
      return one && eventsOfConditions(one.set, `uid-${key}`, one.status.conditions ?? []);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    problems: () => problems,
    async generate(set) {
      calls.push(`generate ${keyOfSet(set)}`);
      const { applications, problems } = await generated(set);
      return { applications: applications.map(({ application }) => application), problems };
    },
    async preview(set) {
      calls.push(`preview ${keyOfSet(set)}`);
      const { steps, problems, is } = await plan(set);
      return {
        is,
        problems,
        steps: steps.map((step) =>
          step.do === "update" || step.do === "delete" ? { ...step, before: step.before.app } : step,
        ),
      };
    },
    async put(set, { how, actor }) {
      calls.push(`${how} ${keyOfSet(set)} ${actor}`);
      const there = known.get(keyOfSet(set));
      if (there === undefined && how === "update") return { is: "absent" };
      const refusal = ofApi(keyOfSet(set));
      if (refusal !== undefined) return refusal;
      if (there !== undefined && how === "create")
        return {
          is: "conflict",
          why: `ApplicationSet ${keyOfSet(set)} is there already; ask for upsert to replace it`,
        };
      // Its name is taken at once.
      known.set(keyOfSet(set), { set, origin: { from: "api" }, blocked: [], problems: [] });
      await carryOut(set, { from: "api" });
      return { is: "written", set };
    },
    async remove(key, actor) {
      calls.push(`remove ${key} ${actor}`);
      const there = known.get(key);
      if (there === undefined) return { is: "absent" };
      const refusal = ofApi(key);
      if (refusal !== undefined) return refusal;
      const last = shown(key);
      for (const app of ownOf(key)) await drop(app);
      known.delete(key);
      tell("DELETED", last);
      return { is: "written", set: there.set };
    },
    async refresh(key) {
      calls.push(`refresh ${key}`);
      return shown(key);
    },
    async approve(key, keys, actor) {
      calls.push(`approve ${key} ${keys.join(" ")} ${actor}`);
      const there = known.get(key);
      if (there === undefined) return { is: "absent" };
      if (keys.length !== there.blocked.length || keys.some((app) => !there.blocked.includes(app)))
        return {
          is: "conflict",
          why: `these are not the applications that wait: ${there.blocked.join(", ") || "none"}`,
        };
      for (const app of keys) await drop(app);
      known.set(key, { ...there, blocked: [] });
      return { is: "written", set: there.set };
    },
    waitingRemovals: () => [...waiting],
    async approveRemoval(keys, actor) {
      calls.push(`approve-removal ${keys.join(" ")} ${actor}`);
      if (keys.some((key) => !waiting.includes(key))) return { is: "conflict", why: "one does not wait" };
      waiting = waiting.filter((key) => !keys.includes(key));
      return { is: "approved" };
    },
  };
}

function statusOf(problems: readonly Problem[], apps: readonly Application[]): ApplicationSetStatus {
  const error = problems.find(({ severity }) => severity === "error");
  const condition = (
    type: "ErrorOccurred" | "ResourcesUpToDate",
    is: boolean,
    reason: string,
    message: string,
  ) => ({
    type,
    status: is ? ("True" as const) : ("False" as const),
    reason,
    message,
    lastTransitionTime: NOW,
  });
  return {
    conditions: [
      condition(
        "ErrorOccurred",
        error !== undefined,
        error === undefined ? "ApplicationSetUpToDate" : "ApplicationGenerationFromParamsError",
        error?.text ?? "all applications are generated",
      ),
      condition("ResourcesUpToDate", error === undefined, "ApplicationSetUpToDate", "all is as it should be"),
    ],
    resources: apps.map(({ metadata: { namespace, name }, status }) => ({
      group: "argoproj.io",
      version: "v1alpha1",
      kind: "Application",
      namespace: namespace as string,
      name,
      ...(status === undefined ? {} : { status: status.sync.status, health: status.health }),
    })),
    resourcesCount: apps.length,
  };
}
