/** What an Argo CD keeps in its cluster, read once. Lists only: nothing is written. */
import { connectCluster } from "../cluster/cluster.ts";
import { type ApplicationNamespaces, applicationNamespaces } from "../core/adopt/application-namespaces.ts";
import { controllerNamespaces, controllerOf } from "../core/adopt/controller.ts";
import { loginSecrets } from "../core/argocd/exported-images.ts";
import { type ArgoHeld, holdArgo, NOTHING_HELD, READ_MAPS } from "../core/argocd/held.ts";
import { IMAGE_UPDATER_MAP } from "../core/argocd/image-updater-config.ts";
import { UPDATER_KIND, UPDATER_VERSION } from "../core/images/image-updater.ts";
import type { ArgoController } from "../core/model/adoption-report.ts";
import { IN_CLUSTER } from "../core/model/application.ts";
import { textsOf } from "../core/model/decoded-secret.ts";
import { Failure, type FailureCode } from "../core/model/failure.ts";
import type { GroupVersionKind, KubeObject } from "../core/model/kube-object.ts";
import { SECRET_TYPE_LABEL } from "../core/model/parse-cluster-secret.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { WatchState } from "../core/ports/object-watch.ts";
import { defined } from "../lib/defined.ts";
import type { JsonLog } from "../lib/json-log.ts";
import { startTimer } from "../lib/timer.ts";

export interface ArgoEstate {
  /** As they stand there, status included. */
  applications: KubeObject[];
  projects: KubeObject[];
  held: ArgoHeld;
  configMaps: KubeObject[];
  secrets: KubeObject[];
  /** Of its Secrets and settings. */
  problems: Problem[];
}

export interface EstateAsk {
  kubeconfig: string;
  /** Absent: the kubeconfig's current one. */
  context?: string | undefined;
  namespace: string;
  environment: Readonly<Record<string, string | undefined>>;
  log: JsonLog;
  signal: AbortSignal;
}

const GROUP = "argoproj.io";
/** A server that says nothing is given up. */
const LIST_MS = 30_000;

const APPLICATION = { group: GROUP, version: "v1alpha1", kind: "Application" };

type Lister = (
  gvk: GroupVersionKind,
  within: readonly string[],
  which?: { labelSelector: string } | { name: string },
) => Promise<KubeObject[]>;

/** @throws {Failure} cluster-unreachable, forbidden, not-found, config */
export async function readEstate(ask: EstateAsk): Promise<ArgoEstate> {
  const here = [ask.namespace];
  return listing(ask, async (list) => {
    const [secrets, configMaps, projects] = await Promise.all([
      list({ group: "", version: "v1", kind: "Secret" }, here, {
        labelSelector: SECRET_TYPE_LABEL,
      }),
      mapsIn(ask.namespace, list),
      list({ ...APPLICATION, kind: "AppProject" }, here),
    ]);
    const { held } = holdArgo({ secrets, configMaps }, NOTHING_HELD);
    const namespaces = applicationNamespaces(ask.namespace, configMaps);
    const applications = await applicationsIn(namespaces, ask, list);
    return {
      projects,
      configMaps,
      secrets,
      held,
      applications,
      problems: [...held.problems, ...namespaces.problems],
    };
  });
}

export interface ReadImages {
  updaters: KubeObject[];
  /** Of Image Updater's ConfigMap. */
  said: Readonly<Record<string, string>>;
  /** Those that hold logins of registries. */
  secrets: KubeObject[];
  problems: Problem[];
}

/** What keeps images up to date; what may not be listed is a problem, and nothing else waits for it. @throws {Failure} cluster-unreachable */
export async function readImages(ask: EstateAsk, applications: readonly KubeObject[]): Promise<ReadImages> {
  const problems: Problem[] = [];
  const namespaces = new Set([
    ask.namespace,
    ...applications.flatMap(({ metadata }) => metadata.namespace ?? []),
  ]);
  return listing(ask, async (list) => {
    const listed = async (...asked: Parameters<Lister>): Promise<KubeObject[]> => {
      try {
        return await list(...asked);
      } catch (cause) {
        if (!(cause instanceof Failure) || !["not-found", "forbidden"].includes(cause.code)) throw cause;
        // Who has no Image Updater has no such kind.
        const { object, why, fix } = cause;
        if (cause.code === "forbidden")
          problems.push({
            severity: "warning",
            object,
            text: `they are not exported: ${why}`,
            ...defined({ fix }),
          });
        return [];
      }
    };
    const [group, version] = UPDATER_VERSION.split("/") as [string, string];
    const updaters = await listed({ group, version, kind: UPDATER_KIND }, [...namespaces]);
    const { namespace } = ask;
    const core = { group: "", version: "v1" };
    const byName = (kind: string, name: string) => listed({ ...core, kind }, [namespace], { name });
    const [map] = await byName("ConfigMap", IMAGE_UPDATER_MAP);
    const said = textsOf(map?.["data"], "data", () => undefined);
    const secrets = await Promise.all(
      loginSecrets({ said, namespace }).map((name) => byName("Secret", name)),
    );
    return { updaters, said, secrets: secrets.flat(), problems };
  });
}

