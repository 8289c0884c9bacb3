/** What differs, object by object, as rows of one height. Parts of an object that were not sent are gaps among them. */
import { ownerWords } from "../../core/model/drift-change.ts";
import { keptOn } from "../../lib/kept-on.ts";
import { objectName, type PlannedObject } from "./deployment-words.ts";

/** As the API sends it: a line begins with its sign. */
export interface DiffHunk {
  /** The place of its first line among those of both texts. */
  at: number;
  /** Numbers of its first line, from 1. */
  before: number;
  after: number;
  lines: readonly string[];
  /** By the place of a line in `lines`, who set it: a place in the file's `setters`. */
  setters?: Readonly<Record<string, number>>;
}

export interface Setter {
  manager: string;
  operation: string;
  subresource: string;
  /** RFC 3339; "" where it is not known. */
  time: string;
}

/** One object. */
export interface DiffFile extends Omit<PlannedObject, "fields"> {
  group: string;
  /** Changes with the texts. */
  id: string;
  added: number;
  removed: number;
  total: number;
  /** Lines that differ or stand near one that does. */
  near: number;
  setters: readonly Setter[];
  /** Fields that differ and are left to others, with where the rules stand that say so. */
  left: readonly { path: string; live?: unknown; desired?: unknown; rules: readonly string[] }[];
  hunks: readonly DiffHunk[];
  /** The place from which on changes were not sent. */
  rest?: number;
  /** Why there are no lines. */
  why?: string;
}

export interface DiffLine {
  sign: " " | "-" | "+";
  text: string;
  before?: number;
  after?: number;
  /** At the first of the lines that one set and that go together. */
  setter?: Setter;
  /** The line that takes its place, or whose place it takes. */
  twin?: string;
}

export type DiffRow =
  | { is: "file"; key: string; file: DiffFile; state: "open" | "closed" }
  | { is: "line"; key: string; line: DiffLine }
  | { is: "pair"; key: string; left?: DiffLine; right?: DiffLine }
  /** Lines that are the same and not there. */
  | { is: "gap"; key: string; file: DiffFile; from: number; to: number }
  /** Changes that are not there. */
  | { is: "rest"; key: string; file: DiffFile; from: number }
  | { is: "note"; key: string; text: string }
  /** How many fields are left to others. */
  | { is: "left"; key: string; file: DiffFile; state: "open" | "closed" };

export type Layout = "unified" | "split";

/** What of an object is to be brought: its next changes, or the lines between two places. */
export type AskedPart = { is: "changes"; from: number } | { is: "lines"; from: number; to: number };

/** Lines of one object beyond which it begins closed, where there are others. */
export const LONG = 2_000;

/** `apps/Deployment shop/web`. */
export function fileName(file: DiffFile): string {
  return `${file.group === "" ? "" : `${file.group}/`}${objectName(file)}`;
}

/** @param what `changes` from where the last part ended; `lines` of a gap */
export function withPart(
  file: DiffFile,
  { hunks, rest }: { hunks: readonly DiffHunk[]; rest?: number },
  what: "changes" | "lines",
): DiffFile {
  const { rest: before, ...others } = file;
  const next = what === "changes" ? rest : before;
  return {
    ...others,
    hunks: joined([...file.hunks, ...hunks]),
    ...(next === undefined ? {} : { rest: next }),
  };
}

/** In their order, those that touch as one; of lines that came twice the first count. */
function joined(hunks: readonly DiffHunk[]): DiffHunk[] {
  const all: DiffHunk[] = [];
  for (const hunk of [...hunks].sort((one, other) => one.at - other.at)) {
    const last = all.at(-1);
    const end = last === undefined ? 0 : last.at + last.lines.length;
    if (last === undefined || hunk.at > end) {
      all.push(hunk);
      continue;
    }
    const known = end - hunk.at;
    if (known >= hunk.lines.length) continue;
    const setters: Record<string, number> = { ...last.setters };
    for (const [at, setter] of Object.entries(hunk.setters ?? {}))
      if (Number(at) >= known) setters[String(hunk.at + Number(at) - last.at)] = setter;
    all[all.length - 1] = { ...last, lines: [...last.lines, ...hunk.lines.slice(known)], setters };
  }
  return all;
}

/**
 * @param closed ids of objects whose lines are not shown
 * @param opened ids of those whose fields that are left to others are shown
 * @returns `changes`: places in `rows` at which lines that differ begin; `longest`: characters of a line
 */
export function rowsOf(
  files: readonly DiffFile[],
  closed: ReadonlySet<string>,
  layout: Layout,
  opened: ReadonlySet<string> = new Set(),
): { rows: DiffRow[]; changes: number[]; longest: number } {
  const rows: DiffRow[] = [];
  const changes: number[] = [];
  let longest = 0;
  for (const file of files) {
    const state = closed.has(file.id) ? "closed" : "open";
    if (state === "closed" || file.hunks.length === 0) changes.push(rows.length);
    rows.push({ is: "file", key: file.id, file, state });
    if (state === "closed") continue;
    if (file.why !== undefined) rows.push({ is: "note", key: `${file.id} why`, text: file.why });
    if (file.left.length > 0) {
      const state = opened.has(file.id) ? "open" : "closed";
      rows.push({ is: "left", key: `${file.id} left`, file, state });
      for (const [at, field] of (state === "open" ? file.left : []).entries())
        rows.push({ is: "note", key: `${file.id} left ${at}`, text: leftWords(field) });
    }
    for (const part of partsOf(file)) {
      if (part.is === "hunk") {
        const lines = linesOf(file, part.hunk);
        for (const { text } of lines) if (text.length > longest) longest = text.length;
        place(lines, `${file.id} ${part.hunk.at}`, layout, rows, changes);
        continue;
      }
      if (part.is === "rest") changes.push(rows.length);
      rows.push({ ...part, key: `${file.id} ${part.is} ${part.from}`, file });
    }
  }
  return { rows, changes, longest };
}

