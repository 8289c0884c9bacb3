import { describe, expect, test } from "bun:test";
import { DEFINITION_BYTES, definitionOf } from "../../bench/definitions.ts";
import { constantsFrom, type FleetFile } from "../../bench/paper-constants.ts";
import {
  type Assumptions,
  breaksAt,
  brokenBy,
  type Constants,
  fewestReplicas,
  outcomeOf,
  placed,
  sizesOf,
} from "../../bench/paper-model.ts";
import { appliedAndSettled, appliedWithin, settledIn, syncsIn, untilSettled } from "../../bench/settled.ts";
import { type Sample, slopeOf, verdictOf } from "../../bench/steady.ts";
import { rejectionOf } from "../lib/ending-of.ts";

const BOUNDS = { warmUpMinutes: 5, share: 0.05, least: 3 };
const samplesOf = (values: readonly number[], life = 0): Sample[] =>
  values.map((value, at) => ({ minute: at + 1 + life * 100, life, age: at + 1, value }));

describe("verdictOf()", () => {
  test("what stays is flat, also with peaks", () => {
    const values = Array.from({ length: 60 }, (_, at) => 100 + (at % 3) + (at % 10 === 9 ? 80 : 0));
    expect(verdictOf(samplesOf(values), BOUNDS)).toMatchObject({
      is: "flat",
      mayGrow: expect.closeTo(5.05) as number,
    });
  });

  test("what grows by more than it may in an hour grows", () => {
    const verdict = verdictOf(samplesOf(Array.from({ length: 60 }, (_, at) => 100 + at / 5)), BOUNDS);
    expect(verdict.is).toBe("grows");
    expect(verdict.is === "untold" ? 0 : verdict.slope.perHour).toBeCloseTo(12);
  });

  test("what grows until a process is warm, and what one process has more than the one before, is no growth", () => {
    const rising = Array.from({ length: 5 }, (_, at) => 20 * at);
    const still = Array.from({ length: 20 }, () => 100);
    const one = samplesOf([...rising.slice(0, 4), ...still]);
    const another = samplesOf([...rising.slice(0, 4), ...still.map((value) => value + 50)], 1);
    expect(verdictOf([...one, ...another], BOUNDS).is).toBe("flat");
  });

  test("a process that did not live long enough tells nothing", () => {
    expect(verdictOf(samplesOf([1, 2, 3, 4, 5, 6, 7, 8]), BOUNDS)).toMatchObject({ is: "untold" });
    expect(verdictOf([], BOUNDS)).toMatchObject({ is: "untold" });
  });

  test("one more in a few minutes is no growth, five more each minute are", () => {
    const bounds = { ...BOUNDS, warmUpMinutes: 1 };
    expect(verdictOf(samplesOf([33, 33, 33, 34, 34, 34, 34, 34]), bounds).is).toBe("flat");
    expect(verdictOf(samplesOf([33, 38, 43, 48, 53, 58, 63, 68]), bounds).is).toBe("grows");
  });

  test("a slope is of an hour and of one life", () => {
    expect(slopeOf([...samplesOf([0, 1, 2]), ...samplesOf([50, 51, 52], 1)]).perHour).toBe(60);
  });
});

/** Of `of` applications so many are Synced and Healthy, and so many syncs have ended. */
function scrapeOf(of: number, settled: number, syncs: number): string {
  const lines = Array.from({ length: of }, (_, at) =>
    at < settled
      ? `argocd_app_info{name="a${at}",sync_status="Synced",health_status="Healthy"} 1`
      : `argocd_app_info{name="a${at}",sync_status="OutOfSync",health_status="Healthy"} 1`,
  );
  return [
    ...lines,
    `argocd_app_sync_total{name="a0",phase="Succeeded"} ${syncs}`,
    'argocd_app_sync_total{name="a1",phase="Failed"} 7',
    "",
  ].join("\n");
}

const sentenceOf = async (promise: Promise<unknown>): Promise<string> => {
  const rejection = await rejectionOf(promise);
  return rejection instanceof Error ? rejection.message : `no error: ${String(rejection)}`;
};

