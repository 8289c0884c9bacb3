import type { Server } from "bun";
import { networkList, plainIp } from "../lib/network-list.ts";

/** How a request came here. */
export interface Arrival {
  /** The IP address of who asks, in its shortest form; "" where the connection is gone already. */
  address: string;
  /** `proxy`: a proxy that we trust said so; `direct`: it is who the connection is with. */
  via: "direct" | "proxy";
  /** Whether who asks speaks TLS, to us or to that proxy. */
  scheme: "tls" | "plain";
  /** The name that it was asked by, with a port where one was written; "" where none was sent. */
  host: string;
}

/** How each request came here; the server is the one that it came with. */
export type ArrivalOf = (request: Request, server: Server<unknown> | undefined) => Arrival;

/** Longer chains are nobody's: what is left of it is not looked at. */
const MOST_HOPS = 32;

/**
 * Headers that a proxy sets are believed where the connection is with a proxy that we trust, and of a chain of them the
 * rightmost hop that is none of ours counts: whatever stands left of it, the client may have written itself. What is no
 * address ends the chain: the last hop that was one counts.
 *
 * @param trustedProxies each as `whyNoNetwork` takes it
 */
export function arrivalsBehind(trustedProxies: readonly string[]): ArrivalOf {
  const trusted = networkList(trustedProxies);
  return (request, server) => {
    const peer = server?.requestIP(request)?.address ?? "";
    const direct: Arrival = {
      address: plainIp(peer) ?? "",
      via: "direct",
      scheme: request.url.startsWith("https:") ? "tls" : "plain",
      host: request.headers.get("host") ?? "",
    };
    if (!trusted.has(peer)) return direct;
    const hops = listOf(request, "x-forwarded-for");
    const hop = hops.findLastIndex((written) => !trusted.has(addressIn(written) ?? ""));
    // Everybody in it is a proxy of ours: the one at its beginning asks.
    const at = hop < 0 ? 0 : addressIn(hops[hop] ?? "") === undefined ? hop + 1 : hop;
    const address = addressIn(hops[at] ?? "");
    if (address === undefined) return { ...direct, ...saidOf(request, direct, 0, 0) };
    return { address, via: "proxy", ...saidOf(request, direct, at, hops.length) };
  };
}

/** Proxies that write a list write it beside the hops; of another length, the nearest one's word counts. */
function saidOf(
  request: Request,
  direct: Arrival,
  at: number,
  length: number,
): Pick<Arrival, "scheme" | "host"> {
  const said = (name: string): string | undefined => {
    const list = listOf(request, name);
    return list[list.length === length ? at : list.length - 1];
  };
  const proto = said("x-forwarded-proto")?.toLowerCase();
  return {
    scheme: proto === "https" ? "tls" : proto === "http" ? "plain" : direct.scheme,
    host: said("x-forwarded-host") ?? direct.host,
  };
}

function listOf(request: Request, name: string): string[] {
  const parts = (request.headers.get(name) ?? "").split(",").map((part) => part.trim());
  return parts.filter((part) => part !== "").slice(-MOST_HOPS);
}

/** `192.0.2.1`, `192.0.2.1:443`, `2001:db8::1`, `[2001:db8::1]:443`. */
function addressIn(written: string): string | undefined {
  const [, bracketed, plain] = /^(?:\[([^\]]*)\](?::\d{1,5})?|([\d.]+):\d{1,5})$/.exec(written) ?? [];
  return plainIp(bracketed ?? plain ?? written);
}
