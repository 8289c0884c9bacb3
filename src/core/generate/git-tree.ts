import { pauses } from "../../lib/in-steps.ts";
import type { SourceTree } from "../ports/source-tree.ts";
import { type FileContent, readFileContent } from "./git.ts";

/** What is looked at of one repository before it is too much. */
const MOST_ENTRIES = 200_000;

export interface TreeFile {
  readonly kind: "file";
  readonly path: string;
  readonly oid: string;
}

/**
 * A folder and what is in it, at one commit. It is never changed: where another commit has the same at the same path, it is
 * the very same object there, and so is each of its files.
 */
export interface TreeFolder {
  readonly kind: "folder";
  /** "" is the root. */
  readonly path: string;
  /** Object id; undefined for the root. */
  readonly oid: string | undefined;
  /** In the order of the paths of their files. */
  readonly inside: readonly (TreeFile | TreeFolder)[];
  /** Entries in it and below it, links and submodules too. */
  readonly size: number;
}

export type Walked = { is: "whole"; root: TreeFolder } | { is: "too-large"; most: number };

/** Reads trees for one generation: the sets of a matrix ask for the same ones again and again. */
export interface TreeReading {
  /**
   * @param what `folder`: without files, and without folders that begin with a dot. Source: Argo CD
   * @param before of the same walk at another commit: what has the same object id is not read again
   * @throws {Failure} of the tree
   */
  walk(tree: SourceTree, what: "folder" | "file", before: TreeFolder | undefined): Promise<Walked>;
  /** Of a tree that was walked, all in the order of their paths. */
  all(root: TreeFolder, what: "folder" | "file"): readonly (TreeFile | TreeFolder)[];
  /** @throws {Failure} of the tree */
  file(tree: SourceTree, path: string): Promise<FileContent>;
}

export function treeReading(): TreeReading {
  const byTree = new Map<SourceTree, Map<string, Promise<unknown>>>();
  const once = <T>(tree: SourceTree, key: string, read: () => Promise<T>): Promise<T> => {
    const known = byTree.get(tree) ?? new Map<string, Promise<unknown>>();
    byTree.set(tree, known);
    const found = (known.get(key) as Promise<T> | undefined) ?? read();
    known.set(key, found);
    return found;
  };
  const all = { folder: new Chosen("folder", () => true), file: new Chosen("file", () => true) };
  const listed = new Map<TreeFolder, readonly (TreeFile | TreeFolder)[]>();
  return {
    all(root, what) {
      const known = listed.get(root) ?? all[what].in(root);
      listed.set(root, known);
      return known;
    },
    walk: (tree, what, before) => once(tree, what, () => walked(tree, what, before)),
    file: (tree, path) =>
      once(tree, `file ${path}`, async () => readFileContent(path, await tree.read(path))),
  };
}

async function walked(
  tree: SourceTree,
  what: "folder" | "file",
  before: TreeFolder | undefined,
): Promise<Walked> {
  let left = MOST_ENTRIES;
  const pause = pauses();
  /** Undefined where there is too much. */
  const folderAt = async (
    path: string,
    oid: string | undefined,
    known: TreeFolder | undefined,
  ): Promise<TreeFolder | undefined> => {
    if (known !== undefined && known.oid !== undefined && known.oid === oid) {
      left -= known.size;
      return left < 0 ? undefined : known;
    }
    const knownInside = new Map(known?.inside.map((each) => [each.path, each]));
    const inside: (TreeFile | TreeFolder)[] = [];
    let size = 0;
    await pause();
    for (const entry of await tree.list(path)) {
      size++;
      if (--left < 0) return undefined;
      const { name, kind } = entry;
      if (what === "folder" && (kind !== "folder" || name.startsWith("."))) continue;
      const at = path === "" ? name : `${path}/${name}`;
      const same = knownInside.get(at);
      if (kind === "folder") {
        const folder = await folderAt(at, entry.oid, same?.kind === "folder" ? same : undefined);
        if (folder === undefined) return undefined;
        inside.push(folder);
        size += folder.size;
      } else if (kind === "file")
        inside.push(
          same?.kind === "file" && same.oid === entry.oid ? same : { kind, path: at, oid: entry.oid },
        );
    }
    inside.sort(byPathOfFiles);
    const isSame =
      known !== undefined &&
      known.oid === oid &&
      known.size === size &&
      known.inside.length === inside.length &&
      inside.every((each, index) => each === known.inside[index]);
    return isSame ? known : { kind: "folder", path, oid, inside, size };
  };
  const root = await folderAt("", undefined, before);
  return root === undefined ? { is: "too-large", most: MOST_ENTRIES } : { is: "whole", root };
}

/** A folder's files stand where its name with a `/` stands. */
function byPathOfFiles(one: TreeFile | TreeFolder, other: TreeFile | TreeFolder): number {
  const [a, b] = [one, other].map(({ kind, path }) => (kind === "folder" ? `${path}/` : path)) as [
    string,
    string,
  ];
  return a < b ? -1 : 1;
}

/** What patterns take in a folder and below it. */
interface ChosenIn<T> {
  of: TreeFolder;
  found: readonly T[];
  /** Of its folders, by path. */
  folders: ReadonlyMap<string, ChosenIn<T>>;
}

const NO_FOLDERS: ReadonlyMap<string, ChosenIn<never>> = new Map();

/** Files or folders of a tree that patterns take; what did not change since the last time is not looked at again. */
export class Chosen<T extends TreeFile | TreeFolder = TreeFile | TreeFolder> {
  #last: ChosenIn<T> | undefined;
  #sorted: { of: readonly T[]; list: readonly T[] } = { of: [], list: [] };

  constructor(
    private readonly kind: T["kind"],
    private readonly takes: (path: string) => boolean,
  ) {}

  /** In the order of their paths. */
  in(root: TreeFolder): readonly T[] {
    this.#last = this.#in(root, this.#last);
    const { found } = this.#last;
    if (this.kind === "file") return found;
    // A folder stands before what is below it, and `a-b` between the two.
    if (this.#sorted.of !== found)
      this.#sorted = { of: found, list: [...found].sort((a, b) => (a.path < b.path ? -1 : 1)) };
    return this.#sorted.list;
  }

  #in(folder: TreeFolder, before: ChosenIn<T> | undefined): ChosenIn<T> {
    if (before?.of === folder) return before;
    const found: T[] = [];
    const folders = new Map<string, ChosenIn<T>>();
    for (const each of folder.inside) {
      if (each.kind === this.kind && this.takes(each.path)) found.push(each as T);
      if (each.kind !== "folder") continue;
      const below = this.#in(each, before?.folders.get(each.path));
      folders.set(each.path, below);
      for (const one of below.found) found.push(one);
    }
    return { of: folder, found, folders: folders.size === 0 ? NO_FOLDERS : folders };
  }
}
