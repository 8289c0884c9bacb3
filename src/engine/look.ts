import type { Claimant } from "../core/compare/ownership.ts";
import type { DesiredObject, LeftOutFile } from "../core/model/desired-object.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Cluster, CommitSha } from "../core/ports.ts";
import type { Observation } from "./observe.ts";

/** What Git wants of one application at one moment. */
export interface Aim {
  /** By source; "" never occurs: every source is resolved or there is no aim. */
  commits: CommitSha[];
  /** The ref that each commit was resolved through, "" for a SHA. */
  refs: string[];
  /** The renderer's key, and the settings by which its documents were read: equal keys are equal objects. */
  renderKey: string;
  desired: DesiredObject[];
  /** Of all desired objects, sorted. */
  images: string[];
  problems: Problem[];
  leftOut: LeftOutFile[];
  sourceTypes: string[];
}

/**
 * How much of the aim must be looked up again. Each level includes those before it:
 * `nothing` < `known` (refs as last seen) < `latest` (ask Git) < `hard` (and render without the cache).
 */
export type Look = "nothing" | "known" | "latest" | "hard";

/** What one pass saw: the cluster held against the aim. */
export interface Seen {
  cluster: Cluster;
  aim: Aim;
  us: Claimant;
  observation: Observation;
}
