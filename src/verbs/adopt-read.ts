/** What an Argo CD keeps in its cluster, read once. Lists only: nothing is written. */
import { connectCluster } from "../cluster/cluster.ts";
import { controllerOf } from "../core/adopt/letting-go.ts";
import { type ArgoHeld, holdArgo, NOTHING_HELD } from "../core/argocd/held.ts";
import { PARAMS_MAP } from "../core/argocd/setting-keys.ts";
import type { ArgoController } from "../core/model/adoption-report.ts";
import { IN_CLUSTER } from "../core/model/application.ts";
import { Failure, type FailureCode } from "../core/model/failure.ts";
import type { GroupVersionKind, KubeObject } from "../core/model/kube-object.ts";
import { SECRET_TYPE_LABEL } from "../core/model/parse-cluster-secret.ts";
import type { Cluster } from "../core/ports/cluster.ts";
import type { WatchState } from "../core/ports/object-watch.ts";
import { defined } from "../lib/defined.ts";
import { ANYWHERE, matchesGlob } from "../lib/glob.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { JsonLog } from "../lib/json-log.ts";
import { startTimer } from "../lib/timer.ts";

export interface ArgoEstate {
  /** As they stand there, status included. */
  applications: KubeObject[];
  projects: KubeObject[];
  held: ArgoHeld;
  configMaps: KubeObject[];
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
const PARTS = "app.kubernetes.io/part-of=argocd";
/** As every way of installing Argo CD labels it. */
const CONTROLLER = "app.kubernetes.io/component=application-controller";

type Lister = (
  gvk: GroupVersionKind,
  within: readonly string[],
  labelSelector?: string,
) => Promise<KubeObject[]>;

/** @throws {Failure} cluster-unreachable, forbidden, not-found, config */
export async function readEstate(ask: EstateAsk): Promise<ArgoEstate> {
  const here = [ask.namespace];
  return listing(ask, async (list) => {
    const [secrets, configMaps, projects] = await Promise.all([
      list({ group: "", version: "v1", kind: "Secret" }, here, SECRET_TYPE_LABEL),
      list({ group: "", version: "v1", kind: "ConfigMap" }, here, PARTS),
      list({ ...APPLICATION, kind: "AppProject" }, here),
    ]);
    const { held } = holdArgo({ secrets, configMaps }, NOTHING_HELD);
    return { projects, configMaps, held, applications: await applicationsIn(ask, configMaps, list) };
  });
}

/** What Argo CD has now, and what of it works on that. @throws {Failure} as `readEstate` */
export async function readTakeable(
  ask: EstateAsk,
): Promise<{ applications: KubeObject[]; controller: ArgoController }> {
  const here = [ask.namespace];
  return listing(ask, async (list) => {
    const [configMaps, pods, ...workloads] = await Promise.all([
      list({ group: "", version: "v1", kind: "ConfigMap" }, here, PARTS),
      list({ group: "", version: "v1", kind: "Pod" }, here, CONTROLLER),
      list({ group: "apps", version: "v1", kind: "StatefulSet" }, here, CONTROLLER),
      list({ group: "apps", version: "v1", kind: "Deployment" }, here, CONTROLLER),
    ]);
    return {
      applications: await applicationsIn(ask, configMaps, list),
      controller: controllerOf(workloads.flat(), pods),
    };
  });
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
    return await work((gvk, namespaces, labelSelector) =>
      listOnce(cluster, gvk, { namespaces, labelSelector }, ask),
    );
  } finally {
    await cluster.stop();
  }
}

async function applicationsIn(
  { namespace }: EstateAsk,
  configMaps: readonly KubeObject[],
  list: Lister,
): Promise<KubeObject[]> {
  const elsewhere = globsOf(configMaps);
  const found = await list(APPLICATION, elsewhere.length === 0 ? [namespace] : []);
  return found.filter(({ metadata }) =>
    [namespace, ...elsewhere].some((glob) => matchesGlob(glob, metadata.namespace ?? "", ANYWHERE)),
  );
}

/** Where else Argo CD looks for applications: `application.namespaces`, globs between commas. */
function globsOf(configMaps: readonly KubeObject[]): string[] {
  const map = configMaps.find(({ metadata }) => metadata.name === PARAMS_MAP);
  const data = isMapping(map?.["data"]) ? map["data"] : {};
  const text = data["application.namespaces"];
  return typeof text === "string"
    ? text
        .split(",")
        .map((glob) => glob.trim())
        .filter((glob) => glob !== "")
    : [];
}

async function listOnce(
  cluster: Pick<Cluster, "watch" | "connection">,
  gvk: GroupVersionKind,
  where: { namespaces: readonly string[]; labelSelector: string | undefined },
  { namespace, context, signal }: EstateAsk,
): Promise<KubeObject[]> {
  const { promise, resolve } = Promise.withResolvers<WatchState>();
  const { namespaces, labelSelector } = where;
  const watch = cluster.watch(
    gvk,
    { namespaces, ...defined({ labelSelector }) },
    {
      changed: () => undefined,
      gone: () => undefined,
      became: (state) => {
        if (state.is !== "starting") resolve(state);
      },
    },
  );
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
