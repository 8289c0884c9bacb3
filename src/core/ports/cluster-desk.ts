import type { ClusterEntry } from "../model/cluster-entry.ts";
import type { Problem } from "../model/problem.ts";

/**
 * Where an entry stands. `file`: below the data folder. `secret`: of the home cluster, as problems name it; `uid` tells it
 * from another one that bears its name later.
 */
export type EntryPlace =
  | { in: "config" }
  | { in: "file"; file: string }
  | { in: "secret"; secret: string; uid?: string };

export interface KnownEntry {
  entry: ClusterEntry;
  place: EntryPlace;
}

/** What a cluster said when it was asked for its version, and for one ConfigMap where the daemon will look. */
export interface ClusterAnswer {
  /** `v1.35.2`. */
  version: string;
  /** How long it took to say its version, connecting included. */
  tookMs: number;
}

/** Which clusters there are, and who may change that while the daemon runs. What it says holds secrets: show none. */
export interface ClusterDesk {
  all(): readonly KnownEntry[];
  /** Files and Secrets that hold no cluster that could be used, and why. */
  problems(): readonly Problem[];
  /**
   * Kept durably, and connected when it resolves.
   * `add`: refused where there is another one of that name or address; `upsert`: takes its place; `update`: it must be there.
   * @param known the name that it has now, where it is to have another one
   * @throws {Failure} config, conflict, not-found, refused, store
   */
  put(entry: ClusterEntry, how: "add" | "upsert" | "update", actor: string, known?: string): Promise<void>;
  /**
   * Asks it as the daemon would, and keeps nothing.
   * @param asked one that is not kept yet, or the name of one that is
   * @throws {Failure} config, not-found, cluster-unreachable, cluster-auth
   */
  test(asked: ClusterEntry | string): Promise<ClusterAnswer>;
  /** Forgets it. Nothing in the cluster is touched. @throws {Failure} not-found, refused, store */
  remove(name: string, actor: string): Promise<void>;
  /**
   * A new token in place of the one that it has, proved before and the old one revoked after.
   * @throws {Failure} not-found, refused, store, cluster-unreachable, cluster-auth
   */
  rotate(name: string, actor: string): Promise<void>;
}
