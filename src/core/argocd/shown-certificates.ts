import { type ReadCertificate, readCertificates } from "../../lib/check-pem.ts";
import { hashSha256Base64 } from "../../lib/hash.ts";

/** Argo CD's shape of what a server of repositories proves itself by. */
export interface ShownCertificate {
  /** Host, with its port where it is not the usual one. */
  serverName: string;
  certType: "ssh" | "https";
  /** `ssh-ed25519`; of a certificate the type of its key. */
  certSubType: string;
  /** What is public, in base64. */
  certData: string;
  /** `SHA256:…` of a key of ssh; whose a certificate is. */
  certInfo: string;
}

/**
 * Keys of ssh hosts, and authorities of hosts, each once and by host.
 * @param trust lines of known_hosts files, and PEM
 */
export function shownCertificates(
  trust: readonly { url: string; sshKnownHosts?: string; ca?: string }[],
): ShownCertificate[] {
  const all = trust.flatMap(({ url, sshKnownHosts = "", ca = "" }) => [
    ...sshKnownHosts.split("\n").flatMap(keysIn),
    ...readCertificates(ca).map((certificate) => authorityOf(hostOf(url), certificate)),
  ]);
  const once = new Map(all.map((one) => [JSON.stringify(one), one]));
  return [...once.keys()].sort().map((key) => once.get(key) as ShownCertificate);
}

/** `host,other ssh-ed25519 AAAA… comment`, as sshd(8) has it. What is revoked is not trusted. */
function keysIn(line: string): ShownCertificate[] {
  const words = line.trim().split(/\s+/);
  const [marker = "", ...others] = words;
  if (marker === "@revoked" || marker.startsWith("#")) return [];
  const [hosts = "", type = "", key = ""] = marker.startsWith("@") ? others : words;
  if (key === "") return [];
  const certInfo = `SHA256:${hashSha256Base64(Buffer.from(key, "base64")).replace(/=+$/, "")}`;
  return hosts.split(",").map((serverName) => ({
    ...{ serverName, certType: "ssh" as const, certSubType: type },
    certData: Buffer.from(key).toString("base64"),
    certInfo,
  }));
}

function authorityOf(serverName: string, { pem, subject, keyType }: ReadCertificate): ShownCertificate {
  return {
    ...{ serverName, certType: "https", certSubType: keyType },
    certData: Buffer.from(pem).toString("base64"),
    certInfo: subject,
  };
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
