import type { ColorChoice } from "./terminal/terminal.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  server?: string;
  /** Of those that `login` keeps. */
  context?: string;
  tokenFile?: string;
  insecure?: true;
  /** Why: it goes with every request that writes. */
  reason?: string;
  color?: ColorChoice;
  quiet?: true;
  verbose?: true;
}
