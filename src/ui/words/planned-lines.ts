/** Which objects of a plan begin open, and who set what of them is written over. */
import type { ResourceStatus } from "../../core/model/application.ts";
import { ownerWords } from "../../core/model/drift-change.ts";
import type { FieldOwner, PlannedObject } from "./deployment-words.ts";
import { type DiffFile, type DiffRow, rowsOf } from "./diff-rows.ts";

/** So few lines of all objects together are read as they stand; of more people choose what they open. */
const FEW_LINES = 80;

/** What is planned of one object, with its lines where the daemon made some. */
export interface PlannedEntry {
  item: PlannedObject;
  file: DiffFile | undefined;
}

/** One object is all there is to read, however long it is. */
export function beginsOpen(entries: readonly PlannedEntry[]): boolean {
  if (entries.length === 1) return true;
  const lines = entries.reduce((sum, { item, file }) => sum + (file?.near ?? item.fields.length), 0);
  return lines <= FEW_LINES;
}

/** In the order of their waves; where all are of one, nothing is said of it. */
export function inWaves(
  items: readonly PlannedObject[],
  resources: readonly Pick<ResourceStatus, "group" | "kind" | "namespace" | "name" | "syncWave">[],
): PlannedObject[] {
  if (!resources.some(({ syncWave = 0 }) => syncWave !== 0)) return [...items];
  const keyOf = ({ group = "", kind, namespace = "", name }: (typeof resources)[number]): string =>
    `${group}/${kind}/${namespace}/${name}`;
  const waves = new Map(resources.map((resource) => [keyOf(resource), resource.syncWave ?? 0]));
  return items
    .map((item) => {
      const wave = waves.get(keyOf(item));
      return wave === undefined ? item : { ...item, wave };
    })
    .sort((a, b) => (a.wave ?? 0) - (b.wave ?? 0));
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
