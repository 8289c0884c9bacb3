import type { RefKey } from "./object-ref.ts";

/** The Pod that the daemon runs in, and what of its cluster it could not do without. */
export interface OwnPod {
  namespace: string;
  /** Name of its ServiceAccount. */
  serviceAccount: string;
  /** Undefined where the daemon may not read its own Pod. */
  labels: Readonly<Record<string, string>> | undefined;
  /**
   * The Pod, its ServiceAccount, the claims, ConfigMaps and Secrets that it mounts or reads, and the roles that are bound
   * to its account.
   */
  uses: ReadonlySet<RefKey>;
}

/** `elsewhere`: the daemon does not run in this cluster. `unknown`: the cluster did not say so yet. */
export type OwnPodLookup = { is: "here"; pod: OwnPod } | { is: "elsewhere" } | { is: "unknown"; why: string };
