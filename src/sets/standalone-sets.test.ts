/** Whose the applications of a set are when another set gets its name, and what is kept of one that goes. */
import { describe, expect, test } from "bun:test";
import { memoryStore } from "../../test/fakes/memory-store.ts";
import { type Application, appKey, RESOURCES_FINALIZER } from "../core/model/application.ts";
import { type ApplicationSet, setKey } from "../core/model/application-set.ts";
import type { KnownSet, SetChild, SetClash, SetOrigin } from "../core/ports/sets-home.ts";
import { ServedHome } from "../homes/served/served-home.ts";
import { systemClock } from "../lib/system-clock.ts";
import { FileSets } from "./file-sets.ts";
import { makeSetsControl } from "./make-control.ts";
import { ManagedSet } from "./managed-set.ts";
import { StandaloneSets } from "./standalone-sets.ts";

const OWN = setKey("argocd", "web");
const A = appKey("argocd", "a");
const SPEC = {
  project: "default",
  source: { repoURL: "https://git.example.com/web.git", path: "a" },
  destination: { server: "https://a" },
};
const APP: Application = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "a", namespace: "argocd", finalizers: [RESOURCES_FINALIZER] },
  spec: SPEC,
};
const STATUS = { conditions: [] };

function setOf(policy = "sync"): ApplicationSet {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "web", namespace: "argocd" },
    spec: {
      generators: [],
      template: { metadata: { name: "a" }, spec: SPEC },
      syncPolicy: { applicationsSync: policy },
    },
  } as ApplicationSet;
}

/** A home without a cluster, one folder of it, and what both keep. */
function stage() {
  const store = memoryStore();
  let [now, asked] = [0, 0];
  const again = (kept: typeof store): FileSets =>
    new FileSets({
      ...{ store: kept, clock: { now: () => now, monotonic: () => now } },
      settings: () => ({ removal: { missingForMs: 10 } }),
      readAgain: () => void asked++,
    });
  const files = again(store);
  const open = () => new ServedHome({ objects: store, now: () => now, homeNamespace: "argocd" }).sets;
  const served = open();
  const warned: string[] = [];
  const log = { warn: (message: string) => warned.push(message) };
  const home = new StandaloneSets(files, served, store, log);
  const read = (sets: ApplicationSet[], count = 1): void => {
    files.read({
      problems: [],
      doubts: [],
      folders: [{ path: "apps", files: count, state: "read" }],
      applicationSets: sets.map((set) => ({ set, file: "apps/web.yaml", line: 1, folder: "apps" })),
    } as never);
    files.stop();
  };
  return {
    ...{ home, served, files, store, warned, read, open, again },
    asked: () => asked,
    readLater(sets: ApplicationSet[], count?: number): void {
      now += 11;
      read(sets, count);
    },
    known: () => home.sets().sets.find(({ key }) => key === OWN),
    make: () => home.make(home.sets().sets[0] as KnownSet, APP),
    owner: () => served.children.get(A)?.ownedBy,
  };
}

function fileThatIsGone(policy = "sync") {
  const of = stage();
  of.read([setOf(policy)]);
  return {
    ...of,
    async go() {
      await of.make();
      of.home.show(OWN, STATUS);
      of.read([]);
      of.readLater([]);
    },
  };
}

test("a set whose file is there again is not released: what it came to is still known", async () => {
  const { home, go, read, known, owner } = fileThatIsGone();
  await go();
  expect(known()?.goingSince).toBeDefined();
  read([setOf()]);
  home.release(OWN);
  expect([known()?.goingSince, known()?.status, owner()]).toEqual([undefined, STATUS, OWN]);
});

