import { codeOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";

export type FetchInit = Omit<BunFetchRequestInit, "body" | "headers" | "tls"> & {
  body?: Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  tls?: {
    ca?: string | string[];
    cert?: string;
    key?: string;
    serverName?: string;
    rejectUnauthorized?: boolean;
  };
};

export function fetchOne(
  url: string,
  { body, tls, ...rest }: FetchInit,
  signal: AbortSignal,
): Promise<Response> {
  return fetch(url, { ...rest, signal, ...defined({ body }), ...defined({ tls }) });
}

/** The name stays what the server is asked for, and what its certificate must be for. */
export async function fetchAt(
  url: string,
  addresses: readonly string[],
  { tls, headers, ...init }: FetchInit,
  signal: AbortSignal,
): Promise<Response> {
  const { host, hostname } = new URL(url);
  const named = { ...tls, serverName: hostname.replace(/\.$/, "") };
  for (const [at, address] of addresses.entries()) {
    const there = new URL(url);
    there.hostname = address.includes(":") ? `[${address}]` : address;
    try {
      const asked = { ...init, headers: { ...headers, Host: host }, tls: named };
      return await fetchOne(there.href, asked, signal);
    } catch (cause) {
      // Nothing was sent where nobody took the connection.
      if (at === addresses.length - 1 || !NOT_CONNECTED.has(codeOf(cause))) throw cause;
    }
  }
  throw Object.assign(new Error("its host has no address"), { code: "ENOTFOUND" });
}

const NOT_CONNECTED: ReadonlySet<string> = new Set([
  "ConnectionRefused",
  "FailedToOpenSocket",
  "ECONNREFUSED",
]);
