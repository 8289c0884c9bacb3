import type { PluginGrants } from "../../../src/core/model/management-plugin.ts";
import type { SourceTree } from "../../../src/core/ports/source-tree.ts";
import { below } from "../../../src/lib/resolve-inside.ts";
import type { InputsContext } from "../../../src/plugin/contract.ts";

/**
 * Variables that are another at each commit, or on each cluster: who gets them is rendered anew each time. So a plugin
 * has them only where its command, a program of its, or a file that it sees, names them. What cannot be looked into
 * counts as naming them all.
 */
const COSTLY = [
  "ARGOCD_APP_REVISION",
  "ARGOCD_APP_REVISION_SHORT",
  "ARGOCD_APP_REVISION_SHORT_8",
  "KUBE_VERSION",
  "KUBE_API_VERSIONS",
];
/** What their names begin with: a script may put the rest together. */
const ROOTS = ["ARGOCD_APP_REVISION", "KUBE_"];
const PACKED = /\.(?:t?gz|tgz|zip|pyz|jar|xz|txz|bz2|tbz2?|zst)$/i;
/** Of a chart that lies in Git: its templates have no environment. */
const PACKED_CHART = /(?:^|\/)charts\/[^/]+\.tgz$/;

/** What a plugin runs, and what it sees. */
export interface SeenByPlugin {
  words: readonly string[];
  tree: SourceTree;
  /** In the tree. */
  folder: string;
  /** By names, the command's own among them. */
  tools: readonly string[];
  grants: Pick<PluginGrants, "toolFolders" | "mounts">;
}

export async function hiddenUnlessMentioned(
  { words, tree, folder, tools, grants }: SeenByPlugin,
  context: InputsContext,
): Promise<ReadonlySet<string>> {
  const mentioned = new Set(ROOTS.filter((root) => words.some((word) => word.includes(root))));
  const places = [
    ...[...new Set(tools)].map((tool) => ({ tool })),
    ...[...grants.toolFolders, ...grants.mounts].map((outside) => ({ outside })),
  ];
  for (const place of places) {
    if (mentioned.size === ROOTS.length) break;
    const found = await context.wordsIn(place, { inTexts: ROOTS, inPrograms: COSTLY });
    for (const root of found === "unknown" ? ROOTS : rootsOf(found)) mentioned.add(root);
  }
  if (mentioned.size < ROOTS.length)
    for (const root of await mentionedBelow(folder, (await tree.oid(folder)) ?? "")) mentioned.add(root);
  return new Set(COSTLY.filter((variable) => ![...mentioned].some((root) => variable.startsWith(root))));

  /** By folder, so that a commit has only those read again in which something changed. */
  function mentionedBelow(at: string, oid: string): Promise<ReadonlySet<string>> {
    return context.remember(`variables ${folder === "" ? "" : "of a part "}${at} ${oid}`, async () => {
      const found = new Set<string>();
      for (const { name, kind, oid: content } of await tree.list(at)) {
        if (found.size === ROOTS.length) break;
        const path = below(at, name);
        if (kind === "folder") for (const root of await mentionedBelow(path, content)) found.add(root);
        // It may lead out of the part that is looked through; of a whole repository it cannot.
        if (kind === "link" && folder !== "") for (const root of ROOTS) found.add(root);
        if (kind !== "file" || PACKED_CHART.test(path)) continue;
        if (PACKED.test(name)) for (const root of ROOTS) found.add(root);
        const bytes = Buffer.from(await tree.read(path));
        for (const root of ROOTS) if (bytes.includes(root)) found.add(root);
      }
      return found;
    });
  }
}

function rootsOf(names: readonly string[]): string[] {
  return ROOTS.filter((root) => names.some((name) => name.startsWith(root)));
}
