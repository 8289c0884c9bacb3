import type { Source } from "../core/model/application.ts";

export interface BuildEnvFacts {
  /** As in tracking ids: with its namespace where that is not the home. */
  appName: string;
  namespace: string;
  project: string;
  /** Commit, or version of a chart. */
  revision: string;
  source: Source;
  cluster: { kubeVersion: string; apiVersions: readonly string[] };
}

/** Whether a variable has another value at another revision. */
export function dependsOnCommit(name: string): boolean {
  return name.startsWith("ARGOCD_APP_REVISION");
}

/** Variables for `$VAR` in parameters. Source: Argo CD's build environment. */
export function buildEnv({
  appName,
  namespace,
  project,
  revision,
  source,
  cluster,
}: BuildEnvFacts): Record<string, string> {
  return {
    ARGOCD_APP_NAME: appName,
    ARGOCD_APP_NAMESPACE: namespace,
    ARGOCD_APP_PROJECT_NAME: project,
    ARGOCD_APP_REVISION: revision,
    ARGOCD_APP_REVISION_SHORT: revision.slice(0, 7),
    ARGOCD_APP_REVISION_SHORT_8: revision.slice(0, 8),
    ARGOCD_APP_SOURCE_PATH: source.path ?? "",
    ARGOCD_APP_SOURCE_REPO_URL: source.repoURL,
    ARGOCD_APP_SOURCE_TARGET_REVISION: source.targetRevision ?? "",
    KUBE_VERSION: cluster.kubeVersion,
    KUBE_API_VERSIONS: cluster.apiVersions.join(","),
  };
}
