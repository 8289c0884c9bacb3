/** Holdfast delivers itself, and a commit leaves out all of it: what it lives on stays. In this process, on the sandbox. */
import { expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { parseYaml } from "../../src/lib/yaml.ts";
import { type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { accountFolder, tokenOf } from "../lib/own-account.ts";

let world: World;
const start = sharedWorld((one) => {
  world = one;
});

const MANIFESTS = `${import.meta.dir}/../../config/kubernetes.yaml`;
/** Of the objects in config/kubernetes.yaml. The Service leads to it, but it runs without. */
const LIVES_ON = [
  "ClusterRole/holdfast",
  "ClusterRoleBinding/holdfast",
  "ConfigMap/holdfast",
  "Deployment/holdfast",
  "Namespace/holdfast",
  "PersistentVolumeClaim/holdfast",
  "ServiceAccount/holdfast",
];
const namesOf = (rig: Rig): string[] =>
  rig.cluster
    .trackedBy("self")
    .map(({ ref }) => `${ref.kind}/${ref.name}`)
    .sort();

/** All of it delivered, by an engine that then is started again in the Pod that this made. */
async function delivered(): Promise<{ rig: Rig; leaveOut(): Promise<unknown> }> {
  const text = await Bun.file(MANIFESTS).text();
  const objects = parseYaml(text).documents.map(({ value }) => value as KubeObject);
  for (const one of objects)
    one.metadata.annotations = { [ANNOTATION.syncOptions]: "Prune=true,Delete=true" };
  await world.makeNamespace("holdfast");
  await world.must("POST", "/api/v1/namespaces/holdfast/secrets", {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "holdfast" },
  });
  const first = await start();
  first.settings = { ...first.settings, prune: { ...first.settings.prune, budgetPercent: 100 } };
  const repository = await first.placeNew(
    "self",
    { "holdfast.yaml": objects, "keep.yaml": configMap("self", "keep") },
    { metadata: { finalizers: ["resources-finalizer.argocd.argoproj.io"] } },
  );
  await first.untilSettled("self");
  const pod = await eventually("its Pod", async () => {
    const { items } = await world.must("GET", "/api/v1/namespaces/holdfast/pods");
    return items[0] as KubeObject | undefined;
  });
  await first.stop();
  const { name, uid = "" } = pod.metadata;
  const account = accountFolder(
    tokenOf({ namespace: "holdfast", serviceAccount: "holdfast", pod: { name, uid } }),
  );
  const { store, folder, settings } = first;
  const rig = await start({ store, folder, settings, account });
  await rig.untilSettled("self");
  return { rig, leaveOut: () => repository.commit({ "holdfast.yaml": null }) };
}

test("what the daemon lives on is neither pruned nor deleted with its application, whatever it is marked", async () => {
  const { rig, leaveOut } = await delivered();
  await leaveOut();
  await rig.refresh("self");
  await eventually("the Service went", () => !namesOf(rig).includes("Service/holdfast"));
  await rig.untilIdle();
  expect(namesOf(rig)).toEqual([...LIVES_ON, "ConfigMap/keep"].sort());
  const synced = await rig.sync("self", { prune: true });
  const messages = (synced.syncResult?.resources ?? []).map(({ message }) => message ?? "");
  expect(messages.filter((message) => message.includes("Holdfast itself lives on it"))).toHaveLength(
    LIVES_ON.length,
  );
  expect(namesOf(rig)).toEqual([...LIVES_ON, "ConfigMap/keep"].sort());
  rig.unplace("self");
  await rig.untilGone("self");
  const left = await world.must("GET", "/api/v1/namespaces/holdfast/serviceaccounts/holdfast");
  expect(left.metadata.deletionTimestamp).toBeUndefined();
  expect(await world.hasConfigMap("self", "keep")).toBe(false);
  const { items } = await world.must("GET", "/apis/apps/v1/namespaces/holdfast/deployments");
  expect(items.map(({ metadata }: KubeObject) => [metadata.name, metadata.deletionTimestamp])).toEqual([
    ["holdfast", undefined],
  ]);
});
