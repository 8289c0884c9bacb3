/** The config of a daemon that would take an Argo CD's place, and that may write nothing. */
import type { ClusterConfig, Config } from "../config/config.ts";
import { readCustomizations } from "../core/argocd/customizations.ts";
import type { ArgoHeld } from "../core/argocd/held.ts";
import { SETTINGS_MAP } from "../core/argocd/setting-keys.ts";
import { IN_CLUSTER, IN_CLUSTER_NAME } from "../core/model/application.ts";
import { type ClusterEntry, serverKey } from "../core/model/cluster-entry.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { ArgoEstate } from "./adopt-read.ts";

export interface AdoptionPlace {
  /** A temporary folder. */
  data: string;
  namespace: string;
  kubeconfig: string;
  context: string | undefined;
}

/**
 * What the base says stands; beside it, what Argo CD's settings say.
 * @param base a daemon's config, or every key at its default
 */
export function adoptionConfig(
  base: Config,
  { held, configMaps }: Pick<ArgoEstate, "held" | "configMaps">,
  { data, namespace, kubeconfig, context }: AdoptionPlace,
): Config {
  const { settings } = held;
  const { customizations: scripts } = settings;
  const configured = base.clusters.find(isHome);
  // Whatever a daemon's config says of how it reaches this one from where it runs: it is the context's here.
  const home: ClusterConfig = {
    name: IN_CLUSTER_NAME,
    server: IN_CLUSTER,
    project: "",
    labels: {},
    ...scopeOf(held),
    ...configured,
    kubeconfig,
    context,
  };
  return {
    ...base,
    data,
    namespace,
    home: "files",
    applications: [],
    // Whatever else goes wrong: nothing is written, and nobody can end it.
    pauses: [{ of: "writes", from: "config" }],
    // Everything is looked at once.
    poll: { everyMs: 86_400_000 },
    clusters: [home, ...base.clusters.filter((each) => !isHome(each))],
    repositories: [
      ...base.repositories,
      ...held.repositories.map((entry) => ({ ...entry, implementation: base.git.implementation })),
    ],
    globalProjects: [...base.globalProjects, ...settings.globalProjects],
    installationID: base.installationID || (settings.installationID ?? ""),
    sync: {
      ...base.sync,
      impersonation: base.sync.impersonation || settings.impersonation === "on",
    },
    ignoreDifferences: [...base.ignoreDifferences, ...scripts.ignoreDifferences],
    resources: {
      exclusions: [...base.resources.exclusions, ...scripts.resources.exclusions],
      inclusions: [...base.resources.inclusions, ...scripts.resources.inclusions],
    },
    health: {
      ...base.health,
      scripts: {
        ...base.health.scripts,
        health: [...base.health.scripts.health, ...scripts.health],
      },
    },
    render: {
      ...base.render,
      buildOptions: base.render.buildOptions.length > 0 ? base.render.buildOptions : buildOptions(configMaps),
    },
  };
}

/** Clusters of Secrets, without the one that the context stands for, and those that the config says how to reach. */
export function clustersBeside(
  { held }: Pick<ArgoEstate, "held">,
  { clusters }: Pick<Config, "clusters">,
): { file: string; entry: ClusterEntry }[] {
  const configured = new Set(clusters.map(({ server }) => serverKey(server)));
  return held.clusters
    .filter(({ entry }) => !isHome(entry) && !configured.has(serverKey(entry.server)))
    .map(({ secret, entry }) => ({ file: secret, entry }));
}

function isHome({ server }: Pick<ClusterEntry, "server">): boolean {
  return serverKey(server) === IN_CLUSTER;
}

/** A Secret of the cluster around Argo CD may say which part of it is looked at. */
function scopeOf({ clusters }: ArgoHeld): Pick<ClusterConfig, "namespaces" | "clusterResources"> {
  const scope = clusters.find(({ entry }) => isHome(entry))?.entry.scope;
  return scope?.is === "namespaces"
    ? { namespaces: [...scope.namespaces], clusterResources: scope.clusterResources === "included" }
    : { namespaces: [], clusterResources: true };
}

export function buildOptions(configMaps: readonly KubeObject[]): string[] {
  const map = configMaps.find(({ metadata }) => metadata.name === SETTINGS_MAP);
  if (map === undefined) return [];
  const { value } = readCustomizations(map, SETTINGS_MAP);
  return value.buildOptions.find(({ version }) => version === "")?.words ?? [];
}
