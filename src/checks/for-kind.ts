import { compileGlob, type Glob } from "../lib/glob.ts";

/** As in Argo CD, `*` may stand for a part with slashes. */
const anyKind = { slash: "crosses", braces: "alternatives" } as const;

/** Finds the entry for a kind: the first of exactly this name, else the first whose glob matches. */
export function forKind<T extends { kinds: string }>(entries: readonly T[]): (kind: string) => T | undefined {
  const exact = new Map(entries.toReversed().map((entry) => [entry.kinds, entry] as const));
  const globs = entries
    .map((entry) => ({ entry, glob: compileGlob(entry.kinds, anyKind) }))
    .filter((one): one is { entry: T; glob: Extract<Glob, { ok: true }> } => one.glob.ok);
  const known = new Map<string, T | undefined>();
  return (kind) => {
    if (!known.has(kind))
      known.set(kind, exact.get(kind) ?? globs.find(({ glob }) => glob.matches(kind))?.entry);
    return known.get(kind);
  };
}
