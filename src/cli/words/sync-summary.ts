import type { Application } from "../../core/model/application.ts";
import { plainText } from "../terminal/plain-text.ts";
import { table } from "../terminal/table.ts";
import type { Cell, Terminal } from "../terminal/terminal.ts";
import { took } from "./ago.ts";
import { healthOf, isBusy, syncOf } from "./app-words.ts";
import { type SyncRow, syncRows, untouched } from "./sync-rows.ts";
import { why } from "./why.ts";

/** More unchanged objects than that are a number. */
const MOST_UNCHANGED = 12;

/** One line an object, its lane printed where it begins. @param unchanged `all` shows every one of them */
export function rowLines(terminal: Terminal, rows: readonly SyncRow[]): string[] {
  const isQuiet = (row: SyncRow): boolean => row.done === "unchanged" && row.state === "Synced";
  const quiet = rows.filter(isQuiet);
  const shown = quiet.length > MOST_UNCHANGED ? rows.filter((row) => !isQuiet(row)) : rows;
  let lane = "";
  const cells = shown.map((row): Cell[] => {
    const head = row.lane === lane ? "" : row.lane;
    lane = row.lane;
    const state = terminal.state(row.state);
    const sign =
      typeof state === "string"
        ? state
        : { tone: state.tone, text: `${terminal.symbols.state(row.state)} ${row.name}` };
    const isSaid = ["Synced", "Pruned", "PruneSkipped", "Failed", "Waiting"].includes(row.state);
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
  const isGood = state?.phase === "Succeeded";
  if (isBusy(app))
    return `${paint("moving", symbols.state("Running"))} Still running${state?.message ? `: ${plainText(state.message)}` : ""}`;
  const span =
    state?.finishedAt === undefined
      ? ""
      : ` in ${took((healthyAtMs ?? Date.parse(state.finishedAt)) - Date.parse(state.startedAt))}`;
  const dry = state?.operation.sync?.dryRun === true;
  const parts = [
    isGood
      ? `${dry ? "Dry run passed" : standing(app)}${span}`
      : `${state?.phase === "Error" ? "Sync ended with an error" : "Sync failed"}${span}: ${plainText(state?.message ?? "nothing is known of it")}`,
    ...(isGood ? [dry ? "nothing was written" : tally(app)] : []),
    ...(runId === undefined ? [] : [`run ${runId}`]),
    `${url}/#app-${app.metadata.namespace}-${app.metadata.name}`,
  ];
  return `${paint(isGood ? "good" : "bad", isGood ? symbols.done : symbols.failed)} ${parts.filter((part) => part !== "").join(` ${symbols.dot} `)}`;
}

function standing(app: Application): string {
  const [sync, health] = [syncOf(app), healthOf(app)];
  if (sync === "Synced" && health === "Healthy") return "Synced and healthy";
  if (sync === "Synced") return `Synced, ${health}`;
  const reason = why(app);
  return `Applied, ${sync}${reason === "" ? "" : ` (${plainText(reason)})`}`;
}

function tally(app: Application): string {
  const rows = syncRows(app);
  const many = (words: readonly string[]): number =>
    rows.filter(({ done }) => words.some((word) => done.startsWith(word))).length;
  const [created, configured, unchanged, pruned, kept] = [
    many(["created"]),
    many(["configured"]),
    many(["unchanged"]) + untouched(app),
    rows.filter(({ state }) => state === "Pruned").length,
    many(["not pruned"]),
  ];
  return [
    ...(created > 0 ? [`${created} created`] : []),
    `${configured} configured`,
    `${unchanged} unchanged`,
    `${pruned} pruned`,
    ...(kept > 0 ? [`${kept} not pruned`] : []),
  ].join(", ");
}
