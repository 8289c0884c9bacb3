/**
 * Who leads, decided by a Lease. Safe while two clocks that nobody sets run about as fast: a leader writes for so long
 * after it SENT its last renewal that was answered, and another one takes the Lease only so long, and longer, after it
 * SAW it change. No other machine's clock is ever believed.
 */
import { equalJson } from "../../lib/equal-json.ts";
import type { ElectionSettings } from "./election-settings.ts";
import { epochAfter, type SeenLease } from "./lease.ts";

/** One moment by both clocks of a machine: one stands still while the machine sleeps, the other one is set. */
export interface Moment {
  monotonic: number;
  wall: number;
}

/** What was seen of the Lease last, and since when it is so: by our own clock that never steps. */
export type Sighting =
  | { is: "unseen" }
  | { is: "absent" }
  | { is: "present"; lease: SeenLease; since: number };

/**
 * What we are.
 *
 * - `taking`: asked to be the leader, not answered.
 * - `leader`: writes until `renewedAt` and the renew deadline; `renewedAt` is when that renewal was sent.
 * - `lost`: led once in that epoch and never writes in it again; otherwise as a follower.
 * - `released`: wrote its last and let go.
 */
export type Standing =
  | { is: "follower" }
  | { is: "taking"; epoch: number }
  | { is: "leader"; epoch: number; lease: SeenLease; renewedAt: Moment; acquiredAt: Moment }
  | { is: "lost"; epoch: number; why: string }
  | { is: "released"; epoch: number };

export interface Election {
  /** Of this process alone, and of none before it: a Pod that starts again is another one. */
  identity: string;
  settings: ElectionSettings;
  /** Followers wait for so much longer, each for its own time, so that they do not all ask at once. */
  spreadMs: number;
  sighting: Sighting;
  standing: Standing;
  /** The highest that was seen: a Lease that was deleted or restored begins none of them anew. */
  highestEpoch: number;
}

export type Leader = Extract<Standing, { is: "leader" }>;

/** What is to be done now. */
export type Step =
  /** Read the Lease. */
  | { do: "look" }
  /**
   * Make a Lease that is nobody's, and wait for that as for another's. One that is not there may have been another one's a
   * moment ago, and nothing tells one absence from the next.
   */
  | { do: "make"; epoch: number }
  | { do: "take"; over: SeenLease; epoch: number }
  | { do: "renew"; as: Leader }
  | { do: "wait"; ms: number }
  | { do: "rest" };

/** What a request that would change the Lease came to. `failed` says nothing about what the server did. */
export type Outcome =
  | { is: "done"; lease: SeenLease }
  | { is: "conflict" }
  | { is: "absent" }
  | { is: "failed"; why: string };

export function beginElection(who: Pick<Election, "identity" | "settings" | "spreadMs">): Election {
  return { ...who, sighting: { is: "unseen" }, standing: { is: "follower" }, highestEpoch: 0 };
}

/** The clock on the wall may fall so far behind the other one before it counts as set back. */
const SET_BACK_MS = 500;

/** Milliseconds for which a leader may still write; 0 and less: it may not. Whichever clock says that it is over is right. */
export function leftMs(
  { settings: { renewDeadlineMs } }: Election,
  { renewedAt }: Leader,
  now: Moment,
): number {
  const monotonic = now.monotonic - renewedAt.monotonic,
    wall = now.wall - renewedAt.wall;
  // How long the machine slept meanwhile is known to nobody then.
  if (wall < monotonic - SET_BACK_MS) return 0;
  return renewDeadlineMs - Math.max(monotonic, wall);
}

/** Until when nobody takes the Lease, by the clock that never steps; -Infinity where it may be taken at once. */
function heldUntil(
  { settings, spreadMs, highestEpoch }: Election,
  { lease, since }: Extract<Sighting, { is: "present" }>,
): number {
  // One of an epoch that is past came back with an older state of the server, under whoever leads now.
  if (lease.holding.is === "handed-over" && lease.epoch >= highestEpoch) return Number.NEGATIVE_INFINITY;
  return since + Math.max(settings.durationMs, lease.durationMs) + spreadMs;
}

export function nextStep(election: Election, now: Moment): Step {
  const { sighting, standing, settings } = election;
  if (standing.is === "released" || standing.is === "taking") return { do: "rest" };
  if (sighting.is === "unseen") return { do: "look" };
  if (standing.is === "leader") {
    const due = standing.renewedAt.monotonic + settings.renewEveryMs - now.monotonic;
    return due > 0 ? { do: "wait", ms: due } : { do: "renew", as: standing };
  }
  if (sighting.is === "absent") return { do: "make", epoch: election.highestEpoch };
  const ms = heldUntil(election, sighting) - now.monotonic;
  if (ms > 0) return { do: "wait", ms };
  return { do: "take", over: sighting.lease, epoch: epochAfter(election.highestEpoch) };
}

