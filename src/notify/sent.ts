/** What became of a try. `text`: what was answered, for those who look at a test. */
export type Sent =
  | { is: "sent"; text: string }
  | { is: "failed"; why: string; again: "later" | "never"; retryAfterMs?: number };
