/** What is filled in for a new application, as its manifest and as a command. */

export interface Draft {
  name: string;
  project: string;
  repoURL: string;
  /** Of a chart repository, in place of a folder; "": none. */
  chart: string;
  path: string;
  revision: string;
  /** A name, or an address. */
  cluster: string;
  namespace: string;
  /** Absent: nothing is written to the cluster before somebody syncs. */
  syncs: "by-hand" | "by-itself";
  makesNamespace: "yes" | "no";
}

export const EMPTY: Draft = {
  ...{
    name: "",
    project: "default",
    repoURL: "",
    chart: "",
    path: "",
    revision: "",
    cluster: "",
    namespace: "",
  },
  ...{ syncs: "by-hand", makesNamespace: "yes" },
};

/** Where each stands in the manifest; a cluster stands at its name or its address. */
export const FIELD_PATHS = {
  name: ["metadata", "name"],
  project: ["spec", "project"],
  repoURL: ["spec", "source", "repoURL"],
  chart: ["spec", "source", "chart"],
  path: ["spec", "source", "path"],
  revision: ["spec", "source", "targetRevision"],
  namespace: ["spec", "destination", "namespace"],
} as const satisfies Partial<Record<keyof Draft, readonly string[]>>;

export function manifestOf(draft: Draft) {
  const { name, project, repoURL, chart, path, revision, cluster, namespace, syncs, makesNamespace } = draft;
  const options = makesNamespace === "yes" && namespace !== "" ? ["CreateNamespace=true"] : [];
  const syncPolicy = {
    ...(syncs === "by-itself" ? { automated: { prune: true, selfHeal: true } } : {}),
    ...(options.length === 0 ? {} : { syncOptions: options }),
  };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name },
    spec: {
      project,
      source: {
        repoURL,
        ...(chart === "" ? { path: path === "" ? "." : path } : { chart }),
        targetRevision: revision === "" ? (chart === "" ? "HEAD" : "*") : revision,
      },
      destination: {
        ...(isAddress(cluster) ? { server: cluster } : { name: cluster }),
        ...(namespace === "" ? {} : { namespace }),
      },
      ...(Object.keys(syncPolicy).length === 0 ? {} : { syncPolicy }),
    },
  };
}

/** Words after `holdfast`; undefined where flags do not say all of it. */
export function createCommand(draft: Draft): string[] | undefined {
  const { name, project, repoURL, chart, path, revision, cluster, namespace, syncs, makesNamespace } = draft;
  if (chart !== "") return undefined;
  const flag = (flagName: string, value: string): string[] => (value === "" ? [] : [flagName, value]);
  return [
    ...["app", "create", name],
    ...flag("--project", project),
    ...flag("--repo", repoURL),
    ...["--path", path === "" ? "." : path],
    ...flag("--revision", revision),
    ...flag(isAddress(cluster) ? "--dest-server" : "--dest-name", cluster),
    ...flag("--dest-namespace", namespace),
    ...(syncs === "by-itself" ? ["--sync-policy", "automated", "--auto-prune", "--self-heal"] : []),
    ...(makesNamespace === "yes" && namespace !== "" ? ["--sync-option", "CreateNamespace=true"] : []),
  ];
}

export function isAddress(cluster: string): boolean {
  return cluster.includes("://");
}

/** What becomes of it, and where it would better be. @param home `status.home` */
export function whereItLives(home: { in: "files" | "cluster"; namespace: string }): string {
  const [where, follows] =
    home.in === "cluster"
      ? [
          `It becomes a custom resource in the cluster, in namespace ${home.namespace} unless it names another`,
          "Git keeps these",
        ]
      : ["It lives in the daemon's store", "a folder of manifests is followed"];
  return `${where}. Where ${follows}, commit the manifest there in place of this: then Git says who changed it.`;
}
