/** What a replica answers that does not lead: probes of its own, and all else as the leader answers it. */
import type { Server } from "bun";
import { getPath } from "hono/utils/url";
import type { Log } from "../core/ports/log.ts";
import { ApiError } from "./api-error.ts";
import { belowBase } from "./base-path.ts";
import type { Api } from "./create-api.ts";
import { errorReply } from "./error-reply.ts";
import { withSecurityHeaders } from "./security-headers.ts";

/**
 * - `following`: somebody leads, and this one would take over.
 * - `waiting`: nobody is known to lead, or this one could not take over: why.
 * - `beginning`: it leads, and does not answer yet.
 */
export type StandbyState =
  | { is: "following"; leader: string; address: string | undefined }
  | { is: "waiting"; why: string }
  | { is: "beginning" };

export interface StandbyOptions {
  /** `/holdfast`, or "". */
  basePath: string;
  /** Asked for each request. */
  state(): StandbyState;
  /** Asks whoever leads. Default: nobody is asked, and who asks is told who leads. */
  forward?: ((request: Request, server: Server<unknown> | undefined) => Promise<Response>) | undefined;
  log: Log;
}

export function createStandbyApi({ basePath, state, forward, log }: StandbyOptions): Pick<Api, "fetch"> {
  const text = (body: string, status: number): Response =>
    withSecurityHeaders(
      new Response(body, { status, headers: { "content-type": "text/plain; charset=UTF-8" } }),
      "left out",
    );
  return {
    async fetch(request, server) {
      const path = belowBase(getPath(request), basePath);
      if (path === "/healthz") return text("ok\n", 200);
      const now = state();
      if (path === "/readyz")
        return now.is === "following" ? text("ok: it stands by\n", 200) : text(`${sayWhy(now)}\n`, 503);
      if (now.is === "following" && forward !== undefined) return forward(request, server);
      const reply = errorReply(new ApiError("Unavailable", sayWhy(now)), log);
      reply.headers.set("retry-after", "1");
      return withSecurityHeaders(reply, "left out");
    },
  };
}

function sayWhy(state: StandbyState): string {
  switch (state.is) {
    case "following":
      return `this replica stands by, and ${state.leader} leads${state.address === undefined ? "" : `: ask ${state.address}`}`;
    case "waiting":
      return `this replica stands by, and ${state.why}`;
    case "beginning":
      return "this replica leads from now on, and is starting: ask again in a moment";
  }
}
