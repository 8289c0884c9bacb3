/** Whose an object would be, were the range merged: one application may let go of it, and another take it over. */
import { owningApp } from "../../core/compare/index.ts";
import { trackingName } from "../../core/model/application.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Prepared } from "./prepare.ts";

export type Claims = Pick<OwnerClaims, "holder" | "otherWanting">;

/** What applications would want, on which cluster; nothing of one that goes. */
interface Then {
  shadow: ManagedApplication | undefined;
  cluster: Cluster;
  keys: ReadonlySet<RefKey>;
}

/** @param now whose objects are as it is */
export function claimsThen(prepared: readonly Prepared[], now: Claims, homeNamespace: string): Claims {
  const byName = new Map<string, Then>();
  const byKey = new Map<string, Then>();
  for (const one of prepared) {
    if (one.is === "failed") continue;
    const { key } = one.candidate;
    const then: Then =
      one.is === "ready"
        ? { shadow: one.shadow, cluster: one.snapshot.cluster, keys: wantedBy(one.target) }
        : { shadow: undefined, cluster: one.snapshot.cluster, keys: new Set() };
    byName.set(trackingName(key, homeNamespace), then);
    byKey.set(key, then);
  }
  const wants = (then: Then, cluster: Cluster, key: RefKey): boolean =>
    then.cluster === cluster && then.keys.has(key);
  return {
    async holder(live, us, cluster, asker) {
      const owner = owningApp(live, us);
      const then = owner.is === "other" && owner.app !== undefined ? byName.get(owner.app) : undefined;
      if (then !== undefined && !wants(then, cluster, live.key)) return undefined;
      return now.holder(live, us, cluster, asker);
    },
    otherWanting(of, cluster, key) {
      for (const [other, then] of byKey)
        if (other !== of && then.shadow !== undefined && wants(then, cluster, key)) return then.shadow;
      const other = now.otherWanting(of, cluster, key);
      // It is among those whose wishes were looked up, and has let go of it.
      return other !== undefined && byKey.has(other.key) ? undefined : other;
    },
  };
}

function wantedBy({ desired }: { desired: readonly { key: RefKey; role: { is: string } }[] }): Set<RefKey> {
  return new Set(desired.flatMap(({ key, role }) => (role.is === "ordinary" ? [key] : [])));
}
