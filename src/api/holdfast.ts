import type { Asker } from "../core/access/asker.ts";
import type { AppKey, Application } from "../core/model/application.ts";
import { keyOfSet, type SetKey } from "../core/model/application-set.ts";
import { endOfPause, sayPause, strictest } from "../core/model/daemon-pause.ts";
import type { Problem } from "../core/model/problem.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { ShownSet } from "../sets/control.ts";
import { ApiError, notFound, refused } from "./api-error.ts";
import type { ApiContext, Trouble } from "./context.ts";
import { difference } from "./difference.ts";
import { appsNamed, keyFrom, keyNamed, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";
import { may, type Routes } from "./routes.ts";

const MOST_ENTRIES = 1_000;
/** Characters: it stands in a condition of every application that waits. */
const MOST_WHY = 500;

/** `/api/holdfast/v1`: what Argo CD's API has no place for. */
export function holdfastRoutes(
  routes: Routes,
  { control, sets, version, troubles, certificate }: ApiContext,
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

  routes.get(`${base}/status`, "let-in", (c, who) => {
    const apps = control.applications(who);
    const paused = strictest(control.pauses(who));
    const isStopped = troubles().some(({ stops }) => stops === "writing");
    return c.json({
      version: version.version,
      commit: version.commit,
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
      // Pauses stand beside them, with who said so.
      problems: problemsOf(
        who,
        toldTo(who).filter(({ what }) => what !== "pause"),
      ),
    });
  });

  routes.get(`${base}/pauses`, "let-in", (c, who) => c.json({ items: pauses(who) }));

  /** `{"of": "deletions" | "writes", "why": "…"}`: the emergency brake of the whole daemon. */
  routes.post(`${base}/pauses`, may("applications", "update"), async (c, who) => {
    const { of, why } = await pauseRequest(c.req.raw);
    if (of !== "deletions" && of !== "writes")
      throw new ApiError("InvalidArgument", "of: must be deletions or writes");
    control.pause(who, { of, why, actor: who.actor });
    return c.json({ items: pauses(who) });
  });

  /** Takes back what was posted; `items` is what still holds, for the config or for the environment. */
  routes.post(`${base}/pauses/resume`, may("applications", "update"), async (c, who) => {
    const { why } = await pauseRequest(c.req.raw);
    control.resume(who, { why, actor: who.actor });
    return c.json({ items: pauses(who) });
  });

  routes.get(`${base}/problems`, "let-in", (c, who) => c.json({ items: problemsOf(who, toldTo(who)) }));

  routes.get(`${base}/applications/:namespace/:name`, may("applications", "get"), (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const [origin, application] = [control.origin(who, key), control.application(who, key)];
    if (origin === undefined || application === undefined) throw notFound(`application ${key}`);
    return c.json({ origin, application });
  });

  /** Objects that a sync would change, field by field, with who set what is there. `?all=true` gives the others too. */
  routes.get(`${base}/applications/:namespace/:name/diff`, may("applications", "get"), async (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const resources = orNotFound(await control.managedResources(who, key), `application ${key}`);
    const items = resources.map(difference);
    return c.json({
      items: c.req.query("all") === "true" ? items : items.filter(({ change }) => change !== "none"),
    });
  });

  routes.get(`${base}/applications/:namespace/:name/history`, may("applications", "get"), (c, who) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    return c.json({ items: orNotFound(control.history(who, key), `application ${key}`) });
  });

  /** Applications that are missing from the folders and wait for a person, see the setting `removal`. */
  routes.get(`${base}/removals`, may("applications", "get"), (c, who) =>
    c.json({ waiting: control.waitingRemovals(who) }),
  );

  routes.post(`${base}/removals/approve`, may("applications", "delete"), async (c, who) => {
    const named = appsNamed(await readJson(c.req.raw), "those of /api/holdfast/v1/removals that may leave");
    const answer = await control.approveRemoval(who, named, who.actor);
    if (answer.is === "conflict") throw refused(answer, "removal");
    return c.json({ approved: named });
  });

  routes.get(`${base}/runs`, may("applications", "get"), (c, who) =>
    c.json({ items: control.runs(who, slice(c.req.query())) }),
  );
  routes.get(`${base}/audit`, may("applications", "get"), (c, who) =>
    c.json({ items: control.audits(who, slice(c.req.query())) }),
  );
}

async function pauseRequest(request: Request): Promise<{ of: unknown; why: string }> {
  const body = await readJson(request);
  const { of, why = "" } = isMapping(body) ? body : {};
  if (typeof why !== "string" || why.length > MOST_WHY)
    throw new ApiError("InvalidArgument", `why: expected a text of up to ${MOST_WHY} characters`);
  return { of, why };
}

/** `?app=namespace/name&limit=50`. */
function slice({ app, limit = "50" }: Record<string, string>): { app?: AppKey; limit: number } {
  if (!/^\d{1,6}$/.test(limit))
    throw new ApiError("InvalidArgument", `limit: expected a whole number up to ${MOST_ENTRIES}`);
  const most = Math.min(Number(limit), MOST_ENTRIES);
  if (app === undefined || app === "") return { limit: most };
  return { app: keyNamed(app), limit: most };
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
