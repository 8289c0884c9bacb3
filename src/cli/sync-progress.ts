import type { Application } from "../core/model/application.ts";
import { took } from "../lib/ago.ts";
import { timestamp } from "../lib/timestamp.ts";
import type { CliContext } from "./context.ts";
import { plainText } from "./terminal/plain-text.ts";
import { Region } from "./terminal/region.ts";
import { healthOf, isBusy, nameOf, revisionOf, syncOf } from "./words/app-words.ts";
import { headlineOf, stillWaits } from "./words/headline.ts";
import type { SyncRow } from "./words/sync-row.ts";
import { syncRows, unwellRows } from "./words/sync-rows.ts";
import { rowLines } from "./words/sync-summary.ts";

/** Shows how applications get on, on stderr. */
export interface Progress {
  update(app: Application): void;
  /** What was shown for the moment goes. */
  end(): void;
}

/** Nothing with --quiet, a region on a terminal, lines elsewhere. */
export function createProgress(context: CliContext): Progress {
  if (context.isQuiet) return { update: () => undefined, end: () => undefined };
  return context.err.canRedraw ? regionProgress(context) : lineProgress(context);
}

/** Elapsed time goes on although nothing happens. */
const TICK_MS = 1_000;

function regionProgress(context: CliContext): Progress {
  const region = new Region(context.err);
  const apps = new Map<string, Application>();
  const startedMs = context.now();
  const rowsOf = rowsFollowed();
  const draw = (): void =>
    region.show(
      [...apps.values()].flatMap((app) => appLines(context, app, rowsOf(app), context.now() - startedMs)),
    );
  const ticking = setInterval(draw, TICK_MS);
  return {
    update(app) {
      apps.set(nameOf(app), app);
      draw();
    },
    end() {
      clearInterval(ticking);
      region.clear();
    },
  };
}

/** The rows of an operation that was seen running; without one what is not well. An operation from before is no news. */
function rowsFollowed(): (app: Application) => SyncRow[] {
  const wasBusy = new Set<string>();
  return (app) => {
    // Asked for and not started: the state is still the one of the operation before.
    if (app.operation !== undefined && app.status?.operationState?.phase !== "Running")
      return unwellRows(app);
    if (isBusy(app)) wasBusy.add(nameOf(app));
    return wasBusy.has(nameOf(app)) ? syncRows(app) : unwellRows(app);
  };
}

/** A headline and its objects. */
function appLines(
  { err }: CliContext,
  app: Application,
  rows: readonly SyncRow[],
  elapsedMs: number,
): string[] {
  const state = app.status?.operationState;
  const message = isBusy(app)
    ? app.operation !== undefined && state?.phase !== "Running"
      ? "about to start"
      : (state?.message ?? "")
    : `${syncOf(app)}, ${healthOf(app)}`;
  const head = `${err.paint("moving", err.symbols.state(isBusy(app) ? "Running" : healthOf(app)))} ${err.paint("bold", nameOf(app))}  ${revisionOf(app, state?.syncResult ?? app.status?.sync ?? {})}  ${err.paint("dim", took(elapsedMs))}  ${plainText(message)}`;
  return [head, ...rowLines(err, rows)];
}

/** States that are no words of their own: what was done says it. */
const DONE_SAYS: ReadonlySet<string> = new Set([
  "Synced",
  "Pruned",
  "Going",
  "NotAsked",
  "Running",
  "Succeeded",
]);
const HEARTBEAT_MS = 30_000;

/** One line for each change of state, and a sign of life where nothing changes for long. */
function lineProgress(context: CliContext): Progress {
  const said = new Map<string, string>();
  const last = new Map<string, Application>();
  const rowsOf = rowsFollowed();
  const say = (text: string): void => {
    context.note(`${timestamp(context.now())} ${text}`);
    heart.refresh();
  };
  const heart = setInterval(() => {
    const busy = [...last.values()].map((app) => `${nameOf(app)} ${stillWaits(app)}`);
    if (busy.length > 0) context.note(`${timestamp(context.now())} still waiting: ${busy.join("; ")}`);
  }, HEARTBEAT_MS);
  return {
    update(app) {
      const name = nameOf(app);
      last.set(name, app);
      for (const row of rowsOf(app)) {
        if (row.state === "Waiting") continue;
        const lane = row.lane.replace(/^wave /, "wave=").replace(" ", "-");
        const text = `${lane} ${row.name} ${DONE_SAYS.has(row.state) ? row.done : row.state}${row.detail === "" ? "" : ` ${JSON.stringify(plainText(row.detail))}`}`;
        if (said.get(`${name} ${row.key}`) !== text) say(`app=${name} ${text}`);
        said.set(`${name} ${row.key}`, text);
      }
      const text = headlineOf(app);
      if (said.get(name) !== text) say(`app=${name} ${text}`);
      said.set(name, text);
    },
    end: () => clearInterval(heart),
  };
}
