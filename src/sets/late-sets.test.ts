import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { eventually } from "../../test/lib/eventually.ts";
import { type AppKey, type Application, appKey, keyOfApp } from "../core/model/application.ts";
import { type ApplicationSet, setKey } from "../core/model/application-set.ts";
import type { KnownSet, SetChild, SetsReading } from "../core/ports/sets-home.ts";
import { ChildIndex } from "../core/sets/child-index.ts";
import type { PlannedChild } from "../core/sets/planned-child.ts";
import { ServedHome } from "../homes/served/served-home.ts";
import { systemClock } from "../lib/system-clock.ts";
import { ApplicationSets } from "./application-sets.ts";
import { carryOut } from "./carry-out.ts";
import { FileSets } from "./file-sets.ts";
import { ManagedSet } from "./managed-set.ts";
import { SetPasses } from "./set-passes.ts";
import type { SetsPorts } from "./sets-ports.ts";
import { StandaloneSets } from "./standalone-sets.ts";

const OWN = setKey("argocd", "web");
const A = appKey("argocd", "a");
const SPEC = {
  project: "default",
  source: { repoURL: "https://git.example.com/web.git", path: "a" },
  destination: { server: "https://a" },
};
const application = (): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "a", namespace: "argocd" },
  spec: SPEC,
});
const setOf = (more: object = {}): ApplicationSet =>
  ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "web", namespace: "argocd" },
    spec: { generators: [], template: { metadata: { name: "a" }, spec: SPEC }, ...more },
  }) as unknown as ApplicationSet;
const knownOf = (more: Partial<KnownSet> = {}): KnownSet => ({
  ...{ key: OWN, uid: "u", set: setOf(), origin: { from: "api" } },
  ...{ goingSince: undefined, status: undefined, refresh: undefined, ...more },
});
const childOf = (more: Partial<SetChild> = {}): SetChild => ({
  ...{ key: A, uid: "a", app: application(), ownedBy: OWN, isGoing: false, ...more },
});
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** A home of that one child, ports of which nothing fails, and what was deleted. */
function ports(children: ChildIndex, more: object = {}) {
  const removed: AppKey[] = [];
  const home = {
    children: () => ({ children, incomplete: undefined }),
    onChange: () => () => undefined,
    remove: async ({ key }: SetChild) => {
      removed.push(key);
      return { is: "written" };
    },
    show: () => undefined,
    release: () => undefined,
  };
  const made = {
    home,
    facts: {
      tell: () => ({ facts: {}, told: () => ({ trees: [], clusters: undefined }) }),
      clustersVersion: () => "",
    },
    templates: () => ({}),
    clock: systemClock,
    log: QUIET,
    store: { value: () => undefined, putValue: () => undefined, audit: () => undefined },
    settings: () => ({ removal: { missingForMs: 1, percent: 20, count: 5 } }),
    paused: () => undefined,
    application: () => undefined,
    comesTo: () => undefined,
    looking: () => undefined,
    onApplication: () => () => undefined,
    ...more,
  };
  return { removed, home, ports: made as unknown as SetsPorts };
}

function passesOf(of: SetsPorts, more: object = {}): SetPasses {
  return new SetPasses({
    ...{ ports: of, signal: new AbortController().signal, unread: () => undefined },
    ...{
      askAfter: () => undefined,
      moved: () => undefined,
      approvalsChanged: () => undefined,
      withoutFile: () => [],
      said: () => undefined,
      ...more,
    },
  });
}

