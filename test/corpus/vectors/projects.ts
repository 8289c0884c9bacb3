import { parseProject } from "../../../src/core/model/parse-project.ts";
import type { Project } from "../../../src/core/model/project.ts";
import { matchesPattern } from "../../../src/core/policy/pattern.ts";
import { refuseDestination } from "../../../src/core/policy/refuse-destination.ts";
import { refuseKind } from "../../../src/core/policy/refuse-kind.ts";
import { refuseNamespace } from "../../../src/core/policy/refuse-namespace.ts";
import { refuseSource } from "../../../src/core/policy/refuse-source.ts";
import { ANYWHERE, BY_SEGMENT, matchesGlob } from "../../../src/lib/glob.ts";
import { notBuilt, type Player, played } from "./vector.ts";

const project = (spec: Project["spec"]): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "team", namespace: "argocd" },
  spec,
});

const NO_ACCOUNTS = "a wrong role refuses no project: it gives nothing, and that is said";

export const PROJECTS: Readonly<Record<string, Player>> = {
  source: ({ spec, repoURL, expected }) =>
    played(refuseSource(project(spec), repoURL) === undefined, expected),
  destination: ({ spec, server, name, namespace, projectClusters, expected }) => {
    if (projectClusters === "error")
      return { is: "not applicable", why: "whose a cluster is stands in its entry, and is asked of nobody" };
    const own = (projectClusters ?? []).some(
      (one: { server: string; name: string }) => one.server === server && one.name === name,
    );
    const target = { server, name, namespace, ...(own ? { project: "team" } : {}) };
    return played(refuseDestination(project(spec), target) === undefined, expected);
  },
  "group-kind": ({ spec, group, resourceKind, name, namespaced, expected }) =>
    played(
      refuseKind(
        project(spec),
        { group, kind: resourceKind, name, namespace: "" },
        namespaced === true ? "namespaced" : "cluster",
      ) === undefined,
      expected,
    ),
  "app-namespace": ({ spec, appNamespace, controllerNamespace, expected }) =>
    played(refuseNamespace(project(spec), appNamespace, controllerNamespace) === undefined, expected),
  "project-glob": ({ pattern, value, negation, separators, expected }) => {
    const options = (separators as string[]).includes("/") ? BY_SEGMENT : ANYWHERE;
    return played(
      negation === true ? matchesPattern(pattern, value, options) : matchesGlob(pattern, value, options),
      expected,
    );
  },
  "project-valid": ({ name, spec, valid }) => {
    // What makes it invalid is then a role: each of these projects has one fault.
    const isAboutRoles = valid === false && JSON.stringify(spec.destinations) === "[{}]" && "roles" in spec;
    if (isAboutRoles && spec.sourceRepos === undefined) return { is: "not applicable", why: NO_ACCOUNTS };
    const parsed = parseProject(
      { ...project(spec), metadata: { name: name === "" ? "team" : name } },
      { homeNamespace: "argocd" },
    );
    return played(parsed.ok, valid);
  },
  "role-policy": notBuilt(NO_ACCOUNTS),
  "group-name": notBuilt(NO_ACCOUNTS),
  "policy-object": notBuilt(NO_ACCOUNTS),
  "policy-action": notBuilt(NO_ACCOUNTS),
  "rbac-name": notBuilt(NO_ACCOUNTS),
  "role-has-group": notBuilt(NO_ACCOUNTS),
};
