/** The refs of a repository on this machine, tags peeled. Refs are text; objects are isomorphic-git's. */
import * as fs from "node:fs";
import { join } from "node:path";
import { parseTag } from "../commit-object.ts";
import { isObjectId } from "../git-object.ts";
import { MAX_REFS } from "../refs.ts";
import type { GitFolder } from "./git-folder.ts";

/** What the process says of refs: commit by full name, and where HEAD leads. */
export interface LocalRefs {
  refs: [name: string, commit: string][];
  head?: { commit: string; ref: string };
}

const MAX_SYMREFS = 5,
  MAX_TAG_DEPTH = 10;

export async function localRefs(folder: GitFolder): Promise<LocalRefs> {
  // Loose before packed, as git does: a ref that is being packed now is then seen in at least one place.
  const loose = new Map<string, string>();
  readLoose(folder.common, "refs", loose);
  const idByName = new Map([...readPacked(folder.common), ...loose]);
  const idOf = (text: string | undefined, hops = 0): string | undefined => {
    if (text === undefined || hops > MAX_SYMREFS) return undefined;
    if (text.startsWith("ref: ")) return idOf(idByName.get(text.slice("ref: ".length)), hops + 1);
    return isObjectId(text) ? text : undefined;
  };
  const refs: LocalRefs["refs"] = [];
  for (const [name, text] of idByName) {
    const id = idOf(text);
    // Only a tag's ref may lead to something that is no commit.
    const commit = id === undefined || name.startsWith("refs/heads/") ? id : await peeled(folder, id);
    if (commit !== undefined) refs.push([name, commit]);
  }
  const headText = fs.readFileSync(join(folder.path, "HEAD"), "utf8").trim();
  const commit = idOf(headText);
  const ref = headText.startsWith("ref: ") ? headText.slice("ref: ".length) : "HEAD";
  return commit === undefined ? { refs } : { refs, head: { commit, ref } };
}

function readLoose(common: string, folder: string, into: Map<string, string>): void {
  if (!fs.existsSync(join(common, folder))) return;
  for (const entry of fs.readdirSync(join(common, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (into.size > MAX_REFS) throw new Error(`it has more than ${MAX_REFS} refs`);
    if (entry.isDirectory()) readLoose(common, name, into);
    else if (entry.isFile()) into.set(name, fs.readFileSync(join(common, name), "utf8").trim());
  }
}

function readPacked(common: string): Map<string, string> {
  const packed = new Map<string, string>();
  const file = join(common, "packed-refs");
  if (!fs.existsSync(file)) return packed;
  for (const text of fs.readFileSync(file, "utf8").split("\n")) {
    const space = text.indexOf(" ");
    if (!text.startsWith("#") && !text.startsWith("^") && space > 0)
      packed.set(text.slice(space + 1), text.slice(0, space));
  }
  return packed;
}

/** The commit that a tag leads to; undefined for tags of other things. */
async function peeled(folder: GitFolder, id: string): Promise<string | undefined> {
  let at = id;
  for (let depth = 0; depth < MAX_TAG_DEPTH; depth++) {
    const object = await folder.find(at);
    if (object?.type === "commit") return at;
    if (object?.type !== "tag") return undefined;
    at = parseTag(Buffer.from(object.data)).object;
  }
  return undefined;
}
