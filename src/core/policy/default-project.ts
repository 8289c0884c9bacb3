import type { Project } from "../model/project.ts";

/** The project that exists without being written, and permits everything. An AppProject named `default` takes its place. */
export function defaultProject(namespace: string): Project {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "default", namespace },
    spec: {
      sourceRepos: ["*"],
      sourceNamespaces: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    },
  };
}