type Part =
  | { is: "hunk"; hunk: DiffHunk }
  | { is: "gap"; from: number; to: number }
  | { is: "rest"; from: number };

function partsOf({ hunks, rest, total }: DiffFile): Part[] {
  const parts: Part[] = [];
  let end = 0;
  const gapTo = (to: number): void => {
    if (to > end) parts.push({ is: "gap", from: end, to });
  };
  for (const hunk of hunks) {
    gapTo(hunk.at);
    parts.push({ is: "hunk", hunk });
    end = hunk.at + hunk.lines.length;
  }
  if (rest === undefined) gapTo(total);
  else {
    gapTo(rest);
    parts.push({ is: "rest", from: Math.max(rest, end) });
  }
  return parts;
}

/** What came more changes nothing of the lines that were there. */
const known = keptOn<DiffHunk, DiffLine[]>();

/** The lines of one hunk: numbered, those beside each other paired. */
export function linesOf({ setters }: Pick<DiffFile, "setters">, hunk: DiffHunk): DiffLine[] {
  const before = known.get(hunk);
  if (before !== undefined) return before;
  const lines = numbered(setters, hunk);
  known.set(hunk, lines);
  return lines;
}

function numbered(setters: readonly Setter[], hunk: DiffHunk): DiffLine[] {
  let { before, after } = hunk;
  let last: number | undefined;
  const lines = hunk.lines.map((signed, at): DiffLine => {
    const sign = signed[0] === "-" ? "-" : signed[0] === "+" ? "+" : " ";
    const by = hunk.setters?.[at];
    const setter = by === undefined || by === last ? undefined : setters[by];
    last = by;
    return {
      ...{ sign, text: signed.slice(1) },
      ...(sign === "+" ? {} : { before: before++ }),
      ...(sign === "-" ? {} : { after: after++ }),
      ...(setter === undefined ? {} : { setter }),
    };
  });
  for (const { gone, come } of runsOf(lines))
    for (const [at, line] of gone.entries()) {
      const twin = come[at];
      if (twin === undefined) break;
      [line.twin, twin.twin] = [twin.text, line.text];
    }
  return lines;
}

/** What goes and what comes in its place, run by run. */
function runsOf(lines: readonly DiffLine[]): { from: number; gone: DiffLine[]; come: DiffLine[] }[] {
  const runs: { from: number; gone: DiffLine[]; come: DiffLine[] }[] = [];
  for (let at = 0; at < lines.length; ) {
    if (lines[at]?.sign === " ") {
      at += 1;
      continue;
    }
    const run = { from: at, gone: [] as DiffLine[], come: [] as DiffLine[] };
    for (let line = lines[at]; line !== undefined && line.sign !== " "; line = lines[at]) {
      (line.sign === "-" ? run.gone : run.come).push(line);
      at += 1;
    }
    runs.push(run);
  }
  return runs;
}

function place(
  lines: readonly DiffLine[],
  key: string,
  layout: Layout,
  rows: DiffRow[],
  changes: number[],
): void {
  if (layout === "unified") {
    for (const [at, line] of lines.entries()) {
      if (line.sign !== " " && (at === 0 || lines[at - 1]?.sign === " ")) changes.push(rows.length);
      rows.push({ is: "line", key: `${key} ${at}`, line });
    }
    return;
  }
  const same = (from: number, to: number): void => {
    for (let at = from; at < to; at += 1) {
      const line = lines[at] as DiffLine;
      rows.push({ is: "pair", key: `${key} ${at}`, left: line, right: line });
    }
  };
  let at = 0;
  for (const { from, gone, come } of runsOf(lines)) {
    same(at, from);
    changes.push(rows.length);
    for (let row = 0; row < Math.max(gone.length, come.length); row += 1) {
      const [left, right] = [gone[row], come[row]];
      rows.push({
        ...{ is: "pair", key: `${key} ${from} ${row}` },
        ...(left === undefined ? {} : { left }),
        ...(right === undefined ? {} : { right }),
      });
    }
    at = from + gone.length + come.length;
  }
  same(at, lines.length);
}

/** `spec.replicas: 3 is there, 5 in Git, by spec.ignoreDifferences[0].jsonPointers[0]`. */
function leftWords({ path, live, desired, rules }: DiffFile["left"][number]): string {
  const short = (value: unknown): string => {
    const text = JSON.stringify(value);
    return text.length > 80 ? `${text.slice(0, 80)}…` : text;
  };
  const values = [
    ...(live === undefined ? [] : [`${short(live)} is there`]),
    ...(desired === undefined ? [] : [`${short(desired)} in Git`]),
  ];
  return [
    values.length === 0 ? path : `${path}: ${values.join(", ")}`,
    rules.length === 0 ? "by what Holdfast knows of its kind" : `by ${rules.join(" and ")}`,
  ].join(", ");
}

/** `set by kubectl (Update of scale)`. */
export function setterWords(setter: Setter): string {
  return `set by ${ownerWords(setter)}`;
}
