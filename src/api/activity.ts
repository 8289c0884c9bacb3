import type { Asker } from "../core/access/asker.ts";
import { type ActivityEntry, type ActivityQuery, parseHead } from "../core/model/activity.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError, errorLine, notFound } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyNamed } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";

const MOST_ENTRIES = 1_000;
/** Of an export: as many as are read and sent at once. */
const ENTRIES_A_CHUNK = 200;
/** Exports. */
const PLACES = { all: 20, each: 3, kept: 4 };
const MOST_CHARACTERS = 300;
const FILTERS = [
  ...["since", "until", "actor", "action", "app", "project", "outcome", "text"],
  ...["limit", "cursor", "format"],
];
const OUTCOMES = ["done", "refused", "failed"] as const;

type Filter = Omit<ActivityQuery, "order" | "beyond" | "limit">;

/**
 * `/api/holdfast/v1/activity`: who did what, the newest first, with a `cursor` for the next page; as NDJSON all of it that
 * fits the filter, the oldest first, each line with the hash that `/activity/verify` looks at.
 */
export function activityRoutes(routes: Routes, { control }: Pick<ApiContext, "control">): void {
  const base = "/api/holdfast/v1/activity";
  const places = new OpenPlaces("exports are being read", PLACES);

  routes.get(base, may("applications", "get"), (c, who) => {
    const asked = c.req.query();
    const filter = filterIn(asked);
    if (asked["format"] === "ndjson" || /\bapplication\/x-ndjson\b/.test(c.req.header("accept") ?? ""))
      return exported(who, filter, control, c.req.raw, places);
    const limit = Math.min(numberIn(asked, "limit") ?? 50, MOST_ENTRIES);
    const items = control.activity(who, {
      ...filter,
      ...defined({ beyond: numberIn(asked, "cursor") }),
      order: "newest-first",
      limit: limit + 1,
    });
    const page = items.slice(0, limit);
    return c.json({ items: page, ...(items.length > limit ? { cursor: String(page.at(-1)?.seq) } : {}) });
  });

  /** `?anchor=SEQ:HASH`: a head that was noted elsewhere must be among the entries. */
  routes.get(`${base}/verify`, may("applications", "get"), async (c, who) => {
    const text = c.req.query("anchor");
    const noted = text === undefined ? undefined : parseHead(text);
    if (text !== undefined && noted === undefined)
      throw new ApiError("InvalidArgument", "anchor: expected SEQ:HASH, or the hash alone, 64 hex digits");
    return c.json(await control.verifyActivity(who, noted, c.req.raw.signal));
  });

  routes.get(`${base}/:seq`, may("applications", "get"), (c, who) => {
    const text = c.req.param("seq");
    const seq = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    const [entry] =
      seq < 1 ? [] : control.activity(who, { order: "oldest-first", beyond: seq - 1, limit: 1 });
    if (entry?.seq !== seq) throw notFound(`entry ${text} of the activity`);
    return c.json(entry);
  });
}

/**
 * Read as it is taken: whoever is slow keeps a page in memory, and no more. Where the right to it ends meanwhile, a last line
 * `{"error":{…}}` says so: what was cut off does not look whole.
 */
function exported(
  who: Asker,
  filter: Filter,
  control: ApiContext["control"],
  { method, signal }: Request,
  places: OpenPlaces,
): Response {
  const headers = { "content-type": "application/x-ndjson", "x-accel-buffering": "no" };
  // Nobody would ever read or cancel the body of a HEAD.
  if (method === "HEAD") return new Response(null, { headers });
  const encoder = new TextEncoder();
  const leave = places.take(who);
  signal.addEventListener("abort", leave, { once: true });
  const chunk = (beyond: number): ActivityEntry[] =>
    control.activity(who, { ...filter, order: "oldest-first", beyond, limit: ENTRIES_A_CHUNK });
  let next: ActivityEntry[];
  try {
    next = chunk(0);
  } catch (cause) {
    leave();
    throw cause;
  }
  let isFirst = true;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      try {
        if (!isFirst) next = chunk(next.at(-1)?.seq ?? 0);
        isFirst = false;
      } catch (cause) {
        leave();
        if (!(cause instanceof ApiError)) throw cause;
        controller.enqueue(encoder.encode(`${JSON.stringify(errorLine(cause))}\n`));
        return controller.close();
      }
      if (next.length > 0) return controller.enqueue(encoder.encode(next.map(lineOf).join("")));
      leave();
      controller.close();
    },
    cancel: leave,
  });
  return new Response(body, { headers });
}

function lineOf(entry: ActivityEntry): string {
  return `${canonicalJson(entry)}\n`;
}

/** @throws {ApiError} */
function filterIn(asked: Readonly<Record<string, string>>): Filter {
  const unknown = Object.keys(asked).find((name) => !FILTERS.includes(name));
  if (unknown !== undefined)
    throw new ApiError(
      "InvalidArgument",
      `${unknown}: there is no such filter. There are ${FILTERS.join(", ")}`,
    );
  const text = (name: string): string | undefined => {
    const value = asked[name];
    if (value === undefined || value === "") return undefined;
    if (value.length <= MOST_CHARACTERS) return value;
    throw new ApiError("InvalidArgument", `${name}: expected at most ${MOST_CHARACTERS} characters`);
  };
  const outcome = OUTCOMES.find((each) => each === asked["outcome"]);
  if (text("outcome") !== undefined && outcome === undefined)
    throw new ApiError("InvalidArgument", `outcome: expected ${OUTCOMES.join(", ")}`);
  const app = text("app");
  return defined({
    since: timeIn("since", text("since")),
    until: timeIn("until", text("until")),
    actor: text("actor"),
    action: text("action"),
    app: app === undefined ? undefined : keyNamed(app),
    project: text("project"),
    outcome,
    text: text("text"),
  });
}

function timeIn(name: string, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new ApiError("InvalidArgument", `${name}: expected a time such as 2026-11-23T04:00:00Z`);
  return timestamp(at);
}

function numberIn(asked: Readonly<Record<string, string>>, name: string): number | undefined {
  const text = asked[name];
  if (text === undefined || text === "") return undefined;
  if (!/^[1-9]\d{0,14}$/.test(text))
    throw new ApiError("InvalidArgument", `${name}: expected a whole number from 1`);
  return Number(text);
}
