import { Failure } from "../core/model/failure.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { below, folderOf, isInside } from "../lib/resolve-inside.ts";
import type { InputPath } from "../plugin/contract.ts";
import type { ClosedPath } from "./link-closure.ts";

/** A tree that shows a renderer nothing but the inputs it named, so that an undeclared read fails instead of going stale. */
export function declaredTree(
  tree: SourceTree,
  closed: readonly ClosedPath[],
  asked: readonly InputPath[],
  renderer: string,
): SourceTree {
  // As asked for and as it really lies behind links.
  const both = [...closed, ...asked.map(({ path, take = "everything" }) => ({ path, take }))];
  const folders = both.filter(({ take }) => take === "everything").map(({ path }) => path);
  const single = new Set(both.map(({ path }) => path));
  const ownFiles = new Set(both.filter(({ take }) => take === "own-files").map(({ path }) => path));
  const isDeclared = (path: string): boolean =>
    single.has(path) || ownFiles.has(folderOf(path)) || folders.some((folder) => isInside(path, folder));
  /** On the way to something declared: it can be walked through, and shows nothing else. */
  const isOnTheWay = (path: string): boolean => [...single].some((declared) => isInside(declared, path));
  const undeclared = (path: string): Failure =>
    new Failure("internal", path, "after-edit", {
      cannot: "render",
      why: `the renderer ${renderer} reads it without having named it among its inputs`,
      fix: "Correct the renderer's inputs()",
    });
  const check = (path: string): void => {
    if (!isDeclared(path)) throw undeclared(path);
  };
  return {
    async oid(path) {
      check(path);
      return tree.oid(path);
    },
    async entry(path) {
      if (!isDeclared(path) && !isOnTheWay(path)) throw undeclared(path);
      return tree.entry(path);
    },
    async read(path) {
      check(path);
      return tree.read(path);
    },
    ...(tree.readLink === undefined
      ? {}
      : {
          async readLink(path: string) {
            if (!isDeclared(path) && !isOnTheWay(path)) throw undeclared(path);
            return tree.readLink?.(path) ?? "";
          },
        }),
    async list(path) {
      if (!isDeclared(path) && !isOnTheWay(path)) throw undeclared(path);
      return (await tree.list(path)).filter(
        ({ name }) => isDeclared(below(path, name)) || isOnTheWay(below(path, name)),
      );
    },
  };
}
