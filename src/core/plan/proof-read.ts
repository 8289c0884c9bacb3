/** Two renders of the same commits, held against each other before anything is deleted because of the first. Pure. */
import type { DesiredObject, LeftOutFile } from "../model/desired-object.ts";
import { type RefKey, show } from "../model/object-ref.ts";

/** What one render came to, as far as deletions depend on it. */
export interface Reading {
  desired: readonly Pick<DesiredObject, "key" | "ref">[];
  /** Files that hold no manifest. */
  leftOut: readonly Pick<LeftOutFile, "file">[];
  /** Of all that it was made of: equal keys had the same inputs. */
  renderKey: string;
}

/** Why what left Git is not known to have left it. */
export interface Unproven {
  /** A sentence without a full stop. */
  why: string;
  /** Objects of either render: Git may want each of them. */
  wanted: ReadonlySet<RefKey>;
}

export type Proof =
  | { is: "same" }
  /** The second has all that the first has, and more, or was made of other inputs: it is what Git wants by now. */
  | ({ is: "lacking" } & Unproven)
  | ({ is: "differing" } & Unproven);

/**
 * What must be equal is which objects there are, and which files hold none: by that alone it is known what left Git.
 * Their values may differ, because a chart may make random ones.
 */
export function proofRead(first: Reading, second: Reading): Proof {
  const [had, has] = [namesOf(first), namesOf(second)];
  const lost = [...had].flatMap(([id, name]) => (has.has(id) ? [] : [name]));
  const found = [...has].flatMap(([id, name]) => (had.has(id) ? [] : [name]));
  if (lost.length + found.length === 0) return { is: "same" };
  const wanted = new Set([...first.desired, ...second.desired].map(({ key }) => key));
  const sides = [
    ...(lost.length === 0 ? [] : [`only the first has ${listed(lost)}`]),
    ...(found.length === 0 ? [] : [`only the second has ${listed(found)}`]),
  ].join(", and ");
  if (first.renderKey !== second.renderKey)
    return {
      is: "lacking",
      why: `what it is rendered from changed meanwhile (a tool, or what the cluster serves): of two renders ${sides}`,
      wanted,
    };
  const why = `the render is not deterministic: of two renders of the same commit ${sides}`;
  return { is: lost.length === 0 ? "lacking" : "differing", why, wanted };
}

/** By what it is known in both, as people name it. */
function namesOf({ desired, leftOut }: Reading): Map<string, string> {
  return new Map([
    ...desired.map(({ key, ref }): [string, string] => [`object ${key}`, show(ref)]),
    ...leftOut.map(({ file }): [string, string] => [`file ${file}`, `${file} without a manifest`]),
  ]);
}

function listed(names: readonly string[]): string {
  const more = names.length - 3;
  return more > 0 ? `${names.slice(0, 3).join(", ")} and ${more} more` : names.join(" and ");
}
