import { lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { hashText } from "../lib/hash.ts";
import { below, folderOf, resolveInside } from "../lib/resolve-inside.ts";

/** What a commit is where there is no Git. */
const NO_COMMIT = "0".repeat(40) as CommitSha;

/**
 * A local folder as a source, for `holdfast render --source` and for tests. Object ids are hashes of content, of folders
 * as of files; `.git` is not part of it. A tree stands for one state: what a place was at the first question it stays.
 * @throws {Failure} git-path where there is no such folder
 */
export async function folderTree(folder: string): Promise<SourceTree> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw cannotRead(folder, "there is no such folder", cause);
  });

  /** The real place of what `path` names, jailed in the root after every link was followed. */
  async function place(path: string, lastLink: "keep" | "follow"): Promise<string | undefined> {
    const inside = resolveInside("", path);
    if (!inside.ok) throw outside(path, inside.why);
    const parent = lastLink === "keep" ? folderOf(inside.path) : inside.path;
    let real: string;
    try {
      real = await realpath(join(root, parent));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cannotRead(
        path,
        isErrno(cause) && cause.code === "ELOOP" ? "it leads round in a circle of links" : String(cause),
        cause,
      );
    }
    if (real !== root && !real.startsWith(root + sep))
      throw outside(path, "a link on its way leads out of the repository");
    return lastLink === "follow" || inside.path === ""
      ? real
      : join(real, inside.path.slice(parent === "" ? 0 : parent.length + 1));
  }

  const entries = new Map<string, Promise<TreeEntry | undefined>>();
  /** An id is a hash of all that is below: asked for once for each place, or a folder of n files would be read n times. */
  function entryAt(real: string, name: string): Promise<TreeEntry | undefined> {
    const known = entries.get(real) ?? findEntry(real, name);
    entries.set(real, known);
    return known;
  }

  async function findEntry(real: string, name: string): Promise<TreeEntry | undefined> {
    const stat = await lstat(real).catch((cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    });
    if (stat === undefined) return undefined;
    if (stat.isSymbolicLink()) return { name, kind: "link", oid: hashText(`link ${await readlink(real)}`) };
    if (stat.isDirectory()) return { name, kind: "folder", oid: await folderId(real) };
    if (stat.isFile()) return { name, kind: "file", oid: hashText(await readFile(real)) };
    throw outside(name, "it is neither a file nor a folder nor a link");
  }

  async function listAt(real: string): Promise<TreeEntry[]> {
    const names = (await readdir(real)).filter((name) => name !== ".git").sort();
    const found = await Promise.all(names.map((name) => entryAt(join(real, name), name)));
    return found.filter((entry) => entry !== undefined);
  }

  async function folderId(real: string): Promise<string> {
    const below = await listAt(real);
    return hashText(below.map(({ name, kind, oid }) => `${kind} ${oid} ${name}\0`).join(""));
  }

  const entry = async (path: string): Promise<TreeEntry | undefined> => {
    const real = await place(path, "keep");
    return real === undefined ? undefined : entryAt(real, path.split("/").at(-1) ?? "");
  };

  return {
    commit: NO_COMMIT,
    entry,
    oid: async (path) => (await entry(path))?.oid,
    async list(path) {
      const real = await place(path, "follow");
      if (real === undefined || !(await lstat(real)).isDirectory())
        throw cannotRead(below(folder, path), "there is no such folder");
      return listAt(real);
    },
    async read(path) {
      const real = await place(path, "follow");
      if (real === undefined || !(await lstat(real)).isFile())
        throw cannotRead(below(folder, path), "there is no such file");
      return readFile(real);
    },
    async readLink(path) {
      const real = await place(path, "keep");
      if (real === undefined || !(await lstat(real)).isSymbolicLink())
        throw cannotRead(below(folder, path), "there is no such link");
      return readlink(real);
    },
  };
}

function isErrno(cause: unknown): cause is NodeJS.ErrnoException {
  return cause instanceof Error && "code" in cause;
}

function isMissing(cause: unknown): boolean {
  return isErrno(cause) && (cause.code === "ENOENT" || cause.code === "ENOTDIR");
}

function cannotRead(path: string, why: string, cause?: unknown): Failure {
  return new Failure("git-path", path, "after-edit", { cannot: "read", why, fix: "Correct the path", cause });
}

function outside(path: string, why: string): Failure {
  return new Failure("path-outside-source", path, "after-edit", {
    cannot: "read",
    why,
    fix: "Point it at a file inside the source",
  });
}
