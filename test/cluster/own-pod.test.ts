/** Where the daemon runs, by the token that the real API server gives to a Pod's account. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { KubeconfigSource } from "../../src/cluster/kubeconfig.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { OwnPodLookup } from "../../src/core/model/own-pod.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { accountFolder } from "../lib/own-account.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(60_000);

const OPS = "/api/v1/namespaces/ops",
  RBAC = "/apis/rbac.authorization.k8s.io/v1";
const RBAC_GROUP = "rbac.authorization.k8s.io";
let plane: ControlPlane, api: RawApi;
beforeAll(async () => {
  plane = await startControlPlane();
  api = await rawApi(plane.kubeconfig);
  await api.makeNamespace("ops");
  await api.must("POST", `${OPS}/serviceaccounts`, {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: "holdfast" },
  });
  const role = { apiGroup: RBAC_GROUP, kind: "ClusterRole", name: "keeper" };
  await api.must("POST", `${RBAC}/clusterrolebindings`, {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "keeps" },
    roleRef: role,
    subjects: [{ kind: "ServiceAccount", namespace: "ops", name: "holdfast" }],
  });
  await api.must("POST", `${RBAC}/clusterrolebindings`, {
    apiVersion: `${RBAC_GROUP}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "others" },
    roleRef: { ...role, name: "other" },
    subjects: [{ kind: "ServiceAccount", namespace: "ops", name: "other" }],
  });
}, 120_000);
afterAll(() => plane?.stop(), 60_000);

async function makePod(name: string): Promise<KubeObject> {
  return api.must("POST", `${OPS}/pods`, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, labels: { app: "holdfast" } },
    spec: {
      serviceAccountName: "holdfast",
      containers: [
        {
          name: "holdfast",
          image: "holdfast",
          env: [{ name: "T", valueFrom: { secretKeyRef: { name: "token", key: "token" } } }],
        },
      ],
      volumes: [
        { name: "data", persistentVolumeClaim: { claimName: "store" } },
        { name: "config", configMap: { name: "config" } },
      ],
    },
  });
}

/** As the kubelet has it made for a Pod. @returns the folder that it would mount */
async function accountOf(pod: KubeObject): Promise<string> {
  const { name, uid } = pod.metadata;
  const { status } = await api.must("POST", `${OPS}/serviceaccounts/holdfast/token`, {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: { boundObjectRef: { apiVersion: "v1", kind: "Pod", name, uid } },
  });
  return accountFolder(status.token);
}

async function lookedUp(kubeconfig: KubeconfigSource, account: string): Promise<OwnPodLookup> {
  const cluster = await connectCluster({
    name: "own",
    server: "https://kubernetes.default.svc",
    kubeconfig,
    account,
    log: recordingLog(),
  });
  try {
    await cluster.follow("test", [{ group: "", version: "v1", kind: "ConfigMap" }], ["ops"]);
    return cluster.ownPod();
  } finally {
    await cluster.stop();
  }
}

test("the cluster in which its Pod runs is known by whatever road it is reached, with all that the Pod uses", async () => {
  const account = await accountOf(await makePod("one"));
  const found = await lookedUp({ file: plane.kubeconfig }, account);
  expect(found).toMatchObject({
    is: "here",
    pod: { namespace: "ops", serviceAccount: "holdfast", labels: { app: "holdfast" } },
  });
  const uses = found.is === "here" ? [...found.pod.uses] : [];
  expect(uses as string[]).toEqual(
    expect.arrayContaining([
      "/Pod/ops/one",
      "/ServiceAccount/ops/holdfast",
      "/PersistentVolumeClaim/ops/store",
      "/ConfigMap/ops/config",
      "/Secret/ops/token",
      `${RBAC_GROUP}/ClusterRole//keeper`,
    ]),
  );
  expect(uses as string[]).not.toContain(`${RBAC_GROUP}/ClusterRole//other`);
});

test("a Pod of the same name is not it, and no Pod is not it either", async () => {
  const account = await accountOf(await makePod("two"));
  await api.must("DELETE", `${OPS}/pods/two`, { gracePeriodSeconds: 0 });
  expect(await lookedUp({ file: plane.kubeconfig }, account)).toEqual({ is: "elsewhere" });
  await makePod("two");
  expect(await lookedUp({ file: plane.kubeconfig }, account)).toEqual({ is: "elsewhere" });
});

test("an account that may not read its Pod still knows its Namespace and itself", async () => {
  const folder = await accountOf(await makePod("three"));
  const kubeconfig = await Bun.file(plane.kubeconfig).text();
  const data = /certificate-authority-data: *"?([A-Za-z0-9+/=]+)/.exec(kubeconfig)?.[1] ?? "";
  writeFileSync(join(folder, "ca.crt"), Buffer.from(data, "base64"));
  const { hostname: host, port } = new URL(/server: *"?(https:[^"\s]+)/.exec(kubeconfig)?.[1] ?? "");
  const found = await lookedUp({ serviceAccount: { host, port, folder } }, folder);
  expect(found).toMatchObject({ is: "here", pod: { namespace: "ops", serviceAccount: "holdfast" } });
  expect(found.is === "here" && found.pod.labels).toBeUndefined();
});

test("outside of a Pod nothing is asked", async () => {
  expect(await lookedUp({ file: plane.kubeconfig }, "/nowhere")).toEqual({ is: "elsewhere" });
});
