import type { AppKey, Application } from "../core/model/application.ts";
import { keyOfSet, type SetKey } from "../core/model/application-set.ts";
import { endOfPause, sayPause, strictest } from "../core/model/daemon-pause.ts";
import type { Problem } from "../core/model/problem.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { ShownSet } from "../sets/control.ts";
import { ApiError, notFound, refused } from "./api-error.ts";
import type { ApiContext, Router, Trouble } from "./context.ts";
import { difference } from "./difference.ts";
import { appsNamed, keyFrom, keyNamed, orNotFound } from "./find-app.ts";
import { readJson } from "./read-json.ts";

const MOST_ENTRIES = 1_000;
/** Characters: it stands in a condition of every application that waits. */
const MOST_WHY = 500;

/** `/api/holdfast/v1`: what Argo CD's API has no place for. */
export function holdfastRoutes(
  router: Router,
  { control, sets, version, actor, troubles }: ApiContext,
): void {
  const base = "/api/holdfast/v1";

  const problemsOf = (all: readonly Trouble[]): Problem[] => [
    ...all.map(({ problem }) => problem),
    ...control.problems(),
    ...(sets?.problems() ?? []),
  ];

  const pauses = () =>
    control.pauses().map((pause) => ({ ...pause, text: `${sayPause(pause)}. ${endOfPause(pause)}` }));

  router.get(`${base}/status`, (c) => {
    const apps = control.applications();
    const paused = strictest(control.pauses());
    const isStopped = troubles().some(({ stops }) => stops === "writing");
    return c.json({
      version: version.version,
      commit: version.commit,
      ready: control.ready() && !isStopped,
      state: isStopped
        ? "stopped"
        : paused?.of === "writes"
          ? "paused"
          : control.ready()
            ? "ready"
            : "starting",
      pauses: pauses(),
      sandbox: version.sandbox,
      applications: { total: apps.length, sync: count(apps, syncOf), health: count(apps, healthOf) },
      ...(sets === undefined ? {} : { applicationSets: countSets(sets.sets()) }),
      clusters: control
        .clusters()
        .map(({ name, server, connection, kubeVersion }) => ({ name, server, kubeVersion, connection })),
      // Pauses stand beside them, with who said so.
      problems: problemsOf(troubles().filter(({ what }) => what !== "pause")),
    });
  });

  router.get(`${base}/pauses`, (c) => c.json({ items: pauses() }));

  /** `{"of": "deletions" | "writes", "why": "…"}`: the emergency brake of the whole daemon. */
  router.post(`${base}/pauses`, async (c) => {
    const { of, why } = await pauseRequest(c.req.raw);
    if (of !== "deletions" && of !== "writes")
      throw new ApiError("InvalidArgument", "of: must be deletions or writes");
    control.pause({ of, why, actor });
    return c.json({ items: pauses() });
  });

  /** Takes back what was posted; `items` is what still holds, for the config or for the environment. */
  router.post(`${base}/pauses/resume`, async (c) => {
    const { why } = await pauseRequest(c.req.raw);
    control.resume({ why, actor });
    return c.json({ items: pauses() });
  });

  router.get(`${base}/problems`, (c) => c.json({ items: problemsOf(troubles()) }));

  router.get(`${base}/applications/:namespace/:name`, (c) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const [origin, application] = [control.origin(key), control.application(key)];
    if (origin === undefined || application === undefined) throw notFound(`application ${key}`);
    return c.json({ origin, application });
  });

  /** Objects that a sync would change, field by field, with who set what is there. `?all=true` gives the others too. */
  router.get(`${base}/applications/:namespace/:name/diff`, async (c) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    const resources = orNotFound(await control.managedResources(key), `application ${key}`);
    const items = resources.map(difference);
    return c.json({
      items: c.req.query("all") === "true" ? items : items.filter(({ change }) => change !== "none"),
    });
  });

  router.get(`${base}/applications/:namespace/:name/history`, (c) => {
    const key = keyFrom(c.req.param("namespace"), c.req.param("name"));
    return c.json({ items: orNotFound(control.history(key), `application ${key}`) });
  });

  /** Applications that are missing from the folders and wait for a person, see the setting `removal`. */
  router.get(`${base}/removals`, (c) => c.json({ waiting: control.waitingRemovals() }));

  router.post(`${base}/removals/approve`, async (c) => {
    const named = appsNamed(await readJson(c.req.raw), "those of /api/holdfast/v1/removals that may leave");
    const answer = await control.approveRemoval(named, actor);
    if (answer.is === "conflict") throw refused(answer, "removal");
    return c.json({ approved: named });
  });

  router.get(`${base}/runs`, (c) => c.json({ items: control.runs(slice(c.req.query())) }));
  router.get(`${base}/audit`, (c) => c.json({ items: control.audits(slice(c.req.query())) }));
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
