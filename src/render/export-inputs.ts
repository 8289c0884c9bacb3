import { writeFileSync } from "node:fs";
import { lstat, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../core/ports/source-tree.ts";
import { isLfsPointer } from "../lib/lfs-pointer.ts";
import { below, folderOf } from "../lib/resolve-inside.ts";
import type { FetchedInput } from "../plugin/contract.ts";
import type { ClosedPath } from "./link-closure.ts";
import { FEWER_FETCHED, type Room, type SMALLER_FOLDER } from "./room.ts";

const SMALL_BYTES = 64 * 1024;

/**
 * Writes the closed inputs of one tree below an empty folder, straight from the object store. Links are written only
 * where `closeLinks` followed them: what they lead to is written too.
 * @returns files of Git LFS: what was written are their pointers
 * @throws {Failure} path-outside-source for a name that is no name, render for too much content
 */
export async function exportInputs(
  tree: SourceTree,
  closed: readonly ClosedPath[],
  to: string,
  room: Room,
  tooLarge: typeof SMALLER_FOLDER | typeof FEWER_FETCHED,
): Promise<string[]> {
  const pointers: string[] = [];
  const made = new Set<string>();

  async function folder(path: string): Promise<void> {
    if (made.has(path)) return;
    made.add(path);
    await mkdir(join(to, path), { recursive: true, mode: 0o700 });
  }

  async function file(path: string): Promise<void> {
    if (made.has(path)) return;
    made.add(path);
    const content = await tree.read(path);
    room.take(content.length, path, tooLarge);
    if (isLfsPointer(content)) pointers.push(path);
    await folder(folderOf(path));
    // A thread of the pool takes longer to be asked than a small file takes to be written.
    if (content.length <= SMALL_BYTES) writeFileSync(join(to, path), content, { mode: 0o600 });
    else await writeFile(join(to, path), content, { mode: 0o600 });
  }

  async function write(path: string, entry: TreeEntry, take: "everything" | "own-files"): Promise<void> {
    if (entry.kind === "file") return file(path);
    if (entry.kind !== "folder") return;
    await folder(path);
    for (const child of await tree.list(path)) {
      checkName(below(path, child.name), child.name);
      if (child.kind === "file" || (child.kind === "folder" && take === "everything"))
        await write(below(path, child.name), child, take);
    }
  }

  await folder("");
  for (const { path, take } of closed) {
    if (take === "link") continue;
    const entry = path === "" ? { name: "", kind: "folder" as const, oid: "" } : await tree.entry(path);
    if (entry !== undefined) await write(path, entry, take);
  }
  // Last, so that nothing above was written through one of them.
  for (const { path, take, target } of closed) {
    if (take !== "link" || target === undefined) continue;
    await mkdir(dirname(join(to, path)), { recursive: true, mode: 0o700 });
    await symlink(target, join(to, path));
  }
  return pointers;
}

/** Beside and into what is exported, other repositories' trees among it: those lie there first. @throws {Failure} path-outside-source, render */
export async function writeFetched(fetched: readonly FetchedInput[], to: string, room: Room): Promise<void> {
  const write = async (at: string, content: Uint8Array): Promise<void> => {
    room.take(content.length, at, FEWER_FETCHED);
    await writeFile(await placeFor(at, to), content, { mode: 0o600, flag: "wx" });
  };
  for (const one of fetched)
    if ("archive" in one) await write(one.at, one.archive);
    else if ("files" in one)
      for (const { path, content } of await one.files()) await write(below(one.at, path), content);
}

/**
 * Where something goes that was fetched: its folder is made, and nothing lies there yet.
 * @param at from the root `to`
 * @throws {Failure} path-outside-source where the source has something of that name, or a link on the way
 */
export async function placeFor(at: string, to: string): Promise<string> {
  const names = at.split("/");
  let place = to;
  for (const [index, name] of names.entries()) {
    checkName(at, name);
    place = join(place, name);
    const there = await lstat(place).catch(() => undefined);
    const isFree = index === names.length - 1 ? there === undefined : there?.isDirectory() !== false;
    if (!isFree)
      throw new Failure("path-outside-source", at, "after-edit", {
        cannot: "render",
        why: "something is fetched from elsewhere that belongs there, and the repository has a file or a link in its place",
        fix: "Give it another name in the repository",
      });
  }
  await mkdir(dirname(place), { recursive: true, mode: 0o700 });
  return place;
}

/** A tree object made by hand can hold any name. */
function checkName(path: string, name: string): void {
  const isName =
    name !== "" && name !== "." && name !== ".." && !/[/\\\0]/.test(name) && !/^\.git$/i.test(name);
  if (!isName)
    throw new Failure("path-outside-source", path, "after-edit", {
      cannot: "render",
      why: `the repository holds an entry named ${JSON.stringify(name)}`,
      fix: "Remove it from the repository",
    });
}
