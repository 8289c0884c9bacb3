/**
 * Whether a host, as the URL parser writes it, is this machine or something on its own link, where clouds answer with
 * their instances' credentials. Source: RFC 1122, 3927, 4291.
 */
export function isNear(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return true;
  if (/^(?:0|127)\.\d+\.\d+\.\d+$/.test(host) || /^169\.254\.\d+\.\d+$/.test(host)) return true;
  if (!host.startsWith("[")) return false;
  const address = host.slice(1, -1);
  if (address === "::" || address === "::1" || /^fe[89ab][0-9a-f]:/.test(address)) return true;
  // An IPv4 address written as one of IPv6.
  const mapped = /^::ffff:([0-9a-f]{1,4}):[0-9a-f]{1,4}$/.exec(address)?.[1];
  if (mapped === undefined) return false;
  const high = Number.parseInt(mapped, 16);
  return high >> 8 === 127 || high >> 8 === 0 || high === 0xa9fe;
}

/** Whether a server that is far leads to something near: none may send us where it cannot go itself. */
export function leadsNear(from: string, to: string): boolean {
  const [origin, target] = [URL.parse(from), URL.parse(to)];
  return origin !== null && target !== null && isNear(target.hostname) && !isNear(origin.hostname);
}