/** What Argo CD has now, and what of it works on that. @throws {Failure} as `readEstate` */
export async function readTakeable(
  ask: EstateAsk,
): Promise<{ applications: KubeObject[]; controller: ArgoController }> {
  return listing(ask, async (list) => {
    const configMaps = await mapsIn(ask.namespace, list);
    const applications = await applicationsIn(applicationNamespaces(ask.namespace, configMaps), ask, list);
    // By no label: each way of installing Argo CD has its own.
    const where = controllerNamespaces(ask.namespace, applications);
    const apps = { group: "apps", version: "v1" };
    const [pods, replicaSets, ...workloads] = await Promise.all([
      list({ group: "", version: "v1", kind: "Pod" }, where),
      list({ ...apps, kind: "ReplicaSet" }, where),
      list({ ...apps, kind: "StatefulSet" }, where),
      list({ ...apps, kind: "Deployment" }, where),
    ]);
    return { applications, controller: controllerOf({ workloads: workloads.flat(), replicaSets, pods }) };
  });
}

/** By name, as a daemon reads them. */
async function mapsIn(namespace: string, list: Lister): Promise<KubeObject[]> {
  const gvk = { group: "", version: "v1", kind: "ConfigMap" };
  return (await Promise.all(READ_MAPS.map((name) => list(gvk, [namespace], { name })))).flat();
}

async function listing<T>(ask: EstateAsk, work: (list: Lister) => Promise<T>): Promise<T> {
  const { kubeconfig, context, environment, log } = ask;
  const cluster = await connectCluster({
    name: context ?? "the current context",
    server: IN_CLUSTER,
    kubeconfig: { file: kubeconfig },
    ...defined({ context }),
    environment,
    log,
  });
  try {
    return await work((gvk, namespaces, which) => listOnce(cluster, gvk, { namespaces, ...which }, ask));
  } finally {
    await cluster.stop();
  }
}

async function applicationsIn(
  namespaces: ApplicationNamespaces,
  { namespace }: EstateAsk,
  list: Lister,
): Promise<KubeObject[]> {
  const found = await list(APPLICATION, namespaces.where === "own" ? [namespace] : []);
  return found.filter(({ metadata }) => namespaces.has(metadata.namespace ?? ""));
}

async function listOnce(
  cluster: Pick<Cluster, "watch" | "connection">,
  gvk: GroupVersionKind,
  where: Parameters<Cluster["watch"]>[1],
  { namespace, context, signal }: EstateAsk,
): Promise<KubeObject[]> {
  const { promise, resolve } = Promise.withResolvers<WatchState>();
  const watch = cluster.watch(gvk, where, {
    changed: () => undefined,
    gone: () => undefined,
    became: (state) => {
      if (state.is !== "starting") resolve(state);
    },
  });
  const late = startTimer(LIST_MS, () => resolve({ is: "unseen", why: "it does not answer" }));
  const end = (): void => resolve({ is: "unseen", why: "it was interrupted" });
  signal.addEventListener("abort", end, { once: true });
  try {
    const state = await promise;
    if (state.is === "shown")
      return [...watch.objects()]
        .map((object) => ({ ...object, apiVersion: apiVersionOf(gvk), kind: gvk.kind }))
        .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
    const cannot = (code: FailureCode, why: string, fix: string): Failure =>
      new Failure(code, `${gvk.kind}s of ${context ?? "the current context"}`, "after-edit", {
        cannot: "read them",
        why,
        fix,
      });
    if (state.is === "absent")
      throw cannot(
        "not-found",
        "the server has no such kind, so there is no Argo CD",
        "Name the context of the cluster that Argo CD runs in",
      );
    const why = state.is === "unseen" ? state.why : "it does not answer";
    const isUp = cluster.connection().is === "connected";
    throw cannot(
      isUp ? "forbidden" : "cluster-unreachable",
      why,
      isUp
        ? `Let the account of the context list and watch them in namespace ${namespace}`
        : "Look at the context and its server",
    );
  } finally {
    late.cancel();
    signal.removeEventListener("abort", end);
    watch.stop();
  }
}

function apiVersionOf({ group, version }: { group: string; version: string }): string {
  return group === "" ? version : `${group}/${version}`;
}

function nameOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}
