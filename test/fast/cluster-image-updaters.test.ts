/** ImageUpdaters that live in a cluster: what is seen of them as they change, and what is written of them, in the sandbox. */
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  setDefaultTimeout,
  test,
} from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { ImageUpdater } from "../../src/core/images/image-updater.ts";
import type { UpdaterLook } from "../../src/core/images/updater-status.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { ClusterUpdaters } from "../../src/homes/cluster/cluster-updaters.ts";
import { HOME, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

const AT = "2026-11-01T10:00:00Z";
const GROUP = "argocd-image-updater.argoproj.io";
const pathIn = (namespace: string, name = ""): string =>
  `/apis/${GROUP}/v1alpha1/namespaces/${namespace}/imageupdaters${name && `/${name}`}`;
const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `imageupdaters.${GROUP}` },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "imageupdaters", singular: "imageupdater", kind: "ImageUpdater" },
    versions: [
      {
        ...{ name: "v1alpha1", served: true, storage: true },
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
};
const spec = (...patterns: string[]) => ({
  applicationRefs: patterns.map((namePattern) => ({
    namePattern,
    images: [{ alias: "web", imageName: "ghcr.io/team/web" }],
  })),
});
const updater = (name: string, namespace: string, of: object) => ({
  ...{ apiVersion: `${GROUP}/v1alpha1`, kind: "ImageUpdater" },
  ...{ metadata: { name, namespace }, spec: of },
});

let world: World;
let refuses: ((request: { method: string; path: string }) => string | undefined) | undefined;
let updaters: ClusterUpdaters, cluster: Cluster, log: ReturnType<typeof recordingLog>;

beforeAll(async () => {
  world = await startWorld({ refuses: (request) => refuses?.(request) });
  for (const namespace of [HOME, "team-a", "other"]) await world.makeNamespace(namespace);
});
beforeEach(async () => {
  log = recordingLog();
  cluster = await connectCluster({
    ...{ name: "in-cluster", server: SERVER, kubeconfig: { file: world.kubeconfig }, log },
    account: "/nowhere",
  });
  updaters = following(["team-*"]);
});
afterEach(async () => {
  refuses = undefined;
  await updaters.stop();
  await cluster.stop();
});
afterAll(() => world?.stop());

const PAUSES = { togetherMs: 1, detailsMs: 1, again: { firstMs: 1, mostMs: 5 } };
const following = (namespaces: string[], pauses = PAUSES): ClusterUpdaters =>
  new ClusterUpdaters({ namespace: HOME, namespaces, log, clock: { now: () => Date.parse(AT) }, pauses });
const patternsOf = (all: readonly ImageUpdater[]): string[] =>
  all.flatMap((one) => one.spec.applicationRefs.map(({ namePattern }) => namePattern)).sort();
const sees = (...patterns: string[]): Promise<unknown> =>
  eventually(
    () => `it sees ${patterns.join()}, and not ${patternsOf(updaters.all).join()}`,
    () => patternsOf(updaters.all).join() === patterns.join(),
  );
const said = (): string => log.lines.map((line) => JSON.stringify(line)).join("\n");

test("a cluster without the kind has none, and shows those that come with it later", async () => {
  updaters.follow(cluster);
  await world.must("POST", DEFINITIONS, DEFINITION);
  await eventually("it is served", async () => {
    return (await world.api.request("GET", pathIn(HOME))).status === 200;
  });
  await world.must("POST", pathIn(HOME), updater("one", HOME, spec("a")));
  await sees("a");
  expect(said()).not.toContain("ImageUpdaters");
});

test("they are seen as they come, change and go, in the namespaces whose Applications count", async () => {
  updaters.follow(cluster);
  await sees("a");
  await world.must("POST", pathIn("team-a"), updater("two", "team-a", spec("b")));
  await world.must("POST", pathIn("other"), updater("three", "other", spec("c")));
  await sees("a", "b");
  const before = updaters.all;
  await world.must("PATCH", pathIn("other", "three"), { spec: spec("d") }, MERGE);
  await world.must("PATCH", pathIn(HOME, "one"), { spec: spec("a", "e") }, MERGE);
  await sees("a", "b", "e");
  expect(updaters.all.filter((one) => before.includes(one)).length).toBe(1);
  await world.must("DELETE", pathIn("team-a", "two"));
  await sees("a", "e");
});

test("one that cannot be read is said with its place, and the others count", async () => {
  await world.must("POST", pathIn(HOME), updater("wrong", HOME, { applicationRefs: [{ namePattern: 7 }] }));
  updaters.follow(cluster);
  await sees("a", "e");
  await eventually("it is said", () => said().includes("spec.applicationRefs[0].namePattern"));
  await world.must("DELETE", pathIn(HOME, "wrong"));
});

test("a server that does not show them any more leaves those that were seen last", async () => {
  updaters.follow(cluster);
  await sees("a", "e");
  refuses = ({ path }) => (path.includes("imageupdaters") ? "forbidden by a test" : undefined);
  const blind = following([]);
  const other = await connectCluster({
    ...{ name: "in-cluster", server: SERVER, kubeconfig: { file: world.kubeconfig }, log },
    account: "/nowhere",
  });
  blind.follow(other);
  updaters.follow(other);
  await eventually("it is said", () => said().includes("they are not seen"));
  expect([patternsOf(blind.all), patternsOf(updaters.all)]).toEqual([[], ["a", "e"]]);
  await blind.stop();
  await updaters.stop();
  await other.stop();
});

describe("the status of an ImageUpdater", () => {
  const look = (over: Partial<UpdaterLook> = {}): UpdaterLook => ({
    ...{ checkedAt: AT, applications: 1, images: 1, problems: [], updated: [], ...over },
  });
  const update = {
    ...{ alias: "web", image: "ghcr.io/team/web", newVersion: "1.0.1", applicationsUpdated: 1 },
    ...{ updatedAt: AT, message: "Updated from 1.0.0 to 1.0.1." },
  };
  const path = pathIn(HOME, "told");
  const read = async (): Promise<any> => (await world.api.request("GET", path)).body;
  const known = (pattern: string): ImageUpdater => {
    const found = updaters.all.find(({ spec }) => spec.applicationRefs[0]?.namePattern === pattern);
    if (found === undefined) throw new Error(`there is none for ${pattern}`);
    return found;
  };
  const tell = (over: Partial<UpdaterLook> = {}, of = known("t")): void =>
    updaters.lookedBy(new Map([[of, look(over)]]));
  const says = (what: string, is: (status: any) => unknown): Promise<unknown> =>
    eventually(what, async () => Boolean(is((await read()).status ?? {})));
  const statusWrites = (): number => writes.length;
  let writes: string[] = [];
  const seeWrites = (answer: (n: number) => string | undefined = () => undefined): void => {
    writes = [];
    refuses = ({ method, path: to }) => {
      if (method !== "PATCH" || !to.includes("/imageupdaters/")) return undefined;
      writes.push(to);
      return answer(writes.length);
    };
  };

  beforeEach(async () => {
    await world.must("POST", pathIn(HOME), updater("told", HOME, spec("t")));
    updaters.follow(cluster);
    await sees("a", "e", "t");
  });
  afterEach(async () => {
    refuses = undefined;
    await world.api.request("DELETE", path);
  });

  test("is what a look found, of the generation that it was of, and makes no other resource of it", async () => {
    const before = updaters.all;
    seeWrites();
    tell({ updated: [update] });
    await says("it is told", ({ lastCheckedAt }) => lastCheckedAt === AT);
    const { status, metadata } = await read();
    expect(status).toMatchObject({
      ...{ observedGeneration: metadata.generation, applicationsMatched: 1, imagesManaged: 1 },
      ...{ lastUpdatedAt: AT, recentUpdates: [update] },
    });
    expect(status.conditions.map((one: any) => [one.type, one.status])).toEqual([
      ["Ready", "True"],
      ["Reconciling", "False"],
      ["Error", "False"],
    ]);
    expect(writes).toEqual([`${path}/status`]);
    await eventually("its own write is seen", async () => {
      await world.must("PATCH", path, { metadata: { labels: { seen: "yes" } } }, MERGE);
      return true;
    });
    expect(updaters.all).toBe(before);
  });

  const reconciling = ({ conditions = [] }: any): string | undefined =>
    conditions.find(({ type }: any) => type === "Reconciling")?.status;

  test("says while a look runs that it does, beside what the look before found", async () => {
    tell({ problems: ["no login"] });
    await says("it is told", ({ lastCheckedAt }) => lastCheckedAt === AT);
    const ended = updaters.looking(new Set([known("t")]));
    await says("it is being looked at", (status) => reconciling(status) === "True");
    expect((await read()).status).toMatchObject({ lastCheckedAt: AT, applicationsMatched: 1 });
    expect((await read()).status.conditions.map((one: any) => [one.type, one.status])).toEqual([
      ["Ready", "True"],
      ["Reconciling", "True"],
      ["Error", "True"],
    ]);
    // Another one is not meant.
    expect((await world.api.request("GET", pathIn(HOME, "one"))).body).not.toMatchObject({
      status: { conditions: expect.arrayContaining([expect.objectContaining({ status: "True" })]) },
    });
    tell();
    ended();
    await says("the look is told", (status) => reconciling(status) === "False");
    expect((await read()).status.conditions[2].status).toBe("False");
  });

  test("does not say for ever that a look runs, of which nothing came: what was said before stands", async () => {
    const before = known("t");
    const ended = updaters.looking(new Set([before]));
    await says("it is being looked at", (status) => reconciling(status) === "True");
    await world.must("PATCH", path, { spec: spec("u") }, MERGE);
    await sees("a", "e", "u");
    tell({}, before);
    ended();
    await says("it is not any more", (status) => reconciling(status) === "False");
    expect((await read()).status.lastCheckedAt).toBeUndefined();
  });

  test("keeps what was written of images last, and since when a condition says so", async () => {
    tell({ updated: [update] });
    await says("it is told", ({ recentUpdates }) => recentUpdates !== undefined);
    const later = "2026-11-01T10:02:00Z";
    tell({ checkedAt: later, problems: ["no login"] });
    await says("the next is", ({ lastCheckedAt }) => lastCheckedAt === later);
    const { status } = await read();
    expect([status.lastUpdatedAt, status.recentUpdates]).toEqual([AT, [update]]);
    expect(status.conditions.map((one: any) => [one.type, one.lastTransitionTime])).toEqual([
      ["Ready", AT],
      ["Reconciling", AT],
      ["Error", later],
    ]);
    expect(status.conditions[2].message).toBe("no login");
  });

  test("tells of an update that could not be told before another look", async () => {
    seeWrites((n) => (n === 1 ? "busy" : undefined));
    tell({ updated: [update] });
    await eventually("it was tried", () => statusWrites() > 0);
    tell();
    await says("the update is there all the same", ({ recentUpdates }) => recentUpdates !== undefined);
  });

  test("of one that was edited, or made anew, meanwhile is not what the look found of it before", async () => {
    const before = known("t");
    await world.must("PATCH", path, { spec: spec("u") }, MERGE);
    await sees("a", "e", "u");
    seeWrites();
    tell({}, before);
    await world.must("DELETE", path);
    await sees("a", "e");
    tell({}, before);
    await world.must("POST", pathIn(HOME), updater("told", HOME, spec("t")));
    await sees("a", "e", "t");
    tell({}, before);
    // What is told of the new one goes out, and nothing went before it.
    tell({ applications: 7 });
    await says("the new one is told", ({ applicationsMatched }) => applicationsMatched === 7);
    expect(statusWrites()).toBe(1);
  });

  test.each(["while it is watched", "while nobody watches"])(
    "is not written to another one of its name, made %s before the write",
    async (how) => {
      await updaters.stop();
      updaters = following(["team-*"], { ...PAUSES, togetherMs: 200 });
      updaters.follow(cluster);
      await sees("a", "e", "t");
      seeWrites();
      tell({ applications: 9 });
      if (how === "while nobody watches") updaters.follow(undefined);
      await world.must("DELETE", path);
      if (how === "while it is watched") await sees("a", "e");
      await world.must("POST", pathIn(HOME), updater("told", HOME, spec("v")));
      updaters.follow(cluster);
      await sees("a", "e", "v");
      // What was told later of another one goes out later.
      updaters.lookedBy(new Map([[known("a"), look({ applications: how.length })]]));
      await eventually("the other is told", () => writes.includes(`${pathIn(HOME, "one")}/status`));
      expect(writes).toEqual([`${pathIn(HOME, "one")}/status`]);
      expect((await read()).status).toBeUndefined();
    },
  );

  test("that the account may not write is said once, with the right, and tried less and less", async () => {
    seeWrites(() => "may not patch imageupdaters/status");
    tell();
    const line = "the status of an ImageUpdater cannot be written";
    await eventually("it is said", () => said().includes(line));
    await eventually("it is tried again", () => statusWrites() > 6);
    expect(said().split(line)).toHaveLength(2);
    expect(said()).toContain("Let the daemon's account patch imageupdaters/status");
    expect((await read()).status).toBeUndefined();
    refuses = undefined;
    await says("it is written when it may be", ({ lastCheckedAt }) => lastCheckedAt === AT);
  });

  test("of one that is deleted while it cannot be written is tried no more", async () => {
    seeWrites(() => "busy");
    tell();
    await eventually("it is tried", () => statusWrites() > 2);
    await world.must("DELETE", path);
    await sees("a", "e");
    const tried = statusWrites();
    await world.must("POST", pathIn(HOME), updater("other", HOME, spec("w")));
    await sees("a", "e", "w");
    expect(statusWrites()).toBe(tried);
    await world.must("DELETE", pathIn(HOME, "other"));
  });

  test("says why one cannot be read, and is Ready again with the look after it was mended", async () => {
    await world.must("PATCH", path, { spec: { applicationRefs: [{ namePattern: 7 }] } }, MERGE);
    await says("it is told", ({ conditions }) => conditions?.[0]?.status === "False");
    const { status, metadata } = await read();
    expect(status.observedGeneration).toBe(metadata.generation);
    expect(status.conditions[0].message).toContain("spec.applicationRefs[0].namePattern");
    await world.must("PATCH", path, { spec: spec("t") }, MERGE);
    await sees("a", "e", "t");
    tell();
    await says("it is Ready", ({ conditions }) => conditions?.[0]?.status === "True");
  });
});
