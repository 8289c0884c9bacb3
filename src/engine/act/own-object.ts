import { Failure, type FailureCode } from "../../core/model/failure.ts";
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
): Promise<{ live: LiveObject; object: KubeObject }> {
  const known = cluster.get(refKey(ref));
  const notFound = (why: string) => new Failure("not-found", show(ref), "after-edit", { cannot, why });
  if (known === undefined || !belongs(cluster, managed, known))
    throw notFound(`application ${managed.key} has no such object on its cluster`);
  refuseUnreachable(cluster, `read ${show(ref)}`);
  const found = await cluster.read(ref, known.apiVersion);
  if (found.is === "found") {
    if (found.live.uid === known.uid) return found;
    throw notFound("it was made anew in this moment; look at it again");
  }
  if (found.is === "absent") throw notFound("it is gone");
  const code: FailureCode = found.is === "forbidden" ? "forbidden" : "cluster-unreachable";
  throw new Failure(code, show(ref), "backoff", { cannot: "read it", why: found.why });
}

/** Whether the object, or one of those that own it, bears the application's mark. */
function belongs(cluster: Cluster, { compared }: ManagedApplication, live: LiveObject): boolean {
  if (compared === undefined) return false;
  const tracked = cluster.trackedBy(compared.us.app);
  let level = new Set(tracked.map(({ uid }) => uid));
  if (level.has(live.uid)) return true;
  const seen = new Set(level);
  for (let depth = 0; depth < DEEPEST && level.size > 0; depth++) {
    const next = new Set<string>();
    for (const uid of level)
      for (const child of cluster.childrenOf(uid)) {
        if (child.uid === live.uid) return true;
        if (!seen.has(child.uid)) next.add(child.uid);
        seen.add(child.uid);
      }
    level = next;
  }
  return false;
}
