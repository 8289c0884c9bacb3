import type { Asker } from "../core/access/asker.ts";
import { type AppKey, type Application, appKey, keyOfApp } from "../core/model/application.ts";
import type { Found } from "../engine/control.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { AuthorisedControl } from "./authorised/authorised.ts";
import { parseSelector } from "./label-selector.ts";
import { fields, list, type Of, optional, text } from "./terms/wire.ts";

/** Names of Kubernetes objects: DNS subdomains. */
const NAME = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/;

/** How a request names an application beside its path. */
export const NAMING = {
  appNamespace: optional(text({ says: "Where several applications have the name." })),
  project: optional(text({ says: "Of another project it is not found." })),
};

/** How a request names an application. */
export interface AppName {
  name: string;
  namespace: string | undefined;
  project: string | undefined;
}

/** @param body what it says where the query says nothing */
export function appName(
  name: string,
  query: { appNamespace?: string | undefined; project?: string | undefined },
  body: { appNamespace?: string | undefined; project?: string | undefined } = {},
): AppName {
  const namespace = (query.appNamespace ?? body.appNamespace) || undefined;
  return { name, namespace, project: (query.project ?? body.project) || undefined };
}

/**
 * A name alone is enough where only one application has it.
 * @throws {ApiError} 400 where several have it, 404 where none has
 */
export function findApp(
  control: Pick<AuthorisedControl, "application" | "applications">,
  who: Asker,
  { name, namespace, project }: AppName,
): Application {
  const what = `application ${namespace === undefined ? name : `${namespace}/${name}`}`;
  if (!NAME.test(name) || (namespace !== undefined && !NAME.test(namespace))) throw notFound("application");
  const found =
    namespace === undefined
      ? control.applications(who).filter((app) => app.metadata.name === name)
      : [control.application(who, appKey(namespace, name))].filter((app) => app !== undefined);
  const [app, ...others] = found.filter((one) => project === undefined || one.spec.project === project);
  if (app === undefined) throw notFound(what);
  if (others.length > 0) {
    const names = [app, ...others].map(keyOfApp);
    throw new ApiError(
      "InvalidArgument",
      `several applications are called ${name}: ${names.join(", ")}. Say which with appNamespace`,
      { details: { reason: "ambiguous", names } },
    );
  }
  return app;
}

/** The key that a URL of ours names; whether it exists is for the control to say. */
export function keyFrom(namespace: string, name: string): AppKey {
  if (!NAME.test(name) || !NAME.test(namespace)) throw notFound("application");
  return appKey(namespace, name);
}

/** Of `namespace/name`. */
export function keyNamed(text: string): AppKey {
  const [namespace = "", name = ""] = text.split("/");
  return keyFrom(namespace, name);
}

/** A body of ours: which of the applications that wait are meant. */
export const NAMED_APPS = fields({
  applications: list(text(), {
    least: 1,
    expected: "a list of at least one",
    says: "Those that are meant, as `namespace/name`.",
  }),
});

/** @throws {ApiError} 404 where one is no name */
export function appsNamed({ applications }: Of<typeof NAMED_APPS>): AppKey[] {
  return applications.map(keyNamed);
}

export function orNotFound<T>(found: Found<T>, what: string): T {
  if (found.is === "absent") throw notFound(what);
  return found.value;
}

/** Argo CD's filters of lists and streams. */
export const APP_FILTERS = {
  name: optional(text()),
  appNamespace: optional(text()),
  projects: optional(list(text(), { says: "May be repeated; and so may `project`." })),
  project: optional(list(text())),
  repo: optional(text({ says: "The address of one of its sources." })),
  selector: optional(text({ says: "Kubernetes' label selector." })),
};

/**
 * By `APP_FILTERS`.
 * @param queries every value of each parameter: `projects` may be repeated
 */
export function appFilter(queries: Record<string, string[]>): (app: Application) => boolean {
  const one = (name: string): string | undefined => queries[name]?.[0] || undefined;
  const [name, namespace, repo, selector] = [one("name"), one("appNamespace"), one("repo"), one("selector")];
  const projects = [...(queries.projects ?? []), ...(queries.project ?? [])].filter(
    (project) => project !== "",
  );
  const matches = selector === undefined ? () => true : parseSelector(selector);
  return ({ metadata, spec }) =>
    (name === undefined || metadata.name === name) &&
    (namespace === undefined || metadata.namespace === namespace) &&
    (projects.length === 0 || projects.includes(spec.project)) &&
    (repo === undefined ||
      [spec.source, ...(spec.sources ?? [])].some((source) => source?.repoURL === repo)) &&
    matches(metadata.labels ?? {});
}