test("a set whose folder is suddenly empty stays, which is said with what lets it go", () => {
  const { files, read, readLater, known } = stage();
  read([setOf()]);
  read([], 0);
  readLater([], 0);
  expect([known()?.goingSince, files.problems]).toEqual([
    undefined,
    [
      {
        severity: "warning",
        object: `ApplicationSet ${OWN}`,
        text: "it is not in apps/web.yaml any more, but apps is suddenly empty, so it stays as it was",
        fix: "Put its file back, or say that it may go with its applications: holdfast admin approve-removal",
      },
    ],
  ]);
  read([], 1);
  readLater([], 1);
  expect([known()?.goingSince === undefined, files.problems]).toEqual([false, []]);
  readLater([], 0);
  expect(files.problems).toEqual([]);
});

describe("the last set of a folder", () => {
  const OTHER = setKey("argocd", "other");
  const other = { ...setOf(), metadata: { name: "other", namespace: "argocd" } };
  const control = (home: StandaloneSets, said: object[] = []) =>
    makeSetsControl({ reading: home.sets(), get: () => undefined, all: [] } as never, {
      home,
      clock: systemClock,
      store: { audit: (entry: object) => void said.push(entry) } as never,
    });

  test("goes when a person says so, and its folder counts as one that is empty", async () => {
    const { home, files, read, readLater, known, asked } = stage();
    const said: object[] = [];
    read([setOf()]);
    read([], 0);
    expect(control(home).waitingRemovals()).toEqual([OWN]);
    expect(await control(home, said).approveRemoval([OWN], "user:ann")).toEqual({ is: "approved" });
    expect(said).toMatchObject([
      { actor: "user:ann", action: "approve-removal", details: { applicationsets: [OWN] } },
    ]);
    expect([known()?.goingSince === undefined, files.waiting, asked()]).toEqual([false, [], 1]);
    read([], 0);
    expect([files.waiting, files.problems]).toEqual([[], []]);
    home.release(OWN);
    // What is there afterwards is no accident of that folder any more.
    read([other], 1);
    readLater([], 0);
    expect(files.waiting).toEqual([OTHER]);
  });

  test("does not go by the word for another, nor for one that does not wait", async () => {
    const { home, files, read } = stage();
    read([setOf(), other]);
    expect(await control(home).approveRemoval([OWN], "user:ann")).toMatchObject({ is: "conflict" });
    read([], 0);
    expect(await control(home).approveRemoval([OWN, setKey("argocd", "none")], "user:ann")).toMatchObject({
      is: "conflict",
    });
    await control(home).approveRemoval([OWN], "user:ann");
    read([], 0);
    expect(files.waiting).toEqual([OTHER]);
    expect(files.sets.get(OTHER)?.goingSince).toBeUndefined();
  });

  test("stays after all where its file is there again, and where the daemon was restarted before anybody said so", () => {
    const { files, read, store, again } = stage();
    read([setOf()]);
    read([], 0);
    files.letGo([OWN]);
    read([setOf()]);
    expect([files.sets.get(OWN)?.goingSince, files.waiting]).toEqual([undefined, []]);
    read([], 0);
    const restarted = again(store);
    restarted.read({
      ...{ problems: [], doubts: [], applicationSets: [] },
      folders: [{ path: "apps", files: 0, state: "read" }],
    } as never);
    expect([restarted.waiting, restarted.sets.get(OWN)?.goingSince]).toEqual([[OWN], undefined]);
  });

  test("of a folder that held none says nothing of the others' files", () => {
    const { files, store } = stage();
    const folders = (a: number) =>
      [
        { path: "apps", files: a, state: "read" },
        { path: "sets", files: 1, state: "read" },
      ] as const;
    const place = { set: setOf(), file: "sets/web.yaml", line: 1, folder: "sets" };
    const reading = { problems: [], doubts: [] };
    files.read({ ...reading, folders: folders(1), applicationSets: [place] } as never);
    files.read({ ...reading, folders: folders(0), applicationSets: [] } as never);
    files.stop();
    expect([files.waiting, files.problems]).toEqual([[], []]);
    expect(store.value("file-sets-folders")).toBe(
      JSON.stringify([
        ["apps", 0],
        ["sets", 1],
      ]),
    );
  });
});

