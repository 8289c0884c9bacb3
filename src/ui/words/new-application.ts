/** What is filled in for a new application, as its manifest and as a command. */

export interface Draft {
  name: string;
  project: string;
  repoURL: string;
  path: string;
  revision: string;
  cluster: string;
  namespace: string;
  /** Absent: nothing is written to the cluster before somebody syncs. */
  syncs: "by-hand" | "by-itself";
  makesNamespace: "yes" | "no";
}

export const EMPTY: Draft = {
  ...{ name: "", project: "default", repoURL: "", path: "", revision: "", cluster: "", namespace: "" },
  ...{ syncs: "by-hand", makesNamespace: "yes" },
};

export function manifestOf(draft: Draft) {
  const { name, project, repoURL, path, revision, cluster, namespace, syncs, makesNamespace } = draft;
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
        path: path === "" ? "." : path,
        targetRevision: revision === "" ? "HEAD" : revision,
      },
      destination: { name: cluster, ...(namespace === "" ? {} : { namespace }) },
      ...(Object.keys(syncPolicy).length === 0 ? {} : { syncPolicy }),
    },
  };
}

/** Words after `holdfast`. */
export function createCommand(draft: Draft): string[] {
  const { name, project, repoURL, path, revision, cluster, namespace, syncs, makesNamespace } = draft;
  const flag = (flagName: string, value: string): string[] => (value === "" ? [] : [flagName, value]);
  return [
    ...["app", "create", name],
    ...flag("--project", project),
    ...flag("--repo", repoURL),
    ...["--path", path === "" ? "." : path],
    ...flag("--revision", revision),
    ...flag("--dest-name", cluster),
    ...flag("--dest-namespace", namespace),
    ...(syncs === "by-itself" ? ["--sync-policy", "automated", "--auto-prune", "--self-heal"] : []),
    ...(makesNamespace === "yes" && namespace !== "" ? ["--sync-option", "CreateNamespace=true"] : []),
  ];
}
