/** A repository on this machine: refs and objects are read where they are, nothing is copied and no program runs. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";
import type { CommitSha } from "../core/ports.ts";
import { parseTag } from "./commit-object.ts";
import { unreachable } from "./failures.ts";
import { isObjectId, type ObjectFormat } from "./git-object.ts";
import { ObjectStore } from "./object-store.ts";
import { isRefName, type Refs, USUAL_PREFIXES } from "./refs.ts";

const MAX_SYMREFS = 5,
  MAX_TAG_DEPTH = 10;

interface Opened {
  objects: ObjectStore;
  listRefs(extra: readonly string[]): Refs;
}

/** Opened when it is first needed; a folder that is away now may be there later. */
export class LocalRepository {
  #opened: Opened | undefined;
  constructor(
    readonly path: string,
    readonly show: string,
  ) {}

  /** @throws {Failure} git-unreachable where there is no repository that we can read */
  get objects(): ObjectStore {
    this.#opened ??= open(this.path, this.show);
    return this.#opened.objects;
  }

  /** @throws {Failure} git-unreachable where there is no repository, or none any more */
  listRefs(extra: readonly string[]): Refs {
    if (this.#opened !== undefined && findGitFolder(this.path) === undefined) this.close();
    this.#opened ??= open(this.path, this.show);
    return this.#opened.listRefs(extra);
  }

  close(): void {
    this.#opened?.objects.close();
    this.#opened = undefined;
  }
}

function open(path: string, show: string): Opened {
  const gitFolder = findGitFolder(path);
  if (gitFolder === undefined)
    throw unreachable(
      show,
      "there is no Git repository in this folder",
      "Correct the path, or make the repository",
    );
  // A linked worktree has its own HEAD and shares the rest.
  const pointer = join(gitFolder, "commondir");
  const common = existsSync(pointer) ? absolute(readFileSync(pointer, "utf8").trim(), gitFolder) : gitFolder;
  const config = existsSync(join(common, "config")) ? readFileSync(join(common, "config"), "utf8") : "";
  if (/^\s*refstorage\s*=\s*(?!files)/im.test(config)) {
    throw unreachable(
      show,
      "its refs are stored in a format other than files",
      "Set `implementation: system` for this repository",
    );
  }
  const format: ObjectFormat = /^\s*objectformat\s*=\s*sha256\s*$/im.test(config) ? "sha256" : "sha1";
  const objects = new ObjectStore(join(common, "objects"), format);
  return { objects, listRefs: (extra) => listRefs(gitFolder, common, objects, extra) };
}

function findGitFolder(path: string): string | undefined {
  for (const candidate of [join(path, ".git"), path]) {
    const stat = statSync(candidate, { throwIfNoEntry: false });
    if (stat?.isFile() === true) {
      const target = /^gitdir: (.+)$/m.exec(readFileSync(candidate, "utf8"))?.[1];
      if (target !== undefined) return absolute(target.trim(), dirname(candidate));
    }
    if (
      stat?.isDirectory() === true &&
      existsSync(join(candidate, "objects")) &&
      existsSync(join(candidate, "HEAD"))
    )
      return candidate;
  }
  return undefined;
}

function listRefs(gitFolder: string, common: string, objects: ObjectStore, extra: readonly string[]): Refs {
  // Loose before packed, as git does: a ref that is being packed now is then seen in at least one place.
  const loose = new Map<string, string>();
  for (const prefix of USUAL_PREFIXES) readLoose(common, prefix.slice(0, -1), loose);
  for (const ref of extra) {
    const file = join(common, ref);
    if (isRefName(ref) && statSync(file, { throwIfNoEntry: false })?.isFile() === true)
      loose.set(ref, readFileSync(file, "utf8").trim());
  }
  const idByName = new Map([...readPacked(common), ...loose]);
  const idOf = (text: string | undefined, hops = 0): string | undefined => {
    if (text === undefined || hops > MAX_SYMREFS) return undefined;
    if (text.startsWith("ref: ")) return idOf(idByName.get(text.slice("ref: ".length)), hops + 1);
    return isObjectId(text) ? text : undefined;
  };
  const commitByName = new Map<string, CommitSha>();
  for (const [name, text] of idByName) {
    const wanted = extra.includes(name) || USUAL_PREFIXES.some((prefix) => name.startsWith(prefix));
    const id = wanted && isRefName(name) ? idOf(text) : undefined;
    const commit = id === undefined ? undefined : peeled(id, objects);
    if (commit !== undefined) commitByName.set(name, commit);
  }
  const headText = readFileSync(join(gitFolder, "HEAD"), "utf8").trim();
  const headId = idOf(headText);
  const head =
    headId === undefined
      ? undefined
      : {
          commit: headId as CommitSha,
          ref: headText.startsWith("ref: ") ? headText.slice("ref: ".length) : "HEAD",
        };
  return { commitByName, head, format: objects.format };
}

function readLoose(common: string, folder: string, into: Map<string, string>): void {
  if (!existsSync(join(common, folder))) return;
  for (const entry of readdirSync(join(common, folder), { withFileTypes: true })) {
    const name = `${folder}/${entry.name}`;
    if (entry.isDirectory()) readLoose(common, name, into);
    else if (isRefName(name)) into.set(name, readFileSync(join(common, name), "utf8").trim());
  }
}

function readPacked(common: string): Map<string, string> {
  const packed = new Map<string, string>();
  const file = join(common, "packed-refs");
  if (!existsSync(file)) return packed;
  for (const text of readFileSync(file, "utf8").split("\n")) {
    const space = text.indexOf(" ");
    if (!text.startsWith("#") && !text.startsWith("^") && space > 0)
      packed.set(text.slice(space + 1), text.slice(0, space));
  }
  return packed;
}

/** The commit that a tag leads to; undefined for tags of other things. */
function peeled(id: string, objects: ObjectStore): CommitSha | undefined {
  let at = id;
  for (let depth = 0; depth < MAX_TAG_DEPTH; depth++) {
    const object = objects.read(at);
    if (object === undefined) return undefined;
    if (object.type === "commit") return at as CommitSha;
    if (object.type !== "tag") return undefined;
    at = parseTag(object.data).object;
  }
  return undefined;
}

function absolute(path: string, from: string): string {
  return isAbsolute(path) ? path : join(from, path);
}
