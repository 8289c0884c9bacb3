import { type Application, keyOfApp } from "../core/model/application.ts";
import { type ChangesToList, LISTED_COLUMNS } from "../core/model/listed-application.ts";
import type { AppEvent } from "../engine/control.ts";
import type { ApiContext } from "./context.ts";
import { changedSince, ListRows } from "./list-rows.ts";
import { OpenStreams } from "./open-stream.ts";
import { PackedRows } from "./packed-rows.ts";
import { may, type Routes } from "./routes.ts";
import { json, lines } from "./terms/terms.ts";
import { anything, list, map, optional, text, told, whole } from "./terms/wire.ts";

/** Applications that change more often than this are told once. */
const GATHER_MS = 100;
/** So that a line stays small enough for whoever reads slowly. */
const MOST_ROWS = 1_000;
const HEAD = `{"columns":${JSON.stringify(LISTED_COLUMNS)},"rows":[`;
const FOOT = "]}";

const LIST = {
  id: "listRows",
  says: "Every application as a list shows it, a row each; the header `holdfast-at` says as of when.",
  asks: may("applications", "get"),
  answers: json(
    told({
      columns: list(text(), { says: "What stands in a row after its version." }),
      rows: list(list(anything()), { says: "The version first: another one whenever anything changed." }),
    }),
  ),
} as const;

const FOLLOW = {
  id: "followRows",
  says: "What changes in that list, gathered: ask for the list once the first empty line came.",
  asks: may("applications", "get"),
  answers: lines(
    told({
      from: optional(whole({ says: "It follows on what was told until then." })),
      to: optional(
        whole({ says: "Until when this tells. What is not after the list's own time is in the list." }),
      ),
      put: optional(list(list(anything()), { says: "New rows, whole." })),
      set: optional(map(map(anything()), { says: "By `namespace/name`, the columns that changed." })),
      gone: optional(list(text(), { says: "`namespace/name`." })),
      error: optional(anything("Why nothing more is told.")),
    }),
    ["application/json"],
  ),
} as const;

/** `/api/holdfast/v1/list` and `…/stream/list`: what the page shows of thousands, and no more of each than it shows. */
export function listRoutes(routes: Routes, { control }: ApiContext): void {
  const rows = new ListRows();
  const streams = new OpenStreams();
  const packed = new PackedRows();
  const changesOf = (app: Application): ChangesToList => ({
    changed: control.changeOf(app),
    newest: control.newestOf(app),
  });

  routes.get("/api/holdfast/v1/list", LIST, async (c, who) => {
    const of = rows.ofAll(control.applications(who), changesOf);
    const headers = {
      "content-type": "application/json",
      // After all rows that are in it, and before whatever changes from here on.
      "holdfast-at": String(rows.tick()),
      vary: "accept-encoding",
    };
    if (!/\bgzip\b/.test(c.req.header("accept-encoding") ?? ""))
      return c.body(`${HEAD}${of.map((row) => row.text).join(",")}${FOOT}`, 200, headers);
    const bytes = await packed.packed(HEAD, of, FOOT);
    return c.body(bytes, 200, { ...headers, "content-encoding": "gzip" });
  });

  routes.get("/api/holdfast/v1/stream/list", FOLLOW, (c, who) => {
    // A row that is made later counts as changed, whole.
    rows.ofAll(control.applications(who), changesOf);
    let from = rows.tick();
    let base = from;
    return streams.open<AppEvent>(c, {
      keyOf: ({ app }) => keyOfApp(app),
      first: () => [],
      follow: (listener, over) => control.onEvent(who, listener, over),
      wanted: ({ type, app }) => {
        // Its row is made when it changes, so that what comes later is after it.
        if (type === "DELETED") rows.gone(keyOfApp(app));
        else rows.of(app, changesOf(app));
        return true;
      },
      gather: { ms: GATHER_MS, most: MOST_ROWS },
      lines(events, waiting) {
        const to = rows.tick();
        const of = (type: AppEvent["type"]) => events.filter((event) => event.type === type);
        const frame = {
          ...{ from, to },
          put: of("ADDED").map(({ app }) => JSON.parse(rows.of(app, changesOf(app)).text) as unknown),
          set: Object.fromEntries(
            of("MODIFIED").map(({ app }) => [
              keyOfApp(app),
              changedSince(rows.of(app, changesOf(app)), base),
            ]),
          ),
          gone: of("DELETED").map(({ app }) => keyOfApp(app)),
        };
        from = to;
        // What waits beyond this line changed after the last time that nothing waited.
        if (waiting === 0) base = to;
        return [frame];
      },
    });
  });
}
