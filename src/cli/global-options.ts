import type { ColorChoice } from "./terminal/terminal.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  server?: string;
  /** Of those that `login` keeps. */
  context?: string;
  tokenFile?: string;
  insecure?: true;
  color?: ColorChoice;
  quiet?: true;
  verbose?: true;
}
