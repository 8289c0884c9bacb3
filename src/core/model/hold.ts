import type { SyncSource } from "./operation.ts";
import type { Source } from "./source.ts";

/**
 * A person keeps an application at what was deployed once: what Git says since waits until that is lifted. It stands beside
 * the spec, so that neither its file nor a parent application undoes it.
 */
export interface Hold {
  /** The sources as they were, and the commit of each. */
  at: SyncSource;
  /** `RevisionHistory.id` of what it went back to. */
  deployment: number;
  /** Who asked for it. */
  by: string;
  /** RFC 3339. */
  since: string;
  /** Why, in that person's words. */
  reason?: string;
  /** `kept`: automated syncs leave what is there beyond that revision. */
  extras: "pruned" | "kept";
  until: HeldUntil;
}

export type HeldUntil =
  | { is: "lifted" }
  /**
   * Or Git wants something else of it than it did then: `commits` of the sources that the spec names, and what they came
   * to, absent where they could not be rendered.
   */
  | ({ is: "next-commit"; sources: Source[]; commits: string[] } & Partial<Wish>);

/** What Git wants of an application, in hashes: either of two being equal, it is the same wish. */
export interface Wish {
  /** `Target.contentKey`. */
  content: string;
  /** Of all that it is made of, and where it goes: by that a wish with random values is known after a restart. */
  inputs: string;
}

export function isSameWish(a: Wish, b: Partial<Wish>): boolean {
  return a.content === b.content || a.inputs === b.inputs;
}

/** What status shows of a hold: with what Git says now, where that is known. */
export interface ShownHold extends Omit<Hold, "until"> {
  until: HeldUntil["is"];
  /** Commits of the sources that the spec names. */
  git?: string[];
  /** Why they are not known, or cannot be used. */
  trouble?: string;
}

export function revisionsIn({ revision, revisions }: SyncSource): string[] {
  return revisions ?? (revision === undefined ? [] : [revision]);
}

/** Empty where it says none. */
export function sourcesIn({ source, sources }: SyncSource): Source[] {
  if (sources !== undefined && sources.length > 0) return sources;
  return source === undefined ? [] : [source];
}

/** Whether the hold is of what this was deployed as. */
export function isHeldAt({ at }: Pick<Hold, "at">, revisions: readonly string[]): boolean {
  const held = revisionsIn(at);
  return (
    revisions.length > 0 &&
    revisions.length <= held.length &&
    revisions.every((asked, index) => isNamedBy(held[index] ?? "", asked))
  );
}

/** A commit is named by itself, or by seven of its first digits or more. */
export function isNamedBy(commit: string, asked: string): boolean {
  return commit === asked || (/^[0-9a-f]{7,}$/.test(asked) && commit.startsWith(asked));
}
