/** The watches of a cluster hang, and others put something into what is to go: it is read before it goes. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, crd } from "../lib/manifests.ts";
import { isQuiet, type Placed, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(60_000);

const EDGE = "https://edge.example.com";
const OPTIONS = { "argocd.argoproj.io/sync-options": "Prune=true" };
let stage: Stage, edge: ApiProxy;
beforeAll(async () => {
  stage = await startStage({
    clusters: async ({ kubeconfig }) => {
      edge = await startApiProxy(kubeconfig);
      return [{ name: "edge", server: EDGE, kubeconfig: edge.kubeconfig }];
    },
  });
}, 120_000);
afterAll(async () => {
  await stage?.stop();
  await edge?.stop();
}, 60_000);

const isThere = async (path: string): Promise<boolean> => (await stage.find(path)) !== undefined;

/** Settled, and what happens from now on is not heard of: its watches are open, and nothing comes. */
async function hanging(name: string, objects: unknown[]): Promise<Placed> {
  const files = { "all.yaml": yaml(...objects, configMap(name, "keep")) };
  const app = await stage.place({ name, files, spec: { destination: { server: EDGE, namespace: name } } });
  await app.untilSettled();
  await eventually("it watches", () => edge.watching().some((path) => path.includes("/configmaps")));
  edge.muteWatches();
  return app;
}
/** All but one object left Git. @returns what is said of the last sync's results */
async function dropped(app: Placed): Promise<string> {
  const sha = await app.commit({ "all.yaml": yaml(configMap(app.name, "keep")) });
  await app.until((seen) => isQuiet(seen) && seen["status"].sync.revision === sha);
  return JSON.stringify((await app.sync({ prune: true })).syncResult.resources);
}

test("a Namespace stays for what came into it, and where that cannot be read", async () => {
  const made = "last-look-made",
    path = `/api/v1/namespaces/${made}`;
  const app = await hanging("last-look", [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: made, annotations: OPTIONS } },
  ]);
  await stage.must("POST", `${path}/configmaps`, configMap(made, "theirs"));
  expect(await dropped(app)).toContain(
    `it holds 1 object that is not this application's (ConfigMap ${made}/theirs)`,
  );
  await stage.must("DELETE", configMapPath(made, "theirs"));
  const end = edge.inject((request) => !request.isWatch && request.path.startsWith(`${path}/configmaps?`), {
    do: "answer",
    status: 500,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, code: 500, message: "the disk is full" },
  });
  const unread = await app.sync({ prune: true });
  expect(JSON.stringify(unread.syncResult.resources)).toContain(
    "what would go with it cannot be told: ConfigMap cannot be listed whole: the disk is full",
  );
  end();
  expect(await isThere(path)).toBe(true);
  expect(stage.writes("").filter(({ verb, name }) => verb === "delete" && name === made)).toEqual([]);
  await app.sync({ prune: true });
  await eventually("it is gone", async () => !(await isThere(path)));
});

test("a definition stays for objects of its kind", async () => {
  const name = "last-kind";
  const definition = crd({ group: "last.example.com", kind: "Last", plural: "lasts" });
  const object = (of: string) => ({
    apiVersion: "last.example.com/v1",
    kind: "Last",
    metadata: { name: of, namespace: name },
  });
  const app = await hanging(name, [
    { ...definition, metadata: { ...definition.metadata, annotations: OPTIONS } },
    object("own"),
  ]);
  const path = `/apis/last.example.com/v1/namespaces/${name}/lasts`;
  await stage.must("POST", path, object("theirs"));
  expect(await dropped(app)).toContain("there is 1 object of its kind that is not this application's");
  expect(await isThere(`${path}/theirs`)).toBe(true);
});