interface Said {
  scrapes: string[];
  items: unknown[];
}
function daemonThat({ scrapes, items }: Said) {
  let at = 0;
  return {
    scrape: async () => scrapes[Math.min(at++, scrapes.length - 1)] ?? "",
    api: async <T>() => ({ items }) as T,
  };
}
const stuck = {
  metadata: { name: "a1" },
  status: {
    sync: { status: "OutOfSync" },
    health: { status: "Missing" },
    conditions: [{ type: "ComparisonError", message: "apps/a1: no such folder" }],
    operationState: { phase: "Failed", message: "it was refused" },
  },
};

describe("waiting for applications", () => {
  const settling = { apps: 2, syncs: 2, patienceMs: 60, everyMs: 1 };

  test("a scrape tells who is settled and what ended well", () => {
    const text = scrapeOf(3, 2, 5);
    expect([settledIn(text), syncsIn(text)]).toEqual([2, 5]);
  });

  test("one that never becomes Synced ends it with a sentence that names it and says why", async () => {
    const daemon = daemonThat({ scrapes: [scrapeOf(2, 1, 1)], items: [stuck] });
    expect(await sentenceOf(untilSettled(daemon, settling))).toBe(
      "1 of 2 applications did not become Synced and Healthy by a sync: nothing came for 0 s. a1 is OutOfSync and Missing: ComparisonError: apps/a1: no such folder. Its last sync: Failed, it was refused.",
    );
  });

  test("syncs that end well are progress while what is settled falls, and those that fail are none", async () => {
    const scrapes = [
      ...[scrapeOf(2, 2, 0), scrapeOf(2, 0, 0), scrapeOf(2, 0, 1)],
      ...[scrapeOf(2, 1, 1), scrapeOf(2, 1, 2), scrapeOf(2, 2, 2)],
    ];
    await untilSettled(daemonThat({ scrapes, items: [] }), { ...settling, patienceMs: 10_000 });
    const flapping = Array.from({ length: 5_000 }, (_, at) => scrapeOf(2, at % 2, 1));
    expect(
      await sentenceOf(untilSettled(daemonThat({ scrapes: flapping, items: [stuck] }), settling)),
    ).toMatch(/^[12] of 2 applications did not become/);
  });

  test("a daemon that calls settled what the cluster does not show is told so", async () => {
    const daemon = daemonThat({ scrapes: [scrapeOf(2, 2, 2)], items: [] });
    const never = { at: new Promise<number>(() => undefined), seen: () => 1, wanted: 8 };
    expect(await sentenceOf(appliedAndSettled(never, daemon, settling))).toBe(
      "the daemon says that all 2 applications are Synced, but of 8 objects the cluster shows 1 as Git has them, 0 s later",
    );
    expect(await sentenceOf(appliedWithin(never, daemon, 20))).toContain(
      "did not show in the cluster what was committed",
    );
    expect(await appliedAndSettled({ ...never, at: Promise.resolve(7) }, daemon, settling)).toBe(7);
  });
});

test("a definition is as large as it is said to be, and of a group of its own", () => {
  const sizes = [0, 249].map((at) => JSON.stringify(definitionOf(at)).length);
  for (const size of sizes) {
    expect(size).toBeGreaterThanOrEqual(DEFINITION_BYTES);
    expect(size).toBeLessThan(DEFINITION_BYTES * 1.03);
  }
  expect(definitionOf(3).metadata.name).toBe("copies.g3.bench.example.com");
});

const constants: Constants = {
  baseRss: 100e6,
  rssPerObject: 4_000,
  objectsPerApp: 24,
  peakRatio: 1.5,
  cpuPerSync: 0.01,
  requestsPerSync: 2,
  cpuPerListedObject: 0.000_1,
  idleCpuPerCluster: 0.000_1,
  probesPerClusterSecond: 0.1,
  serverRate: 300,
};
const assumed: Assumptions = {
  ...{ apps: 50_000, clusters: 500, cores: 2, memoryBytes: 4e9, fill: 0.6, usableCores: 1, mostReplicas: 32 },
  ...{
    watchesPerCluster: 10,
    watchMinutes: 7.5,
    filesPerReplica: 65_536,
    leaseMs: 5_000,
    leaseRenewMs: 1_000,
  },
  ...{ spread: 1, allWithinMs: 600_000, coreHour: 0.04, gigabyteHour: 0.005, seed: 1 },
};

