/** Where the page begins at an application, it and its objects are asked for while the scripts that draw them still come. */
import { argoPathOf, ourPathOf } from "../application/paths.ts";
import { askEarly } from "../store/early.ts";
import type { Place } from "../store/route.ts";

/** Views that draw the objects. */
const OF_OBJECTS: ReadonlySet<string> = new Set(["resources", "graph"]);

/** @returns the paths of the API that will be asked for there */
export function neededAt({ path, query }: Place): string[] {
  const [, namespace, name] = /^\/applications\/([^/]+)\/([^/]+)\/?$/.exec(path)?.map(decoded) ?? [];
  if (namespace === undefined || name === undefined) return [];
  const app = { metadata: { namespace, name } };
  const whole = ourPathOf(app, "").replace(/\/$/, "");
  return OF_OBJECTS.has(query.get("view") ?? "resources")
    ? [whole, argoPathOf(app, "resource-tree")]
    : [whole];
}

export function beginAt(place: Place): void {
  for (const path of neededAt(place)) askEarly(path);
}

/** undefined: nobody wrote it as an address. */
function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
