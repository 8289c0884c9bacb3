import type { Asker } from "../core/access/asker.ts";
import { CSV_HEAD, csvOf } from "../core/activity/csv.ts";
import { type ActivityEntry, type ActivityQuery, parseHead } from "../core/model/activity.ts";
import { canonicalJson } from "../lib/canonical-json.ts";
import { csvLine } from "../lib/csv.ts";
import { defined } from "../lib/defined.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ApiError, errorLine, notFound } from "./api-error.ts";
import type { ApiContext } from "./context.ts";
import { keyNamed } from "./find-app.ts";
import { OpenPlaces } from "./open-places.ts";
import { may, type Routes } from "./routes.ts";
import { ACTIVITY_ENTRY, ERROR_LINE } from "./terms/answers.ts";
import { eitherOf, json, lines, plain } from "./terms/terms.ts";
import { choice, type FieldsOf, list, oneOf, optional, text, told, whole } from "./terms/wire.ts";

const MOST_ENTRIES = 1_000;
const CSV_TYPE = "text/csv";
/** Of an export: as many as are read and sent at once. */
const ENTRIES_A_CHUNK = 200;
/** Exports. */
const PLACES = { all: 20, each: 3, kept: 4 };
const OUTCOMES = ["done", "refused", "failed"] as const;
const TERM = { most: 300 };
const TIME = {
  pattern: /^\d{4}-\d\d-\d\d/,
  expected: "a time such as 2026-11-23T04:00:00Z",
};
const QUERY = {
  since: optional(text({ ...TIME, says: "The first moment that counts." })),
  until: optional(text({ ...TIME, says: "The first moment that does not count any more." })),
  actor: optional(text({ ...TERM, says: "As entries say it, or without `user:`." })),
  action: optional(text(TERM)),
  app: optional(text({ ...TERM, says: "`namespace/name`." })),
  project: optional(text(TERM)),
  outcome: optional(choice(OUTCOMES)),
  text: optional(text({ ...TERM, says: "Stands somewhere in the entry, in whatever case." })),
  limit: optional(whole({ least: 1, says: "Default 50, at most 1000." })),
  cursor: optional(whole({ least: 1, says: "As the page before tells it." })),
  format: optional(
    choice(
      ["json", "ndjson", "csv"],
      "`ndjson` and `csv`: all of it, the oldest first, as `Accept` may ask too.",
    ),
  ),
};
type Asked = FieldsOf<typeof QUERY>;
const LIST = {
  id: "listActivity",
  says: "Who did what, the newest first; as NDJSON or CSV all of it that fits the filter, the oldest first.",
  asks: may("applications", "get"),
  query: QUERY,
  answers: eitherOf(
    json(
      told({
        items: list(ACTIVITY_ENTRY),
        cursor: optional(text({ says: "For the next page; absent on the last one." })),
      }),
    ),
    lines(oneOf(ACTIVITY_ENTRY, ERROR_LINE)),
    plain("A line for each; one that begins with `error` says why not all are there.", { type: CSV_TYPE }),
  ),
} as const;
const VERIFY = {
  id: "verifyActivity",
  says: "Whether all entries are as they were written.",
  asks: may("applications", "get"),
  query: {
    anchor: optional(
      text({
        empty: "kept",
        pattern: /^(\d{1,15}:)?[0-9a-fA-F]{64}$/,
        expected: "SEQ:HASH, or the hash alone, 64 hex digits",
        says: "A head that was noted elsewhere: it must be among the entries.",
      }),
    ),
  },
  answers: json(
    oneOf(
      told({
        is: choice(["whole"]),
        verified: whole({ says: "Entries that are as they were written." }),
        first: optional(whole()),
        head: optional(told({ seq: whole(), hash: text() })),
      }),
      told({
        is: choice(["broken"]),
        verified: whole(),
        seq: whole({ says: "The first entry that is not as it was written, or is missing." }),
        why: text(),
      }),
    ),
  ),
} as const;
const GET = {
  id: "getActivityEntry",
  says: "One entry of the activity.",
  asks: may("applications", "get"),
  answers: json(ACTIVITY_ENTRY),
} as const;

type Filter = Omit<ActivityQuery, "order" | "beyond" | "limit">;

