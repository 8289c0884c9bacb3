/**
 * Whether an address is asked past a proxy, as `NO_PROXY` says it: names with all that is below them (`.name`: that alone),
 * addresses, their ranges, each with a port or without; `*` is every one.
 * Source: golang.org/x/net/http/httpproxy, Config.NoProxy.
 */
import { BlockList, isIP } from "node:net";

export function isPastProxy(url: string, noProxy: string): boolean {
  const { hostname, port, protocol } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, "").replace(/\.$/, "");
  const on = port === "" ? ({ "https:": "443", "http:": "80" }[protocol] ?? "") : port;
  return noProxy.split(",").some((written) => takes(written.trim().toLowerCase(), host, on));
}

function takes(written: string, host: string, port: string): boolean {
  if (written === "") return false;
  if (written === "*") return true;
  const range = /^(.+)\/(\d{1,3})$/.exec(written);
  if (range !== null) return isWithin(host, range[1] ?? "", Number(range[2]));
  const [, bracketed, plain = written, asked] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(written) ?? [];
  if (asked !== undefined && asked !== port) return false;
  const name = (bracketed ?? plain).replace(/^\*(?=\.)/, "");
  if (isIP(name) !== 0) return isWithin(host, name, isIP(name) === 4 ? 32 : 128);
  if (name.startsWith(".")) return host.endsWith(name);
  return host === name || host.endsWith(`.${name}`);
}

function isWithin(host: string, network: string, bits: number): boolean {
  const family = isIP(network);
  if (family === 0 || isIP(host) !== family || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  const kind = family === 4 ? "ipv4" : "ipv6";
  list.addSubnet(network, bits, kind);
  return list.check(host, kind);
}
