import { Failure, type FailureCode } from "../../core/model/failure.ts";
import { saidToBeFilled } from "../../core/model/filled-above.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { type ObjectRef, refKey, show } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import type { ManagedApplication } from "../managed-application.ts";

/** Owners above an object until its application's own; more is a loop. */
const DEEPEST = 12;

/**
 * The object as the server has it now, where it is one of the application's.
 * @param cannot what was meant to be done with it
 * @throws {Failure} not-found, forbidden, cluster-unreachable
 */
export async function readOwn(
  cluster: Cluster,
  managed: ManagedApplication,
  ref: ObjectRef,
  cannot: string,
): Promise<{ live: LiveObject; object: KubeObject; above: readonly KubeObject[] }> {
  const known = cluster.get(refKey(ref));
  const notFound = (why: string) => new Failure("not-found", show(ref), "after-edit", { cannot, why });
  const above = known === undefined ? undefined : ownersOf(cluster, managed, known);
  if (known === undefined || above === undefined)
    throw notFound(`application ${managed.key} has no such object on its cluster`);
  refuseUnreachable(cluster, `read ${show(ref)}`);
  const found = await cluster.read(ref, known.apiVersion);
  if (found.is === "found") {
    if (found.live.uid === known.uid) return { ...found, object: saidToBeFilled(found.object, above), above };
    throw notFound("it was made anew in this moment; look at it again");
  }
  if (found.is === "absent") throw notFound("it is gone");
  const code: FailureCode = found.is === "forbidden" ? "forbidden" : "cluster-unreachable";
  throw new Failure(code, show(ref), "backoff", { cannot: "read it", why: found.why });
}

/** Those above it, where one of them, or it itself, bears the application's mark; undefined: it is not the application's. */
function ownersOf(
  cluster: Cluster,
  { compared }: ManagedApplication,
  live: LiveObject,
): readonly KubeObject[] | undefined {
  if (compared === undefined) return undefined;
  const tracked = cluster.trackedBy(compared.us.app);
  let level = new Map(tracked.map((one): [string, KubeObject[]] => [one.uid, [one.object]]));
  if (level.has(live.uid)) return [];
  const seen = new Set(level.keys());
  for (let depth = 0; depth < DEEPEST && level.size > 0; depth++) {
    const next = new Map<string, KubeObject[]>();
    for (const [uid, above] of level)
      for (const child of cluster.childrenOf(uid)) {
        if (child.uid === live.uid) return above;
        if (!seen.has(child.uid)) next.set(child.uid, [...above, child.object]);
        seen.add(child.uid);
      }
    level = next;
  }
  return undefined;
}
