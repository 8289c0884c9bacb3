import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { builtInDecryptors } from "../../plugins/index.ts";
import { ArtifactPlaces } from "../artifacts/artifacts.ts";
import type { Config } from "../config/config.ts";
import { SETTINGS } from "../config/settings.ts";
import { normalise } from "../core/manifest/normalise.ts";
import { parseManifests } from "../core/manifest/parse-manifests.ts";
import { type Application, keyOfApp, sourcesOf, trackingName } from "../core/model/application.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Problem } from "../core/model/problem.ts";
import type { RepositoryType } from "../core/model/repository-access.ts";
import { configuredTools } from "../daemon/configured-tools.ts";
import { pluginsIn } from "../daemon/declared-plugins.ts";
import { nameOfProject } from "../engine/limits.ts";
import { accessOfBase, baseFetcher, refusalOfBase } from "../engine/target/base-fetcher.ts";
import { accessOfChart, chartFetcher, refusalOfChart } from "../engine/target/chart-fetcher.ts";
import { askOf, resolveSource, treeOf } from "../engine/target/locate.ts";
import { entriesFor, repositoryAccess } from "../engine/target/repository-access.ts";
import { Repositories } from "../git/repositories.ts";
import { jsonLog } from "../lib/json-log.ts";
import { systemClock } from "../lib/system-clock.ts";
import { keysIn } from "../render/decryption.ts";
import { type OfflineSources, renderOffline } from "../render/offline.ts";
import { createRenderers } from "../render/renderers.ts";
import { sandboxLevel } from "../render/sandbox-level.ts";
import { ToolFinder } from "../render/tools.ts";
import type { Surroundings } from "./surroundings.ts";
import { cameWithUs } from "./tool-places.ts";

/** What charts get to know of a cluster that is not asked. */
const OFFLINE_CLUSTER = {
  kubeVersion: "v1.36.0",
  apiVersions: [
    "v1",
    "apps/v1",
    "batch/v1",
    "autoscaling/v2",
    "networking.k8s.io/v1",
    "policy/v1",
    "rbac.authorization.k8s.io/v1",
  ],
};

/** What renders without a daemon or a cluster, for any number of applications. */
interface Workshop {
  renderers: Awaited<ReturnType<typeof createRenderers>>;
  git: Repositories;
  artifacts: ArtifactPlaces;
  config: Config | undefined;
  homeNamespace: string;
}

