/** A program that runs in a container while somebody sits before it. */

/** Columns and rows of characters, 1 to 1,000 each. */
export interface TerminalSize {
  columns: number;
  rows: number;
}

export interface ExecAsk {
  container: string;
  command: readonly string[];
}

/** How it came to an end. `why`: a sentence without a full stop. */
export type ExecEnd =
  | { is: "exited"; code: number }
  /** It never ran: the image has no such program. */
  | { is: "no-program"; why: string }
  | { is: "failed"; why: string };

export type ExecEvent =
  /** What it writes, as bytes: a sign of UTF-8 may be in two of them. */
  { is: "output"; bytes: Uint8Array } | { is: "ended"; end: ExecEnd };

export interface ExecSession {
  /** Read once, and no faster than it is asked for; the last one says how it ended. Never throws. */
  events: AsyncIterable<ExecEvent>;
  /** `full`: the program takes no more for now, and this was not sent. */
  type(bytes: Uint8Array): "taken" | "full";
  resize(size: TerminalSize): void;
  /** Leaves it: a program on a terminal is told so, as if the line was hung up. */
  close(): void;
}

/** Whether there are terminals, and which programs they begin with: the first that an image has. */
export interface TerminalSetting {
  is: "on" | "off";
  shells: readonly string[];
}

export const USUAL_SHELLS: readonly string[] = ["bash", "sh", "powershell", "cmd"];
