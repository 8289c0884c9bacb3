import type { Secret } from "../core/model/secret.ts";
import type { Log } from "../core/ports/log.ts";
import { demandToken, refuseForeign } from "./admission.ts";
import { ApiError, notFound } from "./api-error.ts";
import { pathOf } from "./base-path.ts";
import { errorReply } from "./error-reply.ts";
import { METRICS_TYPES, type MetricsFormat, metricsFormat } from "./metrics-format.ts";
import { withSecurityHeaders } from "./security-headers.ts";

export interface MetricsApiOptions {
  log: Log;
  metrics(format: MetricsFormat): Promise<string>;
  /** Without one: `machine`, programs of this machine, and no web page in a browser on it; `network`, whoever reaches it. */
  open: Secret | "machine" | "network";
}

/** What a listener of its own answers Prometheus: `/metrics` and `/healthz`, and nothing else of the API. */
export function createMetricsApi({ metrics, open, log }: MetricsApiOptions): {
  fetch(request: Request): Promise<Response>;
} {
  const answer = async (request: Request): Promise<Response> => {
    if (request.method !== "GET" && request.method !== "HEAD")
      throw new ApiError("Unimplemented", `method ${request.method} is not served`, { http: 405 });
    const path = pathOf(request.url);
    if (path === "/healthz") return new Response("ok\n");
    if (path !== "/metrics") throw notFound(path);
    if (open === "machine") refuseForeign(request, false);
    else if (open !== "network") demandToken(request, open, "metrics.token");
    const format = metricsFormat(request.headers.get("accept"));
    return new Response(await metrics(format), {
      headers: { "content-type": METRICS_TYPES[format], vary: "accept" },
    });
  };
  return {
    async fetch(request) {
      return withSecurityHeaders(await answer(request).catch((cause) => errorReply(cause, log)), "left out");
    },
  };
}
