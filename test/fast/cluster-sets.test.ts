/** ApplicationSets that live in a cluster, by the seam through which they are looked after: the sandbox as their home. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import type { AppKey, Application } from "../../src/core/model/application.ts";
import type { SetKey } from "../../src/core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../src/core/model/application-set-status.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { KnownSet, SetChild } from "../../src/core/ports/sets-home.ts";
import { ClusterSets } from "../../src/homes/cluster/cluster-sets.ts";
import { CustomResourceHome } from "../../src/homes/cluster/custom-resource-home.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { HOME, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { DEFINITIONS, MERGE, PAUSES, pathOf, type Shown } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

const RESOURCES = "resources-finalizer.argocd.argoproj.io";
const SET_REFRESH = "argocd.argoproj.io/application-set-refresh";
const SETS = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/applicationsets`;
const key = (name: string): SetKey => `${HOME}/${name}` as SetKey;
const appKeyOf = (name: string): AppKey => `${HOME}/${name}` as AppKey;
const [PROJECTS, APPS, SETS_DEFINITION] = customResourceDefinitions() as [object, object, object];

interface Stand {
  sets: ClusterSets;
  cluster: Cluster;
  log: ReturnType<typeof recordingLog>;
  stop(): Promise<void>;
}
let world: World;
/** What the server refuses, by a sentence. */
let refuses: ((request: { method: string; path: string }) => string | undefined) | undefined;
const running: Stand[] = [];

beforeAll(async () => {
  world = await startWorld({ refuses: (request) => refuses?.(request) });
  await world.makeNamespace(HOME);
  await define(world, PROJECTS, APPS, SETS_DEFINITION);
});
afterEach(async () => {
  refuses = undefined;
  for (const stand of running.splice(0)) await stand.stop();
});
afterAll(() => world?.stop());

