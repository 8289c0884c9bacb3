import type { Asker } from "../core/access/asker.ts";
import { matcher, type Pattern, parseQuery } from "../core/model/app-query.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { ManagedResource } from "../engine/control.ts";
import { compileGoRegexp } from "../lib/go-regexp.ts";
import { hashText } from "../lib/hash.ts";
import { pauses } from "../lib/in-steps.ts";
import { ApiError, fromThrown } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { difference } from "./difference.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { ERROR, REF } from "./terms/answers.ts";
import { lines } from "./terms/terms.ts";
import { choice, list, oneOf, optional, text, told, whole } from "./terms/wire.ts";
import { unhurried } from "./unhurried.ts";

const PLACES = { all: 10, each: 2, kept: 2 };
/** Applications that are compared at once: each may ask its cluster for every object that differs. */
const AT_ONCE = 4;
/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** Who takes nothing of what is there for so long holds a place that somebody else would use. */
const STALLED_MS = 60_000;
const MOST_OBJECTS = 100;
const MOST_FIELDS = 50;
/** Characters of a value. */
const WIDEST = 200;

const FIELD = told({
  path: text(),
  live: optional(text({ says: "As JSON, cut where it is long." })),
  desired: optional(text()),
  id: optional(text({ says: "Of both values, where one was cut: equal ones have equal ids." })),
});
const FLEET_DIFF = {
  id: "getFleetDifferences",
  says: "What differs of each application that is out of sync and found by a query, as it is compared.",
  asks: may("applications", "get"),
  query: { q: optional(text({ most: 1_000, says: "As the list of the page is searched; default all." })) },
  answers: lines(
    oneOf(
      told({ is: choice(["begin"]), applications: whole({ says: "That will be told of." }) }),
      told({
        is: choice(["application"]),
        application: text({ says: "`namespace/name`." }),
        objects: list(
          told({
            ...REF,
            change: choice(["create", "change", "prune", "unknown"]),
            fields: list(FIELD),
            more: optional(whole({ says: "Fields that are not told." })),
          }),
        ),
        more: optional(whole({ says: "Objects that are not told." })),
      }),
      told({ is: choice(["failed"]), application: text(), why: text() }),
      told({ is: choice(["gone"]), application: text({ says: "It is not there any more, or not yours." }) }),
      told({ is: choice(["end"]) }),
      told({ is: choice(["error"]), error: ERROR }),
    ),
  ),
} as const;

