import { type ApplicationSet, keyOfSet, type SetKey } from "../core/model/application-set.ts";
import {
  type FolderReading,
  isEmptied,
  type PlaceInFolder,
  reasonsToKeep,
  sayEmptied,
} from "../core/model/folder-reading.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Home } from "../core/ports/home.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { timestamp } from "../lib/timestamp.ts";

/** What the folders say of ApplicationSets, and of themselves. */
export interface SetFiles extends Pick<FolderReading, "problems" | "folders" | "doubts"> {
  applicationSets: ({ set: ApplicationSet } & PlaceInFolder)[];
}

/** A set that stands in a file, or stood there. */
export interface FileSet extends PlaceInFolder {
  set: ApplicationSet;
  /** RFC 3339: its file is gone for good since then. */
  goingSince?: string;
  /** What its applications delivered: a folder that left the config takes nothing along. */
  objects?: "stay";
}

export interface FileSetsParts {
  store: Pick<Home, "value" | "putValue">;
  clock: { now(): number; monotonic(): number };
  settings(): { removal: { missingForMs: number } };
  /** Has the folders read again. */
  readAgain(): void;
}

/** Name of the stored value: what was there at the last reading. */
const KNOWN = "file-sets";
const FILES = "file-sets-folders";

/**
 * ApplicationSets of the configured folders. One whose file is missing stays until it was missing in two whole readings
 * long enough apart: what is half written, unreadable or not mounted takes none away.
 */
export class FileSets {
  readonly #parts: FileSetsParts;
  #sets: ReadonlyMap<SetKey, FileSet>;
  #filesBefore: ReadonlyMap<string, number>;
  /** Since when, by a clock that is never set. */
  readonly #missing = new Map<SetKey, number>();
  #problems: Problem[] = [];
  #waiting: readonly SetKey[] = [];
  #wasRead = false;
  #again: Timer | undefined;
  readonly #listeners = new Set<() => void>();

  constructor(parts: FileSetsParts) {
    this.#parts = parts;
    this.#sets = new Map(stored<[SetKey, FileSet][]>(parts.store.value(KNOWN)) ?? []);
    this.#filesBefore = new Map(stored<[string, number][]>(parts.store.value(FILES)) ?? []);
  }

  /** Whether the folders were read since the start: before that, one is there of which nobody knows whether it still is. */
  get wasRead(): boolean {
    return this.#wasRead;
  }

  get sets(): ReadonlyMap<SetKey, FileSet> {
    return this.#sets;
  }

  get problems(): readonly Problem[] {
    return this.#problems;
  }

