import { Failure } from "../../../src/core/model/failure.ts";
import { below, resolveInside } from "../../../src/lib/resolve-inside.ts";
import type { RenderRequest } from "../../../src/plugin/contract.ts";
import { editKustomization } from "./edit-kustomization.ts";
import {
  FILE_NAMES,
  type FoundKustomization,
  type Kustomization,
  readKustomization,
} from "./kustomization.ts";
import { realPath } from "./real-path.ts";
import { readsAsRemote } from "./remote-names.ts";

/** The kustomization of a source with what the application says of it. */
export interface Edited {
  /** Where the kustomization's folder really lies, links on its way followed. */
  at: string;
  edited: FoundKustomization;
  /** As it is written, where the application says something of it. */
  original?: Kustomization;
  /** Paths of components that may be missing and are. */
  absent: string[];
}

/** @throws {Failure} git-path where there is none, invalid-spec for an option that contradicts the file */
export async function editedKustomization({ source, path, tree, env }: RenderRequest): Promise<Edited> {
  const at = await realPath(tree, path);
  const original = await readKustomization(tree, at);
  if (original === undefined) {
    throw new Failure("git-path", below(path, FILE_NAMES[0]), "after-edit", {
      cannot: "render",
      why: "the folder is no kustomization: this file is missing",
      fix: "Correct the source's path, or remove its kustomize block",
    });
  }
  const options = source.kustomize;
  if (options === undefined || options === null || Object.keys(options).length === 0)
    return { at, edited: original, absent: [] };
  const components: string[] = [],
    absent: string[] = [];
  for (const component of options.components ?? []) {
    const inside = resolveInside(at, component);
    const isThere = readsAsRemote(component) || !inside.ok || (await tree.entry(inside.path)) !== undefined;
    if (isThere || options.ignoreMissingComponents !== true) components.push(component);
    else absent.push(inside.path);
  }
  return {
    at,
    original: original.content,
    edited: {
      file: original.file,
      content: editKustomization(original.content, options, { env, components }),
    },
    absent,
  };
}
