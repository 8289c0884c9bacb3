import type { Scope } from "../../core/manifest/normalise.ts";
import type { DesiredObject, LeftOutFile } from "../../core/model/desired-object.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { CommitSha } from "../../core/ports.ts";

/** What Git wants of one application at one moment. */
export interface Target {
  /** Of the snapshot that it was found under. */
  readonly generation: number;
  /** By source; "" never occurs: every source is resolved or there is no target. */
  readonly commits: readonly CommitSha[];
  /** The ref that each commit was resolved through, "" for a SHA. */
  readonly refs: readonly string[];
  /** The renderer's key and all of the snapshot that makes objects of documents: with equal scopes, equal keys are equal objects. */
  readonly objectsKey: string;
  /** The scopes by which its objects were placed, by `group/version/Kind`; as the cluster said, `unknown` where it knows no such kind. */
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly desired: readonly DesiredObject[];
  /** Of all desired objects, sorted. */
  readonly images: readonly string[];
  readonly problems: readonly Problem[];
  /** Files of this render that hold no manifest. */
  readonly leftOut: readonly LeftOutFile[];
  readonly sourceTypes: readonly string[];
}

/**
 * How much of the target must be looked up again. Each level includes those before it:
 * `nothing` < `known` (refs as last seen) < `latest` (ask Git) < `hard` (and render without the cache).
 */
export type Look = "nothing" | "known" | "latest" | "hard";
