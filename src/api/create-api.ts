import type { Server } from "bun";
import { Hono } from "hono";
import { defined } from "../lib/defined.ts";
import { activityRoutes } from "./activity.ts";
import { admit } from "./admission.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import { applicationSetRoutes } from "./application-sets.ts";
import { applicationRoutes } from "./applications.ts";
import { askingOf, refusalOf, sourceOf } from "./asking.ts";
import { authorised } from "./authorised.ts";
import { blastRoutes } from "./blast.ts";
import { clusterRoutes } from "./clusters.ts";
import type { ApiContext, ApiOptions, Env } from "./context.ts";
import { holdfastRoutes } from "./holdfast.ts";
import { logRoutes } from "./logs.ts";
import { notYetRoutes } from "./not-yet.ts";
import { operationRoutes } from "./operations.ts";
import { pageRoutes } from "./pages.ts";
import { probeRoutes } from "./probes.ts";
import { projectRoutes } from "./projects.ts";
import { resourceActionRoutes } from "./resource-actions.ts";
import { resourceRoutes } from "./resources.ts";
import { rollbackRoutes } from "./rollbacks.ts";
import { type DeclaredRoute, routesOf } from "./routes.ts";
import { withSecurityHeaders } from "./security-headers.ts";
import { SIGN_ON_PATHS, signOnRoutes } from "./sign-on.ts";
import { streamRoutes } from "./stream.ts";
import { syncWindowRoutes } from "./sync-windows.ts";
import { undoRoutes } from "./undo.ts";
import { versionRoutes } from "./version.ts";
import { webhookRoutes } from "./webhook.ts";

export type { ApiOptions } from "./context.ts";

/**
 * By status. Where a body is not read to its end the connection goes: whoever sends without end would otherwise be
 * listened to without end.
 */
const HEADERS_OF: Readonly<Record<number, Record<string, string>>> = {
  401: { "www-authenticate": 'Bearer realm="holdfast"' },
  408: { connection: "close" },
  413: { connection: "close" },
};

export interface Api {
  /** For Bun.serve; never throws. */
  fetch(request: Request, server?: Server<unknown>): Promise<Response>;
  /** Every route, with what it asks of whoever comes. */
  routes: readonly DeclaredRoute[];
}

/** Argo CD's REST paths, our own under `/api/holdfast/v1`, probes, metrics, webhook and the status page. */
export function createApi(options: ApiOptions): Api {
  const { control, sets, clusters, token, who, ...rest } = options;
  const context: ApiContext = {
    ...rest,
    ...authorised({ control, sets, clusters, homeNamespace: options.homeNamespace }),
    troubles: () => options.troubles?.() ?? [],
  };
  const router = new Hono<Env>();
  const routes = routesOf(router);
  const groups = [
    probeRoutes,
    pageRoutes,
    signOnRoutes,
    versionRoutes,
    applicationRoutes,
    operationRoutes,
    rollbackRoutes,
    resourceRoutes,
    logRoutes,
    resourceActionRoutes,
    streamRoutes,
    syncWindowRoutes,
    projectRoutes,
    clusterRoutes,
    applicationSetRoutes,
    holdfastRoutes,
    activityRoutes,
    blastRoutes,
    undoRoutes,
    webhookRoutes,
    notYetRoutes,
  ];
  for (const add of groups) add(routes, context);
  router.notFound(() => {
    throw new ApiError("NotFound", "there is nothing at this path");
  });
  router.onError((cause, c) => answer(cause, c.req.raw, c.env.server, c.env.who.actor));

  const pages = options.assets.map(({ path }) => path);
  const rules = {
    token,
    ...defined({ who }),
    pages: new Set(options.signOn === undefined ? pages : [...pages, ...SIGN_ON_PATHS]),
  };
  return {
    routes: routes.declared,
    async fetch(request, server) {
      try {
        const asker = admit(request, rules);
        const asking = askingOf(request, asker.actor, addressOf(request, server));
        const work = () => router.fetch(request, { server, who: asker });
        return withSecurityHeaders(await (options.asking?.during(asking, work) ?? work()));
      } catch (cause) {
        return withSecurityHeaders(answer(cause, request, server, "anonymous"));
      }
    },
  };

  function answer(
    cause: unknown,
    request: Request,
    server: Server<unknown> | undefined,
    actor: string,
  ): Response {
    const refused = refusalOf(cause, request, { actor, from: sourceOf(request, addressOf(request, server)) });
    if (refused !== undefined) options.onRefused?.(refused);
    const { http, body } = fromThrown(cause);
    if (http >= 500 && http !== 501 && http !== 503) {
      options.log.error("request failed", {
        error: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause),
      });
    }
    const headers = HEADERS_OF[http];
    return Response.json(body, { status: http, ...defined({ headers }) });
  }
}

function addressOf(request: Request, server: Server<unknown> | undefined): string | undefined {
  return server?.requestIP(request)?.address;
}
