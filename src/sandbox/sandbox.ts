import { systemClock } from "../lib/system-clock.ts";
import type { Clock } from "./clock.ts";
import { daemonSetController } from "./controllers/daemon-sets.ts";
import { definitionController } from "./controllers/definitions.ts";
import { DeploymentController } from "./controllers/deployments.ts";
import { garbageController } from "./controllers/garbage.ts";
import { JobController } from "./controllers/jobs.ts";
import { runControllers } from "./controllers/loop.ts";
import { namespaceController } from "./controllers/namespaces.ts";
import { PodController } from "./controllers/pods.ts";
import { replicaSetController } from "./controllers/replica-sets.ts";
import { StatefulSetController } from "./controllers/stateful-sets.ts";
import { surroundingControllers } from "./controllers/surroundings.ts";
import { nodeName, World } from "./controllers/world.ts";
import { handle } from "./http/handle.ts";
import { Lists } from "./http/list.ts";
import { selfSigned } from "./http/self-signed.ts";
import { Registry } from "./kinds/registry.ts";
import { KubeApi } from "./rest/kube-api.ts";
import { asController } from "./rest/options.ts";
import builtin from "./schema/builtin.json";
import { BuiltinTypes } from "./schema/type.ts";
import { ObjectStore, type StoreEvent } from "./storage/store.ts";

export interface SandboxOptions {
  /** `host:port`; port 0 takes a free one. Loopback only. `nowhere:1`: no server, requests come by `Sandbox.fetch`. */
  listen: string;
  clock?: Clock;
  /** Bearer token; a random one where it is left out. */
  token?: string;
  /** How long Pods take to become Ready, and Jobs to end. */
  podMs?: number;
  /** How long a controller takes to notice a change. */
  stepMs?: number;
  /** `none`: the API alone, as a kube-apiserver without a controller-manager; definitions and namespaces work all the same. */
  workloads?: "run" | "none";
  /** How many nodes its Pods are spread over, 1 or more; default 1. A DaemonSet has its Pod on the first. */
  nodes?: number;
  bookmarkMs?: number;
  /** How many changes a watch can resume across. */
  history?: number;
  /** A controller's step that failed. */
  onError?(cause: unknown): void;
  /**
   * What its authorizer says no to, in its words; default nothing.
   * @param user whom the client acts as; undefined: the one user there is
   */
  refuses?(request: { user: string | undefined; method: string; path: string }): string | undefined;
  /** Every change of an object as it happens, whoever made it. */
  onChange?(change: StoreEvent): void;
}

export interface Sandbox {
  /** `https://127.0.0.1:PORT` */
  url: string;
  /** PEM of the server's own certificate, which is its authority too. */
  ca: string;
  token: string;
  /** Text of a kubeconfig whose one user may do everything. */
  kubeconfig: string;
  /** What the server answers to this request, without a connection between. */
  fetch(request: Request): Promise<Response>;
  /** Forgets the history of changes, so that resuming watches meet a 410. */
  compact(): void;
  stop(): Promise<void>;
}

const kubeVersion = "v1.36.3";

