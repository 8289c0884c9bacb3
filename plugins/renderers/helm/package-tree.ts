import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { folderOf } from "../../../src/lib/resolve-inside.ts";
import { filesOf } from "./packed-chart.ts";

/**
 * The files of a packed chart, as a tree whose root is the chart.
 * @param archive unpacked
 * @throws {Failure} render for one that cannot be read
 */
export function packageTree(path: string, archive: Uint8Array): SourceTree {
  const files = new Map<string, Uint8Array>();
  const folders = new Map<string, Map<string, TreeEntry>>([["", new Map()]]);
  for (const { names, content } of filesOf(path, archive)) {
    // All that is in it lies in a folder with the chart's name.
    const steps = (names.at(-1) ?? "").split("/").filter((step) => step !== "" && step !== ".");
    if (steps.length < 2 || steps.includes("..")) continue;
    const inside = steps.slice(1);
    files.set(inside.join("/"), content);
    for (const [depth, name] of inside.entries()) {
      const kind = depth === inside.length - 1 ? "file" : "folder";
      const parent = inside.slice(0, depth).join("/");
      const own = inside.slice(0, depth + 1).join("/");
      const within = folders.get(parent) ?? new Map<string, TreeEntry>();
      within.set(name, { name, kind, oid: "" });
      folders.set(parent, within);
      if (kind === "folder" && !folders.has(own)) folders.set(own, new Map());
    }
  }
  const none = (what: string): Failure =>
    new Failure("git-path", what, "after-edit", { cannot: "render", why: `it is not in ${path}` });
  const entry = async (what: string): Promise<TreeEntry | undefined> =>
    folders.get(folderOf(what))?.get(what.slice(what.lastIndexOf("/") + 1));
  return {
    entry,
    oid: async (what) => (await entry(what))?.oid,
    async list(what) {
      const within = folders.get(what);
      if (within === undefined) throw none(what);
      return [...within.values()];
    },
    async read(what) {
      const content = files.get(what);
      if (content === undefined) throw none(what);
      return content;
    },
  };
}
