import { Failure } from "../core/model/failure.ts";
import { messageOf } from "../lib/caught.ts";
import type { Api } from "./create-api.ts";
import { MANIFEST_CAP_BYTES } from "./read-json.ts";

export interface Listener {
  /** `http://127.0.0.1:8080`, with the port that was given out where 0 was asked for. */
  url: string;
  port: number;
  /** Stops accepting at once, gives requests under way a second, then cuts what is left: streams never end by themselves. */
  stop(): Promise<void>;
}

const GRACE_MS = 1_000;

/**
 * @param hostname without brackets, also for IPv6
 * @throws {Failure} config where the address cannot be had
 */
export function listen(
  api: Pick<Api, "fetch">,
  { hostname, port }: { hostname: string; port: number },
): Listener {
  const address = `${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}`;
  try {
    const server = Bun.serve({
      hostname,
      port,
      development: false,
      // Without development Bun shares ports: a second daemon would take every other request instead of being refused.
      reusePort: false,
      // A second line behind our own count: Bun refuses by the length header before it reads.
      maxRequestBodySize: MANIFEST_CAP_BYTES,
      idleTimeout: 60,
      fetch: (request, bun) => api.fetch(request, bun),
    });
    return {
      url: server.url.origin,
      port: server.port ?? port,
      async stop() {
        await Promise.race([server.stop(), Bun.sleep(GRACE_MS)]);
        await server.stop(true);
      },
    };
  } catch (cause) {
    const words = messageOf(cause);
    const why = /in use|EADDRINUSE/i.test(words)
      ? "something listens there already"
      : words.replace(/[.?]$/, "");
    throw new Failure("config", address, "after-edit", {
      cannot: "listen",
      why,
      fix: "Stop what listens there, or set another `server.listen` in the config",
      cause,
    });
  }
}
