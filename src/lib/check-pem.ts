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

function certificateOf(text: string): X509Certificate | undefined {
  try {
    return new X509Certificate(text);
  } catch {
    return undefined;
  }
}
