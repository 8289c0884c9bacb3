import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { isInside } from "../../../src/lib/resolve-inside.ts";
import { filesOf, unpacked } from "../helm/packed-chart.ts";

interface ChartFileContent {
  path: string;
  content: Uint8Array;
}

/**
 * The files of a packed chart by their paths in its folder, as `helm pull --untar` writes them: the first step of every
 * path is left out, whatever it is called.
 * @param at what failures are about
 */
export function chartFiles(at: string, archive: Uint8Array): ChartFileContent[] {
  const files = new Map<string, Uint8Array>();
  for (const { names, content } of filesOf(at, unpacked(at, archive))) {
    const steps = (names.at(-1) ?? "").split("/").filter((step) => step !== "" && step !== ".");
    if (steps.length > 1) files.set(steps.slice(1).join("/"), content);
  }
  return [...files].map(([path, content]) => ({ path, content }));
}

/** Such files as a tree, below a folder. Nothing asks it for object ids: what is in it has one digest. */
export function chartTree(folder: string, files: readonly ChartFileContent[]): SourceTree {
  const byPath = new Map(files.map(({ path, content }) => [`${folder}/${path}`, content]));
  const kindOf = (path: string): "file" | "folder" | undefined => {
    if (byPath.has(path)) return "file";
    return [...byPath.keys()].some((file) => isInside(file, path)) ? "folder" : undefined;
  };
  const entryOf = (path: string): TreeEntry | undefined => {
    const kind = kindOf(path);
    return kind === undefined ? undefined : { name: path.split("/").at(-1) ?? "", kind, oid: "" };
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
      const start = `${path}/`;
      const names = [...byPath.keys()]
        .filter((file) => file.startsWith(start))
        .map((file) => file.slice(start.length).split("/")[0] ?? "");
      if (names.length === 0) throw missing(path);
      return [...new Set(names)].sort().flatMap((name) => entryOf(start + name) ?? []);
    },
    async read(path) {
      const content = byPath.get(path);
      if (content === undefined) throw missing(path);
      return content;
    },
  };
}
