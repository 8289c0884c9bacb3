import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";

/** More than this is no small commit: then everybody looks for himself. */
const MOST_FOLDERS = 2_000;

/** Which paths two commits of one repository differ in; made to be asked about many inputs. */
export class ChangedPaths {
  readonly #changed: ReadonlySet<string>;
  /** Every folder that something changed in, "" among them. */
  readonly #above = new Set<string>();

  constructor(changed: Iterable<string>) {
    this.#changed = new Set(changed);
    for (const path of this.#changed)
      for (let folder = folderOf(path); folder !== undefined; folder = folderOf(folder))
        this.#above.add(folder);
  }

  get size(): number {
    return this.#changed.size;
  }

  /** Whether what is at `path`, in it or above it is another than before. */
  touches(path: string): boolean {
    if (this.#changed.has(path) || this.#above.has(path)) return true;
    for (let folder = folderOf(path); folder !== undefined; folder = folderOf(folder))
      if (this.#changed.has(folder)) return true;
    return false;
  }
}

/**
 * Compares two trees; only folders that differ are read. A folder that came or went is one path.
 * @returns undefined where they differ too much to be listed
 * @throws {Failure} of Git
 */
export async function changedPaths(before: SourceTree, after: SourceTree): Promise<ChangedPaths | undefined> {
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
  return new ChangedPaths(changed);
}

async function entriesOf(tree: SourceTree, path: string): Promise<Map<string, TreeEntry>> {
  return new Map((await tree.list(path)).map((entry) => [entry.name, entry]));
}

/** The folder that holds a path; undefined for the root. */
function folderOf(path: string): string | undefined {
  if (path === "") return undefined;
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}
