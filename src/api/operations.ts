import { keyOfApp } from "../core/model/application.ts";
import type { Operation, SyncRequest } from "../core/model/operation.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { appName, findApp, keyFrom, NAMING, orNotFound } from "./find-app.ts";
import { may, type Routes } from "./routes.ts";
import { ofSources, SYNC_BODY, syncRequest } from "./sync-request.ts";
import { APPLICATION } from "./terms/answers.ts";
import { DONE, json } from "./terms/terms.ts";
import { flag, optional } from "./terms/wire.ts";

/** Sync, terminate, refresh. */
export function operationRoutes(routes: Routes, { control }: ApiContext): void {
  const sync = {
    id: "syncApplication",
    says: "Starts a sync.",
    asks: may("applications", "sync"),
    query: NAMING,
    body: SYNC_BODY,
    answers: json(APPLICATION),
  } as const;
  routes.post("/api/v1/applications/:name/sync", sync, async (c, who, { query, body }) => {
    const { operation, revisions } = syncRequest(body);
    const app = findApp(control, who, appName(c.req.param("name"), query, body));
    const started: Operation & { sync: SyncRequest } = {
      ...operation,
      sync: { ...operation.sync, ...ofSources(app.spec, revisions) },
      initiatedBy: { username: who.actor.replace(/^user:/, "") },
    };
    return c.json(
      written(await control.sync(who, keyOfApp(app), { operation: started, actor: who.actor }), app),
    );
  });

  const terminate = {
    id: "terminateOperation",
    says: "Ends the operation that runs.",
    asks: may("applications", "sync"),
    query: NAMING,
    answers: DONE,
  } as const;
  routes.delete("/api/v1/applications/:name/operation", terminate, async (c, who, { query }) => {
    const app = findApp(control, who, appName(c.req.param("name"), query));
    written(await control.terminate(who, keyOfApp(app), who.actor), app);
    return c.json({});
  });

  const refresh = {
    id: "refreshApplication",
    says: "Looks at Git and the cluster again; as `GET …?refresh=`, for callers who would not have a GET do anything.",
    asks: may("applications", "get"),
    query: { hard: optional(flag("Renders again.")) },
    answers: json(APPLICATION),
  } as const;
  const path = "/api/holdfast/v1/applications/:namespace/:name/refresh";
  routes.post(path, refresh, async (c, who, { query }) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const how = query.hard === true ? "hard" : "normal";
    return c.json(orNotFound(await control.refresh(who, key, how, c.req.raw.signal), `application ${key}`));
  });
}
