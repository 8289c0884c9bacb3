/**
 * 50,000 applications on 500 clusters, on paper: replicas, memory, requests, failover, cost a month, and where it breaks
 * first, by simulating who carries what from what smaller runs measured. No figure of it was measured at that size.
 *
 *     bun bench/paper.ts [--from bench/figures.json] [--apps 50000] [--clusters 500] [--seeds 20] [--json FILE]
 *                        [--cores 2] [--memory-gb 4] [--fill 0.6] [--usable-cores 1.2] [--most-replicas 64]
 *                        [--watches 10] [--files 65536] [--spread 1] [--all-within 600] [--core-hour 0.04]
 *                        [--gigabyte-hour 0.005]
 *
 * FROM are files that `bun run bench:fleet --json FILE` wrote, by commas; together they have `plane` and `estate`, each of
 * the last file that has it. Two estates of different size tell what an object takes and what is there without any;
 * of one alone 100 MB are assumed for the latter. Prints what was measured, what is assumed, and the outcomes.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Conditions, constantsFrom, type FleetFile } from "./paper-constants.ts";
import { type Assumptions, breaksAt, fewestReplicas, type Outcome, outcomeOf } from "./paper-model.ts";
import { percentile } from "./rig.ts";

const { values } = parseArgs({
  options: {
    from: { type: "string", default: join(import.meta.dir, "figures.json") },
    apps: { type: "string", default: "50000" },
    clusters: { type: "string", default: "500" },
    seeds: { type: "string", default: "20" },
    cores: { type: "string", default: "2" },
    "memory-gb": { type: "string", default: "4" },
    fill: { type: "string", default: "0.6" },
    "usable-cores": { type: "string", default: "1.2" },
    "most-replicas": { type: "string", default: "64" },
    watches: { type: "string", default: "10" },
    files: { type: "string", default: "65536" },
    spread: { type: "string", default: "1" },
    "all-within": { type: "string", default: "600" },
    "core-hour": { type: "string", default: "0.04" },
    "gigabyte-hour": { type: "string", default: "0.005" },
    json: { type: "string", default: "" },
  },
});

const number = (option: Exclude<keyof typeof values, "from" | "json">): number => {
  const value = Number(values[option]);
  if (!Number.isFinite(value) || value < 0) throw new Error(`--${option} ${values[option]}: it is no number`);
  return value;
};

async function read(path: string): Promise<FleetFile> {
  if (!existsSync(path))
    throw new Error(`there is no ${path}: bun run bench:fleet --only plane,estate --json ${path} writes it`);
  return (await Bun.file(path).json()) as FleetFile;
}

/** What is lacking is a sentence, and no trace of where it was found out. */
async function measured(): Promise<ReturnType<typeof constantsFrom>> {
  try {
    return constantsFrom(await Promise.all(values.from.split(",").map(read)));
  } catch (cause) {
    console.error(cause instanceof Error ? cause.message : String(cause));
    process.exit(2);
  }
}
const { constants, conditions } = await measured();
const assumed: Assumptions = {
  apps: number("apps"),
  clusters: number("clusters"),
  cores: number("cores"),
  memoryBytes: number("memory-gb") * 1e9,
  fill: number("fill"),
  usableCores: number("usable-cores"),
  mostReplicas: number("most-replicas"),
  watchesPerCluster: number("watches"),
  // The client lets each last 300 to 600 seconds.
  watchMinutes: 7.5,
  filesPerReplica: number("files"),
  // What src/core/replicas/election-settings.ts has: a Lease's seconds and one renewal.
  leaseMs: 5_000,
  leaseRenewMs: 1_000,
  spread: number("spread"),
  allWithinMs: number("all-within") * 1_000,
  coreHour: number("core-hour"),
  gigabyteHour: number("gigabyte-hour"),
  seed: 1,
};

const rows = (title: string, pairs: readonly (readonly [string, string])[]): void =>
  console.log(
    `\n| ${title} | |\n|---|---|\n${pairs.map(([what, value]) => `| ${what} | ${value} |`).join("\n")}`,
  );
const mb = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;
const s = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;

