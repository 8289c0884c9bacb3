/** The files that a merge would leave, without making one: each from the side that changed it. */
import type { CommitSha } from "../../core/model/commit-sha.ts";
import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";

/** Three commits' files: where the branch is, where the histories parted, and what is to be merged. */
export interface Sides {
  base: SourceTree;
  from: SourceTree;
  head: SourceTree;
}

export interface MergedTree extends SourceTree {
  /** Files that both sides changed, each in its own way. Git would merge their lines, or ask; here HEAD's count. */
  conflicts: string[];
}

/** `merged`: a folder of both sides. */
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
    if (now?.kind === "folder" && then?.kind === "folder")
      return { is: "merged", oid: idOf("folder", [now.oid, was?.oid ?? "", then.oid]) };
    conflicts.add(path);
    return { is: "of", tree: head };
  }

  async function entry(path: string): Promise<TreeEntry | undefined> {
    const found = await place(path);
    if (found.is === "of") return found.tree.entry(path);
    return { name: path.slice(path.lastIndexOf("/") + 1), kind: "folder", oid: found.oid };
  }

  async function list(path: string): Promise<TreeEntry[]> {
    const found = await place(path);
    if (found.is === "of") return found.tree.list(path);
    const both = await Promise.all([base.list(path), head.list(path)]);
    const names = [...new Set(both.flat().map(({ name }) => name))].sort();
    const inside = await Promise.all(names.map((name) => entry(path === "" ? name : `${path}/${name}`)));
    return inside.filter((one) => one !== undefined);
  }

  /** Of what is no merged folder. */
  const treeAt = async (path: string): Promise<SourceTree> => {
    const found = await place(path);
    return found.is === "of" ? found.tree : head;
  };

  for (const path of changed) await place(path);
  return {
    commit: idOf("commit", [base.commit, from.commit, head.commit]) as CommitSha,
    conflicts: [...conflicts].sort(),
    entry,
    list,
    async oid(path) {
      const found = await place(path);
      return found.is === "of" ? found.tree.oid(path) : found.oid;
    },
    read: async (path) => (await treeAt(path)).read(path),
    async readLink(path) {
      const tree = await treeAt(path);
      if (tree.readLink === undefined) throw new Error("links cannot be read here");
      return tree.readLink(path);
    },
  };
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
