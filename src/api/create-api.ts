import type { Server } from "bun";
import { Hono } from "hono";
import { getPath } from "hono/utils/url";
import type { Asker } from "../core/access/asker.ts";
import type { Secret } from "../core/model/secret.ts";
import { NO_WEBHOOK_SECRETS } from "../core/webhooks/settings.ts";
import { defined } from "../lib/defined.ts";
import { accountRoutes } from "./accounts.ts";
import { activityRoutes } from "./activity.ts";
import { admit } from "./admission.ts";
import { ApiError } from "./api-error.ts";
import { applicationPreviewRoutes } from "./application-preview.ts";
import { applicationSetRoutes } from "./application-sets.ts";
import { applicationRoutes } from "./applications.ts";
import { arrivalsBehind } from "./arrival.ts";
import { askingOf, refusalOf, sourceOf } from "./asking.ts";
import { authorised } from "./authorised/authorised.ts";
import { BADGE_PATH, badgeRoutes } from "./badge.ts";
import { belowBase } from "./base-path.ts";
import { blastRoutes } from "./blast.ts";
import { certificateRoutes } from "./certificates.ts";
import { clusterRoutes } from "./clusters.ts";
import { contentsRoutes } from "./contents.ts";
import type { ApiContext, ApiOptions, Env, SettingsFacts } from "./context.ts";
import { DESCRIPTION_PATH, descriptionRoutes } from "./described.ts";
import { differenceRoutes } from "./differences.ts";
import { editObjectRoutes } from "./edit-object.ts";
import { errorReply } from "./error-reply.ts";
import { favouriteRoutes } from "./favourites.ts";
import { FileDiffs } from "./file-diffs.ts";
import { fleetDiffRoutes } from "./fleet-diff.ts";
import { foundResourceRoutes } from "./found-resources.ts";
import { HANDED_PAGE, HANDED_PATHS, handedLoginRoutes } from "./handed-logins.ts";
import { holdfastRoutes } from "./holdfast.ts";
import { imageRoutes } from "./images.ts";
import { linkRoutes } from "./links.ts";
import { listRoutes } from "./list.ts";
import { liveObjectRoutes } from "./live-objects.ts";
import { logRoutes } from "./logs.ts";
import { Looks } from "./looks.ts";
import { withNextCookie } from "./next-cookie.ts";
import { notYetRoutes } from "./not-yet.ts";
import { notificationRoutes } from "./notifications.ts";
import { operationRoutes } from "./operations.ts";
import { isBrowsing, lostPage, pagePaths, pageRoutes, strayPaths } from "./pages.ts";
import { probeRoutes } from "./probes.ts";
import { projectRoutes } from "./projects.ts";
import { repositoryRoutes } from "./repositories.ts";
import { resourceActionRoutes } from "./resource-actions.ts";
import { resourceTreeRoutes } from "./resource-tree.ts";
import { resourceRoutes } from "./resources.ts";
import { rightsRoutes } from "./rights.ts";
import { rollbackRoutes } from "./rollbacks.ts";
import { type DeclaredRoute, routesOf } from "./routes.ts";
import { withSecurityHeaders } from "./security-headers.ts";
import { SESSION_PATHS, sessionRoutes } from "./session.ts";
import { settingsRoutes } from "./settings.ts";
import { SIGN_ON_PATHS, signOnRoutes } from "./sign-on.ts";
import { withTokenOfSocket } from "./socket-token.ts";
import { streamRoutes } from "./stream.ts";
import { syncWindowRoutes } from "./sync-windows.ts";
import { terminalRoutes } from "./terminal.ts";
import { traceRoutes } from "./trace.ts";
import { transitionRoutes } from "./transitions.ts";
import { undoRoutes } from "./undo.ts";
import { valueRoutes } from "./values.ts";
import { versionRoutes } from "./version.ts";
import { WEBHOOK_PATH, webhookRoutes } from "./webhook.ts";
import { Deliveries } from "./webhooks/deliveries.ts";

export type { ApiOptions } from "./context.ts";

const NOTHING_SET: SettingsFacts = {
  ...{ installationID: "", namespaces: "others-too", impersonation: "off" },
  ...{ kustomize: { buildOptions: [], versions: [] }, plugins: [], trust: [], badges: [] },
};

/** What changes nothing that is kept. */
const READING: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

export interface Api {
  /** For Bun.serve; never throws. */
  fetch(request: Request, server?: Server<unknown>): Promise<Response>;
  /** Every route, with what it asks of whoever comes. */
  routes: readonly DeclaredRoute[];
}

