/** Signs and tones of states. A sign never stands without its word. Source: ui-and-cli 3.10. */
export type Tone =
  | "good"
  | "behind"
  | "moving"
  | "bad"
  | "missing"
  | "paused"
  | "unknown"
  | "dim"
  | "bold"
  | "plain";

export interface Symbols {
  done: string;
  failed: string;
  warning: string;
  ellipsis: string;
  /** Between the parts of a line. */
  dot: string;
  state(word: string): string;
}

interface Look {
  tone: Tone;
  unicode: string;
  ascii: string;
}

const GOOD: Look = { tone: "good", unicode: "✓", ascii: "=" };
const MOVING: Look = { tone: "moving", unicode: "◔", ascii: "~" };
const BAD: Look = { tone: "bad", unicode: "✗", ascii: "x" };
const WAITING: Look = { tone: "missing", unicode: "◌", ascii: "o" };
const UNKNOWN: Look = { tone: "unknown", unicode: "?", ascii: "?" };

const LOOKS: Readonly<Record<string, Look>> = {
  Synced: GOOD,
  OutOfSync: { tone: "behind", unicode: "↑", ascii: "^" },
  Healthy: { tone: "good", unicode: "♥", ascii: "+" },
  Progressing: MOVING,
  Degraded: BAD,
  Missing: WAITING,
  Suspended: { tone: "paused", unicode: "‖", ascii: "|" },
  Succeeded: GOOD,
  Running: MOVING,
  Terminating: MOVING,
  Failed: BAD,
  Error: BAD,
  Pruned: GOOD,
  Going: MOVING,
  SyncFailed: BAD,
  PruneSkipped: { tone: "paused", unicode: "‖", ascii: "|" },
  Waiting: WAITING,
  Done: GOOD,
  UpToDate: GOOD,
  ok: GOOD,
  warning: { tone: "behind", unicode: "!", ascii: "!" },
  failed: BAD,
  Successful: GOOD,
};

export const UNICODE: Symbols = {
  done: "✓",
  failed: "✗",
  warning: "!",
  ellipsis: "…",
  dot: "·",
  state: (word) => lookOf(word).unicode,
};
export const ASCII: Symbols = {
  done: "=",
  failed: "x",
  warning: "!",
  ellipsis: "...",
  dot: "-",
  state: (word) => lookOf(word).ascii,
};

export function toneOf(word: string): Tone {
  return lookOf(word).tone;
}

function lookOf(word: string): Look {
  return LOOKS[word] ?? UNKNOWN;
}
