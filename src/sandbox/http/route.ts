import { PlainNotFound, pathNotFound } from "../api-error.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";

/** What a path names. `namespace` is undefined for lists over all namespaces and for cluster-scoped kinds. */
export interface Route {
  kind: Kind;
  namespace: string | undefined;
  /** undefined for a collection. */
  name: string | undefined;
  subresource: string;
}

/**
 * `/api/v1/…` and `/apis/G/V/…` as kind, namespace, name and subresource.
 *
 * @throws {ApiError} 404 where nothing is served there
 */
export function routeOf(path: string, registry: Registry): Route {
  const steps = path
    .split("/")
    .filter((step) => step !== "")
    .map(decodeURIComponent);
  const core = steps[0] === "api";
  const apiVersion = core ? (steps[1] ?? "") : `${steps[1] ?? ""}/${steps[2] ?? ""}`;
  const rest = steps.slice(core ? 2 : 3);
  if (!registry.serves(apiVersion)) throw new PlainNotFound();
  // `/namespaces/x` is an object, `/namespaces/x/status` its part, `/namespaces/x/pods` what is in it.
  if (
    rest[0] === "namespaces" &&
    rest.length >= 3 &&
    !(core && rest.length === 3 && (rest[2] === "status" || rest[2] === "finalize"))
  ) {
    return found(registry, apiVersion, rest[2] ?? "", rest[1], rest.slice(3), "namespaced");
  }
  return found(registry, apiVersion, rest[0] ?? "", undefined, rest.slice(1), undefined);
}

function found(
  registry: Registry,
  apiVersion: string,
  resource: string,
  namespace: string | undefined,
  rest: string[],
  scope: "namespaced" | undefined,
): Route {
  const kind = registry.find(apiVersion, resource);
  // Behind a proxy stands a path of whatever would answer.
  const [name, subresource = "", ...more] = rest[1] === "proxy" ? rest.slice(0, 2) : rest;
  const wrongScope =
    kind !== undefined &&
    (scope === "namespaced" ? kind.scope === "cluster" : kind.scope === "namespaced" && name !== undefined);
  if (kind === undefined || wrongScope || more.length > 0) throw pathNotFound();
  return { kind, namespace, name, subresource };
}