test("what a set of a file left behind is nobody's: another one of its name takes none of it", async () => {
  const { home, served, files, go, read, owner } = fileThatIsGone("create-only");
  await go();
  home.release(OWN);
  expect([files.sets.size, served.children.size, owner()]).toEqual([0, 1, undefined]);
  read([setOf()]);
  expect([home.sets().sets.length, owner()]).toEqual([1, undefined]);
});

test.each([
  ["create-update", "sync", undefined],
  ["create-update", "create-only", OWN],
  ["sync", "sync", OWN],
])(
  "of a %s file that is gone a served set that is %s gets its applications as their policies say",
  async (left, by, whose) => {
    const { home, served, files, go, owner } = fileThatIsGone(left);
    await go();
    served.put(setOf(by), "nothing");
    home.sets();
    expect([files.sets.size, owner()]).toEqual([0, whose]);
  },
);

test.each([
  ["create-only", "sync", undefined],
  ["sync", "sync", OWN],
])(
  "a served set (%s) that is deleted gives way to a file (%s) of its name: nothing goes for its sake",
  async (left, by, whose) => {
    const { home, served, read, make, known, owner } = stage();
    read([]);
    served.put(setOf(left), "nothing");
    await make();
    read([setOf(by)]);
    expect([...home.sets().unreadable]).toEqual([OWN]);
    served.delete(OWN);
    expect(known()?.origin).toEqual({ from: "file", file: "apps/web.yaml", line: 1 });
    expect([served.sets().sets, served.children.size, owner()]).toEqual([[], 1, whose]);
  },
);

test("an application whose objects stay goes in one write: a daemon that is killed finds it whole, or gone", async () => {
  const { store, served, known, make, read, open } = stage();
  read([setOf()]);
  await make();
  expect(known()).toBeDefined();
  let written = 0;
  const put = store.putServedObject.bind(store);
  store.putServedObject = (key, object) => {
    written += 1;
    put(key, object);
  };
  served.remove(served.children.get(A) as SetChild, "stay");
  expect(written).toBe(0);
  expect(open().children.size).toBe(0);
});

describe("a name of a file that a served set has, too", () => {
  function clashing(wrote: "api" | "parent") {
    const of = stage();
    of.read([]);
    of.served.put(setOf("create-only"), "nothing");
    of.read([setOf()]);
    const { clashes, ...reading } = of.home.sets();
    const known = reading.sets[0] as KnownSet;
    const clash = clashes?.get(OWN) as SetClash;
    const origin: SetOrigin = wrote === "api" ? { from: "api" } : { from: "parent", parent: A };
    const other = { ...clash.other, origin };
    const sets = {
      takeUp: () => undefined,
      get: () => new ManagedSet(known),
      childrenOf: () => [],
      reading: { ...reading, clashes: new Map([[OWN, { ...clash, other }]]) },
    };
    const control = makeSetsControl(sets as never, { home: of.home, store: of.store, clock: systemClock });
    return { ...of, control };
  }
  const both = "ApplicationSet argocd/web stands in apps/web.yaml:1, and";

  test("is refused by naming both and the way out, and deleting the one of the API is one", async () => {
    const { home, control, known } = clashing("api");
    const answer = await control.put(setOf(), { how: "upsert", actor: "me" });
    expect(answer).toEqual({
      is: "conflict",
      why: expect.stringContaining(`${both} one was made through the API`),
    });
    expect(answer).toEqual({
      is: "conflict",
      why: expect.stringContaining("holdfast appset delete argocd/web"),
    });
    expect(control.set(OWN)?.clash).toStartWith(both);
    expect(await control.remove(OWN, "me")).toMatchObject({ is: "written", set: setOf("create-only") });
    expect([known()?.origin.from, home.sets().unreadable.size]).toEqual(["file", 0]);
  });

  test("stays where an application renders the other one", async () => {
    const { control, home } = clashing("parent");
    const why = expect.stringContaining(`${both} application argocd/a renders one`);
    expect(await control.remove(OWN, "me")).toEqual({ is: "conflict", why });
    expect(home.sets().unreadable.size).toBe(1);
  });
});
