import { Failure } from "../core/model/failure.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { below, folderOf, isInside, resolveInside } from "../lib/resolve-inside.ts";
import type { InputPath } from "../plugin/contract.ts";

/** A path of one tree that a render depends on, without a link on its way. */
export interface ClosedPath {
  path: string;
  take: "everything" | "own-files" | "link";
  /** Of a link: what it says. */
  target?: string;
}

/** Linux gives up after as many. */
const MAX_LINKS = 40;
/** Files of one render, everything that it reads counted. */
const MAX_FILES = 20_000;

/**
 * Everything that reading `paths` reaches: links on the way and below, and what they lead to. So a link's target is
 * exported and part of the key like any other input, and nothing has to follow a link blindly.
 * @throws {Failure} path-outside-source where a link leaves the repository, leads nowhere (unless such are left out)
 * or round in a circle
 */
export async function closeLinks(tree: SourceTree, paths: readonly InputPath[]): Promise<ClosedPath[]> {
  const closed = new Map<string, ClosedPath>();
  let files = 0;

  const add = (found: ClosedPath): "new" | "known" => {
    const known = closed.get(found.path);
    if (known !== undefined && (known.take === found.take || known.take === "everything")) return "known";
    closed.set(found.path, found);
    return "new";
  };

  /** Goes to `path` link by link and says where it really is. */
  async function locate(path: string): Promise<string> {
    let rest = path.split("/");
    let at = "";
    for (let links = 0; rest.length > 0; ) {
      const next = below(at, rest[0] ?? "");
      const entry = next === "" ? undefined : await tree.entry(next);
      if (entry?.kind !== "link") {
        at = next;
        rest = rest.slice(1);
        continue;
      }
      if (++links > MAX_LINKS) throw circle(path);
      const goal = await follow(next);
      rest = [...goal.split("/"), ...rest.slice(1)].filter((name) => name !== "");
      at = "";
    }
    return at;
  }

  /** The path that a link leads to, one step. */
  async function follow(link: string): Promise<string> {
    if (tree.readLink === undefined)
      throw refused(
        link,
        "it is a link, which this source cannot read",
        "Put a copy of the file in its place",
      );
    const target = await tree.readLink(link);
    const goal = resolveInside(folderOf(link), target);
    if (!goal.ok)
      throw refused(
        link,
        "it is a link that leads out of the repository",
        "Point it at a file of this repository, or remove it",
      );
    add({ path: link, take: "link", target });
    return goal.path;
  }

  /** @param open folders that are being listed: a link to one of them, or to a folder above one, never ends */
  async function visit(
    path: string,
    take: "everything" | "own-files",
    dangling: "left out" | "refused",
    open: readonly string[],
  ): Promise<void> {
    const place = await locate(path);
    if (open.some((folder) => isInside(folder, place))) throw circle(path);
    if (add({ path: place, take }) === "known") return;
    const entry = place === "" ? { kind: "folder" as const } : await tree.entry(place);
    if (entry === undefined && place !== path && dangling === "refused")
      throw refused(path, `it is a link to ${place}, which does not exist`, "Correct the link, or remove it");
    if (entry?.kind === "folder") await visitFolder(place, take, dangling, [...open, place]);
  }

  async function visitFolder(
    folder: string,
    take: "everything" | "own-files",
    dangling: "left out" | "refused",
    open: readonly string[],
  ): Promise<void> {
    for (const entry of await tree.list(folder)) {
      const path = below(folder, entry.name);
      if (++files > MAX_FILES)
        throw refused(
          folder,
          `more than ${MAX_FILES} files would be read`,
          "Name a smaller folder as the source's path",
        );
      if (entry.kind === "link") await visit(path, "everything", dangling, [...open, folder]);
      else if (entry.kind === "folder" && take === "everything")
        await visitFolder(path, take, dangling, open);
      // Nothing of it can be had; that it is there, and at which commit, counts and is said.
      else if (entry.kind === "submodule" && take === "everything") add({ path, take });
    }
  }

  for (const { path, take, dangling } of paths)
    await visit(path, take ?? "everything", dangling ?? "refused", []);
  return [...closed.values()].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function circle(path: string): Failure {
  return refused(path, "it leads round in a circle of links", "Remove the circle");
}

function refused(path: string, why: string, fix: string): Failure {
  return new Failure("path-outside-source", path, "after-edit", { cannot: "render", why, fix });
}
