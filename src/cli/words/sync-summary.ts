import type { Application } from "../../core/model/application.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { took } from "../../lib/ago.ts";
import { plainText } from "../terminal/plain-text.ts";
import { table } from "../terminal/table.ts";
import type { Cell, Terminal } from "../terminal/terminal.ts";
import { healthOf, isBusy, isDryRun, syncOf } from "./app-words.ts";
import { count } from "./count.ts";
import { hookPhaseOf, hookResults } from "./hook-words.ts";
import { pageOf } from "./page-address.ts";
import type { SyncRow } from "./sync-row.ts";
import { notPruned, syncRows, untouched } from "./sync-rows.ts";
import { why, whyOutOfSync } from "./why.ts";

/** More unchanged objects than that are a number. */
const MOST_UNCHANGED = 12;

/** States that stand in what was done already. */
const SAID: ReadonlySet<string> = new Set([
  "Synced",
  "Pruned",
  "Going",
  "PruneSkipped",
  "NotAsked",
  "Failed",
  "Waiting",
  "Running",
  "Succeeded",
]);

/** What a guard says of several objects, and what each of them is told to do about it, stands once. */
function saidOnce(rows: readonly SyncRow[]): SyncRow[] {
  const saidOf = new Map<string, string>();
  return rows.map((row) => {
    if (row.state !== "PruneSkipped" || row.detail === "") return row;
    const sentences = row.detail.split(/(?<=\.) /);
    const news = sentences.filter((sentence) => !saidOf.has(sentence));
    const like = saidOf.get(sentences[0] ?? "");
    for (const sentence of news) saidOf.set(sentence, row.name);
    return { ...row, detail: news.length === 0 ? `as ${like}` : news.join(" ") };
  });
}

/** One line an object, its lane printed where it begins. @param unchanged `all` shows every one of them */
export function rowLines(terminal: Terminal, rows: readonly SyncRow[]): string[] {
  const isQuiet = (row: SyncRow): boolean => row.done === "unchanged" && row.state === "Synced";
  const quiet = rows.filter(isQuiet);
  const shown = saidOnce(quiet.length > MOST_UNCHANGED ? rows.filter((row) => !isQuiet(row)) : rows);
  let lane = "";
  const cells = shown.map((row): Cell[] => {
    const head = row.lane === lane ? "" : row.lane;
    lane = row.lane;
    const state = terminal.state(row.state);
    const sign =
      typeof state === "string"
        ? state
        : { tone: state.tone, text: `${terminal.symbols.state(row.state)} ${row.name}` };
    const isSaid = SAID.has(row.state);
    return [
      { tone: "dim", text: head },
      sign,
      row.done,
      isSaid ? row.detail : [row.state, row.detail].filter((text) => text !== "").join(": "),
    ];
  });
  const columns = [
    { head: "" },
    { head: "", least: 24, shrinks: 2 },
    { head: "" },
    { head: "", least: 16, shrinks: 1 },
  ];
  const lines = cells.length === 0 ? [] : table(terminal, columns, cells, { heads: "none" });
  return shown.length === rows.length
    ? lines
    : [...lines, `  ${terminal.symbols.ellipsis} and ${quiet.length} unchanged`];
}

/**
 * The last line: how it ended, how long it took, what was done, where to look.
 * @param healthyAtMs until when somebody waited beyond the sync's own end
 */
