/** Which tag a constraint means. Pure. */
import {
  compareVersions,
  newestMatching,
  parseConstraint,
  parseVersion,
} from "../../lib/version-constraint.ts";
import { tagOf, versionOf } from "./address.ts";

/** The newest tag that the constraint takes, as a version. Source: Argo CD, Helm. */
export function chooseTag(tags: readonly string[], asked: string): string | undefined {
  const constraint = parseConstraint(asked);
  if (constraint === undefined) return undefined;
  const newest = newestMatching(tags.map(versionOf), constraint);
  return newest === undefined ? undefined : tagOf(newest);
}

/** What there is in place of what was asked for: a sentence without a full stop. */
export function newestTags(tags: readonly string[], asked: "a tag" | "a constraint"): string {
  if (tags.length === 0) return "Correct targetRevision, or the repository's name";
  const versions = tags
    .flatMap((tag) => parseVersion(versionOf(tag)) ?? [])
    .sort((a, b) => compareVersions(b, a))
    .map(({ text }) => tagOf(text));
  const all = [...new Set([...versions, ...tags])];
  const more = all.length > 5 ? ` and ${all.length - 5} more` : "";
  const there = `It has ${all.slice(0, 5).join(", ")}${more}`;
  return asked === "a tag"
    ? there
    : `${there}; pre-releases count only where the constraint names one, such as >=1.0.0-0`;
}