/** The leader's time is over: asked before whatever it does. */
export function expired(election: Election, now: Moment): Election {
  const { standing } = election;
  if (standing.is !== "leader" || leftMs(election, standing, now) > 0) return election;
  return lost(election, standing.epoch, "its Lease was not renewed in time");
}

/** The Lease was read, or a watch told of it. */
export function sighted(election: Election, seen: SeenLease | "absent", now: Moment): Election {
  const next = { ...election, sighting: sightingOf(election.sighting, seen, now) };
  const { standing } = election;
  if (seen === "absent")
    return standing.is === "leader" ? lost(next, standing.epoch, "its Lease was deleted") : next;
  next.highestEpoch = Math.max(election.highestEpoch, seen.epoch);
  if (standing.is !== "leader") return next;
  if (!isHeldBy(seen, election.identity, standing.epoch) || seen.uid !== standing.lease.uid)
    return lost(next, standing.epoch, "its Lease is another one's");
  // Somebody wrote beside it. Nothing was renewed by that.
  return { ...next, standing: { ...standing, lease: seen } };
}

/** The same renewal is the same sighting: its time runs on. */
function sightingOf(before: Sighting, seen: SeenLease | "absent", { monotonic }: Moment): Sighting {
  if (seen === "absent") return { is: "absent" };
  return before.is === "present" && isSameRenewal(before.lease, seen)
    ? before
    : { is: "present", lease: seen, since: monotonic };
}

/** A server that was restored gives versions a second time: what it says in them is compared too. */
function isSameRenewal(one: SeenLease, other: SeenLease): boolean {
  return (
    one.uid === other.uid &&
    one.resourceVersion === other.resourceVersion &&
    one.epoch === other.epoch &&
    one.renewal === other.renewal &&
    equalJson(one.holding, other.holding)
  );
}

/** A Lease was made, or was not: only the one that is there now counts. */
export function made(election: Election, outcome: Outcome, now: Moment): Election {
  if (outcome.is === "done") return sighted(election, outcome.lease, now);
  return outcome.is === "conflict" ? { ...election, sighting: { is: "unseen" } } : election;
}

/** Right before the request leaves. The epoch is used up, whatever comes of it. */
export function taking(election: Election, epoch: number): Election {
  return { ...election, standing: { is: "taking", epoch }, highestEpoch: epoch };
}

/** @param sentAt read before the request left */
export function taken(
  election: Election,
  epoch: number,
  outcome: Outcome,
  sentAt: Moment,
  now: Moment,
): Election {
  const unseen: Election = { ...election, sighting: { is: "unseen" }, standing: { is: "follower" } };
  if (outcome.is !== "done") return unseen;
  const { lease } = outcome;
  if (!isHeldBy(lease, election.identity, epoch)) return unseen;
  const leader: Leader = { is: "leader", epoch, lease, renewedAt: sentAt, acquiredAt: sentAt };
  const next = sighted(unseen, lease, now);
  return expired({ ...next, standing: leader }, now);
}

/** @param sentAt read before the request left */
export function renewed(election: Election, outcome: Outcome, sentAt: Moment, now: Moment): Election {
  // What is answered after the deadline is answered to nobody.
  const next = expired(election, now);
  const { standing } = next;
  if (standing.is !== "leader") return next;
  switch (outcome.is) {
    case "failed":
      return next;
    case "absent":
      return sighted(next, "absent", now);
    // Another one's, or somebody wrote beside it, or an answer of ours was lost.
    case "conflict":
      return { ...next, sighting: { is: "unseen" } };
    case "done": {
      const { lease } = outcome;
      const seen = sighted(next, lease, now);
      if (seen.standing.is !== "leader") return seen;
      // Where nothing changed, others saw nothing change.
      if (lease.resourceVersion === standing.lease.resourceVersion) return seen;
      return expired({ ...seen, standing: { ...seen.standing, renewedAt: sentAt } }, now);
    }
  }
}

/** It wrote its last, and the Lease says so. */
export function released(election: Election): Election {
  const { standing } = election;
  return standing.is === "leader"
    ? { ...election, standing: { is: "released", epoch: standing.epoch } }
    : election;
}

function lost(election: Election, epoch: number, why: string): Election {
  return { ...election, standing: { is: "lost", epoch, why } };
}

function isHeldBy({ holding, epoch }: SeenLease, identity: string, ofEpoch: number): boolean {
  return holding.is === "held" && holding.by === identity && epoch === ofEpoch;
}
