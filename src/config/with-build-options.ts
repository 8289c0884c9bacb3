import type { Customizations } from "../core/model/user-checks.ts";
import type { Config } from "./config.ts";

/** What the config says itself stands; where it says nothing, what Argo CD's settings say. */
export function withBuildOptions(
  render: Config["render"],
  found: Customizations["buildOptions"],
): Config["render"] {
  const orElse = (own: string[], version: string): string[] =>
    own.length > 0 ? own : (found.findLast((each) => each.version === version)?.words ?? []);
  return {
    ...render,
    buildOptions: orElse(render.buildOptions, ""),
    versions: render.versions.map((each) => ({
      ...each,
      buildOptions: each.tool === "kustomize" ? orElse(each.buildOptions, each.version) : each.buildOptions,
    })),
  };
}
