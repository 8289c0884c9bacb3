import { carriedOver, type Mapped } from "../../lib/carried-over.ts";
import { defined } from "../../lib/defined.ts";
import type { AppKey, Application } from "../model/application.ts";
import type { GeneratorKind } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";
import type { ParameterSet } from "../ports/template-engine.ts";

/** One application of a set, and where it comes from. */
export interface GeneratedApplication {
  /** Of the application. */
  key: AppKey;
  application: Application;
  /** `spec.generators[0].list, set 3 (name "web")`. */
  from: string;
}

export interface GeneratedApplications {
  applications: readonly GeneratedApplication[];
  /** Each names generator and set. */
  problems: readonly Problem[];
  /**
   * `part`: something could not be generated, so that an application which is not here may be wanted all the same, and
   * nothing is to be taken away because of it.
   */
  is: "whole" | "part";
}

/** The applications of a set, and what each of its generators found for them. */
export interface GeneratedSet extends GeneratedApplications {
  entries: readonly GeneratedEntry[];
}

/** What one kind of an entry of the generators gave. Nothing is copied: of ten thousand sets it costs nothing. */
export interface GeneratedEntry {
  /** `spec.generators[0].list`. */
  path: string;
  kind: GeneratorKind;
  /** Its sets before its selector, in order. */
  found: readonly ParameterSet[];
  /** Those of them that the selector takes, in the same order; the very same list where there is none. */
  taken: readonly ParameterSet[];
  /** Of each of `taken`, by place, the application that it became; nobody's where `wrong` has the place. */
  made: readonly (GeneratedApplication | undefined)[];
  /** By place in `taken`: why no application could be made. */
  wrong: ReadonlyMap<number, readonly Problem[]>;
  /** Of the generator itself: an error means that sets are missing. */
  problems: readonly Problem[];
}

/** What a generator gives: the sets that could be made, and what kept others from it. */
export interface Generated {
  sets: readonly ParameterSet[];
  /** Its sets before its selector; absent where it has none, and where that is of no interest. */
  found?: readonly ParameterSet[];
  /** An error means that sets are missing here: nobody may take an application away because of it. */
  problems: readonly Problem[];
}

export const sets = (...given: ParameterSet[]): Generated => ({ sets: given, problems: [] });

export const failed = (path: string, text: string, fix?: string): Generated => ({
  sets: [],
  problems: [{ severity: "error", path, text, ...defined({ fix }) }],
});

export function joined(all: readonly Generated[]): Generated {
  const [sets, problems]: [ParameterSet[], Problem[]] = [[], []];
  // Of ten thousand most give one set, and no problem.
  for (const each of all) {
    for (const set of each.sets) sets.push(set);
    for (const problem of each.problems) problems.push(problem);
  }
  return { sets, problems };
}

/** What parts came to, as it was joined last. */
export interface Joined extends Generated {
  parts: readonly Generated[];
  /** Whether each part is one set, without a problem: then a set stands where its part does. */
  isOneEach: boolean;
}

/** The parts joined; where most are what they were, and each is one set, the others alone are looked at. */
export function joinedAgain(before: Joined | undefined, parts: readonly Generated[]): Joined {
  if (before?.parts === parts) return before;
  if (before?.isOneEach === true) {
    const known: Mapped<Generated, ParameterSet> = { of: before.parts, made: before.sets };
    const { made, fresh } = carriedOver(known, parts);
    if (fresh.every((at) => isOne(parts[at]))) {
      for (const at of fresh) made[at] = parts[at]?.sets[0] ?? {};
      return { parts, sets: made, problems: [], isOneEach: true };
    }
  }
  return { parts, ...joined(parts), isOneEach: parts.every(isOne) };
}

function isOne(part: Generated | undefined): boolean {
  return part?.sets.length === 1 && part.problems.length === 0;
}
