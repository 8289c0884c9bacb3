import type { DirectorySource } from "../../../src/core/model/application.ts";
import { Failure } from "../../../src/core/model/failure.ts";
import type { SourceTree, TreeEntry } from "../../../src/core/ports/source-tree.ts";
import { ANYWHERE, compileGlob } from "../../../src/lib/glob.ts";
import { below } from "../../../src/lib/resolve-inside.ts";

const EXTENSION = /\.(?:yaml|yml|json|jsonnet)$/;
/** Overrides of the source, no manifests. */
const OVERRIDES = /^\.argocd-source(?:-.+)?\.yaml$/;

/**
 * The files of a plain folder, in the order of their names. Globs are matched against the path below the folder,
 * `*` crosses `/`, exclude wins. Source: Argo CD.
 */
export async function listFiles(
  tree: SourceTree,
  folder: string,
  options: DirectorySource,
): Promise<{ files: string[] /** Links that would be files if they led to some. */; dangling: string[] }> {
  const included = glob("include", options.include);
  const excluded = glob("exclude", options.exclude);
  const files: string[] = [],
    dangling: string[] = [];

  async function visit(at: string): Promise<void> {
    const entries = (await tree.list(at)).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    for (const entry of entries) {
      const path = below(at, entry.name);
      const kind = await kindOf(tree, entry, path);
      if (kind === "folder" && options.recurse === true) await visit(path);
      if ((kind !== "file" && kind !== "dangling") || OVERRIDES.test(entry.name)) continue;
      if (options.disableExtensionFilter !== true && !EXTENSION.test(entry.name)) continue;
      const relative = path.slice(folder === "" ? 0 : folder.length + 1);
      if (!excluded(relative, false) && included(relative, true))
        (kind === "file" ? files : dangling).push(path);
    }
  }

  await visit(folder);
  return { files, dangling };
}

function glob(field: string, pattern: string | undefined): (path: string, otherwise: boolean) => boolean {
  if (pattern === undefined || pattern === null || pattern === "") return (_, otherwise) => otherwise;
  const compiled = compileGlob(pattern, ANYWHERE);
  if (compiled.ok) return (path) => compiled.matches(path);
  throw new Failure("invalid-spec", `directory.${field}`, "after-edit", {
    cannot: "render",
    why: `the pattern ${pattern} is not well formed: ${compiled.problem}`,
    fix: "Correct the pattern",
  });
}

/** A link counts as what it leads to; links to folders are not entered, and those to submodules lead nowhere. */
async function kindOf(
  tree: SourceTree,
  entry: TreeEntry,
  path: string,
): Promise<TreeEntry["kind"] | "dangling"> {
  if (entry.kind !== "link") return entry.kind;
  const isThere = (look: Promise<unknown>): Promise<boolean> =>
    look.then(
      () => true,
      (cause: unknown) => {
        if (cause instanceof Failure && cause.code === "git-path") return false;
        throw cause;
      },
    );
  if (await isThere(tree.read(path))) return "file";
  return (await isThere(tree.list(path))) ? "link" : "dangling";
}
