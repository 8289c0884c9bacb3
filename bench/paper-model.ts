/** An estate that no machine of ours holds, from what smaller ones cost: what each replica carries, and what breaks first. Pure. */

/** As measured; each says of which run it is. */
export interface Constants {
  /** RSS of a daemon beyond what its objects take; bytes. */
  baseRss: number;
  /** RSS for each object in its caches, with all that an application has beside it; bytes. */
  rssPerObject: number;
  objectsPerApp: number;
  /** Peak while it starts, beside what it takes afterwards. */
  peakRatio: number;
  cpuPerSync: number;
  requestsPerSync: number;
  /** To list, parse and hold, at a start; CPU seconds. */
  cpuPerListedObject: number;
  /** CPU seconds a second while nothing happens, for each cluster. */
  idleCpuPerCluster: number;
  probesPerClusterSecond: number;
  /** What one API server took of a bare program; requests a second. */
  serverRate: number;
}

/** What nobody measured here, and an operator may say otherwise. */
export interface Assumptions {
  apps: number;
  clusters: number;
  /** Of a replica. */
  cores: number;
  memoryBytes: number;
  /** Of memory and of cores, what may be used while all is well. */
  fill: number;
  /** Of its cores, what one process uses: JavaScript runs on one, the rest is collection, renders and Git beside it. */
  usableCores: number;
  mostReplicas: number;
  watchesPerCluster: number;
  watchMinutes: number;
  filesPerReplica: number;
  /** Until another takes over what a dead replica had, at the longest. */
  leaseMs: number;
  leaseRenewMs: number;
  /** Clusters differ: standard deviation of the logarithm of their sizes. */
  spread: number;
  /** A commit of all may take so long. */
  allWithinMs: number;
  coreHour: number;
  gigabyteHour: number;
  seed: number;
}

export interface Carried {
  clusters: number;
  apps: number;
  rss: number;
  peakRss: number;
  idleCpu: number;
  files: number;
}

export interface Estate {
  replicas: Carried[];
  /** Applications of each cluster. */
  sizes: number[];
}

export interface Outcome {
  replicas: number;
  /** Of the replica that carries most, while one other is gone. */
  most: Carried;
  watches: number;
  requestsPerSecond: number;
  /** After a replica ended: when half, and when the last, of its clusters are followed again. */
  failover: { halfMs: number; lastMs: number };
  /** One commit that changes all, by the slowest replica and by the largest cluster's API server. */
  all: { byReplicaMs: number; byServerMs: number };
  costAMonth: number;
}

/** xorshift: the same seed, the same estate. */
function chance(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    state >>>= 0;
    return state / 2 ** 32;
  };
}

