/** One process of several that share the work: its Leases, its name and what ends it from outside. */
import type { AccessSource } from "../cluster/access.ts";
import { ClusterLease } from "../cluster/cluster-lease.ts";
import { ClusterLeases } from "../cluster/cluster-leases.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { ELECTION, type ElectionSettings } from "../core/replicas/election-settings.ts";
import { MEMBER_OF } from "../core/replicas/membership.ts";
import type { Watchdog } from "../replicas/leader-election.ts";
import { memberPlace, Shards, type ShardsOptions } from "../replicas/shards.ts";
import { kernelsWatchdog } from "./stand-for-election.ts";

export interface ShareParts
  extends Pick<ShardsOptions, "place" | "name" | "weight" | "applications" | "writesOver" | "changed"> {
  source: AccessSource;
  /** Of the kubeconfig; absent: its current one. */
  context?: string | undefined;
  environment: Readonly<Record<string, string | undefined>>;
  settings?: ElectionSettings;
  clock: Clock;
  log: Log;
  /** Absent: the kernel, where it can. */
  watchdog?: Watchdog | undefined;
}

export interface SharedWork {
  shards: Shards;
  identity: string;
  /** See `Shards.stop`. */
  stop(writesOver: Promise<void>): Promise<void>;
}

/** @throws {Failure} config */
export function shareWork(parts: ShareParts): SharedWork {
  const { place, name, weight, settings = ELECTION, clock, log, watchdog = kernelsWatchdog(log) } = parts;
  const { source, context, environment, applications, writesOver, changed } = parts;
  const identity = `${name}_${crypto.randomUUID()}`;
  const reach = { source, context, environment, clock, log, limitMs: settings.renewDeadlineMs };
  const api = {
    leader: new ClusterLease({ ...reach, place }),
    member: new ClusterLease({ ...reach, place: memberPlace(place, name) }),
    members: new ClusterLeases({
      ...{ ...reach, namespace: place.namespace },
      label: { name: MEMBER_OF, value: place.name },
    }),
  };
  const shards = new Shards({
    ...{ place, name, weight, identity, api, settings, clock, log, watchdog },
    ...{ applications, writesOver, changed, random: Math.random },
  });
  shards.start();
  return {
    shards,
    identity,
    stop: async (over) => {
      await shards.stop(over);
      for (const one of Object.values(api)) one.stop();
    },
  };
}
