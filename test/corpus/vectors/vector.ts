/** One line of the tables: what goes in, and what Argo CD makes of it. See the corpus' README for the fields of each kind. */
export interface Vector {
  /** `FILE:TEST~HASH`; the hash alone is unique. */
  id: string;
  kind: string;
  /** Each kind has fields of its own, which its player knows. */
  [field: string]: any;
}

export type Played = { is: "played"; ours: unknown; theirs: unknown } | { is: "not applicable"; why: string };

/** Plays one kind of vector against what is built. */
export type Player = (vector: Vector) => Played | Promise<Played>;

export const played = (ours: unknown, theirs: unknown): Played => ({ is: "played", ours, theirs });

/** A whole kind that speaks of what is not built. */
export const notBuilt =
  (why: string): Player =>
  () => ({ is: "not applicable", why });

/** What a call gives, or `error` where it throws. */
export function orError<T>(call: () => T): T | "error" {
  try {
    return call();
  } catch (cause) {
    if (cause instanceof Error) return "error";
    throw cause;
  }
}
