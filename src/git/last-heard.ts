/** What revisions of one repository led to when its server was heard last: for a later run whose server is silent. */
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { Heard } from "../core/ports/git.ts";
import { isMapping } from "../lib/is-mapping.ts";
import { isObjectId } from "./git-object.ts";

/** In the store's folder, and gone with it. */
const FILE = "heard.json";
/** Revisions that are followed; those that were heard longest ago go first. */
const MAX_REVISIONS = 256;
/** Of a revision that leads where it led, the time is noted this often. */
const NOTE_EVERY_MS = 60_000;

export class LastHeard {
  #heard: Map<string, Heard> | undefined;

  constructor(readonly folder: string) {}

  of(revision: string): Heard | undefined {
    return this.#all().get(revision);
  }

  note(revision: string, heard: Heard): void {
    const last = this.of(revision);
    const isSame = last?.commit === heard.commit && last.ref === heard.ref;
    if (isSame && heard.heardAt - last.heardAt < NOTE_EVERY_MS) return;
    // A repository of this machine has no store, and is never silent.
    if (!existsSync(this.folder)) return;
    const { commit, ref, heardAt } = heard;
    const all = this.#all().set(revision, { commit, ref, heardAt });
    const newest = [...all].sort(([, a], [, b]) => b.heardAt - a.heardAt).slice(0, MAX_REVISIONS);
    this.#heard = new Map(newest);
    const path = join(this.folder, FILE);
    writeFileSync(`${path}.new`, JSON.stringify(Object.fromEntries(newest)));
    renameSync(`${path}.new`, path);
  }

  #all(): Map<string, Heard> {
    this.#heard ??= read(join(this.folder, FILE));
    return this.#heard;
  }
}

/** What is no note of ours is none: nothing but a convenience is lost. */
function read(path: string): Map<string, Heard> {
  let noted: unknown;
  try {
    noted = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return new Map();
  }
  if (!isMapping(noted)) return new Map();
  return new Map(
    Object.entries(noted).flatMap(([revision, heard]): [string, Heard][] => {
      if (!isMapping(heard)) return [];
      const { commit, ref, heardAt } = heard;
      if (typeof commit !== "string" || !isObjectId(commit)) return [];
      if (typeof ref !== "string" || typeof heardAt !== "number") return [];
      return [[revision, { commit: commit as CommitSha, ref, heardAt }]];
    }),
  );
}
