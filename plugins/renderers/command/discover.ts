import type { Discovery } from "../../../src/core/model/management-plugin.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below } from "../../../src/lib/resolve-inside.ts";

/** Looking further would cost more than a render. */
const MAX_ENTRIES = 20_000;

/**
 * Whether a folder holds what a plugin looks for: `fileName` step by step, as a shell's glob; `find.glob` with `**` for
 * any folders. Hidden files count. Source: Argo CD.
 */
export async function discovered(
  { glob }: Extract<Discovery, { glob: string }>,
  tree: SourceTree,
  folder: string,
): Promise<boolean> {
  let left = MAX_ENTRIES;
  return matches(folder, glob.replace(/^(?:\.\/)+/, "").split("/"));

  async function matches(at: string, [step = "", ...rest]: string[]): Promise<boolean> {
    const entries = await tree.list(at).catch(() => []);
    left -= entries.length;
    if (left < 0) return false;
    if (step === "**" && (await matches(at, rest.length === 0 ? ["*"] : rest))) return true;
    const name = new Bun.Glob(step);
    for (const entry of entries) {
      const path = below(at, entry.name);
      if (step === "**") {
        if (entry.kind === "folder" && (await matches(path, ["**", ...rest]))) return true;
      } else if (name.match(entry.name)) {
        if (rest.length === 0) return true;
        if (entry.kind === "folder" && (await matches(path, rest))) return true;
      }
    }
    return false;
  }
}