  /** Told after each reading. @returns ends it */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** @throws {Failure} store */
  read(files: SetFiles): void {
    const emptied = files.folders.filter((folder) => isEmptied(folder, this.#filesBefore));
    const filesBefore = this.#filesBeforeOf(emptied, files);
    const incomplete = reasonsToKeep({ ...files, applications: [], projects: [] }, filesBefore);
    const doubts = new Set((files.doubts ?? []).map(({ file }) => file));
    const claims = Map.groupBy(files.applicationSets, ({ set }) => keyOfSet(set));
    const problems: Problem[] = [];
    const now = new Map<SetKey, FileSet>();
    for (const [key, all] of claims) {
      const before = this.#sets.get(key);
      const [first, ...others] = all;
      const own = all.find(({ file }) => file === before?.file) ?? first;
      if (own === undefined) continue;
      if (others.length > 0) problems.push(...clashes(key, own, all));
      // Of one that stands in several places none is new: which one is meant, nobody can tell.
      const kept = others.length === 0 ? own : (before ?? undefined);
      if (kept === undefined) continue;
      const set = before !== undefined && equalJson(before.set, kept.set) ? before.set : kept.set;
      const { file, line, folder } = kept;
      now.set(key, { set, file, line, ...defined({ folder }) });
      this.#missing.delete(key);
    }
    const waiting: SetKey[] = [];
    let againInMs: number | undefined;
    for (const [key, known] of this.#sets) {
      if (now.has(key)) continue;
      const left = this.#missingFor(key, known, files, incomplete.length === 0 && !doubts.has(known.file));
      now.set(key, left.known);
      const path = emptied.map(({ path }) => path).find((path) => isHeldBy(path, left.known));
      if (path !== undefined && left.known.goingSince === undefined) {
        waiting.push(key);
        problems.push(lastOf(path, key, left.known));
      }
      if (left.againInMs !== undefined) againInMs = Math.min(againInMs ?? left.againInMs, left.againInMs);
    }
    const filesNow = new Map(files.folders.map(({ path, files: count }) => [path, count]));
    this.#keep(now, incomplete.length === 0 ? filesNow : filesBefore);
    this.#problems = problems;
    this.#waiting = waiting;
    this.#wasRead = true;
    this.#again?.cancel();
    this.#again =
      againInMs === undefined ? undefined : startTimer(againInMs, () => this.#parts.readAgain()).unref();
    for (const listener of this.#listeners) listener();
  }

  /** Its applications are gone. @throws {Failure} store */
  release(key: SetKey): void {
    if (this.#sets.get(key)?.goingSince === undefined) return;
    const left = new Map(this.#sets);
    left.delete(key);
    this.#missing.delete(key);
    this.#keep(left, this.#filesBefore);
    for (const listener of this.#listeners) listener();
  }

  /** Sets that were the last of their folder: an accident, until a person says that it is meant. */
  get waiting(): readonly SetKey[] {
    return this.#waiting;
  }

  /** A person says that these, which wait for it, may go with their applications. @throws {Failure} store */
  letGo(keys: readonly SetKey[]): void {
    const goingSince = timestamp(this.#parts.clock.now());
    const left = new Map(this.#sets);
    for (const key of keys) {
      const known = left.get(key);
      if (known !== undefined && this.#waiting.includes(key)) left.set(key, { ...known, goingSince });
    }
    this.#keep(left, this.#filesBefore);
    this.#waiting = this.#waiting.filter((key) => left.get(key)?.goingSince === undefined);
    for (const listener of this.#listeners) listener();
    // What the folders say of themselves is another by it.
    this.#parts.readAgain();
  }

  stop(): void {
    this.#again?.cancel();
  }

  /** Without the folders of which nothing is missing but what goes: that they are empty is meant. */
  #filesBeforeOf(emptied: SetFiles["folders"], { applicationSets }: SetFiles): ReadonlyMap<string, number> {
    const written = new Set(applicationSets.map(({ set }) => keyOfSet(set)));
    const before = new Map(this.#filesBefore);
    for (const { path } of emptied) {
      const isOpen = [...this.#sets].some(
        ([key, known]) => isHeldBy(path, known) && !written.has(key) && known.goingSince === undefined,
      );
      if (!isOpen) before.delete(path);
    }
    return before;
  }

  #missingFor(
    key: SetKey,
    known: FileSet,
    { folders }: SetFiles,
    isTrusted: boolean,
  ): { known: FileSet; againInMs?: number } {
    if (known.goingSince !== undefined || !isTrusted) return { known };
    const { clock, settings } = this.#parts;
    const now = clock.monotonic();
    const since = this.#missing.get(key) ?? now;
    this.#missing.set(key, since);
    const leftMs = since + settings().removal.missingForMs - now;
    if (leftMs > 0) return { known, againInMs: leftMs };
    const isConfigured = known.folder === undefined || folders.some(({ path }) => path === known.folder);
    return {
      known: {
        ...known,
        goingSince: timestamp(clock.now()),
        ...(isConfigured ? {} : { objects: "stay" as const }),
      },
    };
  }

  #keep(sets: ReadonlyMap<SetKey, FileSet>, files: ReadonlyMap<string, number>): void {
    const { store } = this.#parts;
    const text = JSON.stringify([...sets]);
    if (text !== JSON.stringify([...this.#sets])) store.putValue(KNOWN, sets.size === 0 ? undefined : text);
    const counts = JSON.stringify([...files]);
    if (counts !== JSON.stringify([...this.#filesBefore])) store.putValue(FILES, counts);
    this.#sets = sets;
    this.#filesBefore = files;
  }
}

function isHeldBy(path: string, { folder }: FileSet): boolean {
  return (folder ?? path) === path;
}

/** Of a set that a folder held, which lost all its files at once. */
function lastOf(path: string, key: SetKey, { file }: FileSet): Problem {
  return {
    severity: "warning",
    object: `ApplicationSet ${key}`,
    text: `it is not in ${file} any more, but ${sayEmptied(path)}, so it stays as it was`,
    fix: "Put its file back, or say that it may go with its applications: holdfast admin approve-removal",
  };
}

function clashes(key: SetKey, own: PlaceInFolder, all: readonly PlaceInFolder[]): Problem[] {
  return all
    .filter((one) => one !== own)
    .map(
      ({ file, line }): Problem => ({
        severity: "error",
        file,
        line,
        object: `ApplicationSet ${key}`,
        text: `this name is taken in ${own.file}:${own.line}`,
        fix: "Rename one of them, or remove it",
      }),
    );
}

function stored<T>(text: string | undefined): T | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as T);
}
