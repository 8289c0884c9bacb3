/** What sources name elsewhere beside their own repository, as far as their Applications and their kustomizations say it. */
import { FILE_NAMES } from "../../plugins/renderers/kustomize/kustomization.ts";
import {
  type ElsewherePlace,
  type FoundElsewhere,
  type NamedElsewhere,
  namedElsewhere,
} from "../../plugins/renderers/kustomize/named-elsewhere.ts";
import { readsAsRemote } from "../../plugins/renderers/kustomize/remote-names.ts";
import { isWebAddress, readTarget } from "../../plugins/renderers/kustomize/remote-target.ts";
import { type Source, sourceKind } from "../core/model/source.ts";
import type { SourceTree } from "../core/ports/source-tree.ts";
import { resolveInside } from "../lib/resolve-inside.ts";

export type SourceAddress = Pick<NamedElsewhere, "field" | "places">;

/** Of the repository, file or chart repository. */
export function urlOf(place: ElsewherePlace): string {
  switch (place.is) {
    case "repository":
      return place.tree.repoURL;
    case "file":
      return place.url;
    case "chart":
      return place.chart.repoURL;
  }
}

/** An address that a variable stands in is known where it is rendered. */
export function addressesIn({ helm, kustomize }: Source): SourceAddress[] {
  const files = [
    ...(helm?.valueFiles ?? []).map((text, at) => ({ field: `helm.valueFiles[${at}]`, text })),
    ...(helm?.fileParameters ?? []).map(({ path }, at) => ({
      field: `helm.fileParameters[${at}].path`,
      text: path,
    })),
  ];
  return [
    ...files.flatMap(({ field, text }): SourceAddress[] =>
      isWebAddress(text) && !text.includes("$") ? [{ field, places: [{ is: "file", url: text }] }] : [],
    ),
    ...(kustomize?.components ?? []).flatMap((text, at): SourceAddress[] => {
      const target = readTarget(text);
      if (target.is !== "repository" || text.includes("$")) return [];
      const { repoURL, revision } = target;
      const field = `kustomize.components[${at}]`;
      return [{ field, places: [{ is: "repository", tree: { repoURL, revision } }] }];
    }),
  ];
}

/** Whether kustomize may be who renders it, as far as the Application tells. */
export function mayBeKustomized(source: Source): boolean {
  const { chart = "", path, ref, helm, directory, plugin } = source;
  const isOther = helm !== undefined || directory !== undefined || plugin !== undefined;
  return (
    sourceKind(source) === "git" && chart === "" && !isOther && (path !== undefined || ref === undefined)
  );
}

/** What the kustomizations of a source name; nothing where kustomize is not who renders it. */
export async function kustomizedAddresses(
  tree: SourceTree,
  { path = "", kustomize }: Source,
): Promise<FoundElsewhere> {
  const own = resolveInside("", path);
  if (!own.ok) return { named: [], nowhere: [], unread: [] };
  const components = (kustomize?.components ?? []).flatMap((text) => {
    const inside = resolveInside(own.path, text);
    return readsAsRemote(text) || !inside.ok ? [] : [inside.path];
  });
  return namedElsewhere(tree, [own.path, ...components]);
}

/** Whether a file of this name is a kustomization, whatever it says. */
export function isKustomization(name: string): boolean {
  return FILE_NAMES.some((one) => one === name);
}
