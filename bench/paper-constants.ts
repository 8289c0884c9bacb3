/** What runs of bench:fleet tell of one object, one application, one sync and one cluster. Pure. */
import type { EstateFigures } from "./fleet-estate.ts";
import type { PlaneFigures } from "./fleet-plane.ts";
import type { Constants } from "./paper-model.ts";

/** As `bun run bench:fleet --json FILE` writes it. */
export interface FleetFile {
  at?: string;
  cores?: number;
  loads?: readonly number[];
  plane?: PlaneFigures;
  estate?: EstateFigures;
}

/** A constant as it is printed, and what it was taken from. */
export interface Conditions {
  value: string;
  of: string;
}

/** Of a daemon without an object, where no second estate tells it. */
const BASE_RSS = 100e6;

interface Taken<T> {
  figures: T;
  of: string;
}

function taken<T>(
  files: readonly FleetFile[],
  pick: (file: FleetFile) => T | undefined,
  say: (figures: T) => string,
): Taken<T>[] {
  return files.flatMap((file) => {
    const figures = pick(file);
    if (figures === undefined) return [];
    const load = Math.max(...(file.loads ?? [Number.NaN]));
    const conditions = [
      file.at?.slice(0, 10),
      Number.isFinite(load) ? `load up to ${load.toFixed(0)}` : undefined,
    ];
    return [{ figures, of: [say(figures), ...conditions.filter((part) => part !== undefined)].join(", ") }];
  });
}

/** @throws {Error} where the files lack a stage, or have figures that cannot be */
export function constantsFrom(files: readonly FleetFile[]): {
  constants: Constants;
  conditions: Record<string, Conditions>;
} {
  const planes = taken(
    files,
    ({ plane }) => plane,
    ({ apps }) => `plane of ${apps} applications`,
  );
  const estates = taken(
    files,
    ({ estate }) => estate,
    ({ apps, clusters, pods }) => `estate of ${apps} applications, ${clusters} sandboxes, ${pods} Pods`,
  ).toSorted((a, b) => a.figures.cached - b.figures.cached);
  const [plane, small, large] = [planes.at(-1), estates[0], estates.at(-1)];
  if (plane === undefined)
    throw new Error("the files have no plane: bun run bench:fleet --only plane --json FILE");
  if (small === undefined || large === undefined)
    throw new Error("the files have no estate: bun run bench:fleet --only estate --json FILE");
  const { figures: estate } = large;
  const isOne = small.figures.cached === estate.cached;
  const rssPerObject = isOne
    ? (estate.idle.rss - BASE_RSS) / estate.cached
    : (estate.idle.rss - small.figures.idle.rss) / (estate.cached - small.figures.cached);
  if (!(rssPerObject > 0))
    throw new Error(
      `an object would take ${rssPerObject.toFixed(0)} bytes by ${isOne ? large.of : `${small.of} and ${large.of}`}: take estates that differ more`,
    );
  const floor = plane.figures.floors.reduce((a, b) => (b.installMs < a.installMs ? b : a));
  const constants: Constants = {
    rssPerObject,
    baseRss: estate.idle.rss - rssPerObject * estate.cached,
    objectsPerApp: estate.cached / estate.apps,
    peakRatio: Math.max(1, estate.start.peakRss / estate.idle.rss),
    cpuPerSync: plane.figures.cpuSeconds / (2 * plane.figures.apps),
    requestsPerSync: plane.figures.requestsPerApp / 2,
    cpuPerListedObject: estate.start.cpuSeconds / estate.cached,
    idleCpuPerCluster: estate.idle.cpuPercent / 100 / estate.clusters,
    probesPerClusterSecond: (estate.idle.requests["probe"] ?? 0) / estate.idle.seconds / estate.clusters,
    // A dry run and an apply for each, twice.
    serverRate: (4 * plane.figures.apps) / ((floor.installMs + floor.upgradeMs) / 1_000),
  };
  const by = (value: string, of: string): Conditions => ({ value, of });
  const both = isOne
    ? `${large.of}; ${BASE_RSS / 1e6} MB without any assumed`
    : `${small.of}, and ${large.of}`;
  return {
    constants,
    conditions: {
      "RSS without an object": by(`${(constants.baseRss / 1e6).toFixed(0)} MB`, both),
      "RSS for each object": by(`${rssPerObject.toFixed(0)} bytes`, both),
      "objects in the caches for each application": by(constants.objectsPerApp.toFixed(1), large.of),
      "peak at a start beside RSS": by(`${constants.peakRatio.toFixed(2)} ×`, large.of),
      "CPU of a sync": by(`${(constants.cpuPerSync * 1_000).toFixed(1)} ms`, plane.of),
      "requests of a sync": by(constants.requestsPerSync.toFixed(2), plane.of),
      "CPU of an object at a start": by(
        `${(constants.cpuPerListedObject * 1_000).toFixed(3)} ms`,
        `${large.of}; all of a start's CPU`,
      ),
      "CPU of a cluster while nothing happens": by(
        `${(constants.idleCpuPerCluster * 100).toFixed(4)} % of a core`,
        large.of,
      ),
      "probes of a cluster": by(`${constants.probesPerClusterSecond.toFixed(3)} a second`, large.of),
      "what an API server took": by(
        `${constants.serverRate.toFixed(0)} requests a second`,
        `${plane.of}; its floor`,
      ),
    },
  };
}
