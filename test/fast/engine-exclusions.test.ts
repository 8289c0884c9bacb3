/** Kinds that the config excludes: what is rendered of them is left out and said, what is there of them stays. */
import { beforeEach, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { ResourceFilter } from "../../src/core/model/resource-filter.ts";
import { conditions, isQuiet, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";

let world: World, rig: Rig;
const start = sharedWorld((one) => {
  world = one;
});
beforeEach(async () => {
  rig = await start();
});

const secret = (namespace: string, annotations: Record<string, string> = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "token", namespace, annotations },
  stringData: { key: "value" },
});
const hasSecret = async (namespace: string): Promise<boolean> =>
  (await world.find(`/api/v1/namespaces/${namespace}/secrets/token`)) !== undefined;
const SECRETS: ResourceFilter = { apiGroups: [""], kinds: ["Secret"], clusters: [] };

async function exclude(...exclusions: ResourceFilter[]): Promise<void> {
  rig.settings = { ...rig.settings, resources: { exclusions, inclusions: [] } };
  rig.engine.settingsChanged();
  await rig.untilIdle();
}
const said = (name: string): string[] => conditions(rig.app(name), "ExcludedResourceWarning");
const filesOf = (name: string) => ({ "secret.yaml": secret(name), "map.yaml": configMap(name, "map") });

test("what is rendered of them is left out with a warning, the rest is synced, and it comes when the exclusion goes", async () => {
  const name = "excluded";
  await exclude(SECRETS);
  await rig.placeNew(name, filesOf(name));
  const app = await rig.untilSettled(name);
  expect(said(name)).toEqual([
    `secret.yaml:1: Secret ${name}/token: is left out, because its kind is excluded in the config. See resourceExclusions and resourceInclusions, and resource.exclusions of argocd-cm`,
  ]);
  expect((app.status?.resources ?? []).map(({ kind }) => kind)).toEqual(["ConfigMap"]);
  expect([await world.hasConfigMap(name, "map"), await hasSecret(name)]).toEqual([true, false]);
  await exclude();
  await eventually("it is applied", () => hasSecret(name));
  await rig.untilSettled(name);
  expect(said(name)).toEqual([]);
});

test("hooks of them do not run", async () => {
  const name = "excluded-hook";
  await exclude(SECRETS);
  await rig.placeNew(name, {
    "hook.yaml": secret(name, { [ANNOTATION.hook]: "PreSync" }),
    "map.yaml": configMap(name, "map"),
  });
  await rig.untilSettled(name);
  expect([await hasSecret(name), said(name).length]).toEqual([false, 1]);
});

test("what is there of them is neither changed, healed, pruned, nor deleted with the application", async () => {
  const name = "excluded-later";
  const repository = await rig.placeNew(name, filesOf(name), {
    metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] },
  });
  await rig.untilSettled(name);
  await exclude(SECRETS);
  await rig.untilSettled(name);
  const { metadata } = await world.must("GET", `/api/v1/namespaces/${name}/secrets/token`);
  // Git does not want it any more either.
  const sha = await repository.commit({ "secret.yaml": null });
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === sha && isQuiet(app));
  await rig.sync(name, { prune: true });
  expect(rig.app(name).status?.sync.status).toBe("Synced");
  rig.unplace(name);
  await rig.untilGone(name);
  const after = await world.must("GET", `/api/v1/namespaces/${name}/secrets/token`);
  expect(after.metadata.uid).toBe(metadata.uid);
  expect(after.metadata.deletionTimestamp).toBeUndefined();
  expect(after.metadata.resourceVersion).toBe(metadata.resourceVersion);
  expect(await world.hasConfigMap(name, "map")).toBe(false);
});

test("what left Git while its kind was excluded is to be pruned when it is not any more", async () => {
  const name = "excluded-then";
  const repository = await rig.placeNew(name, filesOf(name));
  await rig.untilSettled(name);
  await exclude(SECRETS);
  await repository.commit({ "secret.yaml": null });
  await rig.refresh(name);
  await rig.untilSettled(name);
  expect(await hasSecret(name)).toBe(true);
  await exclude();
  await eventually("it is pruned", async () => !(await hasSecret(name)));
  await rig.untilSettled(name);
});
