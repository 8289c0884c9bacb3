/**
 * Which tag of a repository is to run. What the names do and the moments at which images were built decide; nothing is
 * asked here. Source: Argo CD Image Updater's strategies, Masterminds' constraints.
 */
import {
  compareVersions,
  parseConstraint,
  parseVersion,
  type Version,
} from "../../lib/version-constraint.ts";
import type { UpdateStrategy } from "../model/image-update.ts";

/** What of its tags an image takes. */
export interface TagRules {
  strategy: UpdateStrategy;
  /** Of `semver` a constraint, of `digest` a tag; "" where there is none. */
  constraint: string;
  /** Undefined: any. */
  allows: ((tag: string) => boolean) | undefined;
  /** Whether one of the globs takes it. */
  ignores(tag: string): boolean;
}

export interface LeftOut {
  tag: string;
  why: string;
}

export interface Considered {
  /** Best first; of `newest-build` in no order that counts. */
  tags: readonly string[];
  out: readonly LeftOut[];
}

/** Those that the names let in. */
export function considerTags(tags: readonly string[], rules: TagRules): Considered {
  const out: LeftOut[] = [];
  const left: { tag: string; version: Version | undefined }[] = [];
  const constraint = rules.constraint === "" ? undefined : parseConstraint(rules.constraint);
  for (const tag of new Set(tags)) {
    const version = rules.strategy === "semver" ? parseVersion(tag) : undefined;
    const why = whyOut(tag, version, rules, constraint);
    if (why === undefined) left.push({ tag, version });
    else out.push({ tag, why });
  }
  return { tags: left.sort(order).map(({ tag }) => tag), out };
}

function whyOut(
  tag: string,
  version: Version | undefined,
  { strategy, constraint: written, allows, ignores }: TagRules,
  constraint: ReturnType<typeof parseConstraint>,
): string | undefined {
  if (strategy === "digest") return tag === written ? undefined : `only ${written} is followed`;
  if (ignores(tag)) return "ignored by ignore-tags";
  if (allows !== undefined && !allows(tag)) return "not taken by allow-tags";
  if (strategy !== "semver") return undefined;
  if (version === undefined) return "no semantic version";
  if (constraint === undefined) return version.prerelease === "" ? undefined : "a pre-release";
  return constraint.matches(version) ? undefined : `not within ${written}`;
}

/** The best first. Of two that are the same version the one that says more of it. */
function order(a: { tag: string; version: Version | undefined }, b: typeof a): number {
  const byVersion = a.version && b.version ? compareVersions(b.version, a.version) : 0;
  if (byVersion !== 0) return byVersion;
  if (a.version !== undefined) return b.tag.length - a.tag.length || (a.tag < b.tag ? -1 : 1);
  return a.tag < b.tag ? 1 : a.tag > b.tag ? -1 : 0;
}

/** A tag with what is known of what it names now. */
export interface KnownTag {
  tag: string;
  digest?: string;
  /** Milliseconds since 1970: when it was built. */
  built?: number;
}

/** Newest first; of the same moment by name, so that it is always the same one. Those whose moment is not known are out. */
export function byBuild(tags: readonly KnownTag[]): KnownTag[] {
  return tags
    .filter(({ built }) => built !== undefined)
    .sort((a, b) => (b.built ?? 0) - (a.built ?? 0) || (a.tag < b.tag ? 1 : -1));
}

export type Chosen =
  | { is: "chosen"; tag: KnownTag }
  /** What runs is better than all that is listed: a list that is shorter than before takes nothing back. */
  | { is: "kept"; why: string }
  | { is: "none"; why: string };

/**
 * @param best of those that are considered, the best one; undefined where there is none
 * @param running the tag that runs; "" where that is not known
 * @param before what was chosen the last time, of the same rules
 */
export function chooseTag(
  rules: TagRules,
  best: KnownTag | undefined,
  running: string,
  before: KnownTag | undefined,
): Chosen {
  if (best === undefined)
    return {
      is: "none",
      why: rules.strategy === "digest" ? `there is no tag ${rules.constraint}` : "no tag is left to choose",
    };
  const isTaken = running !== "" && considerTags([running], rules).tags.length === 1;
  if (rules.strategy === "semver") {
    const [newest, now] = [parseVersion(best.tag), parseVersion(running)];
    if (isTaken && newest && now && compareVersions(newest, now) < 0)
      return { is: "kept", why: `${best.tag} is the newest that is listed, and older than ${running}` };
  }
  if (rules.strategy === "alphabetical" && isTaken && best.tag < running)
    return { is: "kept", why: `${best.tag} is the last that is listed, and comes before ${running}` };
  if (
    rules.strategy === "newest-build" &&
    before?.built !== undefined &&
    best.built !== undefined &&
    best.built < before.built &&
    considerTags([before.tag], rules).tags.length === 1
  )
    return {
      is: "kept",
      why: `${best.tag} is the newest that is listed, and older than ${before.tag}, which was chosen before`,
    };
  return { is: "chosen", tag: best };
}
