import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";

/** More than this is no small commit: then everybody looks for himself. */
const MOST_FOLDERS = 2_000;

/**
 * The paths in which two trees differ; only folders that differ are read. A folder that came or went is one path.
 * @returns undefined where they differ too much to be listed
 * @throws {Failure} of Git
 */
export async function changedPaths(before: SourceTree, after: SourceTree): Promise<string[] | undefined> {
  const changed: string[] = [];
  let folders = 0;
  const pending = [""];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (++folders > MOST_FOLDERS) return undefined;
    const [old, now] = await Promise.all([entriesOf(before, path), entriesOf(after, path)]);
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const was = old.get(name),
        is = now.get(name);
      if (was?.oid === is?.oid && was?.kind === is?.kind) continue;
      const inside = path === "" ? name : `${path}/${name}`;
      if (was?.kind === "folder" && is?.kind === "folder") pending.push(inside);
      else changed.push(inside);
    }
  }
  return changed;
}

async function entriesOf(tree: SourceTree, path: string): Promise<Map<string, TreeEntry>> {
  return new Map((await tree.list(path)).map((entry) => [entry.name, entry]));
}
