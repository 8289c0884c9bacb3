/**
 * Our own bare repository of one remote: packs, and one ref for each commit that is complete (`refs/kept/<sha>`).
 * Git itself can read and fill it; nothing in it is named after what a server says.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { isObjectId, type ObjectFormat } from "./git-object.ts";

export class BareStore {
  readonly #kept = new Map<CommitSha, number>();

  /** Makes the folder where it is missing, and clears what a killed process left behind. */
  constructor(
    readonly folder: string,
    readonly format: ObjectFormat,
  ) {
    if (!existsSync(this.at("HEAD"))) makeBare(folder, format);
    mkdirSync(this.at("refs", "kept"), { recursive: true });
    this.clear();
    for (const name of readdirSync(this.at("refs", "kept"))) {
      if (isObjectId(name)) this.#kept.set(name as CommitSha, statSync(this.#keptPath(name)).mtimeMs);
      else rmSync(this.at("refs", "kept", name), { force: true, recursive: true });
    }
  }

  at(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  get packFolder(): string {
    return this.at("objects", "pack");
  }

  /** Complete commits, the latest used first. */
  kept(): CommitSha[] {
    return [...this.#kept].sort(([, a], [, b]) => b - a).map(([commit]) => commit);
  }

  isKept(commit: CommitSha): boolean {
    return this.#kept.has(commit);
  }

  /** Says that all of the commit's files are here. */
  keep(commit: CommitSha, nowMs: number): void {
    writeAtomically(this.#keptPath(commit), `${commit}\n`);
    this.touch(commit, nowMs);
    this.#writeShallow();
  }

  /** Notes a use, so that a commit in use is not forgotten. */
  touch(commit: CommitSha, nowMs: number): void {
    const last = this.#kept.get(commit) ?? 0;
    this.#kept.set(commit, nowMs);
    // The order of the last minute is of no use after a restart.
    if (nowMs - last > 60_000) utimesSync(this.#keptPath(commit), nowMs / 1000, nowMs / 1000);
  }

  forget(commits: readonly CommitSha[]): void {
    for (const commit of commits) {
      this.#kept.delete(commit);
      rmSync(this.#keptPath(commit), { force: true });
    }
    this.#writeShallow();
  }

  /** Removes what a git that was killed left half done: its locks would stop the next one. None may be running. */
  clear(): void {
    for (const place of [[], ["refs", "kept"], ["objects"], ["objects", "pack"]])
      clearLeftovers(this.at(...place));
    rmSync(this.at("refs", "arriving"), { recursive: true, force: true });
  }

  /** Packs that are complete, with their sizes in bytes. */
  packs(): { name: string; bytes: number }[] {
    return readdirSync(this.packFolder)
      .filter(
        (name) => name.endsWith(".pack") && existsSync(join(this.packFolder, name.replace(/pack$/, "idx"))),
      )
      .map((name) => ({
        name,
        bytes: statSync(join(this.packFolder, name), { throwIfNoEntry: false })?.size ?? 0,
      }));
  }

  #keptPath(commit: string): string {
    return this.at("refs", "kept", commit);
  }

  /** Git must know that the history of these commits is not here. */
  #writeShallow(): void {
    writeAtomically(
      this.at("shallow"),
      this.kept()
        .map((commit) => `${commit}\n`)
        .join(""),
    );
  }
}

/** The format of an existing store, undefined where there is none yet. */
export function formatOf(folder: string): ObjectFormat | undefined {
  const config = join(folder, "config");
  if (!existsSync(config)) return undefined;
  return /^\s*objectformat\s*=\s*sha256\s*$/im.test(readFileSync(config, "utf8")) ? "sha256" : "sha1";
}

/** Locks and half-written files of a git that was killed. Nobody else writes here: without them, the next one can. */
function clearLeftovers(folder: string): void {
  const names = new Set(readdirSync(folder));
  for (const name of names) {
    const isHalf =
      (name.endsWith(".pack") && !names.has(name.replace(/pack$/, "idx"))) ||
      (name.endsWith(".idx") && !names.has(name.replace(/idx$/, "pack")));
    if (isHalf || /^\.?tmp[_-]|\.(?:lock|new)$/.test(name))
      rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** An empty bare repository, without hooks or anything else of a template. */
export function makeBare(folder: string, format: ObjectFormat): void {
  for (const part of [
    ["objects", "pack"],
    ["objects", "info"],
    ["refs", "heads"],
  ])
    mkdirSync(join(folder, ...part), { recursive: true });
  const version = format === "sha256" ? 1 : 0;
  const extension = format === "sha256" ? "[extensions]\n\tobjectformat = sha256\n" : "";
  const remote = '[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n';
  writeAtomically(
    join(folder, "config"),
    `[core]\n\trepositoryformatversion = ${version}\n\tfilemode = true\n\tbare = true\n${extension}${remote}`,
  );
  // Last: its presence says that the folder is complete. It leads nowhere, on purpose.
  writeAtomically(join(folder, "HEAD"), "ref: refs/heads/none\n");
}

function writeAtomically(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}
