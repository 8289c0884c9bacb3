/** What became of an application, as one list: deployments, syncs, what was healed, edits, holds. */
import {
  type DriftLine,
  driftBy,
  driftLines,
  driftWords,
  healerWords,
  isAfterDeployment,
} from "../../core/model/drift-lines.ts";
import type { OperationState } from "../../core/model/operation.ts";
import type { Transition, TransitionKind } from "../../core/model/transition.ts";
import { messageOf, shortOf } from "./app-words.ts";
import { fieldChanges } from "./application-edit.ts";
import type { DeploymentLine } from "./deployment-words.ts";

export const KINDS = ["deployment", "sync", "health", "drift", "edit", "hold", "other"] as const;
export type Kind = (typeof KINDS)[number];
export const KIND_WORDS: Readonly<Record<Kind, string>> = {
  deployment: "Deployments",
  sync: "Other syncs",
  health: "Health",
  drift: "Drift",
  edit: "Edits",
  hold: "Holds",
  other: "Other actions",
};

/** As `/api/holdfast/v1/runs` has it. */
export interface Run {
  id: number;
  cause: string;
  state: OperationState;
}

/** Of `/api/holdfast/v1/transitions`, what no run and no deed tells. */
export const TOLD_KINDS = [
  "health-degraded",
  "health-recovered",
  "drift-found",
  "drift-healed",
  "prune-blocked",
] as const satisfies readonly TransitionKind[];

/** As `/api/holdfast/v1/transitions` has it. */
export type TransitionEntry = Pick<
  Transition,
  "seq" | "kind" | "at" | "count" | "first" | "why" | "changes" | "run" | "cause" | "by"
>;

/** As `/api/holdfast/v1/activity` has it. */
export interface Entry {
  seq: number;
  /** RFC 3339. */
  at: string;
  actor: string;
  action: string;
  reason?: string;
  outcome?: { is: string; why?: string };
  before?: unknown;
  after?: unknown;
}

export interface TimelineRow {
  key: string;
  /** RFC 3339. */
  at: string;
  kind: Kind;
  /** Looked for as one of these too. */
  also?: Kind;
  what: string;
  /** A state's word, where it came to one that is worth a look. */
  state?: string;
  /** What it was of, or what came of it. */
  words: string;
  by: string;
  why: string;
  line?: DeploymentLine;
  /** The run that tells more. */
  run?: number;
  /** Of several at once, how often, and since when: RFC 3339. */
  times?: { count: number; first: string };
}

export interface Known {
  deployments: readonly DeploymentLine[];
  runs: readonly Run[];
  entries: readonly Entry[];
  transitions: readonly TransitionEntry[];
  /** Whether there are older entries that were not asked for: what is older than these would have holes. */
  older: "none" | "some";
}

/** The newest first. */
export function timelineOf({ deployments, runs, entries, transitions, older }: Known): TimelineRow[] {
  const deployedAt = new Set(deployments.map(({ at }) => at));
  const { lines, told } = driftLines(transitions);
  // Of one second the first of these is the newest: a heal is of what was changed, and that of what was deployed.
  const rows = [
    // A deployment is the run that made it.
    ...runs
      .filter(
        ({ state }) => state.phase !== "Succeeded" || !deployedAt.has(state.finishedAt ?? state.startedAt),
      )
      .map(runRow),
    ...lines.filter(isAfterDeployment).map(changeRow),
    ...deployments.map(deploymentRow),
    ...entries.filter((entry) => !isToldByRun(entry)).map(entryRow),
    ...lines.filter((line) => !isAfterDeployment(line)).map(changeRow),
    // What somebody changed in the cluster tells by itself whether that was healed; else the heal is a row of its own.
    ...transitions.filter(({ seq, kind }) => kind !== "drift-found" && !told.has(seq)).flatMap(transitionRow),
  ];
  const last = entries.at(-1);
  const horizon = older === "some" && last !== undefined ? Date.parse(last.at) : Number.NEGATIVE_INFINITY;
  return rows
    .filter(({ at, kind }) => kind === "deployment" || Date.parse(at) >= horizon)
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at));
}