/**
 * A small Kubernetes API in this process: its objects live in memory, its workloads are stand-ins that become Ready
 * after a while. For the demo, for tests and for trying manifests; never for anything that matters.
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const {
    clock = systemClock,
    token = crypto.randomUUID().replaceAll("-", ""),
    podMs = 300,
    stepMs = 10,
    bookmarkMs = 60_000,
  } = options;
  const [hostname = "127.0.0.1", port = "0"] = options.listen.split(/:(?=\d+$)/);
  const isServed = hostname !== "nowhere";
  if (isServed && hostname !== "127.0.0.1" && hostname !== "localhost" && hostname !== "[::1]")
    throw new RangeError(`the sandbox listens on loopback only, not on ${hostname}`);
  const ended = new AbortController();
  const registry = new Registry(new BuiltinTypes(builtin));
  const store = new ObjectStore(options.history);
  const api = new KubeApi({ store, registry, clock, sources: { uid: () => crypto.randomUUID(), suffix } });
  const world = new World(api, clock, { podMs, stepMs }, suffix);
  const onError = options.onError ?? (() => undefined);
  const base = [namespaceController(world), definitionController(world), garbageController(world)];
  const workloads =
    options.workloads === "none"
      ? []
      : [
          new PodController(world),
          replicaSetController(world),
          new DeploymentController(world),
          new StatefulSetController(world),
          daemonSetController(world),
          new JobController(world),
          ...surroundingControllers(world),
        ];
  if (options.onChange !== undefined) store.subscribe(undefined, options.onChange);
  runControllers([...base, ...workloads], { store, clock, stepMs, onError }, ended.signal);
  furnish(api, options.nodes ?? 1);

  const { certificate, key } = selfSigned(Date.now());
  const lists = new Lists(store, () => clock.now());
  const answer = (request: Request): Promise<Response> =>
    handle(request, {
      ...{ api, lists, clock, version: kubeVersion, token, bookmarkMs, signal: ended.signal },
      refuses: options.refuses ?? (() => undefined),
    });
  const server = isServed
    ? Bun.serve({
        hostname: hostname.replace(/^\[|\]$/g, ""),
        port: Number(port),
        idleTimeout: 0,
        reusePort: false,
        tls: { cert: certificate, key },
        maxRequestBodySize: 8 * 1024 * 1024,
        fetch: answer,
      })
    : undefined;
  const url = `https://${hostname}:${server?.port ?? port}`;
  return {
    url,
    token,
    ca: certificate,
    kubeconfig: kubeconfigFor(url, certificate, token),
    fetch: answer,
    compact: () => store.compact(),
    async stop() {
      ended.abort(new Error("the sandbox stopped"));
      await server?.stop(true);
    },
  };
}

type Make = (apiVersion: string, resource: string, namespace: string, object: object) => void;

function furnishNode(api: KubeApi, make: Make, name: string): void {
  make("v1", "nodes", "", {
    metadata: {
      name,
      labels: {
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
      },
    },
  });
  const nodes = api.registry.find("v1", "nodes");
  const node = nodes === undefined ? undefined : api.find(nodes, "", name);
  if (nodes !== undefined && node !== undefined) {
    const now = api.now();
    api.writeStatus(
      nodes,
      node,
      {
        capacity: { cpu: "8", memory: "32Gi", pods: "250" },
        allocatable: { cpu: "8", memory: "32Gi", pods: "250" },
        conditions: [
          {
            type: "Ready",
            status: "True",
            reason: "KubeletReady",
            message: "a node of the sandbox",
            lastHeartbeatTime: now,
            lastTransitionTime: now,
          },
        ],
      },
      "kubelet",
    );
  }
}

/** What every cluster has from the start. */
function furnish(api: KubeApi, nodeCount: number): void {
  const options = asController("kube-apiserver");
  const make: Make = (apiVersion, resource, namespace, object) => {
    const kind = api.registry.find(apiVersion, resource);
    if (kind !== undefined) api.create(kind, namespace, { apiVersion, kind: kind.kind, ...object }, options);
  };
  for (const name of ["default", "kube-node-lease", "kube-public", "kube-system"])
    make("v1", "namespaces", "", { metadata: { name } });
  for (let at = 0; at < nodeCount; at++) furnishNode(api, make, at === 0 ? nodeName : `sandbox-${at}`);
  make("v1", "services", "default", {
    metadata: { name: "kubernetes", labels: { component: "apiserver", provider: "kubernetes" } },
    spec: { clusterIP: "10.96.0.1", ports: [{ name: "https", port: 443, targetPort: 6443 }] },
  });
  make("storage.k8s.io/v1", "storageclasses", "", {
    metadata: { name: "standard", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
    provisioner: "sandbox.local/disk",
  });
  for (const name of ["cluster-admin", "admin", "edit", "view"])
    make("rbac.authorization.k8s.io/v1", "clusterroles", "", {
      metadata: { name, labels: { "kubernetes.io/bootstrapping": "rbac-defaults" } },
      rules: [
        { apiGroups: ["*"], resources: ["*"], verbs: name === "view" ? ["get", "list", "watch"] : ["*"] },
      ],
    });
  for (const [name, value] of [
    ["system-cluster-critical", 2_000_000_000],
    ["system-node-critical", 2_000_001_000],
  ] as const)
    make("scheduling.k8s.io/v1", "priorityclasses", "", { metadata: { name }, value });
}

function suffix(length: number): string {
  const letters = "bcdfghjklmnpqrstvwxz2456789";
  return [...crypto.getRandomValues(new Uint8Array(length))]
    .map((byte) => letters.charAt(byte % letters.length))
    .join("");
}

function kubeconfigFor(url: string, ca: string, token: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "holdfast-sandbox",
        cluster: { server: url, "certificate-authority-data": Buffer.from(ca).toString("base64") },
      },
    ],
    users: [{ name: "sandbox-admin", user: { token } }],
    contexts: [
      {
        name: "holdfast-sandbox",
        context: { cluster: "holdfast-sandbox", user: "sandbox-admin", namespace: "default" },
      },
    ],
    "current-context": "holdfast-sandbox",
  };
  // JSON is YAML: every reader of a kubeconfig takes it.
  return `${JSON.stringify(config, null, 2)}\n`;
}
