/** Which commit a `targetRevision` means, given what the server has. Pure. */
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { Resolved } from "../core/ports/git.ts";
import { newestMatching, parseConstraint, parseVersion } from "../lib/version-constraint.ts";
import { isObjectId } from "./git-object.ts";
import { isRefName, type Refs, USUAL_PREFIXES } from "./refs.ts";

export type Revision =
  | { is: "head" }
  | { is: "commit"; commit: CommitSha }
  /** A name that begins with `refs/`, as it is. */
  | { is: "full-ref"; ref: string }
  /** Branch, tag, short SHA or constraint: only the list of refs tells. */
  | { is: "word"; word: string }
  | { is: "refused"; why: string };

const SHORT_ID = /^[0-9a-f]{4,63}$/;

/** Whether it could be the beginning of a SHA. */
export function isShortId(revision: Revision): revision is Extract<Revision, { is: "word" }> {
  return revision.is === "word" && SHORT_ID.test(revision.word.toLowerCase());
}

export type Resolution = { is: "found"; resolved: Resolved } | { is: "missing"; why: string; fix: string };

export function parseRevision(text: string): Revision {
  if (text === "" || text === "HEAD") return { is: "head" };
  const lower = text.toLowerCase();
  if (isObjectId(lower)) return { is: "commit", commit: lower as CommitSha };
  if (text.startsWith("-") || /[\p{Cc}:\\?[]|\.\.|@\{/u.test(text) || text.length > 1024)
    return { is: "refused", why: "it is no name of a branch, tag or commit" };
  if (text.startsWith("refs/"))
    return isRefName(text) ? { is: "full-ref", ref: text } : { is: "refused", why: "it is no name of a ref" };
  return { is: "word", word: text };
}

/** The prefix that must be among those asked for, undefined where the usual ones do. */
export function extraPrefix(revision: Revision): string | undefined {
  if (revision.is !== "full-ref" || USUAL_PREFIXES.some((prefix) => revision.ref.startsWith(prefix)))
    return undefined;
  return revision.ref;
}

/**
 * The exact name wins, branch before tag; then constraints, over tags only; then the beginning of a SHA.
 * @param known commits that are here and begin with the word, where it could be the beginning of a SHA
 */
export function resolveRevision(
  revision: Exclude<Revision, { is: "commit" | "refused" }>,
  refs: Refs,
  tagPrefix: string,
  known: readonly CommitSha[],
): Resolution {
  if (revision.is === "head") {
    return refs.head === undefined
      ? missing("its HEAD leads to no commit", "Push a first commit, or set the repository's default branch")
      : { is: "found", resolved: { commit: refs.head.commit, ref: refs.head.ref } };
  }
  if (revision.is === "full-ref")
    return (
      byName(refs, revision.ref) ?? missing("there is no such ref", "Correct targetRevision, or push the ref")
    );
  const { word } = revision;
  return (
    byName(refs, `refs/heads/${word}`) ??
    byName(refs, `refs/tags/${word}`) ??
    byConstraint(refs, word, tagPrefix) ??
    byShortSha(refs, word, known) ??
    missing(
      "there is no branch, tag or commit of this name",
      "Correct targetRevision, or push the branch or tag",
    )
  );
}

function byName(refs: Refs, ref: string): Resolution | undefined {
  const commit = refs.commitByName.get(ref);
  return commit === undefined ? undefined : { is: "found", resolved: { commit, ref } };
}

function byConstraint(refs: Refs, word: string, tagPrefix: string): Resolution | undefined {
  // A plain version is a tag's name and no constraint: `1.2` never means `1.2.7`.
  if (parseVersion(word) !== undefined)
    return tagPrefix === "" ? undefined : byName(refs, `refs/tags/${tagPrefix}${word}`);
  const constraint = parseConstraint(word);
  if (constraint === undefined) return undefined;
  const start = `refs/tags/${tagPrefix}`;
  const versions: string[] = [];
  for (const ref of refs.commitByName.keys())
    if (ref.startsWith(start)) versions.push(ref.slice(start.length));
  const newest = newestMatching(versions, constraint);
  if (newest !== undefined) return byName(refs, start + newest);
  const which = tagPrefix === "" ? "no tag" : `no tag that begins with ${JSON.stringify(tagPrefix)}`;
  return missing(
    `${which} satisfies this constraint`,
    "Push such a tag, or widen the constraint (pre-releases count only where it ends in -0)",
  );
}

function byShortSha(refs: Refs, word: string, known: readonly CommitSha[]): Resolution | undefined {
  const prefix = word.toLowerCase();
  if (!SHORT_ID.test(prefix)) return undefined;
  const found = new Set<CommitSha>(known);
  for (const commit of refs.commitByName.values()) if (commit.startsWith(prefix)) found.add(commit);
  const [commit, another] = found;
  if (commit === undefined)
    return missing("no ref and no commit fetched so far begins with it", "Give all 40 digits of the commit");
  if (another !== undefined)
    return missing(`${found.size} commits begin with it`, "Give more digits of the commit");
  return { is: "found", resolved: { commit, ref: "" } };
}

function missing(why: string, fix: string): Resolution {
  return { is: "missing", why, fix };
}
