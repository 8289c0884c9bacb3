import { describe, expect, test } from "bun:test";
import {
  beginElection,
  type Election,
  expired,
  leftMs,
  type Moment,
  made,
  nextStep,
  type Outcome,
  released,
  renewed,
  sighted,
  taken,
  taking,
} from "./election.ts";
import { ELECTION } from "./election-settings.ts";
import { HANDED_OVER, type SeenLease, seenLease } from "./lease.ts";

const WALL = 1_800_000_000_000;
const at = (ms: number, wall = ms): Moment => ({ monotonic: ms, wall: WALL + wall });
const D = ELECTION.durationMs,
  R = ELECTION.renewDeadlineMs;

function lease(version: string, spec: Record<string, unknown>, more: object = {}): SeenLease {
  const seen = seenLease(
    {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "holdfast", uid: "u1", resourceVersion: version, ...more },
      spec: { leaseDurationSeconds: 4, renewTime: `at ${version}`, ...spec },
    },
    "holdfast",
  );
  if (seen === undefined) throw new Error("no Lease");
  return seen;
}

const byOther = (version: string, spec: Record<string, unknown> = {}, more: object = {}): SeenLease =>
  lease(version, { holderIdentity: "other", leaseTransitions: 7, ...spec }, more);
const byUs = (version: string, epoch: number): SeenLease =>
  lease(version, { holderIdentity: "us", leaseTransitions: epoch });
const done = (of: SeenLease): Outcome => ({ is: "done", lease: of });
const begun = (): Election => beginElection({ identity: "us", settings: ELECTION, spreadMs: 0 });

/** Leads epoch 8 since 10,000, answered 400 later. */
function leading(): Election {
  const seen = sighted(begun(), byOther("1"), at(0));
  return taken(taking(seen, 8), 8, done(byUs("2", 8)), at(10_000), at(10_400));
}

describe("nextStep() of a follower", () => {
  const cases: { name: string; seen: SeenLease; free: number }[] = [
    { name: "waits as long as its own setting says", seen: byOther("1"), free: D },
    {
      name: "waits longer where the holder counts on more",
      seen: byOther("1", { leaseDurationSeconds: 9 }),
      free: 9_000,
    },
    {
      name: "waits no longer than a minute",
      seen: byOther("1", { leaseDurationSeconds: 2 ** 31 }),
      free: 60_000,
    },
    { name: "believes no negative duration", seen: byOther("1", { leaseDurationSeconds: -5 }), free: D },
    { name: "believes no text as a duration", seen: byOther("1", { leaseDurationSeconds: "1" }), free: D },
    {
      name: "does not look at times that others wrote",
      seen: byOther("1", { renewTime: "2001-01-01T00:00:00.000000Z" }),
      free: D,
    },
    {
      name: "takes what was handed over at once",
      seen: byOther("1", { holderIdentity: "" }, { annotations: { [HANDED_OVER]: "7" } }),
      free: 0,
    },
    { name: "waits where it was emptied by hand", seen: byOther("1", { holderIdentity: "" }), free: D },
    {
      name: "waits where the mark is of another epoch",
      seen: byOther("1", { holderIdentity: "" }, { annotations: { [HANDED_OVER]: "6" } }),
      free: D,
    },
    { name: "waits for its own name too, which an earlier life had", seen: byUs("1", 7), free: D },
  ];
  test.each(cases)("$name", ({ seen, free }) => {
    const election = sighted(begun(), seen, at(500));
    if (free > 0) expect(nextStep(election, at(500 + free - 1))).toEqual({ do: "wait", ms: 1 });
    expect(nextStep(election, at(500 + free))).toEqual({
      do: "take",
      over: seen,
      epoch: 8,
    });
  });

  test("counts from when it saw a change, and only from that", () => {
    const twice = sighted(sighted(begun(), byOther("1"), at(0)), byOther("1"), at(3_000));
    expect(nextStep(twice, at(D)).do).toBe("take");
    const changed = sighted(twice, byOther("2"), at(3_900));
    expect(nextStep(changed, at(D))).toEqual({ do: "wait", ms: 3_900 });
  });

  test("takes the same version with another renewal in it for another sighting", () => {
    const seen = sighted(begun(), byOther("1"), at(0));
    expect(nextStep(sighted(seen, byOther("1", { renewTime: "later" }), at(3_000)), at(D)).do).toBe("wait");
  });

  test("does not believe a hand-over of an epoch that is past", () => {
    const newer = sighted(begun(), byOther("9", { leaseTransitions: 9 }), at(0));
    const back = byOther("1", { holderIdentity: "" }, { annotations: { [HANDED_OVER]: "7" } });
    expect(nextStep(sighted(newer, back, at(100)), at(100)).do).toBe("wait");
  });

  test("leads by no Lease that is not there: it makes one, and waits for that as for another's", () => {
    const gone = sighted(begun(), "absent", at(0));
    expect(nextStep(gone, at(99_000))).toEqual({ do: "make", epoch: 0 });
    const empty = lease("9", { holderIdentity: "", leaseTransitions: 0 });
    const there = made(gone, done(empty), at(99_000));
    expect(nextStep(there, at(99_000))).toEqual({ do: "wait", ms: D });
    expect(nextStep(there, at(99_000 + D))).toMatchObject({ do: "take", epoch: 1 });
    expect(nextStep(made(gone, { is: "conflict" }, at(99_000)), at(99_000))).toEqual({ do: "look" });
  });

  test("goes on counting epochs where the Lease was deleted, and begins anew after the last number", () => {
    const gone = sighted(sighted(begun(), byOther("1"), at(0)), "absent", at(0));
    expect(nextStep(gone, at(0))).toEqual({ do: "make", epoch: 7 });
    const last = sighted(begun(), byOther("1", { leaseTransitions: 2 ** 31 - 1 }), at(0));
    expect(nextStep(last, at(D))).toMatchObject({ epoch: 1 });
  });

  test("does not go by a clock that is set", () => {
    const election = sighted(begun(), byOther("1"), at(0));
    expect(nextStep(election, at(1, 3_600_000)).do).toBe("wait");
  });
});

