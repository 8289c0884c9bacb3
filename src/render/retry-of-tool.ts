import type { Retry } from "../core/model/failure.ts";
import type { ProcessEnd } from "./sandboxed-process.ts";

/** Words of the machine that a tool ran on: what they tell of passes without an edit. */
const OF_THE_MACHINE =
  /no space left on device|disk quota exceeded|read-only file system|input\/output error|cannot allocate memory|out of memory|failed to create new OS thread|newosproc|pthread_create|resource temporarily unavailable|too many open files|text file busy|stale file handle|signal: killed|context deadline exceeded|i\/o timeout|bad system call/i;

/**
 * Whether a failed tool may be tried again without an edit. Only what follows from the input alone is remembered: a tool that
 * was killed, ran out of memory, disk or time, or ended without a word may come to another end next time.
 */
export function retryOfTool(end: Exclude<ProcessEnd, { is: "not-started" }>): Retry {
  switch (end.is) {
    case "exited":
      return end.stderr.trim() === "" || OF_THE_MACHINE.test(end.stderr) ? "backoff" : "after-edit";
    case "too-much-output":
    case "too-many-processes":
      return "after-edit";
    case "killed":
    case "timed-out":
      return "backoff";
  }
}