/** @returns with what is wrong with the plugins that the config declares */
export async function withWorkshop<T>(
  around: Surroundings,
  config: Config | undefined,
  work: (workshop: Workshop) => Promise<T>,
): Promise<{ done: T; problems: Problem[] }> {
  const homeNamespace = config?.namespace ?? "argocd";
  const scratch = mkdtempSync(join(tmpdir(), "holdfast-render-"));
  try {
    const log = jsonLog(() => "error", around.stderr);
    const level = await sandboxLevel();
    const tools = new ToolFinder({
      searchPath: around.env.PATH ?? "",
      embedded: await cameWithUs(around, join(scratch, "tools")),
      scratchDir: join(scratch, "tools-scratch"),
      level,
      ...configuredTools(config?.render),
    });
    const { renderers: loaded, problems } = await pluginsIn(config, around.build.version);
    const renderers = await createRenderers({
      renderers: loaded,
      decryption: {
        decryptors: builtInDecryptors,
        keys: keysIn(config?.decryption ?? { age: [], pgp: [] }),
      },
      tools,
      level,
      log,
      homeNamespace,
      sandbox: "best-effort",
      scratchDir: join(scratch, "scratch"),
      timeoutMs: config?.render.timeoutMs ?? 90_000,
      concurrency: 2,
    });
    const git = new Repositories({
      dataDir: join(scratch, "data"),
      clock: systemClock,
      log,
      systemGit: Bun.which("git", { PATH: around.env.PATH ?? "" }) ?? undefined,
      env: { PATH: around.env.PATH ?? "" },
      environment: around.env,
    });
    const artifacts = new ArtifactPlaces({
      ...{ dataDir: join(scratch, "data"), clock: systemClock, log },
      environment: around.env,
    });
    try {
      return { done: await work({ renderers, git, artifacts, config, homeNamespace }), problems };
    } finally {
      await Promise.all([git.stop(), artifacts.stop()]);
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/**
 * The manifests of one application as the daemon would apply them.
 * @param from `source` as `render` takes it, relative to `cwd`
 * @throws {Failure} where it cannot be rendered
 */
export async function renderApplication(
  { renderers, git, artifacts, config, homeNamespace }: Workshop,
  app: Application,
  { source, cwd, signal }: { source: string | undefined; cwd: string; signal: AbortSignal },
): Promise<{ documents: KubeObject[]; problems: Problem[] }> {
  const entries = entriesFor(config?.repositories ?? [], nameOfProject(app));
  const where = {
    look: "latest",
    since: systemClock.now(),
    access: (url: string, type: RepositoryType) => repositoryAccess(url, entries, type),
  } as const;
  const charts = chartFetcher({
    artifacts,
    access: (url, type) => accessOfChart(url, type, entries, sourcesOf(app.spec)),
    entries,
    refuse: (url) => refusalOfChart(url, entries, sourcesOf(app.spec), undefined),
    ask: askOf(where.look, where.since),
  });
  const rules = { remoteBases: config?.remoteBases ?? SETTINGS.remoteBases.default, repositories: entries };
  const refuse = (url: string) => refusalOfBase(url, rules, undefined);
  const elsewhere = (url: string) => accessOfBase(url, rules, sourcesOf(app.spec));
  const bases = baseFetcher({
    ...{ git, artifacts, ...where, before: [] },
    access: elsewhere,
    now: () => systemClock.now(),
    refuse,
  });
  const sources = { ...sourcesFrom(source, cwd), charts, bases };
  const fetch: NonNullable<OfflineSources["fetch"]> = async (from) => {
    const found = await resolveSource(from, from.targetRevision, { git, artifacts }, where);
    return {
      source: from,
      revision: found.revision,
      tree: await treeOf(found, { git, artifacts }, { elsewhere, refuse }, signal),
    };
  };
  const rendered = await renderOffline(renderers, app, { ...sources, fetch }, OFFLINE_CLUSTER, signal);
  const manifests = parseManifests(rendered.documents, {
    validate: config?.validate === "strict" ? "strict" : "repair",
  });
  const placed = normalise(manifests.manifests, {
    app: trackingName(keyOfApp(app), homeNamespace),
    destinationNamespace: app.spec.destination.namespace ?? "",
    scopeOf: ({ group, kind }) => (isClusterScoped(group, kind) ? "cluster" : "unknown"),
  });
  return {
    documents: placed.desired.filter(({ role }) => role.is !== "ignored").map(({ object }) => object),
    problems: [...rendered.problems, ...manifests.problems, ...placed.problems, ...placed.repeated],
  };
}

function sourcesFrom(source: string | undefined, cwd: string): OfflineSources {
  if (source === undefined) return {};
  const parts = source.split(",").map((part) => /^([A-Za-z0-9_-]+)=(.+)$/.exec(part) ?? part);
  const named = parts.flatMap((part) =>
    typeof part === "string" ? [] : [[part[1] as string, resolve(cwd, part[2] as string)] as const],
  );
  const plain = parts.find((part) => typeof part === "string");
  return {
    ...(plain === undefined ? {} : { folder: resolve(cwd, plain as string) }),
    folderByRef: Object.fromEntries(named),
  };
}

/** The built-in kinds without a namespace; offline there is nobody to ask about others. */
function isClusterScoped(group: string, kind: string): boolean {
  const name = group === "" ? kind : `${group}/${kind}`;
  return CLUSTER_SCOPED.has(name);
}
const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "apiextensions.k8s.io/CustomResourceDefinition",
  "apiregistration.k8s.io/APIService",
  "rbac.authorization.k8s.io/ClusterRole",
  "rbac.authorization.k8s.io/ClusterRoleBinding",
  "storage.k8s.io/StorageClass",
  "storage.k8s.io/CSIDriver",
  "scheduling.k8s.io/PriorityClass",
  "node.k8s.io/RuntimeClass",
  "networking.k8s.io/IngressClass",
  "admissionregistration.k8s.io/ValidatingWebhookConfiguration",
  "admissionregistration.k8s.io/MutatingWebhookConfiguration",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicy",
  "admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding",
  "certificates.k8s.io/CertificateSigningRequest",
]);