describe("what was approved of a set", () => {
  test.each<[what: string, gone: SetsReading["sets"]]>([
    ["that is gone", []],
    ["that is another one", [knownOf({ uid: "another" })]],
  ])("%s counts for none that has its name after it", async (_, between) => {
    const values = new Map<string, string | undefined>([
      ["approved-set-deletions", JSON.stringify({ [OWN]: [A], "argocd/other": [A] })],
    ]);
    let sets: SetsReading["sets"] = [knownOf(), knownOf({ key: setKey("argocd", "other") })];
    let tell = (): void => undefined;
    const stage = ports(new ChildIndex([childOf()]));
    Object.assign(stage.home, {
      sets: () => ({ sets, unreadable: new Set(), problems: [], incomplete: undefined }),
      onChange: (listener: () => void) => {
        tell = listener;
        return () => undefined;
      },
    });
    Object.assign(stage.ports, {
      store: {
        value: (name: string) => values.get(name),
        putValue: (name: string, value: string | undefined) => values.set(name, value),
        audit: () => undefined,
      },
    });
    // No pass gets as far as its approvals.
    stage.home.children = () => ({ children: new ChildIndex(), incomplete: "not seen yet" }) as never;
    const running = new ApplicationSets(stage.ports);
    running.start();
    expect(running.get(OWN)?.approved).toEqual([A]);
    const other = sets[1] as KnownSet;
    sets = [...between, other];
    tell();
    await eventually("it was taken up", async () => running.get(OWN)?.known.uid !== "u");
    sets = [knownOf({ uid: "third" }), other];
    tell();
    await eventually("it is there", async () => running.get(OWN)?.known.uid === "third");
    expect(running.get(OWN)?.approved).toEqual([]);
    expect(JSON.parse(values.get("approved-set-deletions") ?? "{}")).toEqual({ "argocd/other": [A] });
    await running.stop();
  });
});

describe("deletions that are late", () => {
  test("of a set whose file is gone none goes before the folders are read: it may be there again", async () => {
    const stage = ports(new ChildIndex([childOf()]));
    let unread: string | undefined = "the application folders were not read yet";
    const passes = passesOf(stage.ports, { unread: () => unread });
    const origin = { from: "file", file: "web.yaml", line: 1 } as const;
    const managed = new ManagedSet(knownOf({ origin, goingSince: "2026-11-29T00:00:00Z" }));
    expect([await passes.goes(managed), stage.removed]).toEqual(["again", []]);
    unread = undefined;
    await passes.goes(managed);
    expect(stage.removed).toEqual([A]);
  });

  test("what others say is heard twice, however long ago it was heard once", async () => {
    const other = childOf({ key: appKey("argocd", "b"), uid: "b" });
    const stage = ports(new ChildIndex([other]));
    const many = { removal: { missingForMs: 1_000, percent: 100, count: 5 } };
    let now = 0;
    const asked: number[] = [];
    Object.assign(stage.ports, {
      clock: { now: () => 0, monotonic: () => now },
      settings: () => many,
    });
    Object.assign(stage.home, { make: async () => ({ is: "written" }) });
    const passes = passesOf(stage.ports, { askAfter: (_: unknown, ms: number) => asked.push(ms) });
    const set = setOf({ generators: [{ plugin: { configMapRef: { name: "x" } } }] });
    const managed = new ManagedSet(knownOf({ set }));
    const hear = (at: number): void => {
      const made = {
        applications: [{ key: keyOfApp(application()), application: application(), from: "x" }],
        entries: [],
        problems: [],
      };
      managed.generation = {
        ...{ of: set, made: { ...made, is: "whole" as const }, at },
        told: { trees: [], clusters: undefined },
      };
    };
    hear(0);
    await passes.lookAfter(managed, "plan");
    now = 5_000;
    await passes.lookAfter(managed, "plan");
    expect(stage.removed).toEqual([]);
    expect(asked).toContain(1_000);
    hear(5_000);
    await passes.lookAfter(managed, "plan");
    expect(stage.removed).toEqual([other.key]);
  });

  const before = childOf();
  const done: string[] = [];
  const carried = async (now: SetChild, step: PlannedChild) => {
    done.length = 0;
    const children = new ChildIndex([now]);
    const home = {
      children: () => ({ children, incomplete: undefined }),
      remove: async () => {
        done.push("removed");
        return { is: "written" as const };
      },
      change: async () => {
        done.push("changed");
        return { is: "written" as const };
      },
    };
    return carryOut(knownOf(), [step], { home: home as never, stopped: () => undefined });
  };

  test("an application that was taken from the set since the plan stays", async () => {
    const { problems } = await carried(childOf({ ownedBy: undefined }), { do: "delete", before });
    expect(done).toEqual([]);
    expect(problems.map(({ text }) => text)).toEqual([
      "it could not be deleted: it belongs to ApplicationSet argocd/web no more",
    ]);
    await carried(childOf(), { do: "delete", before });
    expect(done).toEqual(["removed"]);
  });

  test("an application that somebody else deleted is none that this set deleted", async () => {
    const home = { children: () => ({ children: new ChildIndex(), incomplete: undefined }) } as never;
    const parts = { home, stopped: () => undefined };
    const { deleted, problems, is } = await carryOut(knownOf(), [{ do: "delete", before }], parts);
    expect([deleted, problems, is]).toEqual([[], [], "done"]);
  });

  test("an application that was edited since the plan is not written over", async () => {
    const step = { do: "update", app: application(), before, from: "x", changed: [] } as const;
    const { is } = await carried(childOf(), { ...step, changed: [] });
    expect([is, done]).toEqual(["again", []]);
    await carried(before, { ...step, changed: [] });
    expect(done).toEqual(["changed"]);
  });
});

