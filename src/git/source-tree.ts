/** One commit's files, read from the object store. Folders are remembered by id, so commits share what they have in common. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
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

export function sourceTree(
  commit: CommitSha,
  rootId: string,
  objects: ObjectSource,
  memory: FolderMemory,
): SourceTree {
  const root: TreeEntry = { name: "", kind: "folder", oid: rootId };
  const at = (path: string): string =>
    `${objects.repository} at ${commit.slice(0, 12)}, ${path === "" ? "its root" : path}`;
  const cannotRead = (path: string, why: string, fix?: string): Failure =>
    new Failure("git-path", at(path), "after-edit", {
      cannot: "read",
      why,
      ...defined({ fix }),
    });

  const folderOf = async (entry: TreeEntry, path: string): Promise<Folder> => {
    const known = memory.get(entry.oid);
    if (known !== undefined) return known;
    const object = await objects.read(entry.oid);
    if (object.type !== "tree") throw cannotRead(path, `its object is a ${object.type} and no folder`);
    if (object.data.byteLength > MAX_FOLDER_BYTES)
      throw cannotRead(
        path,
        `the folder is refused: its list of names has ${object.data.byteLength} bytes, and at most ${MAX_FOLDER_BYTES} are read`,
        "Spread its files over more folders",
      );
    try {
      const folder = parseTree(object.data, objects.format);
      memory.set(entry.oid, folder);
      return folder;
    } catch (cause) {
      if (!(cause instanceof BrokenObject)) throw cause;
      throw cannotRead(
        path,
        `the folder is refused: ${cause.message}`,
        "Remove the entry from the repository",
      );
    }
  };

  /** Walks to `path`; links on the way are followed, a link at its end only with `lastLink: "follow"`. */
  const walk = async (path: string, lastLink: "keep" | "follow"): Promise<TreeEntry | undefined> => {
    const rest = partsOf(path).reverse();
    const stack: TreeEntry[] = [root];
    const names: string[] = [];
    let links = 0;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "." || name === "") continue;
      if (name === "..") {
        // Only a link's target brings `..` here: partsOf refuses it in what was asked for.
        if (names.pop() === undefined) throw outside(path);
        stack.pop();
        continue;
      }
      const parent = stack[stack.length - 1] ?? root;
      if (parent.kind !== "folder") return undefined;
      const entry = (await folderOf(parent, names.join("/"))).get(name);
      if (entry === undefined) return undefined;
      if (entry.kind === "link" && (rest.length > 0 || lastLink === "follow")) {
        if (++links > MAX_LINKS)
          throw cannotRead(path, `it follows more than ${MAX_LINKS} links`, "Remove the circle of links");
        const target = (await objects.read(entry.oid)).data.toString("utf8");
        if (target.startsWith("/") || target === "" || target.includes("\0")) throw outside(path);
        rest.push(...target.split("/").reverse());
        continue;
      }
      stack.push(entry);
      names.push(name);
    }
    return stack[stack.length - 1];
  };
  const partsOf = (path: string): string[] => {
    const parts = path.split("/");
    if (path.startsWith("/") || parts.includes("..")) throw outside(path);
    return parts;
  };
  const outside = (path: string): Failure =>
    new Failure("path-outside-source", at(path), "after-edit", {
      cannot: "read",
      why: "it leads out of the repository",
      fix: "Point it, or the link on its way, at a file of this repository",
    });

  return {
    commit,
    async oid(path) {
      return (await walk(path, "keep"))?.oid;
    },
    entry: (path) => walk(path, "keep"),
    async list(path) {
      const entry = await walk(path, "follow");
      if (entry === undefined)
        throw cannotRead(path, "there is no such folder", "Correct the path, or the revision");
      if (entry.kind !== "folder") throw cannotRead(path, `it is a ${entry.kind} and no folder`);
      return [...(await folderOf(entry, path)).values()];
    },
    async read(path) {
      const entry = await walk(path, "follow");
      if (entry === undefined)
        throw cannotRead(path, "there is no such file", "Correct the path, or the revision");
      if (entry.kind === "submodule")
        throw cannotRead(path, "it is a submodule, and submodules are not fetched");
      if (entry.kind !== "file") throw cannotRead(path, `it is a ${entry.kind} and no file`);
      return (await objects.read(entry.oid)).data;
    },
    async readLink(path) {
      const entry = await walk(path, "keep");
      if (entry?.kind !== "link")
        throw cannotRead(
          path,
          entry === undefined ? "there is no such link" : `it is a ${entry.kind} and no link`,
        );
      return (await objects.read(entry.oid)).data.toString("utf8");
    },
  };
}