export function endLine(
  { symbols, paint }: Terminal,
  app: Application,
  { runId, url, healthyAtMs }: { runId: number | undefined; url: string; healthyAtMs?: number | undefined },
): string {
  const state = app.status?.operationState;
  if (isBusy(app))
    return `${paint("moving", symbols.state("Running"))} Still running${state?.message ? `: ${plainText(state.message)}` : ""}`;
  const span =
    state?.finishedAt === undefined
      ? ""
      : ` in ${took((healthyAtMs ?? Date.parse(state.finishedAt)) - Date.parse(state.startedAt))}`;
  const isRehearsal = isDryRun(state);
  const end = endOf(app);
  const said =
    end === "failed"
      ? `${failedAs(state)}${span}: ${plainText(reasonOf(app))}`
      : isRehearsal
        ? rehearsal(state?.message ?? "", span)
        : end === "not-pruned"
          ? `Applied, but ${count(notPruned(app), "object")} ${notPruned(app) === 1 ? "was" : "were"} not pruned${span}`
          : end === "nothing"
            ? `${standing(app).replace(/^Applied/, "Nothing was applied")}${span}`
            : `${standing(app)}${span}`;
  const parts = [
    said,
    ...(end === "failed" ? [] : [isRehearsal ? "nothing was written" : tally(app)]),
    ...(runId === undefined ? [] : [`run ${runId}`]),
    pageOf(url, app),
  ];
  const isGood = end === "good";
  if (end === "nothing")
    return `${paint("behind", symbols.warning)} ${parts.filter((part) => part !== "").join(` ${symbols.dot} `)}`;
  return `${paint(isGood ? "good" : "bad", isGood ? symbols.done : symbols.failed)} ${parts.filter((part) => part !== "").join(` ${symbols.dot} `)}`;
}

function endOf(app: Application): "good" | "nothing" | "not-pruned" | "failed" {
  const state = app.status?.operationState;
  if (state?.phase !== "Succeeded") return "failed";
  // Such as where all that differs is another application's.
  const isNothing = !isDryRun(state) && syncOf(app) === "OutOfSync" && !syncRows(app).some(isDone);
  if (isNothing && notPruned(app) === 0) return "nothing";
  return notPruned(app) > 0 ? "not-pruned" : "good";
}

const DONE: ReadonlySet<string> = new Set(["Synced", "Pruned", "Going", "Succeeded", "Running"]);

function isDone({ state }: SyncRow): boolean {
  return DONE.has(state);
}

function failedAs(state: OperationState | undefined): string {
  if (isDryRun(state)) return "Dry run failed";
  return state?.phase === "Error" ? "Sync ended with an error" : "Sync failed";
}

/** What the rows have said already of their objects is not said again. */
function reasonOf(app: Application): string {
  const message = app.status?.operationState?.message ?? "nothing is known of it";
  return syncRows(app)
    .filter(({ state, detail }) => state === "Failed" && detail !== "")
    .reduce((text, { detail }) => text.replaceAll(`: ${detail}`, ""), message);
}

/** @param message `dry run: 1 would pass, 3 could not be asked yet` */
function rehearsal(message: string, span: string): string {
  const what = message.replace(/^dry run: /, "");
  return what === "" || what === "everything would pass"
    ? `Dry run passed${span}`
    : `Dry run${span}: ${plainText(what)}`;
}

function standing(app: Application): string {
  const [sync, health] = [syncOf(app), healthOf(app)];
  if (sync === "Synced" && health === "Healthy") return "Synced and healthy";
  if (sync === "Synced") return `Synced, ${health}`;
  const reason = sync === "OutOfSync" ? whyOutOfSync(app) : why(app);
  return `Applied, ${sync}${reason === "" ? "" : ` (${plainText(reason)})`}`;
}

function tally(app: Application): string {
  const rows = syncRows(app);
  const many = (words: readonly string[]): number =>
    rows.filter(({ done }) => words.some((word) => done.startsWith(word))).length;
  const inState = (word: string): number => rows.filter(({ state }) => state === word).length;
  const hooks = hookResults(app).filter((one) => hookPhaseOf(one) === "Succeeded").length;
  const [created, configured, unchanged, pruned, going, kept] = [
    many(["created"]),
    many(["configured"]),
    many(["unchanged"]) + untouched(app),
    inState("Pruned"),
    inState("Going"),
    many(["not pruned"]),
  ];
  return [
    ...(created > 0 ? [`${created} created`] : []),
    `${configured} configured`,
    `${unchanged} unchanged`,
    `${pruned} pruned`,
    ...(going > 0 ? [`${going} being deleted`] : []),
    ...(kept > 0 ? [`${kept} not pruned`] : []),
    ...(hooks > 0 ? [`${count(hooks, "hook")} completed`] : []),
  ].join(", ");
}
