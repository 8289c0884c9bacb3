import { X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { messageOf } from "../../lib/caught.ts";
import { whyNoCertificates, whyNotItsKey } from "../../lib/check-pem.ts";
import { type Fingerprints, fingerprintsOf } from "../../lib/fingerprints.ts";

/** A certificate with its key, proved to belong together. */
export interface Pair {
  /** PEM texts. */
  cert: string;
  key: string;
  fingerprints: Fingerprints;
  /** As the certificate says them: `DNS:cd.example.com`. */
  names: readonly string[];
  /** Milliseconds since 1970. */
  fromMs: number;
  untilMs: number;
}

export type PairRead = { is: "pair"; pair: Pair } | { is: "wrong"; why: string };

/** @param cert PEM, the server's own first */
export function pairOf(cert: string, key: string): PairRead {
  const why = whyNoCertificates(cert) ?? whyNotItsKey(cert, key);
  if (why !== undefined) return { is: "wrong", why };
  try {
    // What would make the listener fail is found here: keys that are too weak, curves that nobody speaks.
    createSecureContext({ cert, key });
    const first = new X509Certificate(cert);
    return {
      is: "pair",
      pair: {
        cert,
        key,
        fingerprints: fingerprintsOf(first),
        names: (first.subjectAltName ?? "").split(", ").filter((name) => name !== ""),
        fromMs: Date.parse(first.validFrom),
        untilMs: Date.parse(first.validTo),
      },
    };
  } catch (cause) {
    return { is: "wrong", why: `is refused: ${messageOf(cause)}` };
  }
}