/** Argo CD's REST paths, our own under `/api/holdfast/v1`, probes, metrics, webhook and the status page. */
export function createApi(options: ApiOptions): Api {
  const { control, sets, clusters, repositories, contents, certificates, images, ...more } = options;
  const { notifications, token, who, ...rest } = more;
  const context: ApiContext = {
    ...rest,
    ...authorised({
      ...{ control, sets, clusters, repositories, contents, certificates, images, notifications },
      homeNamespace: options.homeNamespace,
    }),
    troubles: () => options.troubles?.() ?? [],
    looks: new Looks(),
    basePath: options.basePath ?? "",
    arrivalOf: options.arrivalOf ?? arrivalsBehind([]),
    certificate: () => options.certificate?.(),
    settings: () => options.settings?.() ?? NOTHING_SET,
    diffs: new FileDiffs(),
    webhooks: () => options.webhooks?.() ?? NO_WEBHOOK_SECRETS,
    deliveries: options.deliveries ?? new Deliveries(),
    handlingWebhook: () => options.handlingWebhook?.() ?? (() => undefined),
  };
  const { basePath, arrivalOf } = context;
  const router = new Hono<Env>({ getPath: routed });
  const routes = routesOf(router, options.onAnswered);
  const groups = [
    probeRoutes,
    descriptionRoutes,
    pageRoutes,
    signOnRoutes,
    sessionRoutes,
    handedLoginRoutes,
    accountRoutes,
    versionRoutes,
    settingsRoutes,
    certificateRoutes,
    badgeRoutes,
    applicationRoutes,
    operationRoutes,
    rollbackRoutes,
    resourceRoutes,
    resourceTreeRoutes,
    linkRoutes,
    logRoutes,
    terminalRoutes,
    resourceActionRoutes,
    liveObjectRoutes,
    streamRoutes,
    listRoutes,
    rightsRoutes,
    favouriteRoutes,
    syncWindowRoutes,
    projectRoutes,
    clusterRoutes,
    repositoryRoutes,
    contentsRoutes,
    applicationSetRoutes,
    holdfastRoutes,
    differenceRoutes,
    fleetDiffRoutes,
    activityRoutes,
    imageRoutes,
    transitionRoutes,
    blastRoutes,
    applicationPreviewRoutes,
    editObjectRoutes,
    traceRoutes,
    foundResourceRoutes,
    undoRoutes,
    valueRoutes,
    webhookRoutes,
    notificationRoutes,
    notYetRoutes,
  ];
  for (const add of groups) add(routes, context);
  const lost = lostPage(options.assets, basePath);
  router.notFound(() => {
    throw new ApiError("NotFound", "there is nothing at this path");
  });
  router.onError((cause, c) =>
    answer(cause, c.req.raw, arrivalOf(c.req.raw, c.env.server).address, c.env.who),
  );

  const isPage = pagePaths(options.assets);
  const isStray = strayPaths(routes.declared, isPage);
  const others = new Set([
    DESCRIPTION_PATH,
    ...(options.signOn === undefined ? [] : SIGN_ON_PATHS),
    ...(options.door === undefined ? [] : [...SESSION_PATHS, ...HANDED_PATHS]),
    // Without its last slash it leads to the page.
    ...(basePath === "" ? [] : [basePath]),
  ]);
  const rules = {
    token,
    metricsToken: options.metricsToken,
    basePath,
    // Off, it is as closed as the rest.
    isEverybodys: (path: string) => path === BADGE_PATH && context.settings().badges.length > 0,
    takesForms: (path: string) =>
      path === WEBHOOK_PATH || (options.door !== undefined && path === HANDED_PAGE),
    isPage: (path: string) => isPage(path) || others.has(path),
  };
  return {
    routes: routes.declared,
    async fetch(request, server) {
      const arrival = arrivalOf(request, server);
      const { address, scheme, via } = arrival;
      // Nobody is held to TLS by a certificate that is trusted for this one server alone: it would be the whole host.
      const hsts =
        scheme === "tls" && (via === "proxy" || context.certificate()?.by === "files") ? "sent" : "left out";
      const began = performance.now();
      let next: Secret | undefined;
      const asked = who && {
        who: (...of: Parameters<typeof who>) => {
          const shown = who(...of);
          if (shown.is === "known") next = shown.handOut;
          return shown;
        },
      };
      try {
        // The page holds no data, also where it has nothing to show. It alone answers then: a route might hold some.
        const nowhere = isLost(request) ? lost : undefined;
        const isPageTo = (path: string): boolean => nowhere !== undefined || rules.isPage(path);
        const asker = admit(withTokenOfSocket(request), { ...rules, ...asked, isPage: isPageTo }, arrival);
        const asking = askingOf(request, asker, address || undefined);
        const work = () => nowhere?.() ?? router.fetch(request, { server, who: asker });
        const answered = await (options.asking?.during(asking, work) ?? work());
        if (!READING.has(request.method)) await options.kept?.();
        const reply = withSecurityHeaders(answered, hsts);
        // Whose session ended meanwhile signed in or out by another answer, and this one's cookie would undo that.
        const handOut = next !== undefined && asker.holds() ? next : undefined;
        return withNextCookie(reply, handOut, scheme, performance.now() - began);
      } catch (cause) {
        return withSecurityHeaders(
          answer(cause, request, address, { actor: "anonymous", who: undefined }),
          hsts,
        );
      }
    },
  };

  /** A browser is at an address that is neither one of the page nor one of the API. */
  function isLost(request: Request): boolean {
    const path = routed(request);
    return isBrowsing(request) && isStray(path) && !rules.isPage(path);
  }

  /** The path by which a route is found, decoded: one that says `%61pi` is no stranger to the API. */
  function routed(request: Request): string {
    return belowBase(getPath(request), basePath);
  }

  /** @param address "" where it is not known */
  function answer(
    cause: unknown,
    request: Request,
    address: string,
    { actor, who }: Pick<Asker, "actor" | "who">,
  ): Response {
    const from = sourceOf(request, address || undefined);
    if (request.signal.aborted && cause === request.signal.reason)
      return errorReply(new ApiError("Unavailable", "whoever asked has left"), options.log);
    const refused = refusalOf(cause, request, { actor, from, ...defined({ who }) });
    if (refused !== undefined) options.onRefused?.(refused);
    return errorReply(cause, options.log);
  }
}
