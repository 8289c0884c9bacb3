import { createHash, type X509Certificate } from "node:crypto";

/** SHA-256 of a certificate and of its key alone, as `SHA256:AB:CD:…`. The key's stays when the certificate is renewed with it. */
export interface Fingerprints {
  /** As browsers and openssl show it. */
  certificate: string;
  /** Of the public key, as RFC 7469 takes it: of its SubjectPublicKeyInfo. */
  key: string;
}

export function fingerprintsOf(certificate: X509Certificate): Fingerprints {
  const key = certificate.publicKey.export({ type: "spki", format: "der" });
  return { certificate: sha256(certificate.raw), key: sha256(key) };
}

/**
 * A fingerprint as people copy it: `SHA256:` may be missing, colons too, in any case.
 * @returns as `fingerprintsOf` writes it; undefined where it is none
 */
export function parseFingerprint(text: string): string | undefined {
  const hex = text
    .trim()
    .replace(/^sha-?256[:=\s]/i, "")
    .replace(/^fingerprint=/i, "")
    .replaceAll(":", "");
  return /^[0-9a-f]{64}$/i.test(hex) ? written(hex) : undefined;
}

function sha256(bytes: Buffer): string {
  return written(createHash("sha256").update(bytes).digest("hex"));
}

function written(hex: string): string {
  return `SHA256:${(hex.toUpperCase().match(/../g) ?? []).join(":")}`;
}
