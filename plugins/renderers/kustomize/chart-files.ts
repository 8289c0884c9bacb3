import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { filesOf, MAX_UNPACKED_BYTES, unpackedAside } from "../helm/packed-chart.ts";

interface ChartFileContent {
  path: string;
  content: Uint8Array;
}

/**
 * The files of a packed chart by their paths in its folder, as `helm pull --untar` writes them: the first step of every
 * path is left out, whatever it is called.
 * @param at what failures are about
 */
export async function chartFiles(at: string, archive: Uint8Array): Promise<ChartFileContent[]> {
  const files = new Map<string, Uint8Array>();
  for (const { names, content } of filesOf(at, await unpackedAside(at, archive, MAX_UNPACKED_BYTES))) {
    const steps = (names.at(-1) ?? "").split("/").filter((step) => step !== "" && step !== ".");
    if (steps.length > 1) files.set(steps.slice(1).join("/"), content);
  }
  return [...files].map(([path, content]) => ({ path, content }));
}

/** Such files as a tree, below a folder. Nothing asks it for object ids: what is in it has one digest. */
export function chartTree(folder: string, files: readonly ChartFileContent[]): SourceTree {
  const contents = new Map(files.map(({ path, content }) => [`${folder}/${path}`, content]));
  const folders = foldersOf(contents.keys());
  const kindOf = (path: string): TreeEntry["kind"] | undefined => {
    if (contents.has(path)) return "file";
    return folders.has(path) ? "folder" : undefined;
  };
  const entryOf = (path: string): TreeEntry | undefined => {
    const kind = kindOf(path);
    return kind === undefined ? undefined : { name: lastStep(path), kind, oid: "" };
  };
  const missing = (path: string): Failure =>
    new Failure("git-path", path, "after-edit", {
      cannot: "read",
      why: "there is no such path in the chart",
    });
  return {
    oid: async () => "",
    entry: async (path) => entryOf(path),
    async list(path) {
      const names = folders.get(path);
      if (names === undefined) throw missing(path);
      return [...names].sort().flatMap((name) => entryOf(`${path}/${name}`) ?? []);
    },
    async read(path) {
      const content = contents.get(path);
      if (content === undefined) throw missing(path);
      return content;
    },
  };
}

/** The names in each folder, found once: an archive may hold a hundred thousand files. */
function foldersOf(paths: Iterable<string>): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (let path of paths) {
    for (let end = path.lastIndexOf("/"); end > 0; end = path.lastIndexOf("/")) {
      const parent = path.slice(0, end);
      const names = folders.get(parent);
      if (names?.has(lastStep(path)) === true) break;
      if (names === undefined) folders.set(parent, new Set([lastStep(path)]));
      else names.add(lastStep(path));
      path = parent;
    }
  }
  return folders;
}

function lastStep(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
