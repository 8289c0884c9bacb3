import type { Problem } from "../../core/model/problem.ts";
import type { KeptTrust } from "../../core/model/trusted-certificate.ts";

/** Where certificates and host keys that were added are written. */
export interface TrustPlace {
  /** As answers name it. */
  readonly keptIn: { https: string; ssh: string };
  trust(): KeptTrust;
  problems(): readonly Problem[];
  /**
   * In use when it resolves.
   * @param edit of what is there at that moment; what it throws ends it
   * @param made it is durable: whatever fails from now on, it was made
   * @throws {Failure} store, conflict, refused, cluster-unreachable
   */
  change(edit: (now: KeptTrust) => KeptTrust, made: () => void): Promise<void>;
}
