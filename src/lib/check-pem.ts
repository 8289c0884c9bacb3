import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Why a text is no list of certificates in PEM; undefined where it is one. Nothing of the text is repeated. */
export function whyNoCertificates(text: string): string | undefined {
  const found = text.match(CERTIFICATE) ?? [];
  if (found.length === 0) return "holds no certificate in PEM";
  return found.every((one) => certificateOf(one) !== undefined)
    ? undefined
    : "holds a certificate that cannot be read";
}

/** Why a key in PEM is none, or not that of the first certificate. */
export function whyNotItsKey(certificate: string, key: string): string | undefined {
  let read: KeyObject;
  try {
    read = createPrivateKey(key);
  } catch {
    return "holds no key in PEM, or one that is locked by a password";
  }
  const [first = ""] = certificate.match(CERTIFICATE) ?? [];
  return certificateOf(first)?.checkPrivateKey(read) === false
    ? "is not the key of the certificate"
    : undefined;
}

/** Why a text is no private key of RSA in PEM. */
export function whyNoKey(text: string): string | undefined {
  try {
    return createPrivateKey(text).asymmetricKeyType === "rsa" ? undefined : "is no key of RSA";
  } catch {
    return "holds no key in PEM, or one that is locked by a password";
  }
}

/** What of a certificate people know it by. */
export interface ReadCertificate {
  pem: string;
  /** In one line: `CN=ca, O=shop`. */
  subject: string;
  /** `rsa`, `ec`, `ed25519`. */
  keyType: string;
}

/** Those in a text that can be read, in their order. */
export function readCertificates(text: string): ReadCertificate[] {
  return (text.match(CERTIFICATE) ?? []).flatMap((pem) => {
    const read = certificateOf(pem);
    if (read === undefined) return [];
    const subject = read.subject.split("\n").join(", ");
    return [{ pem, subject, keyType: read.publicKey.asymmetricKeyType ?? "" }];
  });
}

/**
 * Why certificates that somebody gives must not be taken; undefined where they may. Nothing of the text is repeated.
 * @param nowMs milliseconds since 1970
 */
export function whyNotTrusted(text: string, nowMs: number): { why: string; fix: string } | undefined {
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return {
      why: "it holds a private key",
      fix: "Give the certificate alone, and where the key has been seen by others make a new one",
    };
  const none = whyNoCertificates(text);
  if (none !== undefined)
    return { why: `it ${none}`, fix: "Give the certificate of the server's authority in PEM" };
  for (const pem of text.match(CERTIFICATE) ?? []) {
    const read = certificateOf(pem);
    if (read === undefined) continue;
    const subject = read.subject.split("\n").join(", ");
    const [from, to] = [Date.parse(read.validFrom), Date.parse(read.validTo)];
    if (to < nowMs)
      return {
        why: `the certificate of ${subject} ended on ${new Date(to).toISOString()}`,
        fix: "Give the one that took its place",
      };
    if (from > nowMs)
      return {
        why: `the certificate of ${subject} begins only on ${new Date(from).toISOString()}`,
        fix: "Give it then, and set the clock of this machine where it is wrong",
      };
  }
  return undefined;
}

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
