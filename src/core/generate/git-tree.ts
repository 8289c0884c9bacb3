import type { SourceTree } from "../ports/source-tree.ts";
import { type FileContent, readFileContent } from "./git.ts";

/** What is looked at of one repository before it is too much. */
const MOST_ENTRIES = 200_000;

export interface TreePaths {
  /** In the order of their names. */
  paths: readonly string[];
  /** Object ids by path. */
  oids: ReadonlyMap<string, string>;
  /** How many are the most, where there are more. */
  tooMany: number | undefined;
}

/** Reads trees for one generation: the sets of a matrix ask for the same ones again and again. */
export interface TreeReading {
  /** @throws {Failure} of the tree */
  paths(tree: SourceTree, what: "folder" | "file"): Promise<TreePaths>;
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
  return {
    paths: (tree, what) => once(tree, what, () => pathsIn(tree, what)),
    file: (tree, path) =>
      once(tree, `file ${path}`, async () => readFileContent(path, await tree.read(path))),
  };
}

/** What begins with a dot, and what is below it, is no folder of an application. Source: Argo CD. */
async function pathsIn(tree: SourceTree, what: "folder" | "file"): Promise<TreePaths> {
  const oids = new Map<string, string>();
  let seen = 0;
  const walk = async (folder: string): Promise<void> => {
    for (const { name, kind, oid } of await tree.list(folder)) {
      if (++seen > MOST_ENTRIES) return;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (what === "folder" && name.startsWith(".")) continue;
      if (kind === what) oids.set(path, oid);
      if (kind === "folder") await walk(path);
    }
  };
  await walk("");
  return { paths: [...oids.keys()].sort(), oids, tooMany: seen > MOST_ENTRIES ? MOST_ENTRIES : undefined };
}