describe("a name of a set that is given away", () => {
  const served = () => new ServedHome({ objects: memoryStore(), now: () => 0, homeNamespace: "argocd" }).sets;

  test("what a set left behind is nobody's: another set of its name takes none of it", () => {
    const sets = served();
    const set = setOf({ syncPolicy: { applicationsSync: "create-update" } });
    sets.put(set, "nothing");
    sets.make(sets.sets().sets[0] as KnownSet, application());
    expect(sets.children.get(A)?.ownedBy).toBe(OWN);
    sets.delete(OWN);
    sets.release(OWN, "nobodys");
    expect([sets.sets().sets, sets.children.get(A)?.ownedBy, sets.children.size]).toEqual([[], undefined, 1]);
    sets.put(setOf(), "nothing");
    expect(sets.children.get(A)?.ownedBy).toBeUndefined();
  });

  test("a set of a file that is gone is forgotten where another set has its name, and takes nothing with it later", () => {
    const store = memoryStore();
    let now = 0;
    const files = new FileSets({
      ...{ store, clock: { now: () => now, monotonic: () => now } },
      settings: () => ({ removal: { missingForMs: 10 } }),
      readAgain: () => undefined,
    });
    const nothing = { problems: [], doubts: [], folders: [{ path: "apps", files: 1, complete: true }] };
    const reading = (sets: ApplicationSet[]) =>
      ({
        ...nothing,
        applicationSets: sets.map((set) => ({ set, file: "apps/web.yaml", line: 1, folder: "apps" })),
      }) as never;
    const objects = served();
    const home = new StandaloneSets(files, objects, store, QUIET);
    files.read(reading([setOf()]));
    objects.put(setOf(), "nothing");
    expect([...home.sets().unreadable]).toEqual([OWN]);
    files.read(reading([]));
    now = 11;
    files.read(reading([]));
    files.stop();
    expect(files.sets.get(OWN)?.goingSince).toBeDefined();
    expect(home.sets().sets.map(({ origin }) => origin)).toEqual([{ from: "api" }]);
    expect(files.sets.size).toBe(0);
  });
});

test("what was asked for while a set could not be read is done when it can be, and nobody waits for it meanwhile", async () => {
  let unreadable = new Set<string>();
  let tell = (): void => undefined;
  const told: string[] = [];
  const stage = ports(new ChildIndex());
  Object.assign(stage.home, {
    sets: () => ({ sets: [knownOf({ set })], unreadable, problems: [], incomplete: undefined }),
    onChange: (listener: () => void) => {
      tell = listener;
      return () => undefined;
    },
  });
  const set = setOf();
  Object.assign(stage.ports.facts, {
    tell: (_: unknown, look: string) => {
      told.push(look);
      return { facts: {}, told: () => ({ trees: [], clusters: undefined }) };
    },
  });
  const running = new ApplicationSets(stage.ports);
  running.start();
  const managed = running.get(OWN) as ManagedSet;
  await eventually("it was looked at once", async () => told.length > 0 && running.depth === 0);
  expect(told).toEqual(["latest"]);
  unreadable = new Set([OWN]);
  tell();
  await eventually("it is known", async () => running.reading.unreadable.has(OWN));
  const pass = managed.nextPass();
  running.ask(managed, "latest");
  await pass;
  expect(told).toEqual(["latest"]);
  unreadable = new Set();
  tell();
  await eventually("it was looked at", async () => told.length > 1);
  expect(told).toEqual(["latest", "latest"]);
  await running.stop();
});
