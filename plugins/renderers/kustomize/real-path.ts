import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below, folderOf, resolveInside } from "../../../src/lib/resolve-inside.ts";

/** Linux gives up after as many. */
const MAX_LINKS = 40;

/**
 * Where a folder really lies. Kustomize starts the paths of a kustomization from there, not from the way that led to it.
 * @throws {Failure} path-outside-source where a link leads out or round in a circle
 */
export async function realPath(tree: SourceTree, path: string): Promise<string> {
  let at = "";
  let links = 0;
  for (let rest = path.split("/").filter((name) => name !== ""); rest.length > 0; ) {
    const next = below(at, rest[0] ?? "");
    const target = await linkAt(tree, next);
    if (target === undefined) {
      at = next;
      rest = rest.slice(1);
      continue;
    }
    const goal = resolveInside(folderOf(next), target);
    if (!goal.ok) throw outside(next, "it is a link that leads out of the repository");
    if (++links > MAX_LINKS) throw outside(path, "it leads round in a circle of links");
    rest = [...goal.path.split("/").filter((name) => name !== ""), ...rest.slice(1)];
    at = "";
  }
  return at;
}

/** What a link says; undefined for anything else. A source that cannot read links is refused by the host where it has one. */
async function linkAt(tree: SourceTree, path: string): Promise<string | undefined> {
  return tree.readLink?.(path).catch((cause: unknown) => {
    if (cause instanceof Failure && cause.code === "git-path") return undefined;
    throw cause;
  });
}

function outside(path: string, why: string): Failure {
  return new Failure("path-outside-source", path, "after-edit", {
    cannot: "render",
    why,
    fix: "Point it at a folder of this repository",
  });
}
