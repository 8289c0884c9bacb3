/** A Git folder on this machine, as isomorphic-git is to see it. */
import * as fs from "node:fs";
import { existsSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import * as isomorphic from "isomorphic-git";
import { SHA256_REFUSAL } from "./sha256-refusal.ts";

const MAX_ALTERNATE_DEPTH = 5;

export class GitFolder {
  /** Where refs lie that all worktrees share. */
  readonly common: string;
  /** Folders whose `objects` are searched: its own, then those that it borrows from. */
  readonly objectFolders: readonly string[];
  /** What isomorphic-git remembers of packs between calls. */
  readonly #cache = {};

  /** @param path the `.git` folder of a working copy, a bare repository, or the Git folder of a linked worktree */
  constructor(readonly path: string) {
    // A linked worktree has its own HEAD and shares the rest.
    const pointer = join(path, "commondir");
    this.common = existsSync(pointer) ? absolute(readFileSync(pointer, "utf8").trim(), path) : path;
    this.objectFolders = withAlternates(this.common, 0);
  }

  /**
   * @param name an id, or the beginning of one
   * @throws where it is damaged
   */
  async find(name: string): Promise<{ id: string; type: string; data: Uint8Array } | undefined> {
    const cache = this.#cache;
    for (const gitdir of this.objectFolders) {
      try {
        const oid = name.length < 40 ? await isomorphic.expandOid({ fs, gitdir, oid: name, cache }) : name;
        const read = await isomorphic.readObject({ fs, gitdir, oid, format: "content", cache });
        if (read.format === "content") return { id: oid, type: read.type, data: read.object };
      } catch (cause) {
        if (!(cause instanceof isomorphic.Errors.NotFoundError)) throw cause;
      }
    }
    return undefined;
  }

  /** Why it cannot be read here, as a sentence; undefined where it can. */
  refusal(): string | undefined {
    const file = join(this.common, "config");
    const config = existsSync(file) ? readFileSync(file, "utf8") : "";
    if (/^\s*objectformat\s*=\s*sha256\s*$/im.test(config)) return SHA256_REFUSAL;
    if (/^\s*refstorage\s*=\s*(?!files)/im.test(config))
      return "its refs are stored in a format other than files, which only the git program reads";
    return undefined;
  }
}

function withAlternates(gitFolder: string, depth: number): string[] {
  const file = join(gitFolder, "objects", "info", "alternates");
  if (depth >= MAX_ALTERNATE_DEPTH || !existsSync(file)) return [gitFolder];
  const others = readFileSync(file, "utf8")
    .split("\n")
    .filter((text) => text !== "" && !text.startsWith("#"))
    // It names `objects` folders, and isomorphic-git wants what they lie in.
    .flatMap((text) => withAlternates(dirname(absolute(text, join(gitFolder, "objects"))), depth + 1));
  return [gitFolder, ...others];
}

function absolute(path: string, from: string): string {
  return isAbsolute(path) ? path : join(from, path);
}