/**
 * `/api/holdfast/v1/activity`: who did what, the newest first, with a `cursor` for the next page; as NDJSON or CSV all of it
 * that fits the filter, the oldest first, each line with the hash that `/activity/verify` looks at.
 */
export function activityRoutes(routes: Routes, { control }: Pick<ApiContext, "control">): void {
  const base = "/api/holdfast/v1/activity";
  const places = new OpenPlaces("exports are being read", PLACES);

  routes.get(base, LIST, (c, who, { query }) => {
    const filter = filterIn(query);
    const form = formOf(query.format, c.req.header("accept") ?? "");
    if (form !== undefined) return exported(who, filter, control, c.req.raw, places, form);
    const limit = Math.min(query.limit ?? 50, MOST_ENTRIES);
    const items = control.activity(who, {
      ...filter,
      ...defined({ beyond: query.cursor }),
      order: "newest-first",
      limit: limit + 1,
    });
    const page = items.slice(0, limit);
    return c.json({ items: page, ...(items.length > limit ? { cursor: String(page.at(-1)?.seq) } : {}) });
  });

  routes.get(`${base}/verify`, VERIFY, async (c, who, { query: { anchor } }) => {
    const noted = anchor === undefined ? undefined : parseHead(anchor);
    return c.json(await control.verifyActivity(who, noted, c.req.raw.signal));
  });

  routes.get(`${base}/:seq`, GET, (c, who) => {
    const text = c.req.param("seq");
    const seq = /^\d{1,15}$/.test(text) ? Number(text) : 0;
    const [entry] =
      seq < 1 ? [] : control.activity(who, { order: "oldest-first", beyond: seq - 1, limit: 1 });
    if (entry?.seq !== seq) throw notFound(`entry ${text} of the activity`);
    return c.json(entry);
  });
}

/**
 * Read as it is taken: whoever is slow keeps a page in memory, and no more. Where the right to it ends meanwhile, a last line,
 * `{"error":{…}}` or one that begins with `error`, says so: what was cut off does not look whole.
 */
function exported(
  who: Asker,
  filter: Filter,
  control: ApiContext["control"],
  { method, signal }: Request,
  places: OpenPlaces,
  { type, head, line, error }: Form,
): Response {
  const headers = { "content-type": type, "x-accel-buffering": "no" };
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
      const start = isFirst ? head : "";
      try {
        if (!isFirst) next = chunk(next.at(-1)?.seq ?? 0);
        isFirst = false;
      } catch (cause) {
        leave();
        if (!(cause instanceof ApiError)) throw cause;
        controller.enqueue(encoder.encode(error(cause)));
        return controller.close();
      }
      if (start !== "" || next.length > 0)
        return controller.enqueue(encoder.encode(start + next.map(line).join("")));
      leave();
      controller.close();
    },
    cancel: leave,
  });
  return new Response(body, { headers });
}

/** How an export is written. */
interface Form {
  type: string;
  /** Before all entries, with its line end; "" where there is none. */
  head: string;
  line(entry: ActivityEntry): string;
  error(cause: ApiError): string;
}

const NDJSON: Form = {
  type: "application/x-ndjson",
  head: "",
  line: (entry) => `${canonicalJson(entry)}\n`,
  error: (cause) => `${JSON.stringify(errorLine(cause))}\n`,
};
const CSV: Form = {
  type: `${CSV_TYPE}; charset=utf-8`,
  head: csvLine(CSV_HEAD),
  line: csvOf,
  error: (cause) => csvLine(["error", cause.message]),
};

function formOf(format: Asked["format"], accept: string): Form | undefined {
  if (format === "csv" || (format === undefined && /\btext\/csv\b/.test(accept))) return CSV;
  return format === "ndjson" || /\bapplication\/x-ndjson\b/.test(accept) ? NDJSON : undefined;
}

/** @throws {ApiError} */
function filterIn({ since, until, actor, action, app, project, outcome, text }: Asked): Filter {
  return defined({
    since: timeIn("since", since),
    until: timeIn("until", until),
    ...{ actor, action, project, outcome, text },
    app: app === undefined ? undefined : keyNamed(app),
  });
}

function timeIn(name: string, written: string | undefined): string | undefined {
  if (written === undefined) return undefined;
  const at = Date.parse(written);
  if (Number.isNaN(at)) throw new ApiError("InvalidArgument", `query: ${name}: expected ${TIME.expected}`);
  return timestamp(at);
}
