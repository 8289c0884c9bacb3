/**
 * Objects as policies name them, which is as Argo CD does:
 * https://argo-cd.readthedocs.io/en/stable/operator-manual/rbac/#rbac-model-structure
 */
import type { Application } from "../../core/model/application.ts";
import type { ApplicationSet } from "../../core/model/application-set.ts";
import { isMapping } from "../../lib/is-mapping.ts";

/** `<project>/<name>`, with the namespace between them where it is not the home's. */
export function applicationObject({ metadata, spec }: Application, homeNamespace: string): string {
  const { name, namespace } = metadata;
  return namespace === homeNamespace ? `${spec.project}/${name}` : `${spec.project}/${namespace}/${name}`;
}

/** Of a cluster that belongs to a project, with it. */
export function clusterObject({ server, project }: { server: string; project?: string | undefined }): string {
  return project === undefined || project === "" ? server : `${project}/${server}`;
}

/** Of a repository, or credentials, that belong to a project, with it. */
export function repositoryObject({ url, project }: { url: string; project: string }): string {
  return project === "" ? url : `${project}/${url}`;
}

/** Its project is its template's, as that is written. */
export function setObject(set: ApplicationSet, homeNamespace: string): string {
  return inProject(set, projectIn(set.spec.template), homeNamespace);
}

/**
 * One for each project that its applications may come to be of. A project that parameters or a patch decide is any: who
 * writes what parameters come from would choose it, whatever may be written here.
 */
export function setObjects(set: ApplicationSet, homeNamespace: string, all: readonly string[]): string[] {
  const { template, templatePatch, generators } = set.spec;
  const written = [projectIn(template), ...templatesIn(generators).map(projectIn)].filter(
    (project, at) => at === 0 || project !== "",
  );
  const isAny =
    written.some((project) => project.includes("{{")) ||
    (templatePatch !== undefined && templatePatch !== "");
  const projects = isAny
    ? [...written.filter((project) => !project.includes("{{")), ANY_PROJECT, ...all]
    : written;
  return [...new Set(projects)].map((project) => inProject(set, project, homeNamespace));
}

const ANY_PROJECT = "*";

function inProject({ metadata }: ApplicationSet, project: string, homeNamespace: string): string {
  const { name, namespace } = metadata;
  // Applications without one are of the project `default`.
  const of = project === "" ? "default" : project;
  return namespace === homeNamespace ? `${of}/${name}` : `${of}/${namespace}/${name}`;
}

function projectIn(template: unknown): string {
  const spec = isMapping(template) ? template["spec"] : undefined;
  const project = isMapping(spec) ? spec["project"] : undefined;
  return typeof project === "string" ? project : "";
}

/** Generators have templates of their own, and generators in them. */
function templatesIn(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(templatesIn);
  if (!isMapping(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name === "template" ? [inner] : templatesIn(inner),
  );
}
