import type { KubeObject } from "../model/kube-object.ts";
import type { LeaseAnswer } from "./lease-api.ts";

export type LeasesAnswer =
  | { is: "leases"; objects: readonly KubeObject[] }
  | { is: "failed"; why: string; retryAfterMs?: number };

/** All Leases of a namespace that bear a label. Each request is sent once, or not at all. */
export interface LeasesApi {
  /** As they are now, and not as a cache has them; all of them, or `failed`. */
  list(signal: AbortSignal): Promise<LeasesAnswer>;
  /** Tells first what there is, then what becomes of it, but not which are gone; resolves when it ends, for whatever reason. */
  watch(told: (lease: KubeObject) => void, signal: AbortSignal): Promise<void>;
  /** `conflict`: it has another version or uid than `lease` says. `lease`: it is gone. */
  remove(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer>;
}
