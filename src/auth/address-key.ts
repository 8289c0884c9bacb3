import { isIPv4, isIPv6 } from "node:net";

/**
 * What tries are counted by: an IPv4 address, or the /64 that one customer of a provider has of IPv6. An address that is
 * none is one of its own kind, so that whoever sends rubbish shares it with all others who do.
 */
export function addressKey(address: string): string {
  const plain = address.replace(/%.*$/, "").replace(/^\[(.*)\]$/, "$1");
  if (isIPv4(plain)) return plain;
  if (!isIPv6(plain)) return "unknown";
  const groups = groupsOf(plain);
  // ::ffff:192.0.2.1 is 192.0.2.1, however it is written.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
  }
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(":")}::/64`;
}

/** @param address IPv6, well formed */
function groupsOf(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address);
  const [, head = "", ...parts] = dotted ?? [];
  const [a = 0, b = 0, c = 0, d = 0] = parts.map(Number);
  const text =
    dotted === null ? address : `${head}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  const [left = "", right] = text.split("::");
  const list = (side: string): number[] =>
    side === "" ? [] : side.split(":").map((group) => Number.parseInt(group, 16));
  if (right === undefined) return list(left);
  const [before, after] = [list(left), list(right)];
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after];
}