describe("a leader", () => {
  test("writes from when it sent, not from when it was answered", () => {
    const { standing } = leading();
    if (standing.is !== "leader") throw new Error(standing.is);
    expect(leftMs(leading(), standing, at(10_400))).toBe(R - 400);
    expect(expired(leading(), at(10_000 + R - 1)).standing.is).toBe("leader");
    expect(expired(leading(), at(10_000 + R)).standing.is).toBe("lost");
    const more = renewed(leading(), done(byUs("3", 8)), at(11_000), at(12_900));
    expect(expired(more, at(11_000 + R)).standing.is).toBe("lost");
  });

  const late: { name: string; now: Moment }[] = [
    { name: "the clock that never steps says so", now: at(10_000 + R, 10_100) },
    { name: "the other one says so, after a sleep", now: at(10_100, 10_000 + R) },
    { name: "the other one was set on by an hour", now: at(10_100, 3_610_000) },
    { name: "the other one was set back, which may hide a sleep", now: at(10_100, -3_590_000) },
  ];
  test.each(late)("has lost when $name", ({ now }) => {
    expect(expired(leading(), now).standing).toMatchObject({ is: "lost", epoch: 8 });
  });

  test("that was answered after the deadline has lost, though the server did it", () => {
    const answered = renewed(leading(), done(byUs("3", 8)), at(12_000), at(10_000 + R));
    expect(answered.standing.is).toBe("lost");
    const never = taken(taking(begun(), 8), 8, done(byUs("2", 8)), at(0), at(R));
    expect(never.standing.is).toBe("lost");
  });

  const answers: { name: string; outcome: Outcome; is: string; renewedAt?: number }[] = [
    { name: "done", outcome: done(byUs("3", 8)), is: "leader", renewedAt: 11_000 },
    { name: "done, and nothing changed by it", outcome: done(byUs("2", 8)), is: "leader", renewedAt: 10_000 },
    { name: "done for somebody else", outcome: done(byOther("3")), is: "lost" },
    { name: "done in another epoch", outcome: done(byUs("3", 9)), is: "lost" },
    { name: "a conflict, which is looked at", outcome: { is: "conflict" }, is: "leader", renewedAt: 10_000 },
    { name: "gone", outcome: { is: "absent" }, is: "lost" },
    { name: "nothing", outcome: { is: "failed", why: "HTTP 500" }, is: "leader", renewedAt: 10_000 },
  ];
  test.each(answers)("whose renewal is answered with $name", ({ outcome, is, renewedAt }) => {
    const { standing, sighting } = renewed(leading(), outcome, at(11_000), at(11_050));
    expect(standing.is).toBe(is as never);
    if (standing.is === "leader") expect(standing.renewedAt).toEqual(at(renewedAt ?? 0));
    if (outcome.is === "conflict") expect(sighting.is).toBe("unseen");
  });

  test("goes on where somebody wrote beside it, and has lost where the Lease is another object", () => {
    const beside = sighted(leading(), byUs("3", 8), at(10_500));
    expect(beside.standing).toMatchObject({
      is: "leader",
      lease: { resourceVersion: "3" },
      renewedAt: at(10_000),
    });
    const made = { ...byUs("3", 8), uid: "u2" };
    expect(sighted(leading(), made, at(10_500)).standing.is).toBe("lost");
  });

  test("that lost never leads in that epoch again, and takes a new one as anybody would", () => {
    const lost = expired(leading(), at(10_000 + R));
    const seen = sighted(lost, byUs("2", 8), at(14_000));
    expect(seen.standing.is).toBe("lost");
    // Nobody changed it since the answer at 10,400.
    expect(nextStep(seen, at(10_400 + D))).toMatchObject({ do: "take", epoch: 9 });
  });

  test("whose taking had no answer has used its epoch up", () => {
    const unknown = taken(taking(begun(), 8), 8, { is: "failed", why: "cut" }, at(0), at(100));
    expect([unknown.standing.is, nextStep(unknown, at(100)).do]).toEqual(["follower", "look"]);
    expect(nextStep(sighted(unknown, byUs("2", 8), at(200)), at(200 + D))).toMatchObject({ epoch: 9 });
  });

  test("that let go asks for nothing more", () => {
    expect(nextStep(released(leading()), at(99_000))).toEqual({ do: "rest" });
  });
});
