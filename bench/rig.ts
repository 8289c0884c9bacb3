/** What every bench stands on: a fresh control plane, a monorepo behind a real Git server, and the compiled daemon. */
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../test/lib/control-plane.ts";
import { freePort } from "../test/lib/daemon.ts";
import { type GitServer, startGitServer } from "../test/lib/git-server.ts";

export const BINARY = process.env.HOLDFAST_BINARY ?? join(import.meta.dir, "..", "dist", "holdfast");

/** Folders in the monorepo, whatever number of them is used. */
export const MONOREPO_APPS = 1_000;

/** Four objects: ServiceAccount, Service, Deployment at zero replicas, Ingress. Each in a file of its own. */
export function appFiles(name: string, image = "registry.example.com/web:1"): Record<string, string> {
  const meta = `metadata: { name: ${name}, labels: { app: ${name} } }`;
  return {
    "service-account.yaml": `apiVersion: v1\nkind: ServiceAccount\n${meta}\n`,
    "service.yaml": `apiVersion: v1\nkind: Service\n${meta}\nspec:\n  selector: { app: ${name} }\n  ports: [{ port: 80, targetPort: 8080 }]\n`,
    "deployment.yaml": `apiVersion: apps/v1\nkind: Deployment\n${meta}\nspec:\n  replicas: 0\n  selector: { matchLabels: { app: ${name} } }\n  template:\n    metadata: { labels: { app: ${name} } }\n    spec:\n      serviceAccountName: ${name}\n      containers:\n      - name: web\n        image: ${image}\n        ports: [{ containerPort: 8080 }]\n`,
    "ingress.yaml": `apiVersion: networking.k8s.io/v1\nkind: Ingress\n${meta}\nspec:\n  rules:\n  - host: ${name}.example.com\n    http:\n      paths:\n      - { path: /, pathType: Prefix, backend: { service: { name: ${name}, port: { number: 80 } } } }\n`,
  };
}

export const nameOf = (at: number): string => `app-${String(at).padStart(4, "0")}`;

export interface Rig {
  plane: ControlPlane;
  git: GitServer;
  repo: string;
  dir: string;
  daemon: RunningDaemon;
  stop(): Promise<void>;
}

export interface RunningDaemon {
  url: string;
  pid: number;
  /** Since its start, of it and all of its children, ended ones too. */
  cpuSeconds(): number;
  /** Of it and its children together, the largest sum that was sampled; bytes. */
  peakRss(): number;
  rss(): number;
  /** Its own counters of API requests by verb. */
  requests(): Promise<Record<string, number>>;
  metric(name: string): Promise<number>;
  api<T>(path: string, init?: RequestInit): Promise<T>;
  /** SIGTERM; resolves when it has ended. */
  stop(): Promise<void>;
}

/**
 * @param apps how many of the monorepo's folders are applications
 * @param prepare called when everything but the daemon is up, just before it starts
 */
