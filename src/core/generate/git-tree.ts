import type { SourceTree } from "../ports/source-tree.ts";

/** What is looked at of one repository before it is too much. */
const MOST_ENTRIES = 200_000;

/**
 * Every folder or file of a tree, in the order of their names. What begins with a dot, and what is below it, is no folder
 * of an application. Source: Argo CD.
 *
 * @throws {Failure} of the tree
 */
export async function pathsIn(
  tree: SourceTree,
  what: "folder" | "file",
): Promise<{ paths: string[]; tooMany: number | undefined }> {
  const paths: string[] = [];
  let seen = 0;
  const walk = async (folder: string): Promise<void> => {
    for (const { name, kind } of await tree.list(folder)) {
      if (++seen > MOST_ENTRIES) return;
      const path = folder === "" ? name : `${folder}/${name}`;
      if (what === "folder" && name.startsWith(".")) continue;
      if (kind === what) paths.push(path);
      if (kind === "folder") await walk(path);
    }
  };
  await walk("");
  paths.sort();
  return { paths, tooMany: seen > MOST_ENTRIES ? MOST_ENTRIES : undefined };
}
