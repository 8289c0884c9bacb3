import type { ToolFinder } from "../render/tools.ts";

/**
 * Which Helm and Kustomize render, as `/api/version` tells it.
 * @returns `v4.2.1`; empty where none is found, or where it does not tell
 */
export function toolVersion(
  tools: Pick<ToolFinder, "find">,
  name: "helm" | "kustomize",
): () => Promise<string> {
  return async () => {
    // A daemon that renders neither is none that is broken: whoever renders one is told why it is missing.
    const found = await tools.find(name).catch(() => undefined);
    // A kubectl tells its own version before Kustomize's; words of the config stand behind both.
    const version = new RegExp(`(?:^| )${name} v?(\\d\\S*)`).exec(found?.version ?? "")?.[1];
    return version === undefined ? "" : `v${version}`;
  };
}
