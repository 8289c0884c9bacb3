import type { ColorChoice } from "./terminal/terminal.ts";

/** Flags that every command takes. */
export interface GlobalOptions {
  server?: string;
  /** Of those that `login` keeps. */
  context?: string;
  tokenFile?: string;
  insecure?: true;
  /** PEM of authorities, in place of the machine's. */
  caFile?: string;
  /** Of the server's certificate or key. */
  fingerprint?: string;
  /** Why: it goes with every request that writes. */
  reason?: string;
  /** ms: how long a wait may take, and each request; 0: without end. */
  timeout?: number;
  /** `false`: nothing is asked, whatever is a terminal. */
  input?: boolean;
  color?: ColorChoice;
  quiet?: true;
  verbose?: true;
}
