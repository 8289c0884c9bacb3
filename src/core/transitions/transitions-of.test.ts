import { describe, expect, test } from "bun:test";
import { chance } from "../../../test/model/chance.ts";
import type { Settled, TransitionKind } from "../model/transition.ts";
import { type Look, type LookedOperation, transitionsOf } from "./transitions-of.ts";

const AT = "2026-11-30T08:00:00Z";
const LATER = "2026-11-30T09:00:00Z";

/** What is told of looks one after the other. */
function told(before: Settled | undefined, ...looks: Look[]): TransitionKind[] {
  const kinds: TransitionKind[] = [];
  let settled = before;
  for (const look of looks) {
    const found = transitionsOf(settled, look);
    settled = found.settled;
    kinds.push(...found.told.map(({ kind }) => kind));
  }
  return kinds;
}

const health = (status: NonNullable<Look["health"]>["status"]): Look => ({ health: { status } });
const sync = (is: "synced" | "out-of-sync", content = "a"): Look => ({ sync: { is, content, why: "it" } });
/** Git wants something that is not there, and others set something. */
const theirs: Look = { sync: { is: "out-of-sync", content: "b", why: "it", others: { why: "theirs" } } };
const operation = (is: LookedOperation["is"], startedAt = AT, more: Partial<LookedOperation> = {}): Look => ({
  operation: { is, startedAt, ...more },
});
const held = (since: string): Look => ({ hold: { is: "held", since } });
const FREE: Look = { hold: { is: "free" } };

const cases: { name: string; before?: Settled; looks: Look[]; want: TransitionKind[] }[] = [
  {
    name: "a new one is created, and what goes wrong at first is told",
    looks: [{}, health("Progressing"), health("Degraded")],
    want: ["created", "health-degraded"],
  },
  {
    name: "of one of which nothing is known nothing is told",
    before: {},
    looks: [health("Degraded"), sync("out-of-sync"), operation("failed"), held(AT)],
    want: [],
  },
  {
    name: "health: degraded and recovered once each, whatever lies between",
    before: {},
    looks: ["Healthy", "Degraded", "Progressing", "Degraded", "Unknown", "Missing", "Healthy", "Healthy"].map(
      (status) => health(status as "Healthy"),
    ),
    want: ["health-degraded", "health-recovered"],
  },
  {
    name: "drift: what differs though Git wants what was there",
    before: {},
    looks: [sync("synced"), sync("out-of-sync"), sync("out-of-sync", "b"), sync("synced", "b")],
    want: ["drift-found", "drift-healed"],
  },
  {
    name: "no drift: Git wants something else, and that is delivered",
    before: {},
    looks: [sync("synced"), sync("out-of-sync", "b"), sync("out-of-sync", "a"), sync("synced", "a")],
    want: [],
  },
  {
    name: "drift beside what Git wants, once, which a sync of all undoes",
    before: {},
    looks: [sync("synced"), sync("out-of-sync", "b"), theirs, theirs, sync("synced", "b")],
    want: ["drift-found", "drift-healed"],
  },
  {
    name: "drift beside what Git wants that is put back while that waits, and comes again",
    before: {},
    looks: [sync("synced"), theirs, sync("out-of-sync", "b"), sync("out-of-sync", "b"), theirs],
    want: ["drift-found", "drift-healed", "drift-found"],
  },
  {
    name: "no drift where nothing is known of before",
    before: {},
    looks: [theirs],
    want: [],
  },
  {
    name: "drift of what Git came to want unnoticed, because it was there already",
    before: {},
    looks: [sync("synced", "a"), sync("synced", "b"), sync("out-of-sync", "b")],
    want: ["drift-found"],
  },
  {
    name: "a sync runs and succeeds, a further try of it is the same one",
    before: { operation: { is: "over", startedAt: "" } },
    looks: [operation("running"), operation("running", LATER, { try: 1 }), operation("succeeded", LATER)],
    want: ["sync-running", "sync-succeeded"],
  },
  {
    name: "a sync that ended before it was seen has failed, once",
    before: { operation: { is: "over", startedAt: "" } },
    looks: [operation("failed"), operation("failed")],
    want: ["sync-failed"],
  },
  {
    name: "two syncs within a second are two",
    before: { operation: { is: "over", startedAt: "" } },
    looks: [operation("running"), operation("succeeded"), operation("running"), operation("failed")],
    want: ["sync-running", "sync-succeeded", "sync-running", "sync-failed"],
  },
  {
    name: "a sync that a restart cut off goes on, and ends once",
    before: { operation: { is: "over", startedAt: "" } },
    looks: [
      operation("running"),
      operation("cut-off"),
      operation("running", LATER),
      operation("succeeded", LATER),
    ],
    want: ["sync-running", "sync-succeeded"],
  },
  {
    name: "a sync that a restart cut off and that is not taken up again has failed",
    before: { operation: { is: "over", startedAt: "" } },
    looks: [operation("running"), operation("cut-off"), operation("failed")],
    want: ["sync-running", "sync-failed"],
  },
  {
    name: "what is deployed is told when it is healthy, of several the last one",
    before: { deployed: 0 },
    looks: [
      { deployment: { id: 1 }, ...health("Progressing") },
      { deployment: { id: 2 }, ...health("Healthy"), ...operation("running") },
      { deployment: { id: 2 }, ...health("Healthy"), ...operation("succeeded") },
      { deployment: { id: 2 }, ...health("Healthy") },
    ],
    want: ["sync-succeeded", "deployed"],
  },
  {
    name: "a prune that is blocked is told once, and again when it was free",
    before: {},
    looks: [
      { prunes: { is: "free" } },
      { prunes: { is: "blocked", why: "x" } },
      { prunes: { is: "blocked", why: "y" } },
      { prunes: { is: "free" } },
      { prunes: { is: "blocked", why: "z" } },
    ],
    want: ["prune-blocked", "prune-blocked"],
  },
  {
    name: "a hold is set, set anew and lifted",
    before: {},
    looks: [FREE, held(AT), held(AT), held(LATER), FREE, FREE],
    want: ["hold-set", "hold-set", "hold-lifted"],
  },
  {
    name: "a cluster that was never reached is told of; that it is reached at the start is not",
    before: {},
    looks: [{ connection: { is: "unreachable", why: "x" } }, { connection: { is: "reachable" } }],
    want: ["cluster-unreachable", "cluster-reachable"],
  },
  { name: "a cluster that is there", before: {}, looks: [{ connection: { is: "reachable" } }], want: [] },
  {
    name: "another one of its name, unseen, is one deleted and one created",
    before: { uid: "1", health: "degraded" },
    looks: [{ uid: "2", ...health("Healthy") }],
    want: ["deleted", "created"],
  },
];

