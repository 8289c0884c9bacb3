import { isMapping } from "../../../lib/is-mapping.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { desiredWithinLive } from "./desired-within-live.ts";

/**
 * The fields that a server means by `updates to statefulset spec for fields other than 'replicas', … are forbidden`:
 * those that Git has otherwise than the cluster and that are none of the ones it names.
 *
 * @returns `spec.volumeClaimTemplates` and the like, by the field that the refusal is about, `spec`
 */
export function frozenFields(
  causes: readonly { field: string; message: string }[],
  desired: KubeObject,
  live: KubeObject,
): ReadonlyMap<string, readonly string[]> {
  return new Map(
    causes.flatMap(({ field, message }): [string, string[]][] => {
      const listed = /for fields other than (.+) are forbidden/.exec(message)?.[1];
      const content = desired[field];
      if (listed === undefined || !isMapping(content)) return [];
      const changeable = new Set([...listed.matchAll(/'([^']+)'/g)].map(([, name]) => name));
      const frozen = Object.entries(content).flatMap(([name, value]) => {
        const alone = { ...desired, metadata: { name: desired.metadata.name }, [field]: { [name]: value } };
        return changeable.has(name) || desiredWithinLive(alone, live) ? [] : [`${field}.${name}`];
      });
      return frozen.length === 0 ? [] : [[field, frozen]];
    }),
  );
}
