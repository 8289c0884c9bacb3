import { X509Certificate } from "node:crypto";
import { defined } from "../../lib/defined.ts";

/**
 * Who leads, as the Lease says it.
 *
 * - `known`: and is asked. `identity` is the Lease's holder; `address` an origin, `http://10.1.2.3:8080`.
 * - `none`: nobody that could be asked, and why, as a clause: "nobody leads by the Lease cd/holdfast yet".
 */
export type Leader =
  | { is: "known"; identity: string; address: string; trust?: LeaderTrust }
  | { is: "none"; why: string };

export type KnownLeader = Extract<Leader, { is: "known" }>;

/**
 * How the certificate of an https address is proven. Absent: by the system's authorities, for the address's own host.
 *
 * - `certificate`: it is the one of its own making that the holder wrote into the Lease (PEM), whatever names it is for.
 *   Whoever writes the Lease leads, so that it proves as much as the address beside it.
 * - `authority`: signed by one of these (PEM; absent: the system's) for that name, such as the host of `server.url`.
 */
export type LeaderTrust =
  | { by: "certificate"; pem: string }
  | { by: "authority"; ca?: string; serverName: string };

export interface LeaderTls {
  ca?: string;
  serverName?: string;
  rejectUnauthorized: true;
}

/** @throws {Error} where the certificate is none */
export function tlsOf(trust: LeaderTrust | undefined): LeaderTls {
  if (trust === undefined) return { rejectUnauthorized: true };
  if (trust.by === "authority") {
    const { ca, serverName } = trust;
    return { ...defined({ ca }), serverName, rejectUnauthorized: true };
  }
  // It alone is trusted; asked by a name of its own, it is no other one's.
  const names = new X509Certificate(trust.pem).subjectAltName ?? "";
  const [, serverName] = /DNS:([^,\s"]+)/.exec(names) ?? [];
  return { ca: trust.pem, ...defined({ serverName }), rejectUnauthorized: true };
}
