/** A repository's tree with its submodules in it: each is another repository's tree, at the commit that the outer one names. */
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import type { BaseRefusal } from "../../core/policy/refuse-base.ts";
import type { Git } from "../../core/ports/git.ts";
import type { SourceTree, TreeEntry } from "../../core/ports/source-tree.ts";
import { defined } from "../../lib/defined.ts";
import { below, isInside } from "../../lib/resolve-inside.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { readGitmodules, submoduleUrl } from "./gitmodules.ts";

export interface SubmoduleParts {
  git: Pick<Git, "tree">;
  access(url: string, type: RepositoryType): RepositoryAccess;
  /** Why an address must not be asked; undefined where it may. */
  refuse(url: string, is: "tree"): BaseRefusal | undefined;
}

const FILE = ".gitmodules";
/** Submodules in submodules: no commit can hold itself, but each may hold another. */
const MAX_DEPTH = 8;
/** Of one repository. */
const MAX_SUBMODULES = 100;

/**
 * Fetches a submodule when something of it is read. What is not named in .gitmodules stays as it is. An object id of a
 * folder speaks for the commits of the submodules in it, and is not told where one of them may not be had.
 * @param url of the repository, where relative addresses start
 */
export async function withSubmodules(
  tree: SourceTree,
  url: string,
  parts: SubmoduleParts,
  signal?: AbortSignal,
  depth = 0,
): Promise<SourceTree> {
  if ((await tree.entry(FILE))?.kind !== "file") return tree;
  const named = readGitmodules(new TextDecoder().decode(await tree.read(FILE)));
  const modules = new Map<string, string>();
  for (const [path, written] of named)
    if ((await tree.entry(path))?.kind === "submodule") modules.set(path, written);
  if (modules.size === 0) return tree;
  const opened = new Map<string, Promise<SourceTree>>();

  const cannot = (path: string, why: string, fix?: string): Failure =>
    new Failure("git-path", path, "after-edit", { cannot: "fetch the submodule", why, ...defined({ fix }) });
  const addressOf = (path: string): string => {
    const written = modules.get(path) ?? "";
    const address = submoduleUrl(written, url);
    if (address === undefined)
      throw cannot(path, `its address ${written} leads above its host`, `Correct it in ${FILE}`);
    const shown = withoutUserinfo(address);
    const refused = parts.refuse(shown, "tree");
    if (refused !== undefined) throw cannot(path, `${shown}: ${refused.why}`, refused.fix);
    if (modules.size > MAX_SUBMODULES)
      throw cannot(
        path,
        `the repository has more than ${MAX_SUBMODULES}`,
        "Make some of them sources of their own",
      );
    if (depth >= MAX_DEPTH)
      throw cannot(path, `submodules are nested more than ${MAX_DEPTH} deep`, "Flatten them");
    return address;
  };
  const fetch = async (path: string): Promise<SourceTree> => {
    const address = addressOf(path);
    try {
      const commit = ((await tree.entry(path))?.oid ?? "") as CommitSha;
      const inner = await parts.git.tree(parts.access(address, "git"), commit, signal);
      return await withSubmodules(inner, address, parts, signal, depth + 1);
    } catch (cause) {
      const shown = withoutUserinfo(address);
      const { code, retry, why, fix, retryAfterMs } = asFailure(cause, shown, "fetch it");
      throw new Failure(code, path, retry, {
        cannot: "fetch the submodule",
        why: `${shown}: ${why}`,
        cause,
        ...defined({ fix, retryAfterMs }),
      });
    }
  };
  /** The submodule in which a path lies. */
  const moduleOf = (path: string): string | undefined =>
    [...modules.keys()].find((module) => isInside(path, module));
  const treeOf = (module: string): Promise<SourceTree> => {
    const known = opened.get(module) ?? fetch(module);
    opened.set(module, known);
    known.catch(() => opened.delete(module));
    return known;
  };
  const asFolder = (entry: TreeEntry, path: string): TreeEntry =>
    modules.has(path) ? { ...entry, kind: "folder" } : entry;
  /** Where the path lies: in the outer tree, or in a submodule, and where there. */
  const placeOf = async (path: string): Promise<{ of: SourceTree; inside: string }> => {
    const module = moduleOf(path);
    return module === undefined
      ? { of: tree, inside: path }
      : { of: await treeOf(module), inside: path.slice(module.length + 1) };
  };
  return {
    async oid(path) {
      // A render that others made of the same content is theirs who may have all of it.
      for (const module of modules.keys()) if (isInside(module, path)) await treeOf(module);
      if (modules.has(path)) return tree.oid(path);
      const { of, inside } = await placeOf(path);
      return of.oid(inside);
    },
    async entry(path) {
      const { of, inside } = modules.has(path) ? { of: tree, inside: path } : await placeOf(path);
      const entry = await of.entry(inside);
      return entry === undefined ? undefined : asFolder(entry, path);
    },
    async list(path) {
      const { of, inside } = await placeOf(path);
      return (await of.list(inside)).map((entry) => asFolder(entry, below(path, entry.name)));
    },
    async read(path) {
      const { of, inside } = await placeOf(path);
      return of.read(inside);
    },
    async readLink(path) {
      const { of, inside } = await placeOf(path);
      if (of.readLink === undefined) throw new Error("a tree of Git reads links");
      return of.readLink(inside);
    },
  };
}
