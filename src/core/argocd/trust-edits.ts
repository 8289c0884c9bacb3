/** What adding and removing make of certificates and host keys that are kept. Pure. */
import { readCertificates } from "../../lib/check-pem.ts";
import { hostKeysIn } from "../../lib/known-hosts.ts";
import type { CertificateFilter, KeptTrust, WantedCertificate } from "../model/trusted-certificate.ts";

export type TrustEdit =
  | { is: "edited"; trust: KeptTrust; count: number }
  /** `why`: a sentence without a full stop. */
  | { is: "conflict"; host: string; why: string; fix: string };

/** @param wanted each of them one that may be taken */
export function withCertificates(
  trust: KeptTrust,
  wanted: readonly WantedCertificate[],
  how: "add" | "upsert",
): TrustEdit {
  const authorities = new Map(trust.authorities);
  const before = trust.knownHosts.trimEnd();
  // Read once: there may be thousands of lines, and as many that are wanted.
  const standingKeys = Map.groupBy(hostKeysIn(before), idOfKey);
  const replaced = new Set<string>();
  const added: string[] = [];
  const given = new Map<string, string>();
  let count = 0;
  const refuse = (host: string, what: string): TrustEdit => ({
    is: "conflict",
    host,
    why: `${what} is there, and is another one`,
    fix: "Use upsert (--upsert) to put this one in its place",
  });
  for (const one of wanted) {
    const host = one.host.toLowerCase();
    const what = one.is === "https" ? "a certificate" : `a key of type ${one.keyType}`;
    const id = one.is === "https" ? `https ${host}` : idOfKey(one);
    const text = one.is === "https" ? certificatesIn(one.pem) : one.key;
    const earlier = given.get(id);
    if (earlier !== undefined && earlier !== text)
      return {
        is: "conflict",
        host,
        why: `${what} is given twice for it, and they are not the same`,
        fix: "Give one of them",
      };
    if (earlier !== undefined) continue;
    given.set(id, text);
    if (one.is === "https") {
      const standing = authorities.get(host);
      if (standing !== undefined && certificatesIn(standing) === text) continue;
      if (standing !== undefined && how === "add") return refuse(host, what);
      authorities.set(host, text);
    } else {
      const standing = standingKeys.get(id) ?? [];
      if (standing.length > 0 && standing.every(({ key }) => key === one.key)) continue;
      if (standing.length > 0 && how === "add") return refuse(host, what);
      if (standing.length > 0) replaced.add(id);
      added.push(`${host} ${one.keyType} ${one.key}`);
    }
    count++;
  }
  const rest =
    replaced.size === 0
      ? before
      : withoutKeys(before, (host, keyType) => replaced.has(idOfKey({ host, keyType }))).lines;
  const lines = [...(rest === "" ? [] : [rest]), ...added].join("\n");
  return {
    is: "edited",
    trust: { authorities, knownHosts: lines === "" ? "" : `${lines}\n` },
    count,
  };
}

function idOfKey({ host, keyType }: { host: string; keyType: string }): string {
  return `ssh ${host.toLowerCase()} ${keyType}`;
}

/** @returns what stays, and what goes */
export function withoutCertificates(
  trust: KeptTrust,
  { takes, is, keyType }: CertificateFilter,
): { trust: KeptTrust; gone: KeptTrust } {
  const authorities = new Map<string, string>(),
    goneAuthorities = new Map<string, string>();
  for (const [host, pem] of trust.authorities) {
    const all = readCertificates(pem);
    const goes = (type: string): boolean =>
      is !== "ssh" && takes(host) && (keyType === undefined || keyType === type);
    const [gone, stay] = [all.filter((one) => goes(one.keyType)), all.filter((one) => !goes(one.keyType))];
    if (gone.length > 0) goneAuthorities.set(host, joined(gone.map((one) => one.pem)));
    if (stay.length > 0) authorities.set(host, joined(stay.map((one) => one.pem)));
  }
  const rest = withoutKeys(
    trust.knownHosts.trimEnd(),
    (host, type) => is !== "https" && takes(host) && (keyType === undefined || keyType === type),
  );
  return {
    trust: { authorities, knownHosts: rest.lines === "" ? "" : `${rest.lines}\n` },
    gone: { authorities: goneAuthorities, knownHosts: rest.gone },
  };
}

/** What stands beside keys, comments and marks, stays; a line that names several hosts keeps the others. */
function withoutKeys(
  text: string,
  goes: (host: string, keyType: string) => boolean,
): { lines: string; gone: string } {
  const stay: string[] = [],
    gone: string[] = [];
  for (const line of text === "" ? [] : text.split("\n")) {
    const keys = hostKeysIn(line);
    const going = keys.filter(({ host, keyType }) => goes(host, keyType));
    if (going.length === 0) {
      stay.push(line);
      continue;
    }
    gone.push(...going.map(({ host, keyType, key }) => `${host} ${keyType} ${key}`));
    const left = keys.filter((each) => !going.includes(each)).map(({ host }) => host);
    const [, ...after] = line.trim().split(/\s+/);
    if (left.length > 0) stay.push([left.join(","), ...after].join(" "));
  }
  return { lines: stay.join("\n"), gone: gone.join("\n") };
}

/** Each once, as they are written one behind the other. */
function certificatesIn(text: string): string {
  return joined([...new Set(readCertificates(text).map(({ pem }) => pem.replaceAll("\r\n", "\n")))]);
}

function joined(pems: readonly string[]): string {
  return pems.map((pem) => `${pem}\n`).join("");
}