/** Applications of each cluster, as many as asked together. */
export function sizesOf({ apps, clusters, spread, seed }: Assumptions): number[] {
  const random = chance(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const weights = Array.from({ length: clusters }, () => Math.exp(spread * normal()));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  let [before, told] = [0, 0];
  return weights.map((weight) => {
    before += weight;
    const upTo = Math.round((before / all) * apps);
    const size = upTo - told;
    told = upTo;
    return size;
  });
}

/** Rendezvous: each cluster to the replica whose hash with it is the highest, so that one that goes moves its own alone. */
export function placed(clusters: number, replicas: readonly number[]): number[] {
  return Array.from({ length: clusters }, (_, cluster) => {
    let [best, score] = [-1, -1];
    for (const replica of replicas) {
      const hash = mixed(cluster * 0x9e3779b1 + replica * 0x85ebca6b);
      if (hash > score) [best, score] = [replica, hash];
    }
    return best;
  });
}

function mixed(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function carriedBy(
  constants: Constants,
  { watchesPerCluster }: Assumptions,
  sizes: readonly number[],
  placement: readonly number[],
  replica: number,
): Carried {
  let [clusters, apps] = [0, 0];
  for (const [cluster, owner] of placement.entries())
    if (owner === replica) [clusters, apps] = [clusters + 1, apps + (sizes[cluster] ?? 0)];
  const rss = constants.baseRss + apps * constants.objectsPerApp * constants.rssPerObject;
  return {
    ...{ clusters, apps, rss, peakRss: rss * constants.peakRatio },
    idleCpu: clusters * constants.idleCpuPerCluster,
    // Each watch is a connection of its own over HTTP/1.1, and each cluster has one more for requests.
    files: clusters * (watchesPerCluster + 1),
  };
}

/** The one of whom most is asked; memory first. */
const heaviest = (carried: readonly Carried[]): Carried =>
  carried.reduce((most, one) => (one.rss > most.rss ? one : most));

/** With so many replicas; one of them ends. */
export function outcomeOf(constants: Constants, assumed: Assumptions, replicas: number): Outcome {
  const { clusters, usableCores, leaseMs, leaseRenewMs, watchMinutes, watchesPerCluster } = assumed;
  const sizes = sizesOf(assumed);
  const all = Array.from({ length: replicas }, (_, at) => at);
  const before = placed(clusters, all);
  const lost = all.reduce((most, one) => (owned(before, one) > owned(before, most) ? one : most), 0);
  const left = replicas === 1 ? all : all.filter((one) => one !== lost);
  const after = placed(clusters, left);
  // Whoever takes some over lists them one after the other, the smallest first.
  const back: number[] = [];
  for (const survivor of left) {
    let busyMs = 0;
    const moved = sizes
      .flatMap((size, cluster) => (before[cluster] === lost && after[cluster] === survivor ? [size] : []))
      .sort((a, b) => a - b);
    for (const size of moved) {
      busyMs += (size * constants.objectsPerApp * constants.cpuPerListedObject * 1_000) / usableCores;
      back.push(leaseMs + busyMs);
    }
  }
  back.sort((a, b) => a - b);
  const carried = left.map((one) => carriedBy(constants, assumed, sizes, after, one));
  const syncing = all.map((one) => carriedBy(constants, assumed, sizes, before, one).apps);
  return {
    replicas,
    most: heaviest(carried),
    watches: clusters * watchesPerCluster,
    requestsPerSecond:
      clusters * constants.probesPerClusterSecond +
      (clusters * watchesPerCluster) / (watchMinutes * 60) +
      (replicas * 1_000) / leaseRenewMs,
    failover: { halfMs: back[back.length >> 1] ?? leaseMs, lastMs: back.at(-1) ?? leaseMs },
    all: {
      byReplicaMs: (Math.max(...syncing) * constants.cpuPerSync * 1_000) / usableCores,
      byServerMs: (Math.max(...sizes) * constants.requestsPerSync * 1_000) / constants.serverRate,
    },
    costAMonth:
      replicas *
      730 *
      (assumed.cores * assumed.coreHour + (assumed.memoryBytes / 1e9) * assumed.gigabyteHour),
  };
}

const owned = (placement: readonly number[], replica: number): number =>
  placement.filter((owner) => owner === replica).length;

export type Limit =
  | "memory"
  | "idle CPU"
  | "open files"
  | "a commit of all, by its replica"
  | "a commit of all, by an API server";

/** What is beyond its bound, the furthest beyond first. */
export function brokenBy({ most, all }: Outcome, assumed: Assumptions): { limit: Limit; times: number }[] {
  const parts: [Limit, number][] = [
    ["memory", most.peakRss / (assumed.memoryBytes * assumed.fill)],
    ["idle CPU", most.idleCpu / (assumed.usableCores * assumed.fill)],
    ["open files", most.files / assumed.filesPerReplica],
    ["a commit of all, by its replica", all.byReplicaMs / assumed.allWithinMs],
    ["a commit of all, by an API server", all.byServerMs / assumed.allWithinMs],
  ];
  return parts
    .flatMap(([limit, times]) => (times > 1 ? [{ limit, times }] : []))
    .sort((a, b) => b.times - a.times);
}

/** The fewest replicas that hold all while one of them is gone; undefined where no number up to the most does. */
export function fewestReplicas(constants: Constants, assumed: Assumptions): Outcome | undefined {
  for (let replicas = 2; replicas <= assumed.mostReplicas; replicas++) {
    const outcome = outcomeOf(constants, assumed, replicas);
    if (brokenBy(outcome, assumed).length === 0) return outcome;
  }
  return undefined;
}

export interface Breaking {
  apps: number;
  clusters: number;
  limit: Limit;
}

/** The estate made larger, as many applications a cluster as before, until something breaks. */
export function breaksAt(constants: Constants, assumed: Assumptions, replicas: number): Breaking | undefined {
  const perCluster = assumed.apps / assumed.clusters;
  for (let clusters = 1; clusters <= assumed.clusters * 20; clusters = Math.ceil(clusters * 1.05)) {
    const here = { ...assumed, clusters, apps: Math.round(clusters * perCluster) };
    const [first] = brokenBy(outcomeOf(constants, here, replicas), here);
    if (first !== undefined) return { apps: here.apps, clusters, limit: first.limit };
  }
  return undefined;
}
