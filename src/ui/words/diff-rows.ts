/** All that differs of an application as rows of one height: what is the same is folded, and so is what is long. */
import { objectName, ownerWords, type PlannedObject } from "./deployment-words.ts";
import { AROUND, type PlainLine, plainDiff } from "./line-diff.ts";
import { plainObject } from "./plain-object.ts";
import { yamlText } from "./yaml-text.ts";

export interface DiffItem extends PlannedObject {
  group: string;
  live?: object;
  predicted?: object;
}

export interface FileDiff {
  /** `apps/Deployment shop/web`. */
  name: string;
  change: PlannedObject["change"];
  lines: readonly PlainLine[];
  added: number;
  removed: number;
  /** Who set what would change: `spec.replicas was set by kubectl (Update of scale)`, and when. */
  owners: readonly { words: string; time: string }[];
}

export type DiffRow =
  | { is: "file"; key: string; file: number; state: "open" | "closed" }
  | { is: "owner"; key: string; words: string; time: string }
  | { is: "line"; key: string; line: PlainLine }
  | { is: "left-out"; key: string; lines: number };

/** Rows of one object beyond which it begins closed, where there are others. */
export const LONG = 2_000;

export function fileDiff(item: DiffItem): FileDiff {
  const text = (object: object | undefined): string | undefined => object && yamlText(plainObject(object));
  const [before, after] = [text(item.live), text(item.change === "prune" ? undefined : item.predicted)];
  const lines = plainDiff(before, after);
  const count = (is: PlainLine["is"]): number =>
    lines.reduce((sum, line) => sum + (line.is === is ? 1 : 0), 0);
  return {
    name: `${item.group === "" ? "" : `${item.group}/`}${objectName(item)}`,
    change: item.change,
    lines,
    ...{ added: count("new"), removed: count("gone") },
    owners: item.fields.flatMap(({ path, owner }) =>
      owner === undefined
        ? []
        : [{ words: `${path} was set by ${ownerWords(owner)}`, time: owner.time ?? "" }],
    ),
  };
}

/** Rows that it has while what is the same is folded. */
export function rowCount({ lines }: FileDiff): number {
  return foldsOf(lines).reduce((sum, [from, to, is]) => sum + (is === "shown" ? to - from : 1), 0);
}

/**
 * @param closed names of objects whose lines are not shown @param unfolded keys of folds that somebody opened
 * @returns `changes`: places in `rows` at which lines that differ begin; `longest`: characters of a line
 */
export function rowsOf(
  files: readonly FileDiff[],
  closed: ReadonlySet<string>,
  unfolded: ReadonlySet<string>,
): { rows: DiffRow[]; changes: number[]; longest: number } {
  const rows: DiffRow[] = [];
  const changes: number[] = [];
  let longest = 0;
  for (const [file, { name, lines, owners }] of files.entries()) {
    const state = closed.has(name) ? "closed" : "open";
    if (state === "closed") changes.push(rows.length);
    rows.push({ is: "file", key: name, file, state });
    if (state === "closed") continue;
    for (const owner of owners) rows.push({ is: "owner", key: `${name} ${owner.words}`, ...owner });
    for (const [from, to, is] of foldsOf(lines)) {
      const key = `${name} ${from}`;
      if (is === "left-out" && !unfolded.has(key)) {
        rows.push({ is: "left-out", key, lines: to - from });
        continue;
      }
      for (let at = from; at < to; at += 1) {
        const line = lines[at] as PlainLine;
        if (line.is !== "same" && (at === 0 || lines[at - 1]?.is === "same")) changes.push(rows.length);
        if (line.text.length > longest) longest = line.text.length;
        rows.push({ is: "line", key: `${name} ${at}`, line });
      }
    }
  }
  return { rows, changes, longest };
}

type Fold = readonly [from: number, to: number, is: "shown" | "left-out"];

/** What is near a change is shown, what is far from all is left out. */
function foldsOf(lines: readonly PlainLine[]): Fold[] {
  const near = new Uint8Array(lines.length);
  for (let at = 0; at < lines.length; at += 1)
    if (lines[at]?.is !== "same") near.fill(1, Math.max(0, at - AROUND), at + AROUND + 1);
  const folds: Fold[] = [];
  for (let from = 0, at = 1; from < lines.length; at += 1)
    if (at === lines.length || near[at] !== near[from]) {
      folds.push([from, at, near[from] === 1 ? "shown" : "left-out"]);
      from = at;
    }
  return folds;
}
