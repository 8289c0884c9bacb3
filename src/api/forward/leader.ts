import { X509Certificate } from "node:crypto";

/**
 * Who leads, as the Lease says it.
 *
 * - `known`: and is asked. `identity` is the Lease's holder; `address` an origin, `http://10.1.2.3:8080`. `certificate`: the
 *   one (PEM) that the holder wrote beside it; of an https address it is the only one that is trusted, whatever names it is
 *   for. Whoever writes the Lease leads, so that it proves as much as the address. Absent: the system's authorities are
 *   asked, for the address's own host.
 * - `none`: nobody that could be asked, and why, as a clause: "nobody leads by the Lease cd/holdfast yet".
 */
export type Leader =
  | { is: "known"; identity: string; address: string; certificate?: string }
  | { is: "none"; why: string };

export type KnownLeader = Extract<Leader, { is: "known" }>;

export interface LeaderTls {
  ca?: string;
  allowPartialTrustChain?: true;
  checkServerIdentity?: () => undefined;
  rejectUnauthorized: true;
}

/** @throws {Error} where the certificate is none */
export function tlsOf({ certificate }: KnownLeader): LeaderTls {
  if (certificate === undefined) return { rejectUnauthorized: true };
  return {
    // The first one alone: whoever else the authorities behind it vouch for does not lead.
    ca: new X509Certificate(certificate).toString(),
    // It is signed by somebody whom nobody here needs to know.
    allowPartialTrustChain: true,
    checkServerIdentity: () => undefined,
    rejectUnauthorized: true,
  };
}