describe("on paper", () => {
  test("all applications are somewhere, and every cluster is carried by one replica", () => {
    const sizes = sizesOf(assumed);
    expect([sizes.length, sizes.reduce((sum, size) => sum + size, 0)]).toEqual([500, 50_000]);
    const owners = placed(500, [0, 1, 2, 3]);
    const counts = [0, 1, 2, 3].map((replica) => owners.filter((owner) => owner === replica).length);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(500);
    for (const count of counts) expect(count).toBeGreaterThan(80);
  });

  test("what a replica had that is gone moves, and nothing else does", () => {
    const before = placed(500, [0, 1, 2, 3]);
    const after = placed(500, [0, 1, 3]);
    const moved = before.filter((owner, cluster) => owner !== after[cluster]);
    expect(moved.length).toBeGreaterThan(0);
    expect(new Set(moved)).toEqual(new Set([2]));
  });

  test("one replica alone carries all of it", () => {
    const { most, all, watches } = outcomeOf(constants, assumed, 1);
    expect(most).toMatchObject({
      clusters: 500,
      apps: 50_000,
      rss: 100e6 + 50_000 * 24 * 4_000,
      files: 5_500,
    });
    expect(all.byReplicaMs).toBe(500_000);
    expect(watches).toBe(5_000);
  });

  test("it takes as many as it takes, no fewer, and each that is more costs more", () => {
    const found = fewestReplicas(constants, assumed);
    if (found === undefined) throw new Error("no number of replicas holds it");
    expect(brokenBy(found, assumed)).toEqual([]);
    expect(brokenBy(outcomeOf(constants, assumed, found.replicas - 1), assumed).length).toBeGreaterThan(0);
    expect(found.costAMonth).toBeCloseTo(found.replicas * 730 * (2 * 0.04 + 4 * 0.005));
    expect(found.failover.lastMs).toBeGreaterThan(assumed.leaseMs);
  });

  test("what breaks first is what is made scarce", () => {
    expect(breaksAt(constants, assumed, 1)?.limit).toBe("memory");
    expect(breaksAt(constants, { ...assumed, memoryBytes: 1e15, filesPerReplica: 100 }, 1)?.limit).toBe(
      "open files",
    );
    expect(
      breaksAt(constants, { ...assumed, memoryBytes: 1e15, filesPerReplica: 1e9, allWithinMs: 1_000 }, 1)
        ?.limit,
    ).toBe("a commit of all, by its replica");
    const slow = { ...constants, serverRate: 0.01 };
    expect(breaksAt(slow, assumed, 8)?.limit).toBe("a commit of all, by an API server");
    expect(fewestReplicas(slow, assumed)).toBeUndefined();
  });
});

describe("constantsFrom()", () => {
  const estate = (cached: number, rss: number) => ({
    ...{ apps: 100, clusters: 5, pods: 1_000, cached },
    idle: { seconds: 10, cpuPercent: 0.5, requests: { probe: 10 }, rss },
    start: { cpuSeconds: 2, peakRss: rss * 1.2 },
  });
  const plane = {
    ...{ apps: 50, cpuSeconds: 1, requestsPerApp: 4 },
    floors: [{ inFlight: 16, installMs: 500, upgradeMs: 500, cpuSeconds: 1 }],
  };
  const file = (parts: object): FleetFile => parts as FleetFile;

  test("two estates tell what an object takes and what is there without any", () => {
    const { constants } = constantsFrom([
      file({ plane, estate: estate(2_000, 110e6) }),
      file({ estate: estate(12_000, 150e6) }),
    ]);
    expect(constants).toMatchObject({
      rssPerObject: 4_000,
      baseRss: 102e6,
      objectsPerApp: 120,
      requestsPerSync: 2,
    });
    expect(constants.cpuPerSync).toBeCloseTo(0.01);
    expect(constants.serverRate).toBeCloseTo(200);
    expect(constants.probesPerClusterSecond).toBeCloseTo(0.2);
  });

  test("what is lacking, and what cannot be, is a sentence", () => {
    expect(() => constantsFrom([file({ plane })])).toThrow("bun run bench:fleet --only estate");
    expect(() => constantsFrom([file({ estate: estate(2_000, 110e6) })])).toThrow(
      "bun run bench:fleet --only plane",
    );
    expect(() =>
      constantsFrom([file({ plane, estate: estate(2_000, 150e6) }), file({ estate: estate(12_000, 110e6) })]),
    ).toThrow("an object would take -4000 bytes");
  });
});
