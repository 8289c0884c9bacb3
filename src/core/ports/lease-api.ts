import type { KubeObject } from "../model/kube-object.ts";

/** `failed` says nothing about what the server did. */
export type LeaseAnswer =
  | { is: "lease"; object: KubeObject }
  | { is: "absent" }
  | { is: "conflict" }
  | { is: "failed"; why: string; retryAfterMs?: number };

/** One Lease of one cluster. Each request is sent once, or not at all, and never after its signal was aborted. */
export interface LeaseApi {
  /** As it is now, and not as a cache has it. */
  read(signal: AbortSignal): Promise<LeaseAnswer>;
  /** `conflict`: there is one. */
  create(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer>;
  /** `conflict`: it has another version or uid than `lease` says. */
  replace(lease: KubeObject, signal: AbortSignal): Promise<LeaseAnswer>;
  /** Tells first what there is, then what becomes of it; resolves when it ends, for whatever reason. */
  watch(told: (lease: KubeObject | "absent") => void, signal: AbortSignal): Promise<void>;
}
