/** One process of several that stand for election: its Lease, its name and what ends it from outside. */
import { hostname } from "node:os";
import type { AccessSource } from "../cluster/access.ts";
import { ClusterLease } from "../cluster/cluster-lease.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import type { Standing } from "../core/replicas/election.ts";
import { ELECTION, type ElectionSettings } from "../core/replicas/election-settings.ts";
import type { HolderReach } from "../core/replicas/lease.ts";
import { makeKillTimer } from "../lib/kill-timer.ts";
import { LeaderElection, type Watchdog } from "../replicas/leader-election.ts";

export interface StandingParts {
  source: AccessSource;
  /** Of the kubeconfig; absent: its current one. */
  context?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  place: { namespace: string; name: string };
  /** How others reach this process while it leads: asked at each renewal. */
  reach?: (() => HolderReach) | undefined;
  settings?: ElectionSettings;
  clock: Clock;
  log: Log;
  /** Absent: the kernel, where it can. */
  watchdog?: Watchdog;
  became: (standing: Standing) => void;
}

export interface StoodFor {
  election: LeaderElection;
  identity: string;
  /** See `LeaderElection.stop`. */
  stop(writesOver: Promise<void>): Promise<void>;
}

/** @throws {Failure} config */
export function standForElection(parts: StandingParts): StoodFor {
  const { source, context, environment, place, reach, settings = ELECTION, clock, log, became } = parts;
  // A Pod that starts again has its host's name again, and is another process.
  const identity = `${hostname()}_${crypto.randomUUID()}`;
  const api = new ClusterLease({
    ...{ source, context, environment, place, clock, log },
    limitMs: settings.renewDeadlineMs,
  });
  const election = new LeaderElection({
    ...{ api, place, identity, reach, settings, clock, log, became },
    random: Math.random,
    watchdog: parts.watchdog ?? kernelsWatchdog(log),
  });
  election.start();
  return {
    election,
    identity,
    stop: async (writesOver) => {
      await election.stop(writesOver);
      api.stop();
    },
  };
}

/** Without it a process that is stopped between its last question and the write writes late when it goes on. */
export function kernelsWatchdog(log: Log): Watchdog | undefined {
  const made = makeKillTimer();
  if (made.is === "made") return made.timer;
  log.warn("a process that stands still is not ended from outside", { why: made.why });
  return undefined;
}