/** Resolves when all of them are served: a server takes a moment from one to the other. */
async function define(on: World, ...definitions: object[]): Promise<void> {
  for (const definition of definitions) await on.must("POST", DEFINITIONS, definition);
  for (const { spec } of definitions as Shown[])
    await eventually("it is served", async () => {
      const path = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/${spec.names.plural}`;
      return (await on.api.request("GET", path)).status === 200;
    });
}

async function start(on: World = world): Promise<Stand> {
  const stand = await open(on);
  await eventually("all is seen", () => stand.sets.children().incomplete === undefined);
  return stand;
}

async function open(on: World): Promise<Stand> {
  const log = recordingLog();
  const cluster = await connectCluster({
    name: "in-cluster",
    server: SERVER,
    kubeconfig: { file: on.kubeconfig },
    log,
    account: "/nowhere",
  });
  const shared = { cluster: "in-cluster", namespace: HOME, namespaces: [], log, pauses: PAUSES };
  const home = new CustomResourceHome({ ...shared, uid: "", store: memoryStore() });
  // As the engine does it: what is not there any more is let go of when it is read.
  home.onChange(() => home.reading());
  const sets = new ClusterSets({ ...shared, applications: home.standing, clock: systemClock });
  home.follow(cluster);
  sets.follow(cluster);
  const stand: Stand = {
    sets,
    cluster,
    log,
    async stop() {
      await sets.stop();
      await home.stop();
      await cluster.stop();
    },
  };
  running.push(stand);
  return stand;
}

const specOf = (more: object = {}): Shown => ({
  generators: [{ list: { elements: [{ n: "one" }] } }],
  template: {
    metadata: { name: "x-{{n}}" },
    spec: { project: "default", source: { repoURL: "https://git.example.com/x.git" }, destination: {} },
  },
  ...more,
});
const setOf = (name: string, more: object = {}, metadata: object = {}): Shown => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "ApplicationSet",
  metadata: { name, namespace: HOME, ...metadata },
  spec: specOf(more),
});
const appOf = (name: string, more: object = {}): Application =>
  ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name, namespace: HOME, ...more },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/x.git", path: "." },
      destination: { server: SERVER, namespace: "x" },
    },
  }) as Application;
const read = (name: string): Promise<Shown | undefined> => world.find(`${SETS}/${name}`);
const readApp = (name: string): Promise<Shown | undefined> => world.find(pathOf(name));
const patch = (name: string, change: unknown): Promise<Shown> =>
  world.must("PATCH", `${SETS}/${name}`, change, MERGE);
const patchApp = (name: string, change: unknown): Promise<Shown> =>
  world.must("PATCH", pathOf(name), change, MERGE);

async function apply({ sets }: Stand, set: Shown): Promise<KnownSet> {
  await world.must("POST", SETS, set);
  const { name } = set["metadata"];
  return eventually(`${name} is seen`, () => sets.sets().sets.find((one) => one.key === key(name)));
}
const known = ({ sets }: Stand, name: string): KnownSet | undefined =>
  sets.sets().sets.find((one) => one.key === key(name));
const child = ({ sets }: Stand, name: string): SetChild | undefined =>
  sets.children().children.get(appKeyOf(name));
const made = async (stand: Stand, set: KnownSet, app: Application): Promise<SetChild> => {
  expect(await stand.sets.make(set, app)).toEqual({ is: "written" });
  return child(stand, app.metadata.name) as SetChild;
};
const gone = (name: string) => eventually(`${name} is gone`, async () => (await read(name)) === undefined);
const said = ({ log }: Stand) =>
  log.lines.filter(({ message }) => message.startsWith("ApplicationSets are not seen whole"));
const status = (message: string, more: Partial<ApplicationSetStatus> = {}): ApplicationSetStatus => ({
  conditions: [{ type: "ErrorOccurred", status: "False", reason: "ApplicationSetUpToDate", message }],
  resources: [],
  resourcesCount: 0,
  ...more,
});

describe("an application of a set", () => {
  test("is made with its owner, known at once, and a name that is taken is a conflict", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("makes"));
    expect(set.origin).toEqual({ from: "cluster", cluster: "in-cluster" });
    const one = await made(stand, set, appOf("makes-one", { labels: { a: "1" }, finalizers: [RESOURCES] }));
    expect([one.ownedBy, one.isGoing]).toEqual([key("makes"), false]);
    const object = await readApp("makes-one");
    expect(object?.["metadata"]).toMatchObject({
      labels: { a: "1" },
      finalizers: [RESOURCES],
      ownerReferences: [
        {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "ApplicationSet",
          name: "makes",
          uid: set.uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
    });
    expect(await stand.sets.make(set, appOf("makes-one"))).toMatchObject({
      is: "conflict",
      why: expect.stringContaining("already"),
    });
    await patchApp("makes-one", { metadata: { finalizers: null } });
    await world.must("DELETE", `${SETS}/makes`);
  });

  test("is changed in what its set says, beside what others wrote and what was asked of it", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("changes"));
    const one = await made(stand, set, appOf("changes-one", { labels: { ours: "1", old: "1" } }));
    await patchApp("changes-one", {
      metadata: { annotations: { "argocd.argoproj.io/refresh": "hard" } },
      status: { sync: { status: "Synced" } },
      operation: { sync: { revision: "main" } },
    });
    const wanted = appOf("changes-one", { labels: { ours: "2" }, annotations: { a: "b" } });
    wanted.spec.source = { repoURL: "https://git.example.com/y.git", path: "y" };
    const answer = await eventually("it is written", async () => {
      const said = await stand.sets.change(set, child(stand, "changes-one") ?? one, wanted);
      return said.is === "written" ? said : undefined;
    });
    expect(answer).toEqual({ is: "written" });
    const object = (await readApp("changes-one")) as Shown;
    expect(object["metadata"].labels).toEqual({ ours: "2" });
    expect(object["metadata"].annotations).toEqual({ a: "b", "argocd.argoproj.io/refresh": "hard" });
    expect(object["metadata"].ownerReferences).toHaveLength(1);
    expect(object["spec"].source.path).toBe("y");
    expect([object["status"].sync.status, object["operation"].sync.revision]).toEqual(["Synced", "main"]);
    // It was another one when it was read.
    expect(await stand.sets.change(set, one, wanted)).toMatchObject({ is: "conflict" });
    await world.must("DELETE", `${SETS}/changes`);
  });

  test("that somebody edited between reading and writing keeps that edit", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("raced"));
    const one = await made(stand, set, appOf("raced-one"));
    const listed = stand.sets.children().children.ownedBy(set.key);
    await patchApp("raced-one", { spec: { project: "edited" } });
    await eventually("the edit is seen", () => child(stand, "raced-one") !== one);
    // What was handed out stays as it was.
    expect(listed).toEqual([one]);
    expect(await stand.sets.change(set, one, appOf("raced-one"))).toMatchObject({ is: "conflict" });
    expect((await readApp("raced-one"))?.["spec"].project).toBe("edited");
    await world.must("DELETE", `${SETS}/raced`);
  });

  test("that is broken by hand is a child still, as it stands there", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("broken"));
    const one = await made(stand, set, appOf("broken-one"));
    await patchApp("broken-one", { spec: { destination: { server: SERVER, name: "both" } } });
    const now = await eventually("it is seen", () => {
      const seen = child(stand, "broken-one");
      return seen === one ? undefined : seen;
    });
    expect((now?.app.spec.destination as Shown)["name"]).toBe("both");
    expect(await stand.sets.change(set, now as SetChild, appOf("broken-one"))).toEqual({ is: "written" });
    await world.must("DELETE", `${SETS}/broken`);
  });

  test("is removed by its uid, and is going or gone at once", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("removes"));
    const plain = await made(stand, set, appOf("removes-plain"));
    const held = await made(stand, set, appOf("removes-held", { finalizers: [RESOURCES] }));
    expect(await stand.sets.remove({ ...plain, uid: "another" })).toMatchObject({ is: "conflict" });
    expect(await stand.sets.remove(plain)).toEqual({ is: "written" });
    expect(await readApp("removes-plain")).toBeUndefined();
    expect(await stand.sets.remove(held)).toEqual({ is: "written" });
    expect(child(stand, "removes-held")?.isGoing).toBe(true);
    await patchApp("removes-held", { metadata: { finalizers: null } });
    await world.must("DELETE", `${SETS}/removes`);
  });

  test("of a set that was made anew is nobody's", async () => {
    const stand = await start();
    await world.must("POST", `${SETS}`, setOf("anew"));
    await world.must("POST", pathOf("anew-one").replace("/anew-one", ""), {
      ...appOf("anew-one"),
      metadata: {
        name: "anew-one",
        namespace: HOME,
        // The garbage collector of a real cluster deletes it; here it is held, so that it can be looked at.
        finalizers: ["example.com/held"],
        ownerReferences: [
          {
            apiVersion: "argoproj.io/v1alpha1",
            kind: "ApplicationSet",
            name: "anew",
            uid: "of-the-one-before",
            controller: true,
          },
        ],
      },
    });
    const one = await eventually("it is seen", () => child(stand, "anew-one"));
    expect(one.ownedBy).toBeUndefined();
    await patchApp("anew-one", { metadata: { finalizers: null } });
    await world.must("DELETE", `${SETS}/anew`);
  });
});

describe("a set of a cluster", () => {
  test("has its status written in one request where it has news, and the same again not at all", async () => {
    const stand = await start();
    await apply(stand, setOf("shows"));
    stand.sets.show(key("shows"), status("one"));
    stand.sets.show(key("shows"), status("two"));
    const object = await eventually("it is written", async () => {
      const seen = await read("shows");
      return seen?.["status"]?.conditions?.[0]?.message === "two" ? seen : undefined;
    });
    const before = object?.["metadata"].resourceVersion;
    expect(stand.cluster.requests()["patch"]).toBe(1);
    stand.sets.show(key("shows"), status("two"));
    await Bun.sleep(3 * PAUSES.detailsMs);
    expect((await read("shows"))?.["metadata"].resourceVersion).toBe(before);
    // It is the very same for whoever looks after it, with what stands there.
    const one = known(stand, "shows");
    stand.sets.show(key("shows"), status("three"));
    await eventually(
      "it is known",
      () => known(stand, "shows")?.status?.conditions?.[0]?.message === "three",
    );
    expect(known(stand, "shows")).toBe(one as KnownSet);
    await world.must("DELETE", `${SETS}/shows`);
  });

  test("whose definition has no place for a status has it in the object", async () => {
    const old = await startWorld();
    try {
      await old.makeNamespace(HOME);
      const plain = structuredClone(SETS_DEFINITION) as Shown;
      delete plain["spec"].versions[0].subresources;
      await define(old, PROJECTS, APPS, plain);
      const stand = await start(old);
      await old.must("POST", SETS, setOf("old"));
      await eventually("it is seen", () => known(stand, "old"));
      stand.sets.show(key("old"), status("written"));
      await eventually(
        "it is written",
        async () => (await old.find(`${SETS}/old`))?.status?.conditions?.[0]?.message === "written",
      );
      await running.pop()?.stop();
    } finally {
      await old.stop();
    }
  });

  test("has its refresh done, but not the one that was asked for meanwhile", async () => {
    const stand = await start();
    await apply(stand, setOf("asks", {}, { annotations: { [SET_REFRESH]: "true", kept: "1" } }));
    expect(known(stand, "asks")?.refresh).toBe("true");
    expect(known(stand, "asks")?.set.metadata.annotations).toEqual({ kept: "1" });
    await patch("asks", { metadata: { annotations: { [SET_REFRESH]: "again" } } });
    stand.sets.refreshed(key("asks"), "true");
    await eventually("it is seen", () => known(stand, "asks")?.refresh === "again");
    await Bun.sleep(3 * PAUSES.togetherMs);
    expect((await read("asks"))?.["metadata"].annotations[SET_REFRESH]).toBe("again");
    stand.sets.refreshed(key("asks"), "again");
    await eventually(
      "it is done",
      async () => (await read("asks"))?.["metadata"].annotations[SET_REFRESH] === undefined,
    );
    expect((await read("asks"))?.["metadata"].annotations).toEqual({ kept: "1" });
    await world.must("DELETE", `${SETS}/asks`);
  });

  test("that cannot be read goes on as it was, says why, and is well when it is mended", async () => {
    const stand = await start();
    const before = await apply(stand, setOf("wrong"));
    await patch("wrong", { spec: { generators: [{ list: { elements: [] } }, {}] } });
    await eventually("it is seen", () => stand.sets.sets().unreadable.has(key("wrong")));
    expect(known(stand, "wrong")?.set).toBe(before.set);
    expect(stand.sets.sets().problems).toContainEqual(
      expect.objectContaining({ severity: "error", path: "spec.generators[1]" }),
    );
    const said = await eventually("it says so", async () =>
      (await read("wrong"))?.["status"]?.conditions?.find(({ type }: Shown) => type === "ErrorOccurred"),
    );
    expect(said).toMatchObject({ status: "True", message: expect.stringContaining("spec.generators[1]") });
    // Whatever else is said of it meanwhile, in another second too.
    await Bun.sleep(1_100);
    stand.sets.show(key("wrong"), status("well", { resourcesCount: 3 }));
    const shown = await eventually("it is shown", async () => {
      const { status: now } = (await read("wrong")) as Shown;
      return now.resourcesCount === 3 ? now : undefined;
    });
    expect(shown.conditions).toEqual([said]);
    await patch("wrong", { spec: { generators: [{ list: { elements: [{ n: "two" }] } }] } });
    await eventually("it is read", () => !stand.sets.sets().unreadable.has(key("wrong")));
    stand.sets.show(key("wrong"), status("mended"));
    await eventually(
      "it is well",
      async () => (await read("wrong"))?.["status"].conditions[0].message === "mended",
    );
    await world.must("DELETE", `${SETS}/wrong`);
  });

  test("that was broken while no daemon ran is there and unreadable, and one that is deleted so waits until it is mended", async () => {
    const wrong = { generators: [{}] };
    await world.must("POST", SETS, setOf("down", wrong, { finalizers: [RESOURCES] }));
    const stand = await start();
    const seen = () => [stand.sets.sets().unreadable.has(key("down")), known(stand, "down")?.goingSince];
    expect(seen()).toEqual([true, undefined]);
    await eventually("it says so", async () =>
      JSON.stringify((await read("down"))?.["status"] ?? "").includes("its applications stay as they are"),
    );
    await world.must("DELETE", `${SETS}/down`);
    await eventually("it is going", async () => (await read("down"))?.["metadata"].deletionTimestamp);
    expect(seen()).toEqual([true, undefined]);
    await patch("down", { spec: { generators: [{ list: { elements: [] } }] } });
    await eventually("it may go", () => known(stand, "down")?.goingSince);
    stand.sets.release(key("down"), known(stand, "down")?.uid ?? "");
    await eventually("it is gone", async () => (await read("down")) === undefined);
  });

  test("that waits for us goes when it is released, and its applications stay where they are left", async () => {
    const stand = await start();
    const set = await apply(stand, setOf("waits", { syncPolicy: { applicationsSync: "create-only" } }));
    // Its policy keeps its applications, so the cluster must not delete them with it.
    await eventually("it is held", async () =>
      (await read("waits"))?.["metadata"].finalizers?.includes(RESOURCES),
    );
    await made(stand, set, appOf("waits-one"));
    await world.must("DELETE", `${SETS}/waits`);
    const going = await eventually("it is going", () => {
      const seen = known(stand, "waits");
      return seen?.goingSince === undefined ? undefined : seen;
    });
    expect(await read("waits")).toBeDefined();
    stand.sets.release(going.key, going.uid);
    expect(known(stand, "waits")).toBeUndefined();
    await gone("waits");
    expect((await readApp("waits-one"))?.["metadata"].ownerReferences ?? []).toEqual([]);
    await world.must("DELETE", pathOf("waits-one"));
  });

  test("that a person deletes waits for us, whatever it says", async () => {
    const stand = await start();
    await apply(stand, setOf("asked"));
    expect(await stand.sets.deleteSet(key("asked"))).toEqual({ is: "written" });
    const going = await eventually("it is going", () =>
      known(stand, "asked")?.goingSince === undefined ? undefined : known(stand, "asked"),
    );
    stand.sets.release(going.key, going.uid);
    await gone("asked");
    await eventually("it is known", async () => (await stand.sets.deleteSet(key("asked"))).is === "absent");
  });

  test("that is deleted so that its applications stay is let go of at once", async () => {
    const stand = await start();
    await apply(stand, setOf("orphans", {}, { finalizers: [RESOURCES, "orphan"] }));
    await world.must("DELETE", `${SETS}/orphans`);
    await eventually("ours is gone", async () => {
      const seen = await read("orphans");
      return seen === undefined || !seen["metadata"].finalizers?.includes(RESOURCES);
    });
    expect(known(stand, "orphans")).toBeUndefined();
    if ((await read("orphans")) !== undefined) await patch("orphans", { metadata: { finalizers: null } });
  });

  test("can be made and changed by a person, and what nobody knows stays", async () => {
    const stand = await start();
    const wanted = setOf("put", { ofTomorrow: 1 }, { labels: { a: "1" } });
    expect(await stand.sets.putSet(wanted as never, "nothing")).toEqual({ is: "written" });
    // Before anything of it is seen, and after.
    const other = setOf("put", { ofTomorrow: 2 });
    expect(await stand.sets.putSet(other as never, "nothing")).toMatchObject({ is: "conflict" });
    await eventually("it is seen", () => known(stand, "put"));
    expect(await stand.sets.putSet(other as never, "nothing")).toMatchObject({ is: "conflict" });
    await patch("put", { metadata: { annotations: { a: "b" } } });
    await eventually("it is seen", () => known(stand, "put")?.set.metadata.annotations !== undefined);
    const next = setOf("put", { goTemplate: true }, { labels: { a: "2" }, annotations: { a: "b" } });
    expect(await stand.sets.putSet(next as never, "what-there-is")).toEqual({ is: "written" });
    expect(await read("put")).toMatchObject({ metadata: { labels: { a: "2" } }, spec: { goTemplate: true } });
    const elsewhere = setOf("put", {}, { namespace: "nobodys" });
    expect(await stand.sets.putSet(elsewhere as never, "nothing")).toMatchObject({ is: "conflict" });
    await world.must("DELETE", `${SETS}/put`);
  });
});

describe("what is not seen", () => {
  test("is said once, nothing is concluded from it, and it is trusted when it is seen again", async () => {
    const stand = await start();
    await apply(stand, setOf("hidden"));
    refuses = ({ path }) => (path.includes("/applicationsets") ? "no rights to look" : undefined);
    const later = await open(world);
    await eventually("it is said", () => later.sets.sets().incomplete?.includes("no rights to look"));
    expect(later.sets.sets()).toMatchObject({
      sets: [],
      problems: [{ severity: "warning" }],
    });
    expect(said(later)).toHaveLength(1);
    refuses = undefined;
    await eventually("it is seen", () => known(later, "hidden"));
    await world.must("DELETE", `${SETS}/hidden`);
  });

  test("a definition that nobody made is no trouble, and one that is made later is noticed", async () => {
    const bare = await startWorld();
    try {
      await bare.makeNamespace(HOME);
      await define(bare, PROJECTS, APPS);
      const stand = await start(bare);
      expect(stand.sets.sets()).toEqual({
        sets: [],
        unreadable: new Set(),
        problems: [],
        incomplete: undefined,
      });
      expect(said(stand)).toEqual([]);
      await define(bare, SETS_DEFINITION);
      await bare.must("POST", SETS, setOf("later"));
      await eventually("it is seen", () => known(stand, "later"));
      await running.pop()?.stop();
    } finally {
      await bare.stop();
    }
  });

  test("sets that go with their definition are not taken as deleted", async () => {
    const doomed = await startWorld();
    try {
      await doomed.makeNamespace(HOME);
      await define(doomed, PROJECTS, APPS, SETS_DEFINITION);
      const stand = await start(doomed);
      await doomed.must("POST", SETS, setOf("doomed", {}, { finalizers: [RESOURCES] }));
      await eventually("it is seen", () => known(stand, "doomed"));
      await doomed.must("DELETE", `${DEFINITIONS}/applicationsets.argoproj.io`);
      await eventually("it is said", () =>
        stand.sets.sets().incomplete?.includes("definition applicationsets.argoproj.io"),
      );
      expect(known(stand, "doomed")?.goingSince).toBeUndefined();
      expect(stand.sets.sets().unreadable).toEqual(new Set([key("doomed")]));
      expect(stand.sets.children().incomplete).toBeDefined();
      await running.pop()?.stop();
    } finally {
      await doomed.stop();
    }
  });
});
