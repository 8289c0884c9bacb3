import type { OfflineVerbs } from "./offline-verbs.ts";

/** A stream that a person or a program reads. */
export interface Output {
  write(text: string): void;
  /** Resolves when everything that was written has left the process: an exit before it would cut a pipe's end off. */
  flush?(): Promise<void>;
  isTTY: boolean;
  /** Of a terminal. */
  columns?: number | undefined;
  rows?: number | undefined;
}

export interface Input {
  isTTY: boolean;
  /** Everything until its end. */
  text(): Promise<string>;
  /** Up to the next line break, which is not part of it; "" at its end. */
  line(): Promise<string>;
  /** The same, and a terminal shows nothing of it. */
  hiddenLine(): Promise<string>;
}

/** The environment, as far as the command line looks at it. */
export type CliEnv = Readonly<
  Partial<
    Record<
      | "HOLDFAST_SERVER"
      | "HOLDFAST_TOKEN"
      | "HOLDFAST_CONTEXT"
      | "HOLDFAST_TIMEOUT"
      | "HOLDFAST_REPO_PASSWORD"
      | "XDG_CONFIG_HOME"
      | "HOME"
      | "ARGOCD_SERVER"
      | "ARGOCD_AUTH_TOKEN"
      | "ARGOCD_OPTS"
      | "ARGOCD_CONFIG_DIR"
      | "NO_COLOR"
      | "CLICOLOR_FORCE"
      | "TERM"
      | "LANG"
      | "LC_ALL"
      | "LC_CTYPE"
      | "CI",
      string | undefined
    >
  >
>;

/** How an editor ended. */
export type EditorEnd =
  | { is: "closed" }
  /** It says itself that it failed; `how`: `with 1`, `by SIGTERM`. */
  | { is: "failed"; how: string }
  /** `why`: a sentence without a capital and a full stop. */
  | { is: "not-started"; program: string; why: string }
  /** Nobody says which one. */
  | { is: "none" };

/** Everything that the command line has of the process around it. */
export interface CliHost {
  /** Without the program's own names. */
  argv: readonly string[];
  stdin: Input;
  stdout: Output;
  stderr: Output;
  env: CliEnv;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  verbs: OfflineVerbs;
  /** Has a person edit a file, with the editor of their choice; resolves when that is closed. */
  edit(file: string): Promise<EditorEnd>;
  /** Has this machine's browser open an address. @returns whether there is one */
  browse(address: string): Promise<"opened" | "none">;
  /** What this machine is called, for a person who is asked whether it may be let in. */
  machine: string;
  /** Milliseconds since 1970; tests pass a fixed one. */
  now?: () => number;
}
