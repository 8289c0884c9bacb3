/** Drift of one application does not wait until all others whom a commit concerns have been looked at, or synced. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { type ApiProxy, type ProxiedRequest, startApiProxy } from "../lib/api-proxy.ts";
import { AUTOMATED, appOf, type Repository, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World, rig: Rig, proxy: ApiProxy, repository: Repository;
const start = sharedWorld((one) => {
  world = one;
});

/** Far more than are looked at, or synced, at once. */
const MANY = 120;
let nth = 0;
let namespace = "";
/** Applications, and their one object each. `still` is the one that no commit concerns. */
let names: string[] = [];
let still = "";

const folders = (value: string) =>
  Object.fromEntries(names.map((name) => [`${name}/a.yaml`, configMap(namespace, name, { value })]));

beforeEach(async () => {
  namespace = `estate-${nth++}`;
  names = Array.from({ length: MANY }, (_, at) => `many-${namespace}-${at}`);
  still = `still-${namespace}`;
  await world.makeNamespace(namespace);
  proxy = await startApiProxy(world.kubeconfig);
  rig = await start({ kubeconfig: proxy.kubeconfig });
  repository = await world.repository(namespace, {
    ...folders("1"),
    [`${still}/a.yaml`]: configMap(namespace, still, { value: "1" }),
  });
  rig.place(
    ...[...names, still].map((name) =>
      appOf({ name, repository, path: name, namespace, spec: { syncPolicy: AUTOMATED } }),
    ),
  );
  for (const name of [...names, still]) await rig.untilSettled(name);
});
afterEach(() => proxy.stop());

const isOfMany = ({ method, path }: ProxiedRequest): boolean =>
  method === "PATCH" && path.includes("/configmaps/many-");
const isDryRun = ({ path }: ProxiedRequest): boolean => path.includes("dryRun=All");

/** One commit to all but `still`, whose object is edited as soon as `isBusy` with that. @returns once that is put back */
async function editedAmongMany(isBusy: (request: ProxiedRequest) => boolean): Promise<void> {
  const before = proxy.requests.length;
  await repository.commit(folders("2"));
  rig.engine.pushed([repository.url]);
  await eventually("it has begun", () => proxy.requests.slice(before).some(isBusy));
  const path = configMapPath(namespace, still);
  await world.must("PATCH", path, { data: { value: "edited" } }, "application/merge-patch+json");
  await eventually("it is put back", async () => (await world.must("GET", path))["data"].value === "1");
}

test("it is put back while most of a commit's applications wait to be looked at", async () => {
  // Whoever is looked at waits for an answer that does not come.
  const isAsked = (request: ProxiedRequest): boolean => isOfMany(request) && isDryRun(request);
  const goOn = proxy.inject(isAsked, { do: "hang" });
  const rendered = rig.rendered.length;
  await editedAmongMany(isAsked);
  expect(rig.rendered.length - rendered).toBeLessThan(MANY);
  goOn();
});
