/**
 * The floor of a first sync: a bare program that knows its objects beforehand and does nothing but the same requests, all
 * dry-run applies first, then all creating applies. No daemon can be faster than the API server lets this be.
 *
 *     bun bench/floor.ts [--apps 300] [--in-flight 8,16,32,64]      each on a fresh control plane; prints JSON
 */
import { startControlPlane } from "../test/lib/control-plane.ts";
import { type RawApi, rawApi } from "../test/lib/raw-api.ts";

export interface FloorAsk {
  /** Applications of 4 objects: ServiceAccount, Service, Deployment at zero replicas, Ingress. */
  apps: number;
  /** Path. */
  kubeconfig: string;
  /** Requests at once. */
  inFlight: number;
}

export interface Floor {
  apps: number;
  objects: number;
  inFlight: number;
  dryRunMs: number;
  applyMs: number;
  totalMs: number;
  /** CPU of the bare program itself. */
  cpuMs: number;
}

interface Target {
  path: string;
  body: Record<string, unknown>;
}

function objectsOf(app: string, namespace: string): Target[] {
  const labels = { app };
  const of = (
    prefix: string,
    resource: string,
    apiVersion: string,
    kind: string,
    rest: Record<string, unknown>,
  ): Target => ({
    path: `${prefix}/namespaces/${namespace}/${resource}/${app}`,
    body: {
      apiVersion,
      kind,
      ...rest,
      metadata: {
        name: app,
        namespace,
        labels,
        annotations: {
          "argocd.argoproj.io/tracking-id": `${app}:${apiVersion.includes("/") ? apiVersion.split("/")[0] : ""}/${kind}:${namespace}/${app}`,
        },
      },
    },
  });
  const backend = { service: { name: app, port: { number: 80 } } };
  return [
    of("/api/v1", "serviceaccounts", "v1", "ServiceAccount", {}),
    of("/api/v1", "services", "v1", "Service", {
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    }),
    of("/apis/apps/v1", "deployments", "apps/v1", "Deployment", {
      spec: {
        replicas: 0,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            serviceAccountName: app,
            containers: [
              { name: "web", image: "registry.example.com/web:1", ports: [{ containerPort: 8080 }] },
            ],
          },
        },
      },
    }),
    of("/apis/networking.k8s.io/v1", "ingresses", "networking.k8s.io/v1", "Ingress", {
      spec: {
        rules: [
          { host: `${app}.example.com`, http: { paths: [{ path: "/", pathType: "Prefix", backend }] } },
        ],
      },
    }),
  ];
}

/** Applies every target, `inFlight` at once. @returns milliseconds @throws {Error} at the first refusal */
async function applyAll(
  api: RawApi,
  targets: readonly Target[],
  inFlight: number,
  dryRun: "" | "&dryRun=All",
): Promise<number> {
  const started = performance.now();
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let target = targets[next++]; target !== undefined; target = targets[next++]) {
      const { status, body } = await api.request(
        "PATCH",
        `${target.path}?fieldManager=holdfast&force=true${dryRun}`,
        target.body,
        "application/apply-patch+yaml",
      );
      if (status >= 300) throw new Error(`${target.path}: ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return performance.now() - started;
}

/** One run in a namespace of its own. */
export async function floor({ apps, kubeconfig, inFlight }: FloorAsk): Promise<Floor> {
  const api = await rawApi(kubeconfig);
  const namespace = `floor-${inFlight}-${Date.now().toString(36)}`;
  const made = await api.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  if (made.status >= 300) throw new Error(`namespace ${namespace}: ${made.status}`);
  const targets = Array.from({ length: apps }, (_, at) => objectsOf(`app-${at}`, namespace)).flat();
  const cpu = process.cpuUsage();
  const dryRunMs = await applyAll(api, targets, inFlight, "&dryRun=All");
  const applyMs = await applyAll(api, targets, inFlight, "");
  const { user, system } = process.cpuUsage(cpu);
  return {
    apps,
    objects: targets.length,
    inFlight,
    dryRunMs: Math.round(dryRunMs),
    applyMs: Math.round(applyMs),
    totalMs: Math.round(dryRunMs + applyMs),
    cpuMs: Math.round((user + system) / 1000),
  };
}

/** One run for each number in flight, each on a control plane of its own. */
export async function floors(apps: number, inFlights: readonly number[]): Promise<Floor[]> {
  const results: Floor[] = [];
  for (const inFlight of inFlights) {
    const plane = await startControlPlane({ kcmQps: 500 });
    try {
      results.push(await floor({ apps, kubeconfig: plane.kubeconfig, inFlight }));
    } finally {
      await plane.stop();
    }
  }
  return results;
}

if (import.meta.main) {
  const option = (name: string, absent: string): string =>
    process.argv[process.argv.indexOf(`--${name}`) + 1 || process.argv.length] ?? absent;
  const results = await floors(
    Number(option("apps", "300")),
    option("in-flight", "8,16,32,64").split(",").map(Number),
  );
  console.log(JSON.stringify(results, null, 2));
}
