import { keyOfApp } from "../core/model/application.ts";
import type { Operation, SyncRequest } from "../core/model/operation.ts";
import { written } from "./applications.ts";
import type { ApiContext, Router } from "./context.ts";
import { appName, findApp, keyFrom, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { ofSources, syncRequest } from "./sync-request.ts";

/** Sync, terminate, refresh. */
export function operationRoutes(router: Router, { control, actor }: ApiContext): void {
  router.post("/api/v1/applications/:name/sync", async (c) => {
    const { operation, revisions, appNamespace, project } = syncRequest(await readJson(c.req.raw));
    const app = findApp(control, appName(c.req.param("name"), c.req.query(), { appNamespace, project }));
    const started: Operation & { sync: SyncRequest } = {
      ...operation,
      sync: { ...operation.sync, ...ofSources(app.spec, revisions) },
      initiatedBy: { username: actor.replace(/^user:/, "") },
    };
    return c.json(written(await control.sync(keyOfApp(app), { operation: started, actor }), app));
  });

  router.delete("/api/v1/applications/:name/operation", async (c) => {
    const app = findApp(control, appName(c.req.param("name"), c.req.query()));
    written(await control.terminate(keyOfApp(app), actor), app);
    return c.json({});
  });

  /** As `GET …?refresh=`, for callers who would not have a GET do anything. */
  router.post("/api/holdfast/v1/applications/:namespace/:name/refresh", async (c) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const how = c.req.query("hard") === "true" ? "hard" : "normal";
    const app = orNotFound(await control.refresh(key, how, c.req.raw.signal), `application ${key}`);
    return c.json(app);
  });
}
