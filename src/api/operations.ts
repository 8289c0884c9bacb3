import { keyOfApp } from "../core/model/application.ts";
import type { Operation, SyncRequest } from "../core/model/operation.ts";
import { written } from "./applications.ts";
import type { ApiContext } from "./context.ts";
import { difference } from "./difference.ts";
import { FILE_DIFF } from "./differences-terms.ts";
import { appName, findApp, keyFrom, NAMING, orNotFound } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { HOW_REFUSED, orTold, TOLD_REFUSAL } from "./refusal-told.ts";
import { may, type Routes } from "./routes.ts";
import { ofSources, SYNC_BODY, syncRequest } from "./sync-request.ts";
import { APPLICATION, DIFFERENCE, REF, REFUSAL } from "./terms/answers.ts";
import { DONE, json } from "./terms/terms.ts";
import { choice, either, flag, list, number, optional, text, told, whole } from "./terms/wire.ts";

/** Plans at once: each asks Git, renders and compares, and goes on where whoever asked has chosen otherwise since. */
const PLACES = { all: 40, each: 12, kept: 4 };

const SYNC_PLAN = json(
  either(
    told({
      revisions: list(text(), { says: "Commits or versions of the sources, as they would be synced." }),
      items: list(DIFFERENCE, { says: "What differs, whether it would be written or not." }),
      files: list(FILE_DIFF, {
        says: "The same line by line; parts that are not in it are at `…/diff/part`.",
      }),
      steps: list(
        told({
          ...REF,
          does: choice(
            [
              ...(["server-side", "server-side-or-recreate", "replace", "replace-or-recreate"] as const),
              ...(["prune", "create-namespace", "hook"] as const),
            ],
            "How it is written, or that it is deleted, made as a Namespace, or run as a hook.",
          ),
          phase: text(),
          wave: number(),
        }),
        { says: "What would be done, in its order." },
      ),
      refusals: list(REFUSAL, { says: "What would not be done, and why." }),
      candidates: whole({ says: "How many objects would go if a person approved of it, as `confirmPrune`." }),
    }),
    TOLD_REFUSAL,
  ),
);

/** Sync and its plan, terminate, refresh. */
export function operationRoutes(routes: Routes, { control, diffs, looks }: ApiContext): void {
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

  const plan = {
    id: "planSync",
    says: "What a sync of just these options would do: which objects it writes, how and when, what it deletes, and what not and why. Writes nothing.",
    asks: may("applications", "get"),
    query: HOW_REFUSED,
    body: SYNC_BODY,
    answers: SYNC_PLAN,
  } as const;
  const planPath = "/api/holdfast/v1/applications/:namespace/:name/sync/plan";
  const places = new OpenPlaces("plans are being made", PLACES);
  routes.post(planPath, plan, async (c, who, { query, body }) => {
    const { operation, revisions } = syncRequest(body);
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const app = findApp(control, who, {
      ...{ namespace: c.req.param("namespace"), name: c.req.param("name"), project: undefined },
    });
    const asked = { ...operation, sync: { ...operation.sync, ...ofSources(app.spec, revisions) } };
    const leave = places.take(who);
    const { signal } = c.req.raw;
    const ask = () => control.syncPlan(who, key, asked, signal);
    // Another revision than those that are followed is a look like any other.
    const made =
      asked.sync.revision === undefined && asked.sync.revisions === undefined
        ? ask()
        : looks.hold(who, signal, ask);
    const found = await orTold(query.refusal, async () =>
      orNotFound(await made.finally(leave), `application ${key}`),
    );
    if ("refused" in found) return c.json(found);
    return c.json({
      revisions: found.revisions,
      items: found.resources.map(difference).filter(({ change }) => change !== "none"),
      files: await diffs.of(key, found.resources),
      steps: found.steps.map(({ ref, ...step }) => ({ ...ref, ...step })),
      refusals: found.refusals.map(({ ref, ...refusal }) => ({ ...ref, ...refusal })),
      candidates: found.candidates,
    });
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
