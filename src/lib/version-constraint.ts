/** Semantic versions and constraints by the rules of Masterminds/semver (v3.4), which Helm and Argo CD use. */

export interface Version {
  /** As written, `v1.2`. */
  text: string;
  major: number;
  minor: number;
  patch: number;
  /** "" where there is none. */
  prerelease: string;
}

type Part = "major" | "minor" | "patch";
interface Comparator {
  holds: (version: Version) => boolean;
  prerelease: boolean;
}

export interface VersionConstraint {
  matches(version: Version): boolean;
}

const NUMBER = "(\\d+|[xX*])";
const SUFFIX = "(?:-([0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?";
const OPERATOR = "(=<|<=|=>|>=|~>|!=|[=<>~^])?";
const ONE = new RegExp(`^${OPERATOR}\\s*v?${NUMBER}(?:\\.${NUMBER})?(?:\\.${NUMBER})?${SUFFIX}$`);
const RANGE = /(\S+)\s+-\s+(\S+)/g;

/** `1`, `v1.2`, `1.2.3-rc.1+build`; undefined where the text is no version. */
export function parseVersion(text: string): Version | undefined {
  const found = new RegExp(`^v?(\\d+)(?:\\.(\\d+))?(?:\\.(\\d+))?${SUFFIX}$`).exec(text);
  if (found === null) return undefined;
  const [, major = "0", minor = "0", patch = "0", prerelease = ""] = found;
  const version = { text, major: Number(major), minor: Number(minor), patch: Number(patch), prerelease };
  return [version.major, version.minor, version.patch].every(Number.isSafeInteger) ? version : undefined;
}

/** Below 0 where `a` is older. Build metadata does not count. */
export function compareVersions(a: Version, b: Version): number {
  return (
    a.major - b.major ||
    a.minor - b.minor ||
    a.patch - b.patch ||
    comparePrereleases(a.prerelease, b.prerelease)
  );
}

/** `>=1.0, <2.0 || 3.x`; undefined where the text is no constraint. */
export function parseConstraint(text: string): VersionConstraint | undefined {
  const groups: Comparator[][] = [];
  for (const alternative of text.split("||")) {
    const group = parseGroup(alternative);
    if (group === undefined) return undefined;
    groups.push(group);
  }
  return {
    matches: (version) =>
      groups.some((group) => {
        // A pre-release is looked at only by those who name one.
        if (version.prerelease !== "" && !group.some((each) => each.prerelease)) return false;
        return group.every((each) => each.holds(version));
      }),
  };
}

/** The newest of `texts` that the constraint takes; of equal versions the first. */
export function newestMatching(texts: Iterable<string>, constraint: VersionConstraint): string | undefined {
  let newest: Version | undefined;
  for (const text of texts) {
    const version = parseVersion(text);
    if (version === undefined || !constraint.matches(version)) continue;
    if (newest === undefined || compareVersions(version, newest) > 0) newest = version;
  }
  return newest?.text;
}

function parseGroup(text: string): Comparator[] | undefined {
  const ranges = text.trim().replace(RANGE, ">=$1 <=$2");
  // `>= 1.2` is one comparator, `>=1.2 <2` are two.
  const words = ranges
    .replace(/([=<>~^!])\s+/g, "$1")
    .split(/[\s,]+/)
    .filter((word) => word !== "");
  if (words.length === 0) return undefined;
  const group: Comparator[] = [];
  for (const word of words) {
    const comparator = parseComparator(word);
    if (comparator === undefined) return undefined;
    group.push(comparator);
  }
  return group;
}

function parseComparator(text: string): Comparator | undefined {
  const found = ONE.exec(text);
  if (found === null) return undefined;
  const [, operator = "", ...rest] = found;
  const [major, minor, patch] = rest;
  const open: Part | undefined = isOpen(major)
    ? "major"
    : isOpen(minor)
      ? "minor"
      : isOpen(patch)
        ? "patch"
        : undefined;
  const base: Version = {
    text,
    major: open === "major" ? 0 : Number(major),
    minor: open === "major" || open === "minor" ? 0 : Number(minor),
    patch: open === undefined ? Number(patch) : 0,
    prerelease: rest[3] ?? "",
  };
  return { holds: (version) => compareBy(operator, version, base, open), prerelease: base.prerelease !== "" };
}

/** @param open the first part that was left out or is a wildcard */
function compareBy(operator: string, version: Version, base: Version, open: Part | undefined): boolean {
  const order = compareVersions(version, base);
  const sameMajor = version.major === base.major,
    sameMinor = sameMajor && version.minor === base.minor;
  switch (operator) {
    case "":
    case "=":
      return open === undefined ? order === 0 : tilde(version, base, open);
    case "~":
    case "~>":
      return tilde(version, base, open);
    case "^":
      return caret(version, base, open);
    case "!=":
      if (open === "major") return false;
      if (open === "minor") return !sameMajor;
      if (open === "patch") return !sameMinor;
      return order !== 0;
    case ">":
      // `>1` means past all of 1.x, `>1.2` past all of 1.2.x.
      if (open === "minor") return version.major > base.major;
      if (open === "patch") return version.major > base.major || (sameMajor && version.minor > base.minor);
      return order > 0;
    case "<":
      return order < 0;
    case ">=":
    case "=>":
      return order >= 0;
    default:
      if (open === "major") return true;
      if (open === "minor") return version.major <= base.major;
      if (open === "patch") return version.major < base.major || (sameMajor && version.minor <= base.minor);
      return order <= 0;
  }
}

function tilde(version: Version, base: Version, open: Part | undefined): boolean {
  if (compareVersions(version, base) < 0) return false;
  // `*` and the odd `~0.0.0` take everything.
  if (open === "major" || (open === undefined && base.major === 0 && base.minor === 0 && base.patch === 0))
    return true;
  return version.major === base.major && (open === "minor" || version.minor === base.minor);
}

function caret(version: Version, base: Version, open: Part | undefined): boolean {
  if (compareVersions(version, base) < 0) return false;
  if (open === "major") return true;
  if (base.major > 0 || open === "minor") return version.major === base.major;
  if (version.major > 0) return false;
  if (base.minor > 0 || open === "patch") return version.minor === base.minor;
  return version.minor === 0 && version.patch === base.patch;
}

function isOpen(part: string | undefined): boolean {
  return part === undefined || part === "x" || part === "X" || part === "*";
}

/** Semver 2.0, rule 11: none is newer than any; numbers before words; longer after shorter. */
function comparePrereleases(a: string, b: string): number {
  if (a === b) return 0;
  if (a === "") return 1;
  if (b === "") return -1;
  const left = a.split("."),
    right = b.split(".");
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const x = left[i],
      y = right[i];
    if (x === y) continue;
    if (x === undefined) return -1;
    if (y === undefined) return 1;
    const xIsNumber = /^\d+$/.test(x),
      yIsNumber = /^\d+$/.test(y);
    if (xIsNumber && yIsNumber) return Number(x) - Number(y);
    if (xIsNumber !== yIsNumber) return xIsNumber ? -1 : 1;
    return x < y ? -1 : 1;
  }
  return 0;
}
