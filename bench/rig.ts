/** What every bench stands on: a fresh control plane, a monorepo behind a real Git server, and the compiled daemon. */
import { mkdtempSync, rmSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "../test/lib/control-plane.ts";
import { type GitServer, startGitServer } from "../test/lib/git-server.ts";
import { type RunningDaemon, startDaemon } from "./running-daemon.ts";

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
  const daemon = await startDaemon(dir, [
    `clusters: [{ name: in-cluster, server: "https://kubernetes.default.svc", kubeconfig: ${plane.kubeconfig} }]`,
    "applications: [./apps]",
    ...(process.env.BENCH_IN_FLIGHT === undefined
      ? []
      : [`limits: { requestsInFlight: ${process.env.BENCH_IN_FLIGHT} }`]),
  ]);
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
