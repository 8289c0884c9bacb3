/** What a replica answers itself that stands by: whether it lives, whether it would take over and hands on, its metrics. */
import type { Log } from "../../core/ports/log.ts";
import { createMetricsApi } from "../metrics-api.ts";
import type { MetricsFormat } from "../metrics-format.ts";
import { withSecurityHeaders } from "../security-headers.ts";
import type { ForwardOptions } from "./create-forward.ts";

export interface StandbyProbesOptions {
  /** Asked for each request: undefined where it would take over, and hands on; else why not, as a clause. */
  whyNotReady(): string | undefined;
  metrics(format: MetricsFormat): Promise<string>;
  log: Log;
}

export function standbyProbes({
  whyNotReady,
  metrics,
  log,
}: StandbyProbesOptions): NonNullable<ForwardOptions["own"]> {
  // They say no more than `/readyz` does. Whoever scrapes every replica would count the leader's twice.
  const scraped = createMetricsApi({ metrics, open: "network", log });
  return (path, request) => {
    if (path === "/healthz") return text("ok\n", 200);
    if (path === "/readyz") {
      const why = whyNotReady();
      return why === undefined
        ? text("ok: it stands by\n", 200)
        : text(`this replica stands by, and ${why}\n`, 503);
    }
    return path === "/metrics" ? scraped.fetch(new Request("http://self/metrics", request)) : undefined;
  };
}

async function text(body: string, status: number): Promise<Response> {
  return withSecurityHeaders(
    new Response(body, { status, headers: { "content-type": "text/plain; charset=UTF-8" } }),
    "left out",
  );
}
