/** What a text of a kustomization means that is no path of its repository. */
import type { Failure } from "../../../src/core/model/failure.ts";
import { withoutUserinfo } from "../../../src/lib/url-userinfo.ts";
import { cannotRender } from "./check-content.ts";
import type { Reference } from "./references.ts";
import { beginsAsRemote } from "./remote-names.ts";
import {
  isWebAddress,
  kindOfAddress,
  type RepositoryTarget,
  readTarget,
  type Target,
} from "./remote-target.ts";

export type MeantElsewhere =
  | { kind: "file"; target: Exclude<Target, { is: "refused" }> }
  /** `unclear`: a file, where there is no such repository. */
  | { kind: "repository" | "unclear"; target: RepositoryTarget };

/**
 * @param file that names it
 * @throws {Failure} render for what may not stand in this field, or nowhere
 */
export function meantElsewhere(file: string, { field, text, is, moved }: Reference): MeantElsewhere {
  const target = readTarget(text);
  if (target.is === "refused")
    throw cannotRender(
      file,
      `${field} names ${withoutUserinfo(text)}, which cannot be fetched: ${target.why}`,
      "Name a repository as https://host/path//folder?ref=TAG, or copy it into this one",
    );
  const isFolder = is === "folder" || is === "file-or-folder" || is === "plugin";
  const isFile = is !== "folder" && isWebAddress(text);
  if (moved === undefined || (!isFile && (!isFolder || target.is !== "repository")))
    throw noAddress(file, field, text);
  const kind = !isFolder ? "file" : !isFile ? "repository" : kindOfAddress(text);
  return kind === "file" || target.is !== "repository" ? { kind: "file", target } : { kind, target };
}

/** YAML in place of a path. What kustomize does not take for a patch it looks for as a file, in the export alone. */
export function isPatch(text: string): boolean {
  return (text.includes("\n") || /^\s*(?:\{|apiVersion:)/.test(text)) && !beginsAsRemote(text);
}

export function noAddress(file: string, field: string, text: string): Failure {
  return cannotRender(
    file,
    `${field} names ${withoutUserinfo(text)}, which looks like an address and cannot be fetched: it is none that this field may name`,
    "Name a repository as https://host/path//folder?ref=TAG where a folder may stand, a file by its https address, or copy it into the repository",
  );
}