console.log("On paper: nothing of this was measured at this size.");
rows(
  "measured constants",
  Object.entries(conditions).map(([what, one]: [string, Conditions]) => [what, `${one.value} (${one.of})`]),
);
rows("assumed", [
  [
    "applications, clusters",
    `${assumed.apps}, ${assumed.clusters}; sizes of clusters lognormal, sigma ${assumed.spread}`,
  ],
  [
    "a replica",
    `${assumed.cores} cores of which one process uses ${assumed.usableCores}, ${mb(assumed.memoryBytes)}; ${assumed.fill * 100} % of it in use`,
  ],
  [
    "clusters are divided",
    "by rendezvous hashing over replicas, a whole cluster to one; no daemon does so yet",
  ],
  [
    "a dead replica's are taken over",
    `after ${s(assumed.leaseMs)}, then listed one after the other, the smallest first`,
  ],
  [
    "watches",
    `${assumed.watchesPerCluster} a cluster, a connection each, of ${assumed.watchMinutes} minutes`,
  ],
  [
    "a commit of all",
    `within ${s(assumed.allWithinMs)}; linear in applications, with no contention for the home's API server`,
  ],
  ["open files of a replica", `${assumed.filesPerReplica}`],
  [
    "prices",
    `${assumed.coreHour} a core and hour, ${assumed.gigabyteHour} a gigabyte and hour: round numbers of nobody's list`,
  ],
  [
    "left out",
    "CPU of events of Pods that change, the shared store's own cost, traffic between regions, clusters' own cost",
  ],
]);

const seeds = Array.from({ length: number("seeds") }, (_, at) => at + 1);
const outcomes = seeds.flatMap((seed): Outcome[] => {
  const found = fewestReplicas(constants, { ...assumed, seed });
  return found === undefined ? [] : [found];
});
const spreadOf = (pick: (outcome: Outcome) => number, word: (value: number) => string): string => {
  const sorted = outcomes.map(pick).sort((a, b) => a - b);
  const [least = 0, most = 0] = [sorted[0], sorted.at(-1)];
  return least === most ? word(least) : `${word(percentile(sorted, 0.5))} (${word(least)} to ${word(most)})`;
};
if (outcomes.length < seeds.length)
  console.log(
    `\nOf ${seeds.length} estates ${seeds.length - outcomes.length} fit no number of replicas up to ${assumed.mostReplicas}.`,
  );
if (outcomes.length > 0)
  rows(
    `fewest replicas that hold it while one is gone, middle of ${outcomes.length} estates (least to most)`,
    [
      ["replicas", spreadOf(({ replicas }) => replicas, String)],
      ["RSS of the one that carries most", spreadOf(({ most }) => most.rss, mb)],
      ["the same while it starts", spreadOf(({ most }) => most.peakRss, mb)],
      [
        "its clusters, its open files",
        `${spreadOf(({ most }) => most.clusters, String)}; ${spreadOf(({ most }) => most.files, String)}`,
      ],
      [
        "its CPU while nothing happens",
        spreadOf(
          ({ most }) => most.idleCpu * 100,
          (value) => `${value.toFixed(2)} % of a core`,
        ),
      ],
      ["watches, all together", spreadOf(({ watches }) => watches, String)],
      [
        "requests a second while nothing happens, all together",
        spreadOf(
          (one) => one.requestsPerSecond,
          (value) => value.toFixed(0),
        ),
      ],
      ["failover: half of its clusters followed again", spreadOf(({ failover }) => failover.halfMs, s)],
      ["failover: all of them", spreadOf(({ failover }) => failover.lastMs, s)],
      ["a commit of all, by the slowest replica", spreadOf(({ all }) => all.byReplicaMs, s)],
      ["a commit of all, by the largest cluster's API server", spreadOf(({ all }) => all.byServerMs, s)],
      [
        "cost a month",
        spreadOf(
          ({ costAMonth }) => costAMonth,
          (value) => value.toFixed(0),
        ),
      ],
    ],
  );
const middle = outcomes[0]?.replicas ?? assumed.mostReplicas;
const breaking = [...new Set([1, middle, assumed.mostReplicas])].map((replicas) => ({
  replicas,
  at: breaksAt(constants, assumed, replicas),
}));
rows(
  "where it breaks first, made larger with as many applications a cluster",
  breaking.map(({ replicas, at }) => [
    `${replicas} replica${replicas === 1 ? ", which is never gone" : "s, one of them gone"}`,
    at === undefined
      ? `nowhere up to ${assumed.clusters * 20} clusters`
      : `${at.limit}, at ${at.apps} applications on ${at.clusters} clusters`,
  ]),
);
const json = JSON.stringify({
  constants,
  assumed,
  outcomes,
  breaking,
  alone: outcomeOf(constants, assumed, 1),
});
if (values.json === "") console.log(`\n${json}`);
else await Bun.write(values.json, json);
