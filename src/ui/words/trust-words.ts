/** By what people tell that the key or certificate that they were given is a server's own. */
import { hostKeysIn } from "../../lib/known-hosts.ts";
import type { CertificateItem } from "./certificate-items.ts";
import type { Lack } from "./trust-lack.ts";

export interface Given {
  item: CertificateItem;
  /** `ssh-ed25519`, or `certificate`. */
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

/** What was pasted, where all of it is of that host. */
export function givenFor(
  lack: Lack,
  text: string,
): { is: "given"; all: Given[] } | { is: "wrong"; why: string } {
  const isKey = lack.is === "host-key";
  const keys = isKey ? hostKeysIn(text) : [];
  const other = keys.find(({ host }) => host.toLowerCase() !== lack.host);
  if (other !== undefined)
    return { is: "wrong", why: `that is a key of ${other.host}, and ${lack.host} is asked for` };
  const pem = {
    serverName: lack.host,
    certType: "https",
    certSubType: "",
    certData: btoa(latin1(text)),
  } as const;
  const all: Given[] = [];
  for (const [item, name, body] of isKey
    ? keys.map(
        ({ host, keyType, key }) =>
          [
            { serverName: host, certType: "ssh", certSubType: keyType, certData: btoa(latin1(key)) },
            keyType,
            key,
          ] as const,
      )
    : bodiesOf(text).map((body) => [pem, "certificate", body] as const)) {
    const bytes = bytesOf(body);
    if (bytes === undefined) return { is: "wrong", why: "what stands there is no base64: it was cut" };
    all.push({ item, name, bytes });
  }
  if (all.length > 0) return { is: "given", all };
  return {
    is: "wrong",
    why: isKey ? "there is no line of a host's key in it" : "there is no whole certificate in it",
  };
}

/** Bytes of UTF-8, each as a character: what base64 takes. */
function latin1(text: string): string {
  return String.fromCharCode(...new TextEncoder().encode(text));
}

function bodiesOf(pem: string): string[] {
  return [...pem.matchAll(/-----BEGIN CERTIFICATE-----([\s\S]*?)-----END CERTIFICATE-----/g)].map(
    ([, body = ""]) => body.replace(/\s/g, ""),
  );
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** As `ssh-keygen -l` shows a key, and `openssl x509 -fingerprint -sha256` a certificate. */
export async function fingerprintOf(lack: Lack, { bytes }: Pick<Given, "bytes">): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return lack.is === "host-key"
    ? `SHA256:${btoa(String.fromCharCode(...hash)).replace(/=+$/, "")}`
    : `SHA256:${[...hash].map((byte) => byte.toString(16).padStart(2, "0").toUpperCase()).join(":")}`;
}
