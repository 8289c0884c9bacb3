import { equalJson } from "../../../lib/equal-json.ts";
import { valueAt } from "../../../lib/field-path.ts";
import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { duplicatesIn, type ServerRefusal } from "./repairs-for.ts";
import { itemsThatFit, resolveServerPath } from "./server-path.ts";

/**
 * Lists of which the API server takes several entries of one key, and means each of them, while an apply knows one: ports
 * of a container on several ports of the host, or under several names. Of an env the last one counts, whoever applies it.
 */
const EACH_COUNTS = /\.(?:containers|initContainers)\[[^\]]*\]\.ports$|\.hostAliases$/;

/**
 * Why an apply would lose what Git wants, where one entry of several with one key is all that it keeps; undefined where
 * nothing is lost. Such an object is not repaired.
 *
 * @param object what was sent
 */
export function lostTwins(refusal: ServerRefusal, object: KubeObject): string | undefined {
  for (const { path, key } of duplicatesIn(refusal)) {
    const list = EACH_COUNTS.test(path) ? valueAt(object, resolveServerPath(object, path) ?? []) : undefined;
    if (!Array.isArray(list)) continue;
    const twins = itemsThatFit(list, key, 2).map((index) => list[index] as unknown);
    const kept = twins.at(-1);
    const lost = [...new Set(twins.slice(0, -1).flatMap((twin) => fieldsLost(twin, kept)))];
    if (lost.length > 0)
      return `${path.slice(1)} has ${twins.length} entries with ${key} that differ in ${lost.join(" and ")}, and server-side apply keeps one entry of a key: the others would be lost. Make one entry of them, or set the sync option Replace=true on the object`;
  }
  return undefined;
}

function fieldsLost(twin: unknown, kept: unknown): string[] {
  if (!isMapping(twin) || !isMapping(kept)) return [];
  return Object.keys(twin).filter((field) => field !== "protocol" && !equalJson(twin[field], kept[field]));
}
