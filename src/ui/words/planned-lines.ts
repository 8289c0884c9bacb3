/** Which objects of a plan begin open, and who set what of them is written over. */
import { type FieldOwner, ownerWords, type PlannedObject } from "./deployment-words.ts";
import { type DiffFile, type DiffRow, rowsOf } from "./diff-rows.ts";

/** So few objects, or lines of all together, are read as they stand; of more people choose what they open. */
const FEW_OBJECTS = 3;
const FEW_LINES = 30;

/** What is planned of one object, with its lines where the daemon made some. */
export interface PlannedEntry {
  item: PlannedObject;
  file: DiffFile | undefined;
}

export function beginsOpen(entries: readonly PlannedEntry[]): boolean {
  if (entries.length <= FEW_OBJECTS) return true;
  const lines = entries.reduce((sum, { item, file }) => sum + (file?.near ?? item.fields.length), 0);
  return lines <= FEW_LINES;
}

/** Fields of one object that one setter set at one time. */
export interface SetBy {
  who: string;
  /** RFC 3339; "" where it is not known. */
  at: string;
  paths: string[];
}

/** Who set what would be written over, beside Holdfast itself. */
export function settersOf({ fields }: Pick<PlannedObject, "fields">): SetBy[] {
  const all = new Map<string, SetBy>();
  for (const { path, owner } of fields) {
    if (owner === undefined || isOurs(owner)) continue;
    const [who, at] = [ownerWords(owner), owner.time ?? ""];
    const one = all.get(`${who} ${at}`) ?? { who, at, paths: [] };
    all.set(`${who} ${at}`, one);
    one.paths.push(path);
  }
  return [...all.values()];
}

function isOurs({ manager }: FieldOwner): boolean {
  return manager === "holdfast";
}

const NONE: ReadonlySet<string> = new Set();

/** The lines of one object below each other, without its own head: that stands above them. */
export function linesIn(file: DiffFile, left: "open" | "closed"): DiffRow[] {
  const opened = left === "open" ? new Set([file.id]) : NONE;
  // Who set what is said once below, and not at each line.
  return rowsOf([{ ...file, setters: [] }], NONE, "unified", opened).rows.filter(({ is }) => is !== "file");
}
