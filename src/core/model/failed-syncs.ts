/** Whole syncs of one revision that failed in a row. What was only tried out, or synced in part, is none of them. */
export interface FailedSyncs {
  /** 0: the first one failed, and has tries of its own left. */
  tries: number;
  /** As the request named them; another one begins a new count. */
  revisions: readonly string[];
  /** What the last one said. */
  message: string;
  /** When that one ended, RFC 3339. */
  endedAt: string;
}
