/** Reading a tree object, and refusing names that are made to break out of a folder. */
import type { TreeEntry } from "../core/ports/source-tree.ts";
import { BrokenObject, idBytes, type ObjectFormat } from "./git-object.ts";

/** Entries by name, in Git's order. */
export type Folder = ReadonlyMap<string, TreeEntry>;

/** @throws {BrokenObject} where the tree is malformed or holds a name that no honest tool writes */
export function parseTree(data: Buffer, format: ObjectFormat): Folder {
  const idLength = idBytes(format);
  const folder = new Map<string, TreeEntry>();
  for (let at = 0; at < data.byteLength; ) {
    const space = data.indexOf(0x20, at);
    const end = space < 0 ? -1 : data.indexOf(0, space);
    if (end < 0 || end + 1 + idLength > data.byteLength) throw new BrokenObject("it is cut short");
    const name = data.toString("utf8", space + 1, end);
    const why = refusedName(name);
    if (why !== undefined) throw new BrokenObject(`it holds an entry named ${JSON.stringify(name)}, ${why}`);
    if (folder.has(name)) throw new BrokenObject(`it holds two entries named ${JSON.stringify(name)}`);
    const oid = data.toString("hex", end + 1, end + 1 + idLength);
    folder.set(name, { name, kind: kindOf(data.toString("latin1", at, space)), oid });
    at = end + 1 + idLength;
  }
  return folder;
}

const PLAIN = /^[\w-][\w.-]*$/;

/** Why nobody may give this name to a file, undefined where it is fine. Source: git's verify_path, core.protectHFS and core.protectNTFS. */
function refusedName(name: string): string | undefined {
  // Nearly every name: nothing that could be folded away, no dot in front. A folder may hold thousands.
  if (PLAIN.test(name)) return undefined;
  if (name === "" || name === "." || name === "..") return "which is no name";
  if (name.includes("/") || name.includes("\0")) return "which is a path";
  // HFS+ leaves out these characters, NTFS dots and spaces at the end and all after a colon: each is `.git` there.
  const folded = name
    .replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "")
    .replace(/:.*$/s, "")
    .replace(/[. ]+$/, "")
    .toLowerCase();
  if (folded === ".git" || folded === "git~1") return "which stands for Git's own folder";
  return undefined;
}

function kindOf(mode: string): TreeEntry["kind"] {
  switch (Number.parseInt(mode, 8) & 0o170000) {
    case 0o040000:
      return "folder";
    case 0o120000:
      return "link";
    case 0o160000:
      return "submodule";
    case 0o100000:
      return "file";
    default:
      throw new BrokenObject(`it holds an entry of unknown mode ${mode}`);
  }
}
