/** `hostname` without brackets, also for IPv6. */
export interface ListenAddress {
  hostname: string;
  port: number;
}

/**
 * `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`; without a host (`:8080`) it is every address of the machine.
 * @returns undefined where it is no such thing
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]/]*)):(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { hostname: match[1] ?? (match[2] || "0.0.0.0"), port };
}

/** Whether only this machine can connect. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "::1" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}
