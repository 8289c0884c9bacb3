/** Objects held against each other line by line, a part at a time: what is sent is what is looked at. */
import { type ObjectLine, type ObjectLines, objectLines } from "../core/compare/index.ts";
import type { FieldSetter, LeftField } from "../core/model/comparison.ts";
import type { ManagedResource } from "../engine/control.ts";
import { defined } from "../lib/defined.ts";
import { hashText, hashValue } from "../lib/hash.ts";
import { type Hunk, hunksOf } from "../lib/hunks.ts";
import { pauses } from "../lib/in-steps.ts";
import { Lru } from "../lib/lru.ts";
import { difference } from "./difference.ts";

/** Characters of texts that are kept for whoever unfolds a part of them. What is dropped is compared anew. */
const KEPT_CHARACTERS = 16_000_000;
/** Lines of one object that are sent at once, and of all of an answer. */
const MOST_LINES = 1_000;
const MOST_LINES_OF_ALL = 6_000;
/** Lines of an object, with those around its changes, beyond which it begins folded where there are others. */
const LONG = 2_000;
/** Characters of a line. */
const WIDEST = 2_000;
/** Of what is cut, before the first difference. */
const LEAD = 200;

/** As it is sent. A line begins with its sign: ` `, `-` or `+`. */
export interface SentHunk {
  at: number;
  before: number;
  after: number;
  lines: string[];
  /** Who set lines that go: by their place in `lines`, the place in `setters`. */
  setters?: Record<string, number>;
}

export interface FileDiff {
  group: string;
  kind: string;
  namespace: string;
  name: string;
  change: ReturnType<typeof difference>["change"];
  /** Changes with the texts. */
  id: string;
  added: number;
  removed: number;
  /** Lines of both texts together. */
  total: number;
  /** Of them as many as differ or stand near one that does. */
  near: number;
  setters: FieldSetter[];
  left: LeftField[];
  hunks: SentHunk[];
  /** The place from which on changes were not sent; absent: all were. */
  rest?: number;
  /** Why there are no lines. */
  why?: string;
}

interface Kept {
  lines: readonly ObjectLine[];
  setters: FieldSetter[];
  hunks: readonly Hunk[];
  characters: number;
}

export class FileDiffs {
  /** By application and id: who may not see the application gets nothing of it by the id. */
  readonly #kept = new Lru<string, Kept>(KEPT_CHARACTERS, ({ characters }) => characters);

  /** Those that differ: what goes first, then what changes most. */
  async of(app: string, resources: readonly ManagedResource[]): Promise<FileDiff[]> {
    const pause = pauses();
    const files: { file: FileDiff; kept: Kept | undefined }[] = [];
    for (const resource of resources) {
      if (difference(resource).change === "none") continue;
      files.push(this.#fileOf(app, resource));
      await pause();
    }
    files.sort((one, other) => inOrder(one.file, other.file));
    let left = MOST_LINES_OF_ALL;
    for (const { file, kept } of files) {
      if (kept === undefined || kept.hunks.length === 0) continue;
      const begins = files.length > 1 && file.near > LONG ? 0 : Math.min(left, MOST_LINES);
      Object.assign(file, hunksFrom(kept, 0, begins));
      for (const { lines } of file.hunks) left -= lines.length;
    }
    return files.map(({ file }) => file);
  }

  /** All of it as a patch, lines whole; what is too large is named alone. */
  async patch(resources: readonly ManagedResource[]): Promise<string> {
    const pause = pauses();
    const texts: string[] = [];
    for (const resource of resources) {
      const { change, group, kind, namespace, name, live, predicted, fields } = difference(resource);
      if (change === "none" || change === "unknown") continue;
      const path = [group, kind, namespace, name].filter((part) => part !== "").join("/");
      const found = objectLines(live, change === "prune" ? undefined : predicted, fields);
      texts.push(
        ...(found.is === "lines"
          ? patchOf(path, found.lines)
          : [`# ${path} is too large to be compared line by line`]),
      );
      await pause();
    }
    return texts.map((text) => `${text}\n`).join("");
  }

  /** Changes from a place on. @returns undefined where the texts are not kept any more, or never were of it */
  changes(app: string, id: string, from: number): Pick<FileDiff, "hunks" | "rest"> | undefined {
    const kept = this.#kept.get(`${app} ${id}`);
    return kept && hunksFrom(kept, from, MOST_LINES);
  }

  /** Lines of both texts together, from one place to another, at most a thousand. */
  lines(app: string, id: string, from: number, to: number): Pick<FileDiff, "hunks"> | undefined {
    const kept = this.#kept.get(`${app} ${id}`);
    if (kept === undefined) return undefined;
    const [first, last] = [
      Math.min(from, kept.lines.length),
      Math.min(to, from + MOST_LINES, kept.lines.length),
    ];
    let [before, after] = [1, 1];
    for (const { is } of kept.lines.slice(0, first)) {
      if (is !== "new") before += 1;
      if (is !== "gone") after += 1;
    }
    return { hunks: first < last ? [sent(kept, { from: first, to: last, before, after })] : [] };
  }

  #fileOf(app: string, resource: ManagedResource): { file: FileDiff; kept: Kept | undefined } {
    const { group, kind, namespace, name, change, live, predicted, fields, why } = difference(resource);
    const found: ObjectLines =
      change === "unknown"
        ? { is: "lines", lines: [], setters: [] }
        : objectLines(live, change === "prune" ? undefined : predicted, fields);
    const { left = [] } = resource;
    const base = { group, kind, namespace, name, change };
    if (found.is === "too-large")
      return {
        file: {
          ...base,
          // What it is compared by is what is told of it.
          id: hashValue([base, resource.resourceVersion, fields]),
          ...{ added: 0, removed: 0, total: 0, near: 0, setters: [], left, hunks: [] },
          why: "It is too large to be compared line by line",
        },
        kept: undefined,
      };
    const { lines, setters } = found;
    const hunks = hunksOf(lines);
    const kept: Kept = {
      ...{ lines, setters, hunks },
      characters: lines.reduce((sum, { text }) => sum + text.length + 50, 100),
    };
    const id = hashText(
      `${JSON.stringify([base, setters, left])}\n${lines.map(({ is, text }) => SIGNS[is] + text).join("\n")}`,
    );
    this.#kept.set(`${app} ${id}`, kept);
    const count = (is: ObjectLine["is"]): number =>
      lines.reduce((sum, line) => sum + (line.is === is ? 1 : 0), 0);
    return {
      file: {
        ...{ ...base, id, added: count("new"), removed: count("gone"), total: lines.length },
        near: hunks.reduce((sum, { from, to }) => sum + to - from, 0),
        ...{ setters, left, hunks: [], ...defined({ why }) },
      },
      kept,
    };
  }
}

