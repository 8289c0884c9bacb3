/** ImageUpdaters that live in a cluster: what is seen of them as they change, in the sandbox. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, setDefaultTimeout, test } from "bun:test";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { ImageUpdater } from "../../src/core/images/image-updater.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { ClusterUpdaters } from "../../src/homes/cluster/cluster-updaters.ts";
import { HOME, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { DEFINITIONS, MERGE } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

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
  updaters = new ClusterUpdaters({ namespace: HOME, namespaces: ["team-*"], log });
});
afterEach(async () => {
  refuses = undefined;
  updaters.stop();
  await cluster.stop();
});
afterAll(() => world?.stop());

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
  const blind = new ClusterUpdaters({ namespace: HOME, namespaces: [], log });
  const other = await connectCluster({
    ...{ name: "in-cluster", server: SERVER, kubeconfig: { file: world.kubeconfig }, log },
    account: "/nowhere",
  });
  blind.follow(other);
  updaters.follow(other);
  await eventually("it is said", () => said().includes("they are not seen"));
  expect([patternsOf(blind.all), patternsOf(updaters.all)]).toEqual([[], ["a", "e"]]);
  blind.stop();
  updaters.stop();
  await other.stop();
});
