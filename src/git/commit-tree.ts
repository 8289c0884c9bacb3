/** One commit's files, read from the object store. Folders are remembered by id, so commits share what they have in common. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { TreeAtCommit } from "../core/ports/git.ts";
import type { TreeEntry } from "../core/ports/source-tree.ts";
import { defined } from "../lib/defined.ts";
import { Lru } from "../lib/lru.ts";
import { BrokenObject, type GitObject, type ObjectFormat } from "./git-object.ts";
import { type Folder, parseTree } from "./tree-object.ts";

/** As git does (MAXSYMLINKS on Linux). */
const MAX_LINKS = 40;
/** About 100,000 names, which take a tenth of a second to read; nobody deploys from such a folder. */
const MAX_FOLDER_BYTES = 4 * 1024 * 1024;

export type FolderMemory = Lru<string, Folder>;

/** @param maxEntries entries of folders kept in memory, about 150 bytes each */
export function folderMemory(maxEntries: number): FolderMemory {
  return new Lru(maxEntries, (folder) => folder.size + 1);
}

export interface ObjectSource {
  /** Whose files they are, for failures. */
  repository: string;
  format: ObjectFormat;
  /** Fetches once more what is missing or damaged. @throws {Failure} where it stays so */
  read(id: string): GitObject | Promise<GitObject>;
}

export class CommitTree implements TreeAtCommit {
  readonly #root: TreeEntry;

  /** @param rootId of the commit's own folder */
  constructor(
    readonly commit: CommitSha,
    rootId: string,
    private readonly objects: ObjectSource,
    private readonly memory: FolderMemory,
    readonly subject: string = "",
  ) {
    this.#root = { name: "", kind: "folder", oid: rootId };
  }

  async oid(path: string): Promise<string | undefined> {
    return (await this.#walk(path, "keep"))?.oid;
  }

  entry(path: string): Promise<TreeEntry | undefined> {
    return this.#walk(path, "keep");
  }

  async list(path: string): Promise<TreeEntry[]> {
    const entry = await this.#walk(path, "follow");
    if (entry === undefined)
      throw this.#cannotRead(path, "there is no such folder", "Correct the path, or the revision");
    if (entry.kind !== "folder") throw this.#cannotRead(path, `it is a ${entry.kind} and no folder`);
    return [...(await this.#folderOf(entry, path)).values()];
  }

  async read(path: string): Promise<Uint8Array> {
    const entry = await this.#walk(path, "follow");
    if (entry === undefined)
      throw this.#cannotRead(path, "there is no such file", "Correct the path, or the revision");
    if (entry.kind === "submodule")
      throw this.#cannotRead(path, "it is a submodule, and .gitmodules does not say where it comes from");
    if (entry.kind !== "file") throw this.#cannotRead(path, `it is a ${entry.kind} and no file`);
    return (await this.objects.read(entry.oid)).data;
  }

  async readLink(path: string): Promise<string> {
    const entry = await this.#walk(path, "keep");
    if (entry?.kind !== "link")
      throw this.#cannotRead(
        path,
        entry === undefined ? "there is no such link" : `it is a ${entry.kind} and no link`,
      );
    return (await this.objects.read(entry.oid)).data.toString("utf8");
  }

  #at(path: string): string {
    return `${this.objects.repository} at ${this.commit.slice(0, 12)}, ${path === "" ? "its root" : path}`;
  }

  #cannotRead(path: string, why: string, fix?: string): Failure {
    return new Failure("git-path", this.#at(path), "after-edit", {
      cannot: "read",
      why,
      ...defined({ fix }),
    });
  }

  async #folderOf(entry: TreeEntry, path: string): Promise<Folder> {
    const known = this.memory.get(entry.oid);
    if (known !== undefined) return known;
    const object = await this.objects.read(entry.oid);
    // Others that asked for it at the same time have it by now.
    const meanwhile = this.memory.get(entry.oid);
    if (meanwhile !== undefined) return meanwhile;
    if (object.type !== "tree") throw this.#cannotRead(path, `its object is a ${object.type} and no folder`);
    if (object.data.byteLength > MAX_FOLDER_BYTES)
      throw this.#cannotRead(
        path,
        `the folder is refused: its list of names has ${object.data.byteLength} bytes, and at most ${MAX_FOLDER_BYTES} are read`,
        "Spread its files over more folders",
      );
    try {
      const folder = parseTree(object.data, this.objects.format);
      this.memory.set(entry.oid, folder);
      return folder;
    } catch (cause) {
      if (!(cause instanceof BrokenObject)) throw cause;
      throw this.#cannotRead(
        path,
        `the folder is refused: ${cause.message}`,
        "Remove the entry from the repository",
      );
    }
  }

  /** Walks to `path`; links on the way are followed, a link at its end only with `lastLink: "follow"`. */
  async #walk(path: string, lastLink: "keep" | "follow"): Promise<TreeEntry | undefined> {
    const rest = this.#partsOf(path).reverse();
    const stack: TreeEntry[] = [this.#root];
    const names: string[] = [];
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "." || name === "") continue;
      if (name === "..") {
        // Only a link's target brings `..` here: partsOf refuses it in what was asked for.
        if (names.pop() === undefined) throw this.#outside(path);
        stack.pop();
        continue;
      }
      const parent = stack[stack.length - 1] ?? this.#root;
      if (parent.kind !== "folder") return undefined;
      const entry = (await this.#folderOf(parent, names.join("/"))).get(name);
      if (entry === undefined) return undefined;
      if (entry.kind === "link" && (rest.length > 0 || lastLink === "follow")) {
        if (++links > MAX_LINKS)
          throw this.#cannotRead(
            path,
            `it follows more than ${MAX_LINKS} links`,
            "Remove the circle of links",
          );
        const target = (await this.objects.read(entry.oid)).data.toString("utf8");
        if (target.startsWith("/") || target === "" || target.includes("\0")) throw this.#outside(path);
        rest.push(...target.split("/").reverse());
        continue;
      }
      stack.push(entry);
      names.push(name);
    }
    return stack[stack.length - 1];
  }

  #partsOf(path: string): string[] {
    const parts = path.split("/");
    if (path.startsWith("/") || parts.includes("..")) throw this.#outside(path);
    return parts;
  }

  #outside(path: string): Failure {
    return new Failure("path-outside-source", this.#at(path), "after-edit", {
      cannot: "read",
      why: "it leads out of the repository",
      fix: "Point it, or the link on its way, at a file of this repository",
    });
  }
}
