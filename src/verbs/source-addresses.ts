/** What sources name elsewhere beside their own repository, as far as their Applications say it. */
import { isWebAddress, readTarget } from "../../plugins/renderers/kustomize/remote-target.ts";
import type { Source } from "../core/model/source.ts";
import type { ForeignTree } from "../core/ports/renderers.ts";

export type SourceAddress = {
  /** In the source: `helm.valueFiles[0]`. */
  field: string;
  /** Of the repository or file. */
  url: string;
} & ({ is: "repository"; tree: ForeignTree } | { is: "file" });

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
      isWebAddress(text) && !text.includes("$") ? [{ field, url: text, is: "file" }] : [],
    ),
    ...(kustomize?.components ?? []).flatMap((text, at): SourceAddress[] => {
      const target = readTarget(text);
      if (target.is !== "repository" || text.includes("$")) return [];
      const { repoURL, revision } = target;
      return [
        {
          field: `kustomize.components[${at}]`,
          url: repoURL,
          is: "repository",
          tree: { repoURL, revision },
        },
      ];
    }),
  ];
}
