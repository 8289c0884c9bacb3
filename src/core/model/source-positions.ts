import { type ApplicationSpec, sourcesOf } from "./application.ts";

/** A request's words for revisions, as Argo CD's API and command line have them. */
export interface AskedRevisions {
  /** Of the only source. */
  revision?: string | undefined;
  /** Of the sources in their order, or of those whose positions stand beside. */
  revisions?: readonly string[] | undefined;
  /** From 1. */
  positions?: readonly number[] | undefined;
}

export type RevisionsBySource =
  /** In the sources' order; "" is what the source itself follows. None: all of them. */
  { ok: true; revisions: string[] } | { ok: false; field: string; why: string };

/** Which source is asked for at which revision. Source: Argo CD, where a revision needs its source's position. */
export function revisionsBySource(
  spec: ApplicationSpec,
  { revision = "", revisions = [], positions }: AskedRevisions,
): RevisionsBySource {
  const count = sourcesOf(spec).length;
  const refused = (field: string, why: string): RevisionsBySource => ({ ok: false, field, why });
  if (revision !== "" && revisions.length > 0) return refused("revision", "name it or revisions, not both");
  if (revision !== "" && count > 1)
    return refused(
      "revision",
      `the application has ${count} sources: name the revision of one by its position, from 1, with revisions and sourcePositions`,
    );
  if (positions === undefined) {
    const all = revision === "" ? [...revisions] : [revision];
    return all.length > count
      ? refused("revisions", `are ${all.length}, and the application has ${howMany(count)}`)
      : { ok: true, revisions: all };
  }
  if (positions.length !== revisions.length)
    return refused("sourcePositions", `are ${positions.length}, and revisions are ${revisions.length}`);
  const bySource = Array.from({ length: count }, () => "");
  const seen = new Set<number>();
  for (const [at, position] of positions.entries()) {
    if (!Number.isInteger(position) || position < 1 || position > count)
      return refused("sourcePositions", `${position} is none: the application has ${howMany(count)}, from 1`);
    if (seen.has(position)) return refused("sourcePositions", `${position} is there twice`);
    seen.add(position);
    bySource[position - 1] = revisions[at] ?? "";
  }
  return { ok: true, revisions: bySource };
}

function howMany(count: number): string {
  return count === 1 ? "1 source" : `${count} sources`;
}