/** `/api/holdfast/v1/fleet/diff`: one JSON text a line, until all are told or whoever asks is gone. */
export function fleetDiffRoutes(routes: Routes, { control }: Pick<ApiContext, "control">): void {
  const places = new OpenPlaces("comparisons of many are under way", PLACES);

  const lineOf = async (who: Asker, application: AppKey): Promise<object> => {
    try {
      const found = await control.managedResources(who, application);
      return found.is === "absent" ? { is: "gone", application } : { application, ...objectsOf(found.value) };
    } catch (cause) {
      // Who may not ask any more is told that, and nothing more.
      if (cause instanceof ApiError && cause.http === 401) throw cause;
      return { is: "failed", application, why: fromThrown(cause).body.message };
    }
  };

  routes.get("/api/holdfast/v1/fleet/diff", FLEET_DIFF, async (c, who, { query: { q = "" } }) => {
    const query = parseQuery(q, inProportion);
    if (query.faults.length > 0) throw new ApiError("InvalidArgument", `q: ${query.faults.join(", ")}`);
    const headers = { "content-type": "application/x-ndjson", "x-accel-buffering": "no" };
    if (c.req.method === "HEAD") return new Response(null, { headers });
    const leave = places.take(who);
    const request = c.req.raw;
    let keys: AppKey[];
    try {
      keys = await foundBy(
        control.applications(who),
        matcher(query, { favourites: new Set(), nowMs: Date.now() }),
        request.signal,
      );
    } catch (cause) {
      leave();
      throw cause;
    }
    const hurry = unhurried(c.env.server, request);
    const encoder = new TextEncoder();
    let isOver = false;
    let keepalive: Timer | undefined;
    const end = (): void => {
      isOver = true;
      clearInterval(keepalive);
      leave();
      hurry();
    };
    request.signal.addEventListener("abort", end, { once: true });
    if (request.signal.aborted) end();
    let pulled = 0;
    let pulledBefore = 0;
    const waiting: Promise<object>[] = [];
    const ahead = (): void => {
      while (waiting.length < AT_ONCE) {
        const key = keys.shift();
        if (key === undefined) return;
        const line = lineOf(who, key);
        // Whoever reads the stream hears of it.
        line.catch(() => undefined);
        waiting.push(line);
      }
    };
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (isOver) return controller.close();
        const line = { is: "begin", applications: keys.length };
        controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
        let untakenMs = 0;
        keepalive = setInterval(() => {
          if (isOver) return;
          if ((controller.desiredSize ?? 0) > 0) {
            untakenMs = 0;
            return controller.enqueue(encoder.encode("\n"));
          }
          untakenMs = pulled === pulledBefore ? untakenMs + KEEPALIVE_MS : 0;
          pulledBefore = pulled;
          if (untakenMs < STALLED_MS) return;
          end();
          waiting.length = 0;
          controller.error(new Error("the comparison was read no further"));
        }, KEEPALIVE_MS);
      },
      async pull(controller) {
        pulled += 1;
        if (isOver) return controller.close();
        ahead();
        try {
          const line = (await waiting.shift()) ?? { is: "end" };
          if (isOver) return;
          controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
          if (!("application" in line)) {
            end();
            controller.close();
          }
        } catch (cause) {
          if (isOver) return;
          end();
          const line = { is: "error", error: fromThrown(cause).body };
          controller.enqueue(encoder.encode(`${JSON.stringify(line)}\n`));
          controller.close();
        }
      },
      cancel: end,
    });
    return new Response(body, { headers });
  });
}

/** A pattern of somebody else's takes time in proportion to the text, whatever it is. */
function inProportion(expression: string): Pattern | undefined {
  const compiled = compileGoRegexp(`(?i)${expression}`);
  return compiled.ok ? { test: (text) => compiled.finds(text) } : undefined;
}

async function foundBy(
  apps: readonly Application[],
  matches: (app: Application) => boolean,
  signal: AbortSignal,
): Promise<AppKey[]> {
  const pause = pauses();
  const keys: AppKey[] = [];
  for (const app of apps) {
    await pause();
    if (signal.aborted) throw new ApiError("Unavailable", "the comparison was left");
    if (app.status?.sync.status === "OutOfSync" && matches(app)) keys.push(keyOfApp(app));
  }
  return keys;
}

function objectsOf(resources: readonly ManagedResource[]): object {
  const differing = resources.map(difference).filter(({ change }) => change !== "none");
  const left = differing.length - MOST_OBJECTS;
  return {
    is: "application",
    objects: differing.slice(0, MOST_OBJECTS).map(({ group, kind, namespace, name, change, fields }) => ({
      ...{ group, kind, namespace, name, change },
      fields: fields.slice(0, MOST_FIELDS).map(({ path, live, desired }) => fieldOf(path, live, desired)),
      ...(fields.length > MOST_FIELDS ? { more: fields.length - MOST_FIELDS } : {}),
    })),
    ...(left > 0 ? { more: left } : {}),
  };
}

function fieldOf(path: string, live: unknown, desired: unknown): object {
  const [was, becomes] = [JSON.stringify(live), JSON.stringify(desired)];
  const isLong = (value: string | undefined): boolean => value !== undefined && value.length > WIDEST;
  const short = (value: string | undefined): string | undefined =>
    value !== undefined && isLong(value) ? `${value.slice(0, WIDEST)}…` : value;
  return {
    path,
    live: short(was),
    desired: short(becomes),
    ...(isLong(was) || isLong(becomes) ? { id: hashText(`${was}\n${becomes}`) } : {}),
  };
}
