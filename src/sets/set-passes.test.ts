import { describe, expect, test } from "bun:test";
import { type AppKey, type Application, appKey, keyOfApp } from "../core/model/application.ts";
import { type ApplicationSet, setKey } from "../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../core/model/application-set-status.ts";
import type { KnownSet, SetChild } from "../core/ports/sets-home.ts";
import { withoutAutomation } from "../core/sets/child-after.ts";
import { ChildIndex } from "../core/sets/child-index.ts";
import { ManagedSet } from "./managed-set.ts";
import { SetPasses } from "./set-passes.ts";
import type { SetsPorts } from "./sets-ports.ts";

const SET = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name: "web", namespace: "argocd" },
  spec: {
    generators: [],
    template: {},
    strategy: {
      type: "RollingSync",
      rollingSync: {
        steps: ["dev", "prod"].map((stage) => ({
          matchExpressions: [{ key: "stage", operator: "In", values: [stage] }],
        })),
      },
    },
  },
} as ApplicationSet;
const [DEV, PROD] = ["dev", "prod"].map((name) => appKey("argocd", name)) as [AppKey, AppKey];

function app(stage: string, path = "a"): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: stage, namespace: "argocd", labels: { stage } },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/web.git", path },
      destination: { server: "https://a" },
    },
  };
}

function shown(of: Application, status: "Synced" | "OutOfSync"): Application {
  const { source, destination } = of.spec;
  const comparedTo = { ...(source === undefined ? {} : { source }), destination };
  return { ...of, status: { sync: { status, comparedTo, revision: "r" }, health: { status: "Healthy" } } };
}

/** A rollout of two steps of which nothing is to be written any more. */
function stage(engine: Map<AppKey, Application>, looks: Map<AppKey, Promise<void>> = new Map()) {
  const asked: AppKey[] = [];
  const moved: AppKey[] = [];
  let said: ApplicationSetStatus | undefined;
  const apps = [app("dev"), app("prod")];
  const own = setKey("argocd", "web");
  const children = new ChildIndex(
    apps.map((one): SetChild => {
      const key = appKey("argocd", one.metadata.name);
      return { key, uid: key, app: withoutAutomation(one), ownedBy: own, isGoing: false };
    }),
  );
  const known: KnownSet = {
    key: own,
    ...{ uid: "u", set: SET, origin: { from: "api" }, goingSince: undefined, status: undefined },
    refresh: undefined,
  };
  const managed = new ManagedSet(known);
  const made = {
    applications: apps.map((application) => ({ key: keyOfApp(application), application, from: "set" })),
    entries: [],
    problems: [],
    is: "whole" as const,
  };
  managed.generation = { of: SET, made, told: { trees: [], clusters: undefined }, at: 0 };
  managed.plan = { open: [], problems: [], blocked: [] };
  const ports = {
    home: {
      children: () => ({ children, incomplete: undefined }),
      show: (_: unknown, status: ApplicationSetStatus) => {
        said = status;
      },
    },
    clock: { now: () => 0 },
    log: { info: () => undefined },
    paused: () => undefined,
    application: (key: AppKey) => engine.get(key),
    comesTo: (key: AppKey) => engine.get(key)?.status,
    looking: (key: AppKey) => looks.get(key),
    sync: async (key: AppKey) => {
      asked.push(key);
    },
  } as unknown as SetsPorts;
  const passes = new SetPasses({
    ports,
    signal: new AbortController().signal,
    unread: () => undefined,
    askAfter: () => undefined,
    moved: (key) => moved.push(key),
    approvalsChanged: () => undefined,
    withoutFile: () => [],
    said: () => undefined,
  });
  const say = () => {
    passes.say(managed);
    return said?.applicationStatus?.map(({ message }) => message);
  };
  return { say, asked, moved };
}

describe("SetPasses.say() of a rollout", () => {
  test("a later step is not synced while an earlier one looks for what Git wants, and is thought of again after that", async () => {
    const engine = new Map([
      [DEV, shown(app("dev"), "Synced")],
      [PROD, shown(app("prod"), "OutOfSync")],
    ]);
    const look = Promise.withResolvers<void>();
    const looks = new Map([[DEV, look.promise]]);
    const { say, asked, moved } = stage(engine, looks);
    for (let times = 0; times < 3; times += 1)
      expect(say()?.[1]).toBe("Waits for step 1: argocd/dev (what Git wants of it is being looked up)");
    expect([asked, moved]).toEqual([[], []]);
    looks.clear();
    look.resolve();
    await look.promise;
    expect(moved).toEqual([DEV]);
    say();
    expect(asked).toEqual([PROD]);
  });

  test.each<[what: string, dev: Application | undefined]>([
    ["has not heard of", undefined],
    ["still shows as it was", shown(app("dev", "before"), "Synced")],
  ])("what the engine %s is not through, although it is written", (_, dev) => {
    const engine = new Map([[PROD, shown(app("prod"), "OutOfSync")]]);
    if (dev !== undefined) engine.set(DEV, dev);
    const { say, asked } = stage(engine);
    expect(say()?.[1]).toBe("Waits for step 1: argocd/dev (what is written of it is still to be taken up)");
    expect(asked).toEqual([]);
    engine.set(DEV, shown(app("dev"), "Synced"));
    say();
    expect(asked).toEqual([PROD]);
  });
});
