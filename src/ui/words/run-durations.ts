/** How long runs took, as bars beside each other and as a sentence. */
import type { OperationState } from "../../core/model/operation.ts";
import { waited } from "./run-tries.ts";

export interface TimedRun {
  id: number;
  state: Pick<OperationState, "phase" | "startedAt" | "finishedAt">;
}

export interface Bar {
  id: number;
  /** Of the longest: above 0, at most 1. */
  share: number;
  tone: "good" | "bad" | "moving";
  /** `run 7, Failed, 12 s` */
  words: string;
}

/** Below it nobody saw a bar at all. */
const LEAST = 0.04;

/** From its start to its end, or until now; at least 0, whatever the clocks say. */
export function durationMs({ startedAt, finishedAt }: TimedRun["state"], nowMs: number): number {
  const ended = finishedAt === undefined ? nowMs : Date.parse(finishedAt);
  const ms = ended - Date.parse(startedAt);
  return Number.isFinite(ms) ? Math.max(0, ms) : 0;
}

/** The oldest first, as one reads. @param runs the newest first */
export function barsOf(runs: readonly TimedRun[], nowMs: number): Bar[] {
  const longest = Math.max(1, ...runs.map(({ state }) => durationMs(state, nowMs)));
  return runs.toReversed().map(({ id, state }) => {
    const ms = durationMs(state, nowMs);
    return {
      id,
      share: Math.max(LEAST, ms / longest),
      tone: toneOf(state.phase),
      words: `run ${id}, ${state.phase}, ${waited(ms)}`,
    };
  });
}

function toneOf(phase: OperationState["phase"]): Bar["tone"] {
  if (phase === "Succeeded") return "good";
  return phase === "Failed" || phase === "Error" ? "bad" : "moving";
}

/** `12 runs, 3 of them failed; one takes 4 s, the longest 2 min`; the middle one of those that succeeded is how long one takes. */
export function durationsWords(runs: readonly TimedRun[], nowMs: number): string {
  const failed = runs.filter(({ state }) => toneOf(state.phase) === "bad").length;
  const whole = runs
    .filter(({ state }) => toneOf(state.phase) === "good")
    .map(({ state }) => durationMs(state, nowMs))
    .sort((a, b) => a - b);
  const many = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  const of = failed === 0 ? many : `${many}, ${failed === runs.length ? "all" : `${failed} of them`} failed`;
  const middle = whole[Math.floor(whole.length / 2)];
  return middle === undefined
    ? of
    : `${of}; one takes ${waited(middle)}, the longest ${waited(whole.at(-1) ?? 0)}`;
}
