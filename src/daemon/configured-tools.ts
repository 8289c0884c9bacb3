import type { Config } from "../config/config.ts";
import { filled } from "../lib/defined.ts";
import type { ToolPlaces } from "../render/tools.ts";

/** What a config says of Helm and kustomize; without one, nothing. */
export function configuredTools(
  render: Config["render"] | undefined,
): Pick<ToolPlaces, "configured" | "versions" | "options"> {
  return {
    configured: filled({ helm: render?.helm, kustomize: render?.kustomize }),
    versions: (render?.versions ?? []).map(({ buildOptions, ...registered }) => ({
      ...registered,
      options:
        buildOptions.length > 0 || registered.tool !== "kustomize"
          ? buildOptions
          : (render?.buildOptions ?? []),
    })),
    options: { kustomize: render?.buildOptions ?? [] },
  };
}
