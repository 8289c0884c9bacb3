import type { Wish } from "./hold.ts";

/**
 * A person ended a whole sync: nothing of what it was to deliver is synced or healed by itself, until Git wants something
 * else of the application, or a person asks for a whole sync.
 */
export interface Terminated {
  /** What it delivered, or was to; absent: that was not known, and it is what is found first. */
  wish?: Wish;
  /** The commits that it was of, or what was asked for; empty where the newest was. */
  revisions: string[];
  /** Who ended it. */
  by: string;
  /** RFC 3339. */
  at: string;
}

/** What status shows of it. */
export type ShownTerminated = Omit<Terminated, "wish">;