function inOrder(one: FileDiff, other: FileDiff): number {
  const first = (file: FileDiff): number => (file.change === "prune" ? 0 : 1);
  return first(one) - first(other) || other.added + other.removed - (one.added + one.removed);
}

/** Hunks, whole or their beginnings, of so many lines. */
function hunksFrom(kept: Kept, from: number, most: number): Pick<FileDiff, "hunks" | "rest"> {
  const hunks: SentHunk[] = [];
  let left = most;
  for (const hunk of kept.hunks) {
    if (hunk.to <= from) continue;
    const begun = hunk.from < from ? laterPart(kept.lines, hunk, from) : hunk;
    if (left <= 0) return { hunks, rest: begun.from };
    const to = Math.min(begun.to, begun.from + left);
    hunks.push(sent(kept, { ...begun, to }));
    left -= to - begun.from;
    if (to < begun.to) return { hunks, rest: to };
  }
  return { hunks };
}

function laterPart(lines: readonly ObjectLine[], hunk: Hunk, from: number): Hunk {
  let { before, after } = hunk;
  for (const { is } of lines.slice(hunk.from, from)) {
    if (is !== "new") before += 1;
    if (is !== "gone") after += 1;
  }
  return { from, to: hunk.to, before, after };
}

const SIGNS = { same: " ", gone: "-", new: "+" } as const;

function sent({ lines }: Kept, { from, to, before, after }: Hunk): SentHunk {
  const of = lines.slice(from, to);
  const setters: Record<string, number> = {};
  for (const [at, { setter }] of of.entries()) if (setter !== undefined) setters[at] = setter;
  return {
    ...{ at: from, before, after },
    lines: of.map(
      ({ is, text }, at) => `${SIGNS[is]}${text.length <= WIDEST ? text : cut(text, beside(of, at))}`,
    ),
    ...(Object.keys(setters).length === 0 ? {} : { setters }),
  };
}

/** The line that takes the place of this one, where it is one for one. */
function beside(lines: readonly ObjectLine[], at: number): string | undefined {
  const is = lines[at]?.is;
  if (is === "same" || is === undefined) return undefined;
  const run = (step: 1 | -1, from: number, of: ObjectLine["is"]): number => {
    let end = from;
    while (lines[end]?.is === of) end += step;
    return end;
  };
  const [first, last] = [run(-1, at, is) + 1, run(1, at, is)];
  const other = is === "gone" ? last + (at - first) : run(-1, first - 1, "gone") + 1 + (at - first);
  const twin = lines[other];
  return twin !== undefined && twin.is === (is === "gone" ? "new" : "gone") ? twin.text : undefined;
}

/** A long line from a little before where it differs from the other. */
function cut(text: string, other: string | undefined): string {
  let same = 0;
  while (other !== undefined && same < other.length && text[same] === other[same]) same += 1;
  const from = other === undefined || same < WIDEST / 2 ? 0 : Math.min(same, text.length) - LEAD;
  const to = Math.min(text.length, from + WIDEST);
  const left = text.length - to;
  return `${from === 0 ? "" : `⋯ ${from} characters ⋯ `}${text.slice(from, to)}${left === 0 ? "" : ` ⋯ ${left} characters more`}`;
}

function patchOf(name: string, lines: readonly ObjectLine[]): string[] {
  return [
    ...[`--- before/${name}`, `+++ after/${name}`],
    ...hunksOf(lines).flatMap(({ from, to, before, after }) => {
      const of = lines.slice(from, to);
      const side = (start: number, not: ObjectLine["is"]): string => {
        const count = of.filter(({ is }) => is !== not).length;
        return `${count === 0 ? start - 1 : start},${count}`;
      };
      return [
        `@@ -${side(before, "new")} +${side(after, "gone")} @@`,
        ...of.map(({ is, text }) => `${SIGNS[is]}${text}`),
      ];
    }),
  ];
}
