import type { CommitSha } from "./commit-sha.ts";

/**
 * What a source is at: a commit of a Git repository, or an artifact, which is one version of a chart, or a tag of a
 * registry, and the digest of its content.
 */
export type SourceRevision =
  | { readonly is: "commit"; readonly commit: CommitSha }
  | { readonly is: "artifact"; readonly version: string; readonly digest: Digest };

declare const digestBrand: unique symbol;
/** `sha256:` and 64 hex digits, of an artifact as it is packed. */
export type Digest = string & { readonly [digestBrand]: true };

/** As status, history and people call it: the commit's SHA, or the chart's version. Source: Argo CD. */
export function revisionName(revision: SourceRevision): string {
  return revision.is === "commit" ? revision.commit : revision.version;
}

/** A version that was published anew, with other content, is another revision. */
export function isSameRevision(a: SourceRevision | undefined, b: SourceRevision | undefined): boolean {
  return a !== undefined && b !== undefined && idOf(a) === idOf(b);
}

/** For two at once: several of one version and other content differ in it. */
export function idOf(revision: SourceRevision): string {
  return revision.is === "commit" ? revision.commit : `${revision.version} ${revision.digest}`;
}
