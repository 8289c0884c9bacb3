import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type ObjectRef, parseRefKey, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { ResourceResult } from "../../core/model/operation.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { giveBack } from "./give-back.ts";

/**
 * What others had set on objects that were made again is given back, and said where it could not be.
 * @param records what the applies of this undo left, with the uid of what each made
 * @param permits as in `Carrying`
 */
export async function giveAllBack(
  wholes: ReadonlyMap<RefKey, KubeObject>,
  results: ResourceResult[],
  objects: Pick<ClusterObjects, "read" | "patch">,
  records: ReadonlyMap<RefKey, Pick<ObjectRecord, "uid">>,
  permits: (ref: ObjectRef) => string | undefined,
): Promise<void> {
  for (const [key, whole] of wholes) {
    const at = results.findIndex((one) => refKey(one) === key && isMade(one));
    const result = results[at];
    if (result === undefined) continue;
    const why = permits(parseRefKey(key)) ?? (await giveBack(key, whole, records.get(key)?.uid, objects));
    if (why !== undefined)
      results[at] = {
        ...result,
        message: `${result.message}. What others had set on it did not come back: ${why}`,
      };
  }
}

/** The last sentence of an undo whose writes all went well. */
export function undoneMessage(results: readonly ResourceResult[]): string {
  const made = results.filter(isMade).length;
  const failed = results.filter(({ status }) => status === "SyncFailed");
  const there = results.length - made - failed.length;
  const [first] = failed;
  const parts = [
    `made ${made} ${made === 1 ? "object" : "objects"} again`,
    ...(there > 0 ? [`${there} ${there === 1 ? "is" : "are"} there already`] : []),
    ...(first === undefined ? [] : [`${failed.length} not: ${show(first)}: ${first.message}`]),
  ];
  const stays =
    made === 0 ? "" : `. What is not in Git stays all the same, marked Prune=false, until Git has it`;
  return `${parts.join(", ")}${stays}`;
}

function isMade({ status, message }: ResourceResult): boolean {
  return status === "Synced" && !message.startsWith("unchanged");
}
