/** One commit's files, as far as what differs is looked for. */
export interface ComparedTree {
  /** Of a folder. `oid`: equal ones are the same content. */
  list(path: string): Promise<readonly ComparedEntry[]>;
}

interface ComparedEntry {
  name: string;
  kind: string;
  oid: string;
}

/** More than this is no small commit: then everybody looks for himself. */
const MOST_FOLDERS = 2_000;

/**
 * The paths in which two trees differ; only folders that differ are read. A folder that came or went is one path.
 * @returns undefined where they differ too much to be listed
 * @throws what `list` throws
 */
export async function changedPaths(before: ComparedTree, after: ComparedTree): Promise<string[] | undefined> {
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

async function entriesOf(tree: ComparedTree, path: string): Promise<Map<string, ComparedEntry>> {
  return new Map((await tree.list(path)).map((entry) => [entry.name, entry]));
}
