import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import type { InputsContext } from "../../../src/plugin/contract.ts";

/**
 * Variables that are another at each commit, or on each cluster: who gets them is rendered anew each time. So a plugin
 * has them only where its command, or a file that it sees, names them.
 */
const COSTLY = [
  "ARGOCD_APP_REVISION",
  "ARGOCD_APP_REVISION_SHORT",
  "ARGOCD_APP_REVISION_SHORT_8",
  "KUBE_VERSION",
  "KUBE_API_VERSIONS",
];
const ROOTS = ["ARGOCD_APP_REVISION", "KUBE_"];
/** Of a file that is no script and no template. */
const MAX_BYTES = 1 << 20;

/** @param folder that the plugin sees */
export async function hiddenUnlessMentioned(
  tree: SourceTree,
  folder: string,
  words: readonly string[],
  context: InputsContext,
): Promise<ReadonlySet<string>> {
  const inFiles = await mentionedBelow(folder, (await tree.oid(folder)) ?? "");
  const mentioned = ROOTS.filter((root) => inFiles.has(root) || words.some((word) => word.includes(root)));
  return new Set(COSTLY.filter((variable) => !mentioned.some((root) => variable.startsWith(root))));

  /** By folder, so that a commit has only those read again in which something changed. */
  function mentionedBelow(at: string, oid: string): Promise<ReadonlySet<string>> {
    return context.remember(`variables ${oid}`, async () => {
      const found = new Set<string>();
      for (const { name, kind, oid: content } of await tree.list(at)) {
        if (found.size === ROOTS.length) break;
        const path = below(at, name);
        if (kind === "folder") for (const root of await mentionedBelow(path, content)) found.add(root);
        if (kind !== "file") continue;
        const bytes = await tree.read(path);
        if (bytes.length > MAX_BYTES) continue;
        for (const root of ROOTS) if (Buffer.from(bytes).includes(root)) found.add(root);
      }
      return found;
    });
  }
}
