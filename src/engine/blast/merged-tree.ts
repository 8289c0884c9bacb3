/** The files that a merge would leave, without making one: each from the side that changed it. */
import type { CommitSha } from "../../core/model/commit-sha.ts";
import type { TreeAtCommit } from "../../core/ports/git.ts";
import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";
import { resolveInside } from "../../lib/resolve-inside.ts";

/** Three commits' files: where the branch is, where the histories parted, and what is to be merged. */
export interface Sides {
  base: TreeAtCommit;
  from: TreeAtCommit;
  head: TreeAtCommit;
}

export interface MergedTree extends TreeAtCommit {
  /** Files that both sides changed, each in its own way. Git would merge their lines, or ask; here HEAD's count. */
  conflicts: string[];
}

const MOST_LINKS = 10;

/** `merged`: a folder that both sides changed, empty where nothing is left of it. */
type Place = { is: "of"; tree: SourceTree } | { is: "merged"; oid: string };

/**
 * @param changed what `head` changed since `from`
 * @throws {Failure} of Git
 */
export async function mergedTree(sides: Sides, changed: readonly string[]): Promise<MergedTree> {
  const { base, from, head } = sides;
  const conflicts = new Set<string>();
  const places = new Map<string, Promise<Place>>();

  const place = (path: string): Promise<Place> => {
    const known = places.get(path) ?? find(path);
    places.set(path, known);
    return known;
  };

  async function find(path: string): Promise<Place> {
    if (path !== "") {
      const above = await place(path.includes("/") ? path.slice(0, path.lastIndexOf("/")) : "");
      if (above.is === "of") return above;
    }
    const [now, was, then] = await Promise.all([base, from, head].map((tree) => entryAt(tree, path)));
    if (isSame(then, was) || isSame(now, then)) return { is: "of", tree: base };
    if (isSame(now, was)) return { is: "of", tree: head };
    // One side may have removed all of it: what the other one changed in it is looked at file by file.
    if ([now, then].every((entry) => entry === undefined || entry.kind === "folder"))
      return {
        is: "merged",
        oid: idOf(
          "folder",
          [now, was, then].map((entry) => entry?.oid ?? ""),
        ),
      };
    conflicts.add(path);
    return { is: "of", tree: head };
  }

  async function entry(path: string): Promise<TreeEntry | undefined> {
    const found = await place(path);
    if (found.is === "of") return found.tree.entry(path);
    if ((await list(path)).length === 0) return undefined;
    return { name: path.slice(path.lastIndexOf("/") + 1), kind: "folder", oid: found.oid };
  }

  async function list(path: string): Promise<TreeEntry[]> {
    const found = await place(path);
    if (found.is === "of") return found.tree.list(path);
    const names = await namesIn(path, [base, head]);
    const inside = await Promise.all(names.map((name) => entry(path === "" ? name : `${path}/${name}`)));
    return inside.filter((one) => one !== undefined);
  }

  /** Of what is no merged folder. */
  const treeAt = async (path: string): Promise<SourceTree> => {
    const found = await place(path);
    return found.is === "of" ? found.tree : head;
  };

  async function readLink(path: string): Promise<string> {
    const tree = await treeAt(path);
    if (tree.readLink === undefined) throw new Error("links cannot be read here");
    return tree.readLink(path);
  }

  /** A link leads to what a merge leaves there, which may be the other side's. */
  async function read(path: string, followed = 0): Promise<Uint8Array> {
    const tree = await treeAt(path);
    if (followed >= MOST_LINKS || (await entry(path))?.kind !== "link") return tree.read(path);
    const folder = path.slice(0, Math.max(0, path.lastIndexOf("/")));
    const to = resolveInside(folder, await readLink(path));
    return to.ok ? read(to.path, followed + 1) : tree.read(path);
  }

  /** A folder that came or went is one change, and may hold conflicts. */
  async function lookThrough(path: string): Promise<void> {
    const found = await place(path);
    if (found.is === "of") return;
    for (const name of await namesIn(path, [base, from, head])) await lookThrough(`${path}/${name}`);
  }

  for (const path of changed) await lookThrough(path);
  return {
    commit: idOf("commit", [base.commit, from.commit, head.commit]) as CommitSha,
    conflicts: [...conflicts].sort(),
    entry,
    list,
    async oid(path) {
      const found = await place(path);
      return found.is === "of" ? found.tree.oid(path) : (await entry(path))?.oid;
    },
    read,
    readLink,
  };
}

/** @returns without repetitions, sorted */
async function namesIn(folder: string, trees: readonly SourceTree[]): Promise<string[]> {
  const all = await Promise.all(
    trees.map(async (tree) =>
      (await entryAt(tree, folder))?.kind === "folder" ? await tree.list(folder) : [],
    ),
  );
  return [...new Set(all.flat().map(({ name }) => name))].sort();
}

async function entryAt(tree: SourceTree, path: string): Promise<TreeEntry | undefined> {
  if (path !== "") return tree.entry(path);
  const oid = await tree.oid("");
  return oid === undefined ? undefined : { name: "", kind: "folder", oid };
}

function isSame(one: TreeEntry | undefined, other: TreeEntry | undefined): boolean {
  return one?.oid === other?.oid && one?.kind === other?.kind;
}

/** In the form of an object id, and of none that there is: what is made of it is kept under it. */
function idOf(kind: string, parts: readonly string[]): string {
  return new Bun.CryptoHasher("sha1").update(`merged ${kind} ${parts.join(" ")}`).digest("hex");
}
