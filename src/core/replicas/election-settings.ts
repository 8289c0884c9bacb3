import { defined } from "../../lib/defined.ts";
import { Failure } from "../model/failure.ts";

/** How long what lasts in the election of a leader. Milliseconds. */
export interface ElectionSettings {
  /** So long after a renewal was seen last nobody else takes the Lease. Whole seconds, as the Lease says it. */
  durationMs: number;
  /** So long after the last renewal that succeeded was sent the leader writes. */
  renewDeadlineMs: number;
  /** From one renewal to the next. */
  renewEveryMs: number;
  /** So long after the deadline what was sent before it may still arrive. */
  slackMs: number;
}

/** A leader that is killed is followed within 5 seconds. */
export const ELECTION: ElectionSettings = {
  durationMs: 4_000,
  renewDeadlineMs: 3_000,
  renewEveryMs: 1_000,
  slackMs: 800,
};

/** The same in proportion, where an API server or a machine is slower. @param durationMs whole seconds */
export function electionOf(durationMs: number): ElectionSettings {
  const part = durationMs / ELECTION.durationMs;
  const { renewDeadlineMs, renewEveryMs, slackMs } = ELECTION;
  return {
    durationMs,
    renewDeadlineMs: renewDeadlineMs * part,
    renewEveryMs: renewEveryMs * part,
    slackMs: slackMs * part,
  };
}

/** No Lease holds anybody off for longer, whatever it says. */
export const LONGEST_LEASE_MS = 60_000;
/** Two clocks that nobody sets differ by less than this part of the time that they measure. */
const DRIFT = 0.01;

/** @throws {Failure} config where two leaders at once, or none for long, would be possible */
export function checkElection(settings: ElectionSettings): ElectionSettings {
  const { durationMs, renewDeadlineMs, renewEveryMs, slackMs } = settings;
  const seconds = (ms: number): string => `${ms / 1000} s`;
  if (!Object.values(settings).every((ms) => Number.isFinite(ms) && ms > 0))
    throw refuse("each of its times must be more than 0");
  if (durationMs % 1000 !== 0)
    throw refuse(
      `a Lease lasts whole seconds, and ${seconds(durationMs)} are none`,
      "Give whole seconds as the duration",
    );
  if (durationMs > LONGEST_LEASE_MS)
    throw refuse(
      `a Lease of ${seconds(durationMs)} is honoured for ${seconds(LONGEST_LEASE_MS)} alone`,
      `Give at most ${seconds(LONGEST_LEASE_MS)} as the duration`,
    );
  const between = durationMs - renewDeadlineMs - (durationMs + renewDeadlineMs) * DRIFT;
  if (between < slackMs)
    throw refuse(
      `what a leader sent within its renew deadline of ${seconds(renewDeadlineMs)} may arrive for ${seconds(slackMs)} more, and another may lead after ${seconds(durationMs)}, by a clock that is up to 1 % faster`,
      "Give a longer duration or a shorter renew deadline",
    );
  if (renewEveryMs * 2 > renewDeadlineMs)
    throw refuse(
      `one renewal that fails within a renew deadline of ${seconds(renewDeadlineMs)} leaves no time for another, with one every ${seconds(renewEveryMs)}`,
      "Renew at least twice within the renew deadline",
    );
  return settings;
}

function refuse(why: string, fix?: string): Failure {
  return new Failure("config", "leader election", "after-edit", {
    cannot: "elect a leader",
    why,
    ...defined({ fix }),
  });
}
