import { expect, test } from "bun:test";
import { eventually } from "../../test/lib/eventually.ts";
import { type AppKey, type Application, appKey } from "../core/model/application.ts";
import { type ApplicationSet, setKey } from "../core/model/application-set.ts";
import type { ExpressionProblem, JqPlaces } from "../core/ports/jq.ts";
import type { KnownSet, SetChild } from "../core/ports/sets-home.ts";
import { ChildIndex } from "../core/sets/child-index.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ApplicationSets } from "./application-sets.ts";
import type { SetsPorts } from "./sets-ports.ts";

const A = appKey("argocd", "a");
const SPEC = {
  project: "default",
  source: { repoURL: "https://git.example.com/web.git", path: "a" },
  destination: { server: "https://a" },
};
const written = (spec: Application["spec"] = SPEC): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "a", namespace: "argocd" },
  spec,
});

/** One set that makes the application `a`, its home, and an engine. */
function stage(more: Partial<ApplicationSet["spec"]> = {}, jq: Partial<SetsPorts["jq"]> = {}) {
  const set = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "web", namespace: "argocd" },
    spec: {
      generators: [{ list: { elements: [{ n: "a" }] } }],
      template: { metadata: { name: "{{n}}", finalizers: ["x/y"] }, spec: SPEC },
      ...more,
    },
  } as unknown as ApplicationSet;
  const own = setKey("argocd", "web");
  const known: KnownSet = {
    key: own,
    ...{ uid: "u", set, origin: { from: "api" }, goingSince: undefined, status: undefined },
    refresh: undefined,
  };
  const children = new ChildIndex();
  const engine = new Map<AppKey, Application>();
  const done: string[] = [];
  const told: string[] = [];
  let said = "";
  let hear: (key: AppKey) => void = () => undefined;
  const sets = new ApplicationSets({
    home: {
      sets: () => ({ sets: [known], unreadable: new Set(), problems: [], incomplete: undefined }),
      children: () => ({ children, incomplete: undefined }),
      onChange: () => () => undefined,
      make: async () => {
        done.push("made");
        return { is: "written" };
      },
      change: async () => {
        done.push("changed");
        return { is: "written" };
      },
      show: (_: unknown, status: unknown) => {
        said = JSON.stringify(status);
      },
    },
    facts: {
      tell: (_: unknown, look: string) => {
        told.push(look);
        return { facts: {}, told: () => ({ trees: [], clusters: undefined }) };
      },
      clustersVersion: () => "",
    },
    templates: () => ({}),
    jq: {
      problemOf: async () => undefined,
      placesIn: async () => ({ is: "places", places: [] }),
      ...jq,
    },
    clock: systemClock,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    store: { value: () => undefined, putValue: () => undefined, audit: () => undefined },
    settings: () => ({ removal: { missingForMs: 1, percent: 20, count: 5 } }),
    paused: () => undefined,
    application: (key: AppKey) => engine.get(key),
    comesTo: (key: AppKey) => engine.get(key)?.status,
    looking: () => undefined,
    sync: async () => undefined,
    onApplication: (listener: typeof hear) => {
      hear = listener;
      return () => undefined;
    },
  } as unknown as SetsPorts);
  return {
    ...{ sets, children, engine, done, own, told },
    said: () => said,
    hear: () => hear(A),
  };
}

test("a name that somebody else's application had is taken when that one is gone, though nothing else moves", async () => {
  const { sets, engine, done, said, hear } = stage();
  engine.set(A, written());
  sets.start();
  await eventually("it waits", async () => said().includes("is nobody's child"));
  hear();
  await eventually("it was heard", async () => sets.depth === 0);
  expect(done).toEqual([]);
  engine.delete(A);
  hear();
  await eventually("it is made", async () => done.includes("made"));
  await sets.stop();
});

const RULES = { ignoreApplicationDifferences: [{ jqPathExpressions: [".spec.info | map(.x)"] }] };
const other = { ...SPEC, project: "other" };
const childOf = (own: ReturnType<typeof setKey>): SetChild => ({
  ...{ key: A, uid: "a", app: written(other), ownedBy: own, isGoing: false },
});

test("what jq cannot say for the moment holds an edit back, and is asked again though nothing moves", async () => {
  let answer: JqPlaces = { is: "unknown", why: "it was ended" };
  const { sets, children, done, own, said } = stage(RULES, { placesIn: async () => answer });
  children.set(childOf(own));
  sets.start();
  await eventually("it says so", async () => said().includes("it was ended"));
  expect(done).toEqual([]);
  answer = { is: "places", places: [] };
  await eventually("it is written", async () => done.includes("changed"));
  await sets.stop();
});

test("of what is no expression nothing is asked, and it is said", async () => {
  const problem: ExpressionProblem = { lasts: "for-good", why: "syntax error" };
  let asked = 0;
  const { sets, children, done, own, said } = stage(RULES, {
    problemOf: async () => problem,
    placesIn: async () => {
      asked += 1;
      return { is: "places", places: [] };
    },
  });
  children.set(childOf(own));
  sets.start();
  await eventually("it says so", async () =>
    said().includes(".spec.info | map(.x) is no jq expression: syntax error"),
  );
  expect([done, asked]).toEqual([[], 0]);
  await sets.stop();
});

test("what an application of a set comes to is in its status once that is told", async () => {
  const { sets, children, engine, own, said, hear } = stage();
  children.set({ ...childOf(own), app: written() });
  const shown = (status: string): Application => ({
    ...written(),
    status: { sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status } } as never,
  });
  engine.set(A, shown("Progressing"));
  sets.start();
  await eventually("it is said", async () => said().includes(`"health":{"status":"Progressing"}`));
  engine.set(A, shown("Degraded"));
  hear();
  await eventually("it is said anew", async () => said().includes(`"health":{"status":"Degraded"}`));
  await sets.stop();
});

test("a pull request has the set that lists its repository ask again, once in ten seconds where nobody knows who says so", async () => {
  const { sets, told } = stage({
    generators: [
      { list: { elements: [{ n: "a" }] } },
      { pullRequest: { github: { owner: "acme", repo: "web" } } },
    ],
  } as unknown as Partial<ApplicationSet["spec"]>);
  sets.start();
  await eventually("it was looked at", async () => told.length > 0 && sets.depth === 0);
  told.length = 0;
  sets.providerChanged("pullRequest", ["https://github.com/acme/other.git"], "known");
  sets.providerChanged("scmProvider", ["https://github.com/acme/web.git"], "known");
  await Bun.sleep(150);
  expect(told).toEqual([]);
  for (let at = 0; at < 100; at++) {
    sets.providerChanged("pullRequest", ["https://github.com/acme/web.git"], "anybody");
    await Bun.sleep(3);
  }
  await eventually("it is asked", async () => told.length > 0 && sets.depth === 0);
  expect(told.filter((look) => look === "latest")).toEqual(["latest"]);
  await sets.stop();
});
