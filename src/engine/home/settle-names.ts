import type { Problem } from "../../core/model/problem.ts";
import type { AppOrigin } from "../control.ts";

/** What one place writes under a name. */
export interface NameClaim<T> {
  /** The name, as the map of owners has it. */
  key: string;
  value: T;
  origin: AppOrigin;
}

export interface Owned<T> {
  value: T;
  origin: AppOrigin;
}

export interface NamesInput<T> {
  /** All of them, in the order of the reading; those of the API before those of files. */
  claims: readonly NameClaim<T>[];
  /** Who had each name before this reading, across restarts too. */
  incumbents: ReadonlyMap<string, Owned<T>>;
  /** Whether an incumbent that its own place does not write any more has been away for long enough. */
  isGone(key: string): boolean;
  isEqual(a: T, b: T): boolean;
  /** `Application argocd/web`. */
  describe(key: string): string;
}

export interface Names<T> {
  /** Who has each name now. One that is written nowhere keeps it here until somebody decides that it leaves. */
  owners: Map<string, Owned<T>>;
  /** Incumbents that no place writes now. */
  absent: Set<string>;
  /** Incumbents that their own place does not write now, `absent` included. */
  away: Set<string>;
  /** Names that more than one place writes, or that somebody had before: all others are whose who alone writes them. */
  contested: Set<string>;
  problems: Problem[];
}

/**
 * Whose each name is. The incumbent keeps its name until it leaves; whoever comes to a name that is taken is the error,
 * which names both places. So a new file can never turn a running application into another one, whatever its own name.
 * An equal manifest in another place is a move, and takes effect at once; another one takes over, as an edit, when the
 * incumbent is gone.
 */
export function settleNames<T>(input: NamesInput<T>): Names<T> {
  const names: Names<T> = {
    owners: new Map(),
    absent: new Set(),
    away: new Set(),
    contested: new Set(),
    problems: [],
  };
  const byKey = Map.groupBy(input.claims, ({ key }) => key);
  for (const [key, incumbent] of input.incumbents) {
    if (!byKey.has(key)) {
      names.owners.set(key, incumbent);
      names.absent.add(key);
      names.away.add(key);
    }
  }
  for (const [key, claims] of byKey) settleName(key, claims, input, names);
  return names;
}

function settleName<T>(
  key: string,
  claims: readonly NameClaim<T>[],
  { incumbents, isGone, isEqual, describe }: NamesInput<T>,
  names: Names<T>,
): void {
  const incumbent = incumbents.get(key);
  const [alone, ...others] = claims;
  if (alone !== undefined && others.length === 0 && incumbent === undefined) {
    names.owners.set(key, { value: alone.value, origin: alone.origin });
    return;
  }
  names.contested.add(key);
  const refuse = (claim: NameClaim<T>, text: string, fix: string): void => {
    names.problems.push({ severity: "error", ...placeOf(claim.origin), object: describe(key), text, fix });
  };
  const single = claims.filter(
    ({ origin }) => claims.filter((other) => isSamePlace(other.origin, origin)).length === 1,
  );
  const isOwn = ({ origin }: NameClaim<T>): boolean =>
    incumbent !== undefined && isSamePlace(origin, incumbent.origin);
  const isAway = incumbent !== undefined && !claims.some(isOwn);
  if (isAway) names.away.add(key);

  const moved = isAway ? single.find(({ value }) => isEqual(value, incumbent.value)) : undefined;
  const own = single.find(isOwn) ?? moved;
  const mayTake = incumbent === undefined || (isAway && (incumbent.origin.from === "api" || isGone(key)));
  const owner = own ?? (mayTake ? single[0] : undefined);
  if (owner !== undefined) names.owners.set(key, { value: owner.value, origin: owner.origin });
  else if (incumbent !== undefined) names.owners.set(key, incumbent);

  const has = owner?.origin ?? incumbent?.origin;
  for (const claim of claims) {
    if (claim === owner) continue;
    const [first] = claims.filter(({ origin }) => isSamePlace(origin, claim.origin));
    if (first !== undefined && !single.includes(claim)) {
      // The error stands once for each file, at the second of them.
      if (first !== claim)
        refuse(
          claim,
          `this name stands twice in the file, first in line ${lineOf(first.origin)}; ${has === undefined ? "neither is taken" : "neither changes anything"}`,
          "Rename one of them, or remove it",
        );
    } else if (isAway && owner === undefined && has !== undefined)
      refuse(
        claim,
        `this name belongs to the one that ${show(has)} held; this one takes over when that has been gone for long enough`,
        "Wait, or put the other one back and rename this one",
      );
    else if (claim.origin.from === "parent" && has !== undefined) {
      // It says the same: where it is written elsewhere no more, it is written here.
      const held = owner ?? incumbent;
      if (held !== undefined && isEqual(claim.value, held.value)) continue;
      if (claim.origin.parent === key) {
        names.problems.push({
          severity: "warning",
          ...placeOf(has),
          object: describe(key),
          text: `it manages itself, and what it renders of itself differs from what is in ${show(has)}, which is used`,
          fix: "Remove it there, so that it follows its own manifest, or write the same in both places",
        });
        continue;
      }
      refuse(
        claim,
        `${renderedBy(claim.origin)}, and its name is taken ${has.from === "api" ? "by one that was made through the API" : `in ${show(has)}`}, which was first`,
        "Rename one of them, or remove it",
      );
    } else if (has?.from === "api")
      refuse(
        claim,
        "it is written in this file and was made through the API before; the API's is used",
        "Delete the API's one (without its objects), or rename or remove this one",
      );
    else if (has !== undefined)
      refuse(
        claim,
        has.from === "parent"
          ? `this name is taken: ${renderedBy(has)}`
          : `this name is taken in ${show(has)}, which was first`,
        "Rename one of them, or remove it",
      );
  }
}

/** Line numbers move with every edit above them: a file is one place. */
function isSamePlace(a: AppOrigin, b: AppOrigin): boolean {
  return a.from === "file" && b.from === "file" ? a.file === b.file : a.from === b.from;
}

function placeOf(origin: AppOrigin): Pick<Problem, "file" | "line"> {
  return origin.from === "file" ? { file: origin.file, line: origin.line } : {};
}

function lineOf(origin: AppOrigin): number {
  return origin.from === "file" ? origin.line : 0;
}

function show(origin: AppOrigin): string {
  if (origin.from === "parent") return renderedBy(origin);
  return origin.from === "file" ? `${origin.file}:${origin.line}` : "the API";
}

function renderedBy({ parent, set }: Extract<AppOrigin, { from: "parent" }>): string {
  if (set !== undefined) return `ApplicationSet ${set} makes it`;
  return parent === undefined ? "another application rendered it" : `application ${parent} renders it`;
}
