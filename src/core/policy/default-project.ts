import type { Project } from "../model/project.ts";

/**
 * The project that exists without being written, and permits everything. An AppProject named `default` takes its place.
 * @param whose applications that may name it: of every namespace, where the same people write them all; or of the home
 * namespace alone, as Argo CD's own, where whoever may write in a namespace would be permitted everything by it
 */
export function defaultProject(namespace: string, whose: "of-every-namespace" | "of-the-home"): Project {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace },
    spec: {
      sourceRepos: ["*"],
      ...(whose === "of-every-namespace" ? { sourceNamespaces: ["*"] } : {}),
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
}
