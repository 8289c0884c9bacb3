/**
 * Whether a host name can only mean something near: this machine, its network, or the cluster. By its name alone: what a
 * public name leads to is not asked.
 */
export function isInnerHost(hostname: string): boolean {
  const host = hostname
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/\.$/, "");
  if (host.includes(":")) return isNearIpv6(host);
  if (/^[\d.]+$|^0x/.test(host)) return isNearIpv4(host);
  return !host.includes(".") || NEAR_NAMES.test(host);
}

const NEAR_NAMES = /\.(?:localhost|local|internal|intranet|lan|home|corp|svc|cluster\.local|home\.arpa)$/;

/** In four parts; URL parsers make all other forms to that one, so that another one is not to be trusted. */
function isNearIpv4(host: string): boolean {
  const parts = host.split(".").map(Number);
  if (parts.length !== 4 || parts.some((part) => !(part >= 0 && part <= 255))) return true;
  const [a = 0, b = 0] = parts;
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    a >= 224 ||
    (a === 100 && b >= 64 && b < 128) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b < 32) ||
    (a === 192 && (b === 168 || b === 0)) ||
    (a === 198 && (b === 18 || b === 19))
  );
}

/**
 * Only 2000::/3 is out in the world; what carries an IPv4 address in it is not looked into, but for what networks without
 * IPv4 are given in place of one (64:ff9b::/96, RFC 6052).
 */
function isNearIpv6(host: string): boolean {
  const [, high, low] = /^64:ff9b::([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host) ?? [];
  if (high !== undefined && low !== undefined) {
    const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
    return isNearIpv4([a >> 8, a & 255, b >> 8, b & 255].join("."));
  }
  return !/^[23][0-9a-f]{3}:/.test(host) || host.startsWith("2002:") || host.startsWith("2001:0:");
}
