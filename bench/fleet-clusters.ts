/**
 * A process of many sandbox clusters that serve the Kubernetes API over HTTPS: stand-ins of control planes. What a
 * Deployment leads to is made here at once, a ReplicaSet and running Pods as large as real ones, whoever made it.
 *
 *     bun bench/fleet-clusters.ts CLUSTERS PODS DIR
 *
 * PODS of each cluster belong to Deployments that are there from the start and are nobody's application. DIR gets a
 * kubeconfig for each cluster, `cluster-00`, …; once all is there, a line of JSON is printed. Ends with its standard input.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Sandbox, startSandbox } from "../src/sandbox/sandbox.ts";
import type { StoreEvent } from "../src/sandbox/storage/store.ts";

const [clusters = 0, foreignPods = 0] = process.argv.slice(2, 4).map(Number);
const [dir = "."] = process.argv.slice(4);

type Json = Record<string, unknown>;
interface Made {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace: string; uid: string };
  spec: { replicas: number; template: { metadata: Json; spec: { containers: Json[] } & Json } };
}

/** Of one Deployment that is nobody's application. */
const FOREIGN_REPLICAS = 50;

class StandIn {
  #made = 0;
  readonly #waiting: Made[] = [];
  #sandbox: Sandbox | undefined;

  readonly onChange = ({ type, object }: StoreEvent): void => {
    if (object.kind === "Deployment" && type === "ADDED") this.#waiting.push(object as unknown as Made);
  };

