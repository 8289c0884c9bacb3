import { isPastProxy } from "../lib/is-past-proxy.ts";

/** The proxy that an environment names for an address, as `fetch` takes it; undefined: there is none. */
export function proxyAround(
  server: string,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  const said = (name: string): string => environment[name.toLowerCase()] || environment[name] || "";
  const proxy = said(server.startsWith("https:") ? "HTTPS_PROXY" : "HTTP_PROXY");
  return proxy === "" || isPastProxy(server, said("NO_PROXY")) ? undefined : proxy;
}
