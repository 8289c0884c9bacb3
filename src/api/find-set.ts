import type { Asker } from "../core/access/asker.ts";
import type { ApplicationSet } from "../core/model/application-set.ts";
import { keyOfSet, type SetKey, setKey } from "../core/model/application-set.ts";
import type { ShownSet } from "../sets/control.ts";
import { ApiError, notFound } from "./api-error.ts";
import type { AuthorisedSets } from "./authorised/authorised.ts";
import { keyFrom } from "./find-app.ts";
import { parseSelector } from "./label-selector.ts";
import { list, optional, text } from "./terms/wire.ts";

/**
 * A name alone is enough where only one set has it.
 * @throws {ApiError} 400 where several have it, 404 where none has
 */
export function findSet(
  sets: AuthorisedSets,
  who: Asker,
  name: string,
  namespace: string | undefined,
): ShownSet {
  const found = sets
    .sets(who)
    .filter(
      ({ set: { metadata } }) =>
        metadata.name === name && (namespace === undefined || metadata.namespace === namespace),
    );
  const [one, ...others] = found;
  if (one === undefined)
    throw notFound(`ApplicationSet ${namespace === undefined ? name : `${namespace}/${name}`}`);
  if (others.length > 0) {
    const names = found.map(({ set }) => keyOfSet(set));
    throw new ApiError(
      "InvalidArgument",
      `several ApplicationSets are called ${name}: ${names.join(", ")}. Say which with appsetNamespace`,
      { details: { reason: "ambiguous", names } },
    );
  }
  return one;
}

/** The key that a URL of ours names; whether it exists is for the control to say. */
export function setKeyFrom(namespace: string, name: string): SetKey {
  keyFrom(namespace, name);
  return setKey(namespace, name);
}

/** Argo CD's filters of lists. */
export const SET_FILTERS = {
  appsetNamespace: optional(text()),
  projects: optional(list(text(), { says: "May be repeated; and so may `project`." })),
  project: optional(list(text())),
  selector: optional(text({ says: "Kubernetes' label selector." })),
};

/**
 * By `SET_FILTERS`.
 * @param queries every value of each parameter: `projects` may be repeated
 */
export function setFilter(queries: Record<string, string[]>): (set: ApplicationSet) => boolean {
  const selector = queries["selector"]?.[0] || undefined;
  const namespace = queries["appsetNamespace"]?.[0] || undefined;
  const projects = [...(queries["projects"] ?? []), ...(queries["project"] ?? [])].filter(
    (project) => project !== "",
  );
  const matches = selector === undefined ? () => true : parseSelector(selector);
  return ({ metadata, spec }) =>
    (namespace === undefined || metadata.namespace === namespace) &&
    (projects.length === 0 || projects.includes(String(spec.template.spec?.["project"]))) &&
    matches(metadata.labels ?? {});
}