  async start(at: number): Promise<void> {
    const sandbox = await startSandbox({
      ...{ listen: "127.0.0.1:0", workloads: "none", history: 500 },
      onChange: this.onChange,
    });
    this.#sandbox = sandbox;
    const name = `cluster-${String(at).padStart(2, "0")}`;
    writeFileSync(join(dir, name), sandbox.kubeconfig, { mode: 0o600 });
    for (const namespace of ["bench", "elsewhere"]) {
      await this.#ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
      await this.#ask("POST", `/api/v1/namespaces/${namespace}/serviceaccounts`, {
        metadata: { name: "default" },
      });
    }
    for (let made = 0; made * FOREIGN_REPLICAS < foreignPods; made++) {
      const replicas = Math.min(FOREIGN_REPLICAS, foreignPods - made * FOREIGN_REPLICAS);
      await this.#ask("POST", "/apis/apps/v1/namespaces/elsewhere/deployments", deployment(made, replicas));
      await this.work();
    }
  }

  /** Makes what Deployments that came meanwhile lead to. @returns how many Pods it made so far */
  async work(): Promise<number> {
    for (let made = this.#waiting.shift(); made !== undefined; made = this.#waiting.shift())
      await this.#rollOut(made);
    return this.#made;
  }

  async #rollOut(of: Made): Promise<void> {
    const { name, namespace } = of.metadata;
    const { replicas, template } = of.spec;
    const path = `/apis/apps/v1/namespaces/${namespace}`;
    const setName = `${name}-${Bun.hash(name).toString(36).slice(0, 9)}`;
    const set = await this.#ask("POST", `${path}/replicasets`, {
      metadata: { name: setName, ownerReferences: [ownedBy(of)], ...labelled(template.metadata) },
      spec: {
        replicas,
        selector: { matchLabels: template.metadata["labels"] },
        template,
      },
    });
    for (let at = 0; at < replicas; at++) {
      const podName = `${setName}-${at.toString(36).padStart(5, "x")}`;
      await this.#ask("POST", `/api/v1/namespaces/${namespace}/pods`, {
        metadata: { name: podName, ownerReferences: [ownedBy(set)], ...labelled(template.metadata) },
        spec: podSpec(template.spec),
      });
      await this.#ask("PUT", `/api/v1/namespaces/${namespace}/pods/${podName}/status`, {
        metadata: { name: podName },
        spec: podSpec(template.spec),
        status: podStatus(template.spec.containers, this.#made),
      });
      this.#made++;
    }
    await this.#status(`${path}/replicasets/${setName}`, {
      ...{ replicas, fullyLabeledReplicas: replicas, readyReplicas: replicas, availableReplicas: replicas },
      observedGeneration: 1,
    });
    await this.#status(`${path}/deployments/${name}`, {
      ...{ observedGeneration: 1, replicas, updatedReplicas: replicas },
      ...{ readyReplicas: replicas, availableReplicas: replicas },
      conditions: [
        condition("Available", "MinimumReplicasAvailable"),
        condition("Progressing", "NewReplicaSetAvailable"),
      ],
    });
  }

  async #status(path: string, status: Json): Promise<void> {
    const now = await this.#ask("GET", path);
    await this.#ask("PUT", `${path}/status`, { ...now, status });
  }

  async #ask(method: string, path: string, body?: Json): Promise<Made> {
    const sandbox = this.#sandbox;
    if (sandbox === undefined) throw new Error("it did not start");
    const answer = await sandbox.fetch(
      new Request(sandbox.url + path, {
        method,
        headers: {
          ...{ authorization: `Bearer ${sandbox.token}`, "content-type": "application/json" },
          "user-agent": path.includes("/pods/") ? "kubelet" : "kube-controller-manager",
        },
        ...(body === undefined ? {} : { body: JSON.stringify(withKind(path, body)) }),
      }),
    );
    if (!answer.ok) throw new Error(`${method} ${path}: HTTP ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Made;
  }
}

function withKind(path: string, body: Json): Json {
  const kinds: Record<string, [string, string]> = {
    namespaces: ["v1", "Namespace"],
    serviceaccounts: ["v1", "ServiceAccount"],
    pods: ["v1", "Pod"],
    replicasets: ["apps/v1", "ReplicaSet"],
    deployments: ["apps/v1", "Deployment"],
  };
  const resource = path.split("/").findLast((part) => part in kinds) ?? "";
  const [apiVersion, kind] = kinds[resource] ?? ["", ""];
  return { apiVersion, kind, ...body };
}

const labelled = (template: Json): Json => ({ labels: template["labels"] });

function ownedBy({ apiVersion, kind, metadata: { name, uid } }: Made): Json {
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

function deployment(at: number, replicas: number): Json {
  const labels = { app: `other-${at}` };
  return {
    metadata: { name: `other-${at}`, labels },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: "web", image: "registry.example.com/other:1.4.2" }] },
      },
    },
  };
}

/** What admission and defaults add to a template, as Pods of a real cluster have it. */
function podSpec(template: Made["spec"]["template"]["spec"]): Json {
  const token = "kube-api-access-x7k2p";
  return {
    ...template,
    nodeName: "sandbox-0",
    containers: template.containers.map((container) => ({
      ...container,
      env: ["DATABASE_HOST", "DATABASE_NAME", "CACHE_HOST", "LOG_LEVEL", "REGION", "FEATURES"].map(
        (name) => ({
          ...{ name, value: `${name.toLowerCase()}.example.internal` },
        }),
      ),
      resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "256Mi" } },
      readinessProbe: { httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" }, periodSeconds: 10 },
      livenessProbe: { httpGet: { path: "/healthz", port: 8080, scheme: "HTTP" }, periodSeconds: 10 },
      volumeMounts: [
        { name: token, mountPath: "/var/run/secrets/kubernetes.io/serviceaccount", readOnly: true },
      ],
    })),
    volumes: [
      {
        name: token,
        projected: {
          sources: [
            { serviceAccountToken: { expirationSeconds: 3607, path: "token" } },
            { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          ],
        },
      },
    ],
    tolerations: ["not-ready", "unreachable"].map((taint) => ({
      ...{ key: `node.kubernetes.io/${taint}`, operator: "Exists", effect: "NoExecute" },
      tolerationSeconds: 300,
    })),
  };
}

const condition = (type: string, reason?: string): Json => ({
  ...{ type, status: "True", lastTransitionTime: "2026-11-28T00:00:00Z" },
  ...(reason === undefined ? {} : { reason, message: `it is ${type}` }),
});

function podStatus(containers: readonly Json[], nth: number): Json {
  const ip = `10.${244 + (nth >> 16)}.${(nth >> 8) & 255}.${nth & 255}`;
  return {
    ...{ phase: "Running", hostIP: "10.0.0.2", podIP: ip, podIPs: [{ ip }], qosClass: "Burstable" },
    startTime: "2026-11-28T00:00:00Z",
    conditions: ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"].map(
      (type) => ({ ...condition(type), lastProbeTime: null }),
    ),
    containerStatuses: containers.map(({ name, image }) => ({
      ...{ name, image, imageID: `${String(image).split(":")[0]}@sha256:${"9f2e1aa0".repeat(8)}` },
      ...{ ready: true, started: true, restartCount: 0, lastState: {} },
      containerID: `containerd://${Bun.hash(String(nth)).toString(16).padStart(16, "0").repeat(4)}`,
      state: { running: { startedAt: "2026-11-28T00:00:03Z" } },
    })),
  };
}

const all: StandIn[] = [];
for (let at = 0; at < clusters; at++) {
  const one = new StandIn();
  await one.start(at);
  all.push(one);
}
const count = async (): Promise<number> => {
  let pods = 0;
  for (const one of all) pods += await one.work();
  return pods;
};
let told = -1;
const tell = async (): Promise<void> => {
  const pods = await count();
  if (pods !== told) console.log(JSON.stringify({ pods, rss: process.memoryUsage.rss() }));
  told = pods;
};
await tell();
let telling = false;
setInterval(() => {
  if (telling) return;
  telling = true;
  void tell().finally(() => (telling = false));
}, 100);
for await (const _ of Bun.stdin.stream());
process.exit(0);
