/** Addresses and networks, compared as numbers: `::ffff:10.0.0.1`, `::ffff:a00:1` and `10.0.0.1` are one. */
import { BlockList, isIP, isIPv4 } from "node:net";

export interface NetworkList {
  /** Whether the address is in one of the networks; what is no address is in none. */
  has(address: string): boolean;
}

/**
 * An address in its shortest form, an IPv4 address within IPv6 as IPv4, without a zone.
 * @returns undefined where it is none; `010.0.0.1`, `0x7f.1` and `127.1` are none, since readers of them differ
 */
export function plainIp(text: string): string | undefined {
  const address = text.replace(/%.*$/s, "");
  if (isIP(address) === 0) return undefined;
  if (isIPv4(address)) return address;
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? address;
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(host) ?? [];
  if (high === undefined || low === undefined) return host;
  const [a, b] = [Number.parseInt(high, 16), Number.parseInt(low, 16)];
  return [a >> 8, a & 255, b >> 8, b & 255].join(".");
}

/** Why it is neither an address nor a network such as `10.0.0.0/8`; undefined where it is one. */
export function whyNoNetwork(text: string): string | undefined {
  const [, address = "", bits] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const plain = plainIp(address);
  if (plain === undefined || address.includes("%")) return "is neither an address nor a network";
  const most = isIPv4(plain) ? 32 : 128;
  if (bits === undefined) return undefined;
  if (plain !== address.toLowerCase() && isIPv4(plain)) return "is an IPv4 network written as IPv6";
  return Number(bits) > most ? `has more than ${most} bits` : undefined;
}

/** @param networks each as `whyNoNetwork` takes it */
export function networkList(networks: readonly string[]): NetworkList {
  const list = new BlockList();
  for (const network of networks) {
    const [address = "", bits] = network.split("/");
    const plain = plainIp(address) ?? "";
    const family = isIPv4(plain) ? "ipv4" : "ipv6";
    list.addSubnet(plain, bits === undefined ? (family === "ipv4" ? 32 : 128) : Number(bits), family);
  }
  return {
    has(text) {
      const address = plainIp(text);
      return address !== undefined && list.check(address, isIPv4(address) ? "ipv4" : "ipv6");
    },
  };
}