export async function startRig<T>(
  apps: number,
  prepare: (before: Pick<Rig, "plane" | "git" | "repo" | "dir">) => Promise<T>,
): Promise<Rig & { prepared: T }> {
  const [plane, git] = await Promise.all([startControlPlane({ kcmQps: 500 }), startGitServer()]);
  const files: Record<string, string> = {};
  for (let at = 0; at < MONOREPO_APPS; at++)
    for (const [file, text] of Object.entries(appFiles(nameOf(at))))
      files[`apps/${nameOf(at)}/${file}`] = text;
  const repo = await git.createRepo("monorepo", files);
  await plane.api.request("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "bench" },
  });
  const dir = mkdtempSync(join(tmpdir(), "holdfast-bench-"));
  await mkdir(join(dir, "apps"));
  const manifests = Array.from({ length: apps }, (_, at) => manifestOf(nameOf(at), repo));
  await Bun.write(join(dir, "apps", "all.yaml"), manifests.join("---\n"));
  const prepared = await prepare({ plane, git, repo, dir });
  const daemon = await startDaemon(dir, plane.kubeconfig);
  return {
    plane,
    git,
    repo,
    dir,
    daemon,
    prepared,
    async stop() {
      await daemon.stop();
      await Promise.all([plane.stop(), git.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

function manifestOf(name: string, repo: string): string {
  return [
    "apiVersion: argoproj.io/v1alpha1",
    "kind: Application",
    `metadata: { name: ${name} }`,
    "spec:",
    "  project: default",
    `  source: { repoURL: "${repo}", path: apps/${name}, targetRevision: main }`,
    `  destination: { server: "https://kubernetes.default.svc", namespace: bench }`,
    "  syncPolicy: { automated: { prune: true, selfHeal: true } }",
    "",
  ].join("\n");
}

async function startDaemon(dir: string, kubeconfig: string): Promise<RunningDaemon> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  await Bun.write(
    join(dir, "holdfast.yaml"),
    [
      `server: { listen: "127.0.0.1:${port}" }`,
      "data: ./data",
      `poll: "*/3 * * * *"`,
      `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${kubeconfig} }]`,
      "applications: [./apps]",
      ...(process.env.BENCH_IN_FLIGHT === undefined
        ? []
        : [`limits: { requestsInFlight: ${process.env.BENCH_IN_FLIGHT} }`]),
      "",
    ].join("\n"),
  );
  const child = Bun.spawn([BINARY, "serve", "--config", join(dir, "holdfast.yaml")], {
    stdout: "ignore",
    stderr: Bun.file(join(dir, "log")),
    stdin: "ignore",
  });
  const { pid } = child;
  let peak = 0;
  const sampler = setInterval(() => (peak = Math.max(peak, rssOf(pid))), 50);
  void child.exited.then(() => clearInterval(sampler));
  const api = async <T>(path: string, init?: RequestInit): Promise<T> =>
    (await fetch(`${url}${path}`, init)).json() as Promise<T>;
  const metrics = async (): Promise<string> => (await fetch(`${url}/metrics`)).text();
  return {
    url,
    pid,
    api,
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
    },
    cpuSeconds: () => cpuOf(pid),
    peakRss: () => Math.max(peak, rssOf(pid)),
    rss: () => rssOf(pid),
    async requests() {
      const counts: Record<string, number> = {};
      for (const [, labels = "", value] of (await metrics()).matchAll(
        /^holdfast_api_requests_total\{([^}]*)\} (\S+)$/gm,
      )) {
        const verb = /verb="([^"]*)"/.exec(labels)?.[1] ?? "";
        counts[verb] = (counts[verb] ?? 0) + Number(value);
      }
      return counts;
    },
    async metric(name) {
      let sum = 0;
      for (const [, value] of (await metrics()).matchAll(
        new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"),
      ))
        sum += Number(value);
      return sum;
    },
  };
}

function read(path: string): string {
  try {
    return require("node:fs").readFileSync(path, "utf8") as string;
  } catch {
    // The process ended between two looks.
    return "";
  }
}

function childrenOf(pid: number): number[] {
  const direct = read(`/proc/${pid}/task/${pid}/children`)
    .trim()
    .split(" ")
    .filter((text) => text !== "")
    .map(Number);
  return direct.flatMap((child) => [child, ...childrenOf(child)]);
}

function rssOf(pid: number): number {
  return [pid, ...childrenOf(pid)].reduce(
    (sum, each) => sum + Number(/VmRSS:\s+(\d+)/.exec(read(`/proc/${each}/status`))?.[1] ?? 0) * 1024,
    0,
  );
}

/** Clock ticks are hundredths of a second on Linux. */
function cpuOf(pid: number): number {
  const of = (each: number): number => {
    const fields = read(`/proc/${each}/stat`)
      .replace(/^.*\) /, "")
      .split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
  };
  return [pid, ...childrenOf(pid)].reduce((sum, each) => sum + of(each), 0);
}

/** Polls until `is` holds. @returns milliseconds it took */
export async function until(
  what: string,
  is: () => Promise<boolean>,
  { everyMs = 20, limitMs = 600_000 } = {},
): Promise<number> {
  const started = performance.now();
  while (!(await is())) {
    if (performance.now() - started > limitMs) throw new Error(`${what}: not within ${limitMs} ms`);
    await Bun.sleep(everyMs);
  }
  return performance.now() - started;
}

export function percentile(sorted: readonly number[], part: number): number {
  return sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * part) - 1)] ?? 0;
}

export function median(values: readonly number[]): number {
  return percentile(
    [...values].sort((a, b) => a - b),
    0.5,
  );
}
