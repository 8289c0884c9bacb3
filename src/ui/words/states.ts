/** How a state looks: one shape and one tone for each word, and always the word beside them. */
export type Tone = "good" | "behind" | "moving" | "bad" | "missing" | "paused" | "unknown";

interface Look {
  tone: Tone;
  shape: string;
}

const UNKNOWN: Look = { tone: "unknown", shape: "unknown" };
const LOOKS: Record<string, Look> = {
  Synced: { tone: "good", shape: "synced" },
  OutOfSync: { tone: "behind", shape: "outofsync" },
  Healthy: { tone: "good", shape: "healthy" },
  Progressing: { tone: "moving", shape: "progressing" },
  Degraded: { tone: "bad", shape: "degraded" },
  Missing: { tone: "missing", shape: "missing" },
  Suspended: { tone: "paused", shape: "suspended" },
  Current: { tone: "good", shape: "synced" },
  Held: { tone: "paused", shape: "suspended" },
  Succeeded: { tone: "good", shape: "synced" },
  Running: { tone: "moving", shape: "progressing" },
  Terminating: { tone: "moving", shape: "progressing" },
  Failed: { tone: "bad", shape: "degraded" },
  Waiting: { tone: "missing", shape: "missing" },
  Stays: { tone: "paused", shape: "suspended" },
  Connected: { tone: "good", shape: "synced" },
  Unreachable: { tone: "bad", shape: "degraded" },
  Starting: { tone: "moving", shape: "progressing" },
  Error: { tone: "bad", shape: "degraded" },
};

export function lookOf(word: string): Look {
  return LOOKS[word] ?? UNKNOWN;
}
