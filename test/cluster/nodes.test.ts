/** What nodes of a real cluster have room for: of an application's Pods and all others there, with and without the right to read Nodes. */
import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { connectCluster } from "../../src/cluster/cluster.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { refKey } from "../../src/core/model/object-ref.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import { hostsOf } from "../../src/engine/show/hosts.ts";
import { resourceTree } from "../../src/engine/show/tree.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type ControlPlane, startControlPlane } from "../lib/control-plane.ts";
import { eventually } from "../lib/eventually.ts";
import { deployment, tracked } from "../lib/manifests.ts";
import { recordingLog } from "../lib/recording-log.ts";

setDefaultTimeout(90_000);

const MI = 2 ** 20;
const KINDS = [{ group: "apps", version: "v1", kind: "Deployment" }];
let plane: ControlPlane;
let token = "";
const connected: Cluster[] = [];

const must: ControlPlane["api"]["must"] = (...asked) => plane.api.must(...asked);

/** On a node that is named, so that no scheduler has a say. */
function on(node: string, object: KubeObject, requests: object): KubeObject {
  const spec = object.spec as { template: { spec: { containers: object[] } } };
  const { containers } = spec.template.spec;
  const template = {
    ...spec.template,
    spec: {
      ...{ ...spec.template.spec, nodeName: node },
      containers: containers.map((one) => ({ ...one, resources: { requests } })),
    },
  };
  return { ...object, spec: { ...spec, template } };
}

async function connect(user: object): Promise<Cluster> {
  const cluster = await connectCluster({
    ...{ name: "x", server: "https://x", log: recordingLog(), timings: { firstPauseMs: 40 } },
    kubeconfig: {
      text: JSON.stringify({
        ...{ apiVersion: "v1", kind: "Config", "current-context": "x" },
        contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
        clusters: [
          {
            name: "x",
            cluster: {
              server: `https://127.0.0.1:${plane.port}`,
              "certificate-authority-data": readFileSync(join(plane.dir, "ca.crt"), "base64"),
            },
          },
        ],
        users: [{ name: "x", user }],
      }),
    },
  });
  connected.push(cluster);
  return cluster;
}

beforeAll(async () => {
  plane = await startControlPlane();
  await must("POST", "/api/v1/nodes", {
    ...{ apiVersion: "v1", kind: "Node" },
    metadata: { name: "small", annotations: { "kwok.x-k8s.io/node": "fake" } },
    status: {
      capacity: { cpu: "4", memory: "8Gi", pods: "20" },
      allocatable: { cpu: "3800m", memory: "7Gi", pods: "20" },
    },
  });
  for (const name of ["shop", "others"])
    await must("POST", "/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  const requests = { cpu: "250m", memory: "128Mi" };
  const web = deployment({ namespace: "shop", name: "web", replicas: 2 });
  await must("POST", "/apis/apps/v1/namespaces/shop/deployments", tracked("web", on("small", web, requests)));
  const busy = deployment({ namespace: "others", name: "busy", replicas: 3 });
  await must(
    "POST",
    "/apis/apps/v1/namespaces/others/deployments",
    on("small", busy, { cpu: "500m", memory: "256Mi" }),
  );
  // Of nobody at all, and with room for what comes first and goes.
  await must("POST", "/api/v1/namespaces/others/pods", {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "alone" } },
    spec: {
      nodeName: "small",
      initContainers: [{ name: "first", image: "first", resources: { requests: { memory: "1Gi" } } }],
      containers: [{ name: "alone", image: "alone", resources: { requests: { memory: "64Mi" } } }],
    },
  });
  // What has ended takes no room.
  await must("POST", "/api/v1/namespaces/others/pods", {
    ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "ended" } },
    spec: {
      ...{ nodeName: "small", restartPolicy: "Never" },
      containers: [{ name: "ended", image: "ended", resources: { requests: { cpu: "3" } } }],
    },
  });
  await must("POST", "/api/v1/namespaces/shop/serviceaccounts", {
    ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "narrow" } },
  });
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/shop";
  await must("POST", `${rbac}/roles`, {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: { name: "narrow" } },
    rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
  });
  await must("POST", `${rbac}/rolebindings`, {
    ...{ apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding", metadata: { name: "narrow" } },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "narrow" },
    subjects: [{ kind: "ServiceAccount", name: "narrow", namespace: "shop" }],
  });
  const answer = await must("POST", "/api/v1/namespaces/shop/serviceaccounts/narrow/token", {
    ...{ apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  });
  ({ token } = answer.status as { token: string });
}, 120_000);
afterAll(async () => {
  for (const cluster of connected) await cluster.stop();
  await plane.stop();
});

const hostsSeenBy = (cluster: Cluster) =>
  hostsOf(
    cluster,
    resourceTree(cluster, cluster.trackedBy("web"), [], () => undefined),
    { clock: systemClock, resources: { exclusions: [], inclusions: [] } },
  );

describe("what a node has room for", () => {
  test("is told with what the application asks for there, and all others in one number", async () => {
    const { users } = JSON.parse(JSON.stringify(Bun.YAML.parse(readFileSync(plane.kubeconfig, "utf8")))) as {
      users: { user: object }[];
    };
    const cluster = await connect(users[0]?.user ?? {});
    await cluster.follow("web", KINDS, ["shop"]);
    const host = await eventually("all Pods are there, and the node was read", async () => {
      const [one] = await hostsSeenBy(cluster);
      return one?.facts.is === "known" && one.byApp.pods === 2 && one.byOthers?.pods === 4 ? one : undefined;
    });
    expect(host).toMatchObject({
      name: "small",
      facts: {
        is: "known",
        node: {
          capacity: { cpu: 4_000, memory: 8_192 * MI, pods: 20 },
          allocatable: { cpu: 3_800, memory: 7_168 * MI, pods: 20 },
        },
      },
      byApp: { cpu: 500, memory: 256 * MI, pods: 2 },
      byOthers: { cpu: 1_500, memory: (3 * 256 + 1_024) * MI, pods: 4 },
    });
    // One that goes gives its room back.
    await must("DELETE", "/api/v1/namespaces/others/pods/alone?gracePeriodSeconds=0");
    await eventually("it is gone", async () => (await hostsSeenBy(cluster))[0]?.byOthers?.pods === 3);
    // Nodes are read one by one when somebody looks, and never followed.
    expect(cluster.get(refKey({ group: "", kind: "Node", namespace: "", name: "small" }))).toBeUndefined();
  });

  test("is not known to who may not read Nodes, and others' requests not to who does not see all Pods", async () => {
    const cluster = await connect({ token });
    await cluster.follow("web", KINDS, ["shop"]);
    const host = await eventually("both Pods are seen, and the node was asked for", async () => {
      const [one] = await hostsSeenBy(cluster);
      return one?.byApp.pods === 2 && one.facts.is === "unknown" && one.facts.why.includes("forbidden")
        ? one
        : undefined;
    });
    expect(host).toMatchObject({ name: "small", byApp: { cpu: 500, memory: 256 * MI } });
    expect(host?.byOthers).toBeUndefined();
    expect(host?.facts).toMatchObject({ why: expect.stringContaining("grant get on nodes") });
  });
});
