import { ApiError } from "./api-error.ts";
import type { Router } from "./context.ts";

/** Parts of Argo CD's API that are known and not served: a client should hear that, and not "no such application". */
const NOT_YET = [
  "/api/v1/applications/:name/rollback",
  "/api/v1/applications/:name/resource",
  "/api/v1/applications/:name/resource/*",
  "/api/v1/applications/:name/logs",
  "/api/v1/applications/:name/pods/*",
  "/api/v1/applications/:name/links",
  "/api/v1/applications/:name/syncwindows",
  "/api/v1/applications/:name/revisions/*",
  "/api/v1/applications/manifestsWithFiles",
  "/api/v1/stream/*",
  "/api/v1/applicationsets",
  "/api/v1/applicationsets/*",
  "/api/v1/repositories",
  "/api/v1/repositories/*",
  "/api/v1/repocreds",
  "/api/v1/repocreds/*",
  "/api/v1/certificates",
  "/api/v1/gpgkeys",
  "/api/v1/account",
  "/api/v1/account/*",
  "/api/v1/session",
  "/api/v1/session/*",
  "/api/v1/settings",
  "/api/v1/settings/*",
  "/api/v1/notifications/*",
  "/api/v1/projects/*",
  "/api/v1/clusters/*",
  "/api/badge",
] as const;

/** Last of all routes: whatever was served before wins. */
export function notYetRoutes(router: Router): void {
  for (const path of NOT_YET) {
    router.all(path, (c) => {
      throw new ApiError(
        "Unimplemented",
        `${c.req.method} ${c.req.path} is not served by this version of Holdfast`,
      );
    });
  }
  router.notFound(() => {
    throw new ApiError("NotFound", "there is nothing at this path");
  });
}
