import { keyOfApp } from "../core/model/application.ts";
import type { Operation, SyncRequest } from "../core/model/operation.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, keyFrom, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";
import { ofSources, syncRequest } from "./sync-request.ts";

/** Sync, terminate, refresh. */
export function operationRoutes(routes: Routes, { control }: ApiContext): void {
  routes.post("/api/v1/applications/:name/sync", may("applications", "sync"), async (c, who) => {
    const { operation, revisions, appNamespace, project } = syncRequest(await readJson(c.req.raw));
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query(), { appNamespace, project }));
    const started: Operation & { sync: SyncRequest } = {
      ...operation,
      sync: { ...operation.sync, ...ofSources(app.spec, revisions) },
      initiatedBy: { username: who.actor.replace(/^user:/, "") },
    };
    return c.json(
      written(await control.sync(who, keyOfApp(app), { operation: started, actor: who.actor }), app),
    );
  });

  routes.delete("/api/v1/applications/:name/operation", may("applications", "sync"), async (c, who) => {
    const app = findApp(control, who, appName(c.req.param("name"), c.req.query()));
    written(await control.terminate(who, keyOfApp(app), who.actor), app);
    return c.json({});
  });

  /** As `GET …?refresh=`, for callers who would not have a GET do anything. */
  routes.post(
    "/api/holdfast/v1/applications/:namespace/:name/refresh",
    may("applications", "get"),
    async (c, who) => {
      const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
      const how = c.req.query("hard") === "true" ? "hard" : "normal";
      const app = orNotFound(await control.refresh(who, key, how, c.req.raw.signal), `application ${key}`);
      return c.json(app);
    },
  );
}
