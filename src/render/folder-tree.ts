import { lstat, readdir, readFile, readlink, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { hashText } from "../lib/hash.ts";
import { below, folderOf, resolveInside } from "../lib/resolve-inside.ts";

/**
 * A local folder as a source, for `holdfast render --source` and for tests.
 * @throws {Failure} git-path where there is no such folder
 */
export async function folderTree(folder: string): Promise<SourceTree> {
  const root = await realpath(folder).catch((cause: unknown) => {
    throw cannotRead(folder, "there is no such folder", cause);
  });
  return new FolderTree(folder, root);
}

/**
 * Object ids are hashes of content, of folders as of files; `.git` is not part of it. A tree stands for one state: what
 * a place was at the first question it stays.
 */
class FolderTree implements SourceTree {
  /** By real place. */
  readonly #entries = new Map<string, Promise<TreeEntry | undefined>>();

  /**
   * @param folder as it was named, for failures
   * @param root its real place
   */
  constructor(
    private readonly folder: string,
    private readonly root: string,
  ) {}

  async oid(path: string): Promise<string | undefined> {
    return (await this.entry(path))?.oid;
  }

  async entry(path: string): Promise<TreeEntry | undefined> {
    const real = await this.#place(path, "keep");
    return real === undefined ? undefined : this.#entryAt(real, path.split("/").at(-1) ?? "");
  }

  async list(path: string): Promise<TreeEntry[]> {
    const real = await this.#place(path, "follow");
    if (real === undefined || !(await lstat(real)).isDirectory())
      throw cannotRead(below(this.folder, path), "there is no such folder");
    return this.#listAt(real);
  }

  async read(path: string): Promise<Uint8Array> {
    const real = await this.#place(path, "follow");
    if (real === undefined || !(await lstat(real)).isFile())
      throw cannotRead(below(this.folder, path), "there is no such file");
    return readFile(real);
  }

  async readLink(path: string): Promise<string> {
    const real = await this.#place(path, "keep");
    if (real === undefined || (await this.#entryAt(real, ""))?.kind !== "link")
      throw cannotRead(below(this.folder, path), "there is no such link");
    return readlink(real);
  }

  /** The real place of what `path` names, jailed in the root after every link was followed. */
  async #place(path: string, lastLink: "keep" | "follow"): Promise<string | undefined> {
    const inside = resolveInside("", path);
    if (!inside.ok) throw outside(path, inside.why);
    const parent = lastLink === "keep" ? folderOf(inside.path) : inside.path;
    let real: string;
    try {
      real = await realpath(join(this.root, parent));
    } catch (cause) {
      if (isMissing(cause)) return undefined;
      throw cannotRead(
        path,
        isErrno(cause) && cause.code === "ELOOP" ? "it leads round in a circle of links" : String(cause),
        cause,
      );
    }
    if (real !== this.root && !real.startsWith(this.root + sep))
      throw outside(path, "a link on its way leads out of the repository");
    return lastLink === "follow" || inside.path === ""
      ? real
      : join(real, inside.path.slice(parent === "" ? 0 : parent.length + 1));
  }

  /** An id is a hash of all that is below: asked for once for each place, or a folder of n files would be read n times. */
  #entryAt(real: string, name: string): Promise<TreeEntry | undefined> {
    const known = this.#entries.get(real) ?? this.#findEntry(real, name);
    this.#entries.set(real, known);
    return known;
  }

  async #findEntry(real: string, name: string): Promise<TreeEntry | undefined> {
    const stat = await lstat(real).catch((cause: unknown) => {
      if (isMissing(cause)) return undefined;
      throw cause;
    });
    if (stat === undefined) return undefined;
    if (stat.isSymbolicLink()) return { name, kind: "link", oid: hashText(`link ${await readlink(real)}`) };
    if (stat.isDirectory()) return { name, kind: "folder", oid: await this.#folderId(real) };
    if (stat.isFile()) return { name, kind: "file", oid: hashText(await readFile(real)) };
    throw outside(name, "it is neither a file nor a folder nor a link");
  }

  async #listAt(real: string): Promise<TreeEntry[]> {
    const names = (await readdir(real)).filter((name) => name !== ".git").sort();
    const found = await Promise.all(names.map((name) => this.#entryAt(join(real, name), name)));
    return found.filter((entry) => entry !== undefined);
  }

  async #folderId(real: string): Promise<string> {
    const below = await this.#listAt(real);
    return hashText(below.map(({ name, kind, oid }) => `${kind} ${oid} ${name}\0`).join(""));
  }
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
