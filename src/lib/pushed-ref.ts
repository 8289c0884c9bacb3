import { parseConstraint, parseVersion } from "./version-constraint.ts";

/** A branch or tag that somebody says was pushed. */
export interface PushedRef {
  /** Without `refs/heads/` and `refs/tags/`. "" where it is not said. */
  name: string;
  /** Whether it is the repository's default branch. */
  head: "is" | "is not" | "not said";
}

/** A short or whole name of a commit: any push may bring it. */
const COMMIT = /^[0-9a-f]{4,64}$/i;

/**
 * Whether a push of this ref may change what a `targetRevision` means. It only spares a look: where it cannot be told, it
 * may. Source: Argo CD's webhook compares the same way.
 * @param tagPrefix of tags that a range is looked for in
 */
export function mayMove(targetRevision: string, { name, head }: PushedRef, tagPrefix = ""): boolean {
  if (name === "") return true;
  if (targetRevision === "" || targetRevision === "HEAD") return head !== "is not";
  const followed = targetRevision.replace(/^refs\/(?:heads|tags)\//, "");
  if (followed === name || COMMIT.test(followed)) return true;
  // Refs of neither kind are nobody's branch: pushes of them are told under other names.
  if (followed === targetRevision && targetRevision.startsWith("refs/")) return true;
  if (!name.startsWith(tagPrefix)) return false;
  const pushed = name.slice(tagPrefix.length);
  if (tagPrefix !== "" && pushed === followed) return true;
  const version = parseVersion(pushed);
  return version !== undefined && parseConstraint(followed)?.matches(version) === true;
}