function deploymentRow(line: DeploymentLine): TimelineRow {
  const rollback = /^rollback to (\d+)(?:: ([\s\S]*))?$/.exec(line.cause);
  const [cause = "", why] = rollback === null ? split(line.cause) : ["", rollback[2]];
  return {
    ...{ key: `deployment ${line.id}`, at: line.at, kind: "deployment", by: line.by, line },
    what: rollback === null ? `Deployment ${line.id}` : `Rollback to ${rollback[1]}`,
    words: [cause, line.took === "" ? "" : `in ${line.took}`].filter((part) => part !== "").join(", "),
    why: why ?? "",
  };
}

function split(cause: string): [string, string | undefined] {
  const at = cause.indexOf(": ");
  return at === -1 ? [cause, undefined] : [cause.slice(0, at), cause.slice(at + 2)];
}

function runRow({ id, cause, state }: Run): TimelineRow {
  const { operation, phase, startedAt, finishedAt, syncResult, terminatedBy } = state;
  const isHeal = cause === "self-heal";
  const revision = syncResult?.revision ?? syncResult?.revisions?.[0] ?? "";
  const info = (name: string): string => operation.info?.find((one) => one.name === name)?.value ?? "";
  const back = info("rollback");
  const what =
    cause === "deletion"
      ? "Deletion"
      : operation.sync?.dryRun === true
        ? "Dry run"
        : isHeal
          ? "Healed"
          : back !== ""
            ? `Rollback to ${back}`
            : "Sync";
  return {
    ...{ key: `run ${id}`, at: finishedAt ?? startedAt, kind: "sync", what, run: id },
    ...(phase === "Succeeded" ? {} : { state: phase }),
    words: [revision === "" ? "" : shortOf(revision), messageOf(state)]
      .filter((part) => part !== "")
      .join(": "),
    by: terminatedBy ?? (operation.initiatedBy?.username || "policy"),
    why: info("reason"),
  };
}

const BECAME: Readonly<
  Partial<Record<TransitionKind, Pick<TimelineRow, "kind" | "what" | "words"> & { state?: string }>>
> = {
  "health-degraded": { kind: "health", what: "Health", state: "Degraded", words: "" },
  "health-recovered": { kind: "health", what: "Health", state: "Healthy", words: "healthy again" },
  "drift-found": { kind: "drift", what: "Drift found", words: "" },
  "drift-healed": { kind: "drift", what: "Drift gone", words: "as Git wants it again" },
  "prune-blocked": { kind: "other", what: "Prune blocked", words: "" },
};

function changeRow(line: DriftLine): TimelineRow {
  const { seq, at, count, first } = line.found;
  const { end } = line;
  return {
    ...{ key: `transition ${seq}`, at, kind: "drift", also: "edit", what: "Changed in the cluster" },
    ...{ words: driftWords(line), by: driftBy(line), why: "" },
    ...(count > 1 ? { times: { count, first } } : {}),
    ...(end.is === "healed" && end.run !== undefined ? { run: end.run } : {}),
  };
}

function transitionRow({ seq, kind, at, count, first, why, ...healer }: TransitionEntry): TimelineRow[] {
  const became = BECAME[kind];
  if (became === undefined) return [];
  const { run } = healer;
  return [
    {
      ...{ key: `transition ${seq}`, at, by: "", why: "" },
      ...became,
      words: why ?? `${became.words}${healerWords(healer)}`,
      ...(count > 1 ? { times: { count, first } } : {}),
      ...(run === undefined ? {} : { run }),
    },
  ];
}

/** Whoever asked for a sync stands at its run; what came to none is told by itself. */
function isToldByRun({ action, outcome }: Entry): boolean {
  return (action === "sync" || action === "rollback") && (outcome === undefined || outcome.is === "done");
}

const SAID: Readonly<Record<string, { kind: Kind; what: string }>> = {
  hold: { kind: "hold", what: "Held" },
  unhold: { kind: "hold", what: "Hold lifted" },
  create: { kind: "edit", what: "Made" },
  update: { kind: "edit", what: "Changed" },
  annotate: { kind: "edit", what: "Annotated" },
  "revert-in-git": { kind: "other", what: "Reverted in Git" },
  "image-update": { kind: "edit", what: "Images updated" },
  terminate: { kind: "other", what: "Terminated" },
  "open-terminal": { kind: "other", what: "Terminal opened" },
  "close-terminal": { kind: "other", what: "Terminal ended" },
  delete: { kind: "other", what: "Deletion asked for" },
  deleted: { kind: "other", what: "Deleted" },
};
/** Fields that are named; of more their number is. */
const MOST_FIELDS = 3;

