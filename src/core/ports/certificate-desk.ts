import type { Problem } from "../model/problem.ts";
import type { CertificateFilter, KeptTrust, WantedCertificate } from "../model/trusted-certificate.ts";

/** Which certificates and host keys are right, beside those that an entry of `repositories` names for itself. */
export interface CertificateDesk {
  kept(): KeptTrust;
  /** `data`, or the ConfigMaps where a cluster is the home. */
  readonly keptIn: { https: string; ssh: string };
  /** Files that cannot be read. */
  problems(): readonly Problem[];
  /**
   * Kept durably, all of a type or none, and in use when it resolves. What is there as it is wanted stays.
   * `add`: refused where a host has another one; `upsert`: takes its place.
   * @returns how many were new, or other ones than before
   * @throws {Failure} invalid-spec, conflict, refused, store, cluster-unreachable
   */
  add(wanted: readonly WantedCertificate[], how: "add" | "upsert", actor: string): Promise<number>;
  /** @returns what was removed @throws {Failure} conflict, refused, store, cluster-unreachable */
  remove(filter: CertificateFilter, actor: string): Promise<KeptTrust>;
}
