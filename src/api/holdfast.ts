import type { Asker } from "../core/access/asker.ts";
import type { AppKey, Application } from "../core/model/application.ts";
import { keyOfSet, type SetKey } from "../core/model/application-set.ts";
import { endOfPause, sayPause, strictest } from "../core/model/daemon-pause.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import type { ShownSet } from "../sets/control.ts";
import { notFound, refused } from "./api-error.ts";
import type { ApiContext, Trouble } from "./context.ts";
import { appsNamed, keyFrom, keyNamed, orNotFound } from "./find-app.ts";
import { setKeyFrom } from "./find-set.ts";
import {
  APPROVE_REMOVAL,
  APPROVE_SET_REMOVAL,
  GET_RUN,
  GET_WITH_ORIGIN,
  HISTORY,
  LIST_AUDIT,
  LIST_PAUSES,
  LIST_PROBLEMS,
  LIST_REMOVALS,
  LIST_RUNS,
  PAUSE,
  RESUME,
  STATUS,
} from "./holdfast-terms.ts";
import type { Routes } from "./routes.ts";

const MOST_ENTRIES = 1_000;

/** `/api/holdfast/v1`: what Argo CD's API has no place for. */
export function holdfastRoutes(
  routes: Routes,
  { control, sets, version, troubles, certificate, settings, homeNamespace, door }: ApiContext,
): void {
  const base = "/api/holdfast/v1";

  const problemsOf = (who: Asker, all: readonly Trouble[]): Problem[] => [
    ...all.map(({ problem }) => problem),
    ...control.problems(who),
    ...(sets?.problems(who) ?? []),
  ];

  /** What they say of clusters, files and people is for whoever sees all applications. */
  const toldTo = (who: Asker): readonly Trouble[] =>
    who.may("applications", "get", "*/*") ? troubles() : [];

  const pauses = (who: Asker) =>
    control.pauses(who).map((pause) => ({ ...pause, text: `${sayPause(pause)}. ${endOfPause(pause)}` }));

  routes.get(`${base}/status`, STATUS, (c, who) => {
    const apps = control.applications(who);
    const paused = strictest(control.pauses(who));
    const isStopped = troubles().some(({ stops }) => stops === "writing");
    return c.json({
      version: version.version,
      commit: version.commit,
      asker: who.name,
      accounts: door === undefined ? "off" : "on",
      ready: control.ready(who) && !isStopped,
      state: isStopped
        ? "stopped"
        : paused?.of === "writes"
          ? "paused"
          : control.ready(who)
            ? "ready"
            : "starting",
      pauses: pauses(who),
      sandbox: version.sandbox,
      ...defined({ certificate: certificate() }),
      applications: { total: apps.length, sync: count(apps, syncOf), health: count(apps, healthOf) },
      ...(sets === undefined ? {} : { applicationSets: countSets(sets.sets(who)) }),
      clusters: control
        .clusters(who)
        .map(({ name, server, connection, kubeVersion }) => ({ name, server, kubeVersion, connection })),
      home: { in: settings().home ?? "files", namespace: homeNamespace },
      page: settings().page ?? { instance: "" },
      // Pauses stand beside them, with who said so.
      problems: problemsOf(
        who,
        toldTo(who).filter(({ what }) => what !== "pause"),
      ),
    });
  });

  routes.get(`${base}/pauses`, LIST_PAUSES, (c, who) => c.json({ items: pauses(who) }));

  routes.post(`${base}/pauses`, PAUSE, (c, who, { body: { of, why = "" } }) => {
    control.pause(who, { of, why, actor: who.actor });
    return c.json({ items: pauses(who) });
  });

  /** Takes back what was posted; `items` is what still holds, for the config or for the environment. */
  routes.post(`${base}/pauses/resume`, RESUME, (c, who, { body: { why = "" } }) => {
    control.resume(who, { why, actor: who.actor });
    return c.json({ items: pauses(who) });
  });

  routes.get(`${base}/problems`, LIST_PROBLEMS, (c, who) => c.json({ items: problemsOf(who, toldTo(who)) }));

  routes.get(`${base}/applications/:namespace/:name`, GET_WITH_ORIGIN, (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const [origin, application] = [control.origin(who, key), control.application(who, key)];
    if (origin === undefined || application === undefined) throw notFound(`application ${key}`);
    return c.json({ origin, application });
  });

  routes.get(`${base}/applications/:namespace/:name/history`, HISTORY, async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    return c.json(orNotFound(await control.deployments(who, key), `application ${key}`));
  });

  /** What is missing from the folders and waits for a person, see the setting `removal`. */
  routes.get(`${base}/removals`, LIST_REMOVALS, (c, who) =>
    c.json({
      waiting: control.waitingRemovals(who),
      applicationSets: sets?.waitingRemovals(who) ?? [],
    }),
  );

  routes.post(`${base}/removals/approve`, APPROVE_REMOVAL, async (c, who, { body }) => {
    const named = appsNamed(body);
    const answer = await control.approveRemoval(who, named, who.actor);
    if (answer.is === "conflict") throw refused(answer, "removal");
    return c.json({ approved: named });
  });

  routes.post(`${base}/removals/applicationsets/approve`, APPROVE_SET_REMOVAL, async (c, who, { body }) => {
    const named = body.applicationSets.map((text) => {
      const [namespace = "", name = ""] = text.split("/");
      return setKeyFrom(namespace, name);
    });
    if (sets === undefined) throw notFound("removal");
    const answer = await sets.approveRemoval(who, named, who.actor);
    if (answer.is === "conflict") throw refused(answer, "removal");
    return c.json({ approved: named });
  });

  routes.get(`${base}/runs`, LIST_RUNS, (c, who, { query }) =>
    c.json({ items: control.runs(who, slice(query)) }),
  );
  /** Of whichever application it is: one that may not be seen is none. */
  routes.get(`${base}/runs/:id`, GET_RUN, (c, who) => {
    const id = c.req.param("id");
    const [run] = /^\d{1,15}$/.test(id) ? control.runs(who, { id: Number(id), limit: 1 }) : [];
    if (run === undefined) throw notFound(`run ${id}`);
    return c.json(run);
  });
  routes.get(`${base}/audit`, LIST_AUDIT, (c, who, { query }) =>
    c.json({ items: control.audits(who, slice(query)) }),
  );
}

function slice({ app, limit = 50 }: { app?: string; limit?: number }): { app?: AppKey; limit: number } {
  const most = Math.min(limit, MOST_ENTRIES);
  return app === undefined ? { limit: most } : { app: keyNamed(app), limit: most };
}

function count(apps: readonly Application[], word: (app: Application) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const app of apps) counts[word(app)] = (counts[word(app)] ?? 0) + 1;
  return counts;
}

/** `wrong`: those that say an error of themselves, each with it. */
function countSets(sets: readonly ShownSet[]): {
  total: number;
  waiting: AppKey[];
  wrong: { name: SetKey; message: string }[];
} {
  return {
    total: sets.length,
    waiting: sets.flatMap(({ blocked }) => blocked),
    wrong: sets.flatMap(({ set, status: { conditions = [] } }) => {
      const error = conditions.find(({ type, status }) => type === "ErrorOccurred" && status === "True");
      return error === undefined ? [] : [{ name: keyOfSet(set), message: error.message }];
    }),
  };
}

const syncOf = (app: Application): string => app.status?.sync.status ?? "Unknown";
const healthOf = (app: Application): string => app.status?.health.status ?? "Unknown";
