/** What isomorphic-git has fetched of one repository: a whole Git folder for each commit, read by a process of its own. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { makeBare } from "./bare-store.ts";
import { type GitObject, isObjectId } from "./git-object.ts";
import { LIBRARY_WEIGHT, libraryObjects } from "./library/library-command.ts";
import { ObjectDoor } from "./object-door.ts";
import type { Objects, RoadParts } from "./road.ts";

/** Commits that stay; each holds all its files, so that more than a few are a waste. */
const KEPT_COMMITS = 4;
/** Those that were used so lately stay too, up to a number: branches of one repository are followed side by side. */
const IN_USE_MS = 5 * 60_000,
  MAX_COMMITS = 16;

export class LibraryStore implements Objects {
  readonly kind = "copies";
  readonly #door: ObjectDoor;
  /** When each commit that is here was used last. */
  #usedAt: Map<CommitSha, number> | undefined;

  constructor(
    readonly parts: RoadParts,
    readonly host: readonly string[],
  ) {
    this.#door = new ObjectDoor(parts, LIBRARY_WEIGHT, (place) => libraryObjects(host, place));
  }

  /** Lets `work` fill an empty Git folder, which counts as the commit once that went well. */
  async fill(commit: CommitSha, work: (folder: string) => Promise<void>): Promise<void> {
    const usedAt = this.#open();
    const folder = join(this.parts.folder, `arriving-${crypto.randomUUID()}`);
    try {
      makeBare(folder, "sha1");
      await work(folder);
      await this.discard(commit);
      renameSync(folder, this.#at(commit));
      usedAt.set(commit, this.parts.clock.now());
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  isHere(commit: CommitSha): boolean {
    const usedAt = this.#open();
    const last = usedAt.get(commit);
    if (last === undefined) return false;
    const now = this.parts.clock.now();
    usedAt.set(commit, now);
    // The order of the last minute is of no use after a restart.
    if (now - last > 60_000) utimesSync(this.#at(commit), now / 1000, now / 1000);
    return true;
  }

  async startingWith(prefix: string): Promise<CommitSha[]> {
    return [...this.#open().keys()].filter((commit) => commit.startsWith(prefix));
  }

  read(commit: CommitSha, id: string): Promise<GitObject | undefined> {
    // A folder that was removed is made again by whoever misses its objects.
    return existsSync(this.#at(commit)) ? this.#door.read(this.#at(commit), id) : Promise.resolve(undefined);
  }

  async discard(commit: CommitSha): Promise<void> {
    this.#open().delete(commit);
    await this.parts.readers.close(this.#at(commit));
    rmSync(this.#at(commit), { recursive: true, force: true });
  }

  async tidy(): Promise<"done" | "not needed"> {
    const now = this.parts.clock.now();
    const old = [...this.#open()]
      .sort(([, a], [, b]) => b - a)
      .filter(([, used], at) => at >= MAX_COMMITS || (at >= KEPT_COMMITS && now - used > IN_USE_MS));
    for (const [commit] of old) await this.discard(commit);
    return old.length === 0 ? "not needed" : "done";
  }

  close(): Promise<void> {
    return this.parts.readers.close(this.parts.folder);
  }

  #at(commit: CommitSha): string {
    return join(this.parts.folder, commit);
  }

  #open(): Map<CommitSha, number> {
    if (this.#usedAt !== undefined) return this.#usedAt;
    this.#usedAt = new Map();
    mkdirSync(this.parts.folder, { recursive: true });
    for (const name of readdirSync(this.parts.folder)) {
      if (isObjectId(name))
        this.#usedAt.set(name as CommitSha, statSync(join(this.parts.folder, name)).mtimeMs);
      // What a killed process left behind.
      else if (name.startsWith("arriving-"))
        rmSync(join(this.parts.folder, name), { recursive: true, force: true });
    }
    return this.#usedAt;
  }
}
