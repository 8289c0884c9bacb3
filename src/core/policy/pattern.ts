import { type GlobOptions, matchesGlob } from "../../lib/glob.ts";

export function isDeny(pattern: string | undefined): boolean {
  return pattern?.startsWith("!") ?? false;
}

/** `!x` matches whatever x does not, so a deny that does not apply permits. `*` alone is everything. Source: Argo CD. */
export function matchesPattern(pattern: string | undefined, text: string, options: GlobOptions): boolean {
  if (pattern === undefined) return text === "";
  if (isDeny(pattern)) return !matchesGlob(pattern.slice(1), text, options);
  return pattern === "*" || matchesGlob(pattern, text, options);
}
