import { ApiError } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import type { Routes } from "./routes.ts";

const IN_CONFIG = "it stands in the daemon's config";
const NO_ACCOUNTS =
  "there are no accounts: send the token of the config (server.token) as Authorization: Bearer";
const NO_SETS = "write the Applications out, or have holdfast appset generate do it";
const NOTHING_PUSHED =
  "credentials to write are for hydrated manifests, and nothing is hydrated here: an application's source is what is delivered. What a revert pushes goes by the entry of repositories itself, where the config says push: allowed";
const IN_GIT = "write it where the Applications are written";

/**
 * Parts of Argo CD's API that are known and not served, and what to do instead, as a clause: a client should hear that,
 * and not "no such application".
 */
const NOT_YET: Readonly<Record<string, string>> = {
  "/api/v1/applications/:name/resource/*":
    "ask for /api/v1/applications/{name}/resource-tree, or the cluster itself",
  "/api/v1/applications/:name/pods/*": "ask for /api/v1/applications/{name}/pods/{pod}/logs",
  "/api/v1/applications/:name/revisions/*":
    "ask for /api/v1/applications/{name}/revisions/{revision}/metadata, /ocimetadata or /chartdetails",
  "/api/v1/applications/manifestsWithFiles":
    "render without the daemon: holdfast render -f FILE --source FOLDER",
  "/api/v1/stream/*": "follow /api/v1/stream/applications, or /api/v1/stream/applicationsets",
  "/api/v1/repositories/:repo/*":
    "ask for /api/v1/repositories/{repo}, or its /refs, /apps, /helmcharts, /oci-tags, /appdetails or /validate",
  "/api/v1/gpgkeys": "signatures are not checked, and a project that asks for it is refused",
  "/api/v1/account": NO_ACCOUNTS,
  "/api/v1/account/*": NO_ACCOUNTS,
  "/api/v1/session": NO_ACCOUNTS,
  "/api/v1/session/*": NO_ACCOUNTS,
  "/api/v1/settings/*": IN_CONFIG,
  "/api/v1/notifications/*": "watch /metrics, or follow /api/v1/stream/applications",
  "/api/v1/projects/*": IN_GIT,
  "/swagger.json": "ask for /openapi.json",
  "/swagger-ui": "ask for /openapi.json",
};

/** What has no place here and will have none. */
const REFUSED: Readonly<Record<string, string>> = {
  "/api/v1/write-repositories": NOTHING_PUSHED,
  "/api/v1/write-repositories/*": NOTHING_PUSHED,
  "/api/v1/write-repocreds": NOTHING_PUSHED,
  "/api/v1/write-repocreds/*": NOTHING_PUSHED,
};

/** Where the daemon makes nothing of them. */
const WITHOUT_SETS: Readonly<Record<string, string>> = {
  "/api/v1/applicationsets": NO_SETS,
  "/api/v1/applicationsets/*": NO_SETS,
  "/api/v1/stream/applicationsets": NO_SETS,
  "/api/holdfast/v1/applicationsets": NO_SETS,
  "/api/holdfast/v1/applicationsets/*": NO_SETS,
};

/** Last of all routes: whatever was served before wins. */
export function notYetRoutes(routes: Routes, { sets }: Pick<ApiContext, "sets">): void {
  for (const [path, why] of Object.entries(REFUSED))
    routes.unserved(
      path,
      (c) => new ApiError("FailedPrecondition", `${c.req.method} ${c.req.path} is refused: ${why}`),
    );
  const known = { ...(sets === undefined ? WITHOUT_SETS : {}), ...NOT_YET };
  for (const [path, instead] of Object.entries(known)) {
    routes.unserved(
      path,
      (c) =>
        new ApiError(
          "Unimplemented",
          `${c.req.method} ${c.req.path} is not served by this version of Holdfast: ${instead}`,
        ),
    );
  }
}
