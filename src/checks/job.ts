/** What the daemon asks of the process in which users' scripts run. One JSON line a job, one line an answer. */
import type { JqPlace } from "../core/model/jq-place.ts";

export type Job =
  /** A Lua chunk with `obj` as a global; its first return value comes back as JSON. */
  | {
      language: "lua";
      script: string;
      object: unknown;
      /** The global `actionParams`, of an action. */
      parameters?: Readonly<Record<string, string>>;
    }
  /** CEL expressions by name, each with `object` (and `self`, the same). */
  | { language: "cel"; expressions: Readonly<Record<string, string>>; object: unknown }
  /** Whether a text is a jq expression: a sentence why not, or null. */
  | { language: "jq"; ask: "problem"; expression: string }
  /** Where a jq expression leads in an object. */
  | { language: "jq"; ask: "places"; expression: string; object: unknown };

/** Of `ask: "places"`: where it leads, or why that cannot be said. */
export type JqAnswer = { places: JqPlace[] } | { why: string };

/** What one process runs: users' checks, or jq. Each loads what it needs before it takes jobs. */
export type HostFor = "checks" | "jq";

/** `value` is JSON text: it crosses a process boundary and its shape is the asker's matter. */
export type Answer = { is: "done"; value: unknown } | { is: "failed"; why: string };

/** `ended`: the script took too long, or took its process with it. */
export type RunAnswer = Answer | { is: "ended"; why: string };

export interface JobLine {
  id: number;
  job: Job;
}
export interface AnswerLine {
  id: number;
  answer: Answer;
}

/** Written by the process once it can take jobs: its start does not count against a script's time. */
export const READY_LINE = "ready";
