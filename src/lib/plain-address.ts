/**
 * Whether an address says the same to whoever reads it as text and to whoever asks it. Permissions and credentials go
 * by the text, requests by what a URL parser makes of it: what the two read differently is refused.
 * Sources: the URL Standard (WHATWG), RFC 3986 section 6.2.2.
 */

export const WRITE_PLAINLY = "Write the address plainly";

/** Why it may lead elsewhere than where its beginning says; undefined where it does not. */
export function whyLeadsAway(address: string): string | undefined {
  if (/[\p{Cc}\s]/u.test(address)) return "its address holds a space or a control character";
  if (address.includes("\\")) return "its address holds a backslash";
  const steps = partsOf(address)
    .path.replace(/%2f|%5c/gi, "/")
    .split("/");
  return steps.some((step) => /^(?:\.|%2e){1,2}$/i.test(step))
    ? "its address holds a step . or .. (or one written as %2e)"
    : undefined;
}

/**
 * Why another text could mean the same as this one, or this one another than it seems; undefined where it is plain.
 * @param address a URL, `user@host:path`, an absolute path, or a registry without its scheme
 */
export function whyNotPlain(address: string): string | undefined {
  const away = whyLeadsAway(address);
  if (away !== undefined) return away;
  if (/^(?:https?|wss?|ftp|file):(?!\/\/)/i.test(address)) return "its address has no // before its host";
  const { kind, host, port, path } = partsOf(address);
  if (kind !== "path") {
    if (host === "") return "its address names no host";
    if (host.endsWith(".")) return "its host ends with a dot";
    if (URL.parse(`https://${host}/`)?.hostname !== host.toLowerCase())
      return "its host is no host name, or is written in another way than it is asked";
    if (port !== undefined && !/^[1-9]\d*$/.test(port)) return "its port is no number";
  }
  // kind "scp" knows no encoding, and its path may begin at the root.
  if (kind !== "scp" && /%(?:2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/i.test(path))
    return "its address writes letters, digits or one of - . _ ~ as %…";
  if (kind === "url" && /\/\//.test(path)) return "its address has a step without a name";
  return address.includes("#") ? "its address has a part behind #" : undefined;
}

interface Parts {
  kind: "url" | "scp" | "path";
  /** Without who asks. */
  host: string;
  port?: string | undefined;
  /** Without a query. */
  path: string;
}

function partsOf(address: string): Parts {
  const [, scheme, rest = ""] = /^([a-z][a-z0-9+.-]*:\/\/)?(.*)$/is.exec(address) ?? [];
  if (scheme?.toLowerCase() === "file://" && rest.startsWith("/"))
    return { kind: "path", host: "", path: rest };
  if (scheme === undefined) {
    if (rest.startsWith("/")) return { kind: "path", host: "", path: rest };
    // What looks like a port is one: a registry's.
    const scp = /^(?:[^/:]*@)?([^@/:]+):(?!\d+(?:\/|$))(.*)$/s.exec(rest);
    if (scp !== null) return { kind: "scp", host: scp[1] ?? "", path: scp[2] ?? "" };
  }
  const [authority = ""] = /^[^/?#]*/.exec(rest) ?? [];
  const [, host = "", port] = /^(?:.*@)?(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(authority) ?? [];
  return { kind: "url", host, port, path: rest.slice(authority.length).replace(/[?#].*$/s, "") };
}