describe("transitionsOf()", () => {
  test.each(cases)("$name", ({ before, looks, want }) => {
    expect(told(before, ...looks)).toEqual(want);
  });

  test("says why, no longer than is kept", () => {
    const { told: said } = transitionsOf(
      { health: "good" },
      { health: { status: "Degraded", why: "x".repeat(5_000) } },
    );
    expect(said.map(({ why }) => why?.length)).toEqual([1_000]);
  });
});

describe("transitionsOf(), whatever comes", () => {
  const { next: random } = chance(20261130);
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)] as T;

  /** A world that is looked at: what is true of it is counted apart from the rules. */
  function world() {
    let second = 0;
    let run: { startedAt: string; is: "running" | "succeeded" | "failed"; tries: number } | undefined;
    let isHeld: string | undefined;
    return () => {
      second += Math.floor(random() * 2);
      const now = new Date(Date.UTC(2026, 10, 30, 0, 0, second)).toISOString();
      if (run?.is === "running") {
        if (random() < 0.5) run = { ...run, is: random() < 0.5 ? "succeeded" : "failed" };
      } else if (random() < 0.4) {
        // A second further: two that began in one second are told apart only while they run.
        second += 1;
        run = {
          startedAt: new Date(Date.UTC(2026, 10, 30, 0, 0, second)).toISOString(),
          is: "running",
          tries: 0,
        };
      }
      if (random() < 0.2) isHeld = isHeld === undefined ? `${now} ${random()}` : undefined;
      const look: Look = { hold: isHeld === undefined ? { is: "free" } : { is: "held", since: isHeld } };
      if (run !== undefined) look.operation = { is: run.is, startedAt: run.startedAt, try: run.tries };
      const status = pick([
        "Healthy",
        "Degraded",
        "Progressing",
        "Missing",
        "Unknown",
        "Suspended",
        undefined,
      ] as const);
      if (status !== undefined) look.health = { status };
      if (random() < 0.8) look.sync = { is: pick(["synced", "out-of-sync"]), content: pick(["a", "b"]) };
      if (random() < 0.8) look.prunes = pick([{ is: "free" }, { is: "blocked", why: "x" }] as const);
      return look;
    };
  }

  /** How often one of two words follows the other one, what is neither left out. */
  const turns = (words: readonly (string | undefined)[], [from, to]: readonly [string, string]): number =>
    words
      .filter((word) => word === from || word === to)
      .filter((word, at, all) => word === to && (at === 0 ? false : all[at - 1] === from)).length;

  test("none is doubled and none is lost, with restarts and writes that failed anywhere between", () => {
    for (let round = 0; round < 200; round++) {
      const next = world();
      const kept: TransitionKind[] = [];
      const seen: Look[] = [];
      let stored = "{}";
      for (let step = 0; step < 60; step++) {
        const look = next();
        const found = transitionsOf(JSON.parse(stored) as Settled, look);
        // The disk is full, or the daemon was killed before it was written: the world goes on, or is looked at again.
        if (random() < 0.2) {
          if (random() < 0.5) continue;
        }
        stored = JSON.stringify(found.settled);
        kept.push(...found.told.map(({ kind }) => kind));
        seen.push(look);
        const again = transitionsOf(JSON.parse(stored) as Settled, look);
        expect([again.told, again.settled]).toEqual([[], found.settled]);
      }
      const count = (kind: TransitionKind): number => kept.filter((one) => one === kind).length;
      const statuses = seen.map((look) => look.health?.status);
      expect(count("health-degraded")).toBe(turns(statuses, ["Healthy", "Degraded"]));
      expect(count("health-recovered")).toBe(turns(statuses, ["Degraded", "Healthy"]));
      expect(count("prune-blocked")).toBe(
        turns(
          seen.map(({ prunes }) => prunes?.is),
          ["free", "blocked"],
        ),
      );
      const holds = seen.map(({ hold }) => (hold?.is === "held" ? hold.since : "free"));
      const changes = holds.filter((since, at) => at > 0 && since !== holds[at - 1]);
      expect(count("hold-set")).toBe(changes.filter((since) => since !== "free").length);
      expect(count("drift-found") - count("drift-healed")).toBeWithin(0, 2);
      // Of each sync its first sight, and its first sight as one that has ended; of the very first sight nothing is known.
      const runs = seen.flatMap(({ operation }) => (operation === undefined ? [] : [operation]));
      const [baseline] = runs;
      const firsts = (wanted: (run: LookedOperation) => boolean): number =>
        new Set(runs.filter(wanted).map(({ startedAt }) => startedAt)).size;
      const began = firsts(({ is, startedAt }) => is === "running" && startedAt !== baseline?.startedAt);
      const endedAtFirst = baseline !== undefined && baseline.is !== "running" ? 1 : 0;
      expect(count("sync-running")).toBe(began);
      expect(count("sync-succeeded") + count("sync-failed")).toBe(
        firsts(({ is }) => is !== "running") - endedAtFirst,
      );
    }
  });
});

describe("transitionsOf() of health", () => {
  const deployment = { id: 4 };
  const degraded = { ...health("Degraded"), deployment };

  test("names the deployment whose health it is", () => {
    expect(transitionsOf({ health: "good" }, degraded).told).toMatchObject([
      { kind: "health-degraded", deployment: 4 },
    ]);
    expect(transitionsOf({ health: "degraded" }, { ...health("Healthy"), deployment }).told).toMatchObject([
      { kind: "health-recovered", deployment: 4 },
    ]);
  });

  test.each([
    ["while a sync runs", { ...degraded, ...operation("running") }],
    ["where nothing was deployed", { ...degraded, deployment: { id: -1 } }],
  ])("names none %s", (_name, look) => {
    const told = transitionsOf({ health: "good" }, look).told.filter(
      ({ kind }) => kind === "health-degraded",
    );
    expect(told).toEqual([{ kind: "health-degraded" }]);
  });
});