function entryRow({ seq, at, actor, action, reason = "", outcome, before, after }: Entry): TimelineRow {
  const { kind, what } = (Object.hasOwn(SAID, action) ? SAID[action] : undefined) ?? {
    kind: "other",
    what: action,
  };
  const fields =
    kind === "edit" && before !== undefined ? fieldChanges(before, after).map(({ path }) => path) : [];
  const rest = fields.length - MOST_FIELDS;
  const named = fields.slice(0, MOST_FIELDS).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
  const isDone = outcome === undefined || outcome.is === "done";
  return {
    ...{ key: `entry ${seq}`, at, kind, what, by: actor.replace(/^user:/, ""), why: reason },
    ...(isDone ? {} : { state: outcome.is === "refused" ? "Refused" : "Failed" }),
    words: isDone ? named : (outcome.why ?? ""),
  };
}

/** Of fewer each has a row of its own. */
const LEAST_ALIKE = 3;

/** Runs that follow each other and failed alike are one row: the newest, with how often. @param rows the newest first */
export function folded(rows: readonly TimelineRow[]): TimelineRow[] {
  const groups: TimelineRow[][] = [];
  for (const row of rows) {
    const group = groups.at(-1);
    if (group?.[0] !== undefined && isSameFailure(group[0], row)) group.push(row);
    else groups.push([row]);
  }
  return groups.flatMap((group) => {
    const [newest, oldest] = [group[0], group.at(-1)];
    if (newest === undefined || oldest === undefined || group.length < LEAST_ALIKE) return group;
    return [{ ...newest, times: { count: group.length, first: oldest.at } }];
  });
}

function isSameFailure(one: TimelineRow, other: TimelineRow): boolean {
  return (
    one.run !== undefined &&
    other.run !== undefined &&
    one.state !== undefined &&
    (["state", "what", "words", "by", "why"] as const).every((part) => one[part] === other[part])
  );
}

/** Rows of these kinds, in which each word stands somewhere, in whatever case. */
export function found(
  rows: readonly TimelineRow[],
  { kinds, words }: { kinds: readonly Kind[]; words: string },
) {
  const wanted = words
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== "");
  return rows.filter((row) => {
    if (!kinds.includes(row.kind) && !(row.also !== undefined && kinds.includes(row.also))) return false;
    const { what, by, why, state = "", line } = row;
    const about = (line?.about ?? []).flatMap((one) =>
      one.is === "commit" ? [one.subject, one.author] : [],
    );
    const text = [
      what,
      row.words,
      by,
      why,
      state,
      line?.revision,
      line?.sources,
      ...(line?.commits ?? []),
      ...about,
    ]
      .join(" ")
      .toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

/** What a history begins with: what was deployed, and what others changed in the cluster. */
export const FIRST_KINDS: readonly Kind[] = ["deployment", "drift"];

/** Of an address: unknown words are none; nothing is what it begins with. */
export function kindsIn(text: string | null): readonly Kind[] {
  if (text === "all") return KINDS;
  const asked = KINDS.filter((kind) => (text ?? "").split(",").includes(kind));
  return asked.length === 0 ? FIRST_KINDS : asked;
}

/** As an address has it; undefined where it is what is shown without a word. */
export function kindsText(kinds: readonly Kind[]): string | undefined {
  if (kinds.length === KINDS.length) return "all";
  const text = KINDS.filter((kind) => kinds.includes(kind)).join(",");
  return text === FIRST_KINDS.join(",") || text === "" ? undefined : text;
}

/** What is to be asked for to tell these. */
export function askedFor(kinds: readonly Kind[]): ReadonlySet<"runs" | "entries" | "transitions"> {
  const asks = {
    runs: ["sync"],
    entries: ["edit", "hold", "other"],
    transitions: ["health", "drift", "edit", "other"],
  } as const satisfies Record<string, readonly Kind[]>;
  const parts = Object.keys(asks) as (keyof typeof asks)[];
  return new Set(parts.filter((part) => asks[part].some((kind) => kinds.includes(kind))));
}
