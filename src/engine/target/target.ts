import type { Scope } from "../../core/manifest/normalise.ts";
import type { DesiredObject, LeftOutFile } from "../../core/model/desired-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Rendered } from "../../core/ports/renderers.ts";
import type { Tip } from "./tips.ts";

/** What Git wants of one application at one moment. */
export interface Target {
  /** Of the snapshot that it was found under. */
  readonly generation: number;
  /** By source: every one is resolved, or there is no target. See `revisionNamesOf`. */
  readonly tips: readonly Tip[];
  /** What is to be known of how the sources were found: a server that could not be asked. */
  readonly sourceProblems: readonly Problem[];
  /** Charts that its own charts use and that were brought from elsewhere. */
  readonly charts: Rendered["charts"];
  /** Repositories and files that its kustomizations use and that lie elsewhere. */
  readonly bases: Rendered["bases"];
  /** What was permitted to be asked beside its sources: repositories of bases and submodules, and files. */
  readonly addresses: readonly string[];
  /** What of the sources' trees it was made of: while none of it changes, another commit wants the same. */
  readonly inputs: Rendered["inputs"];
  /** The renderer's: equal keys are equal documents. */
  readonly renderKey: string;
  /** The renderer's key and all of the snapshot that makes objects of documents: with equal scopes, equal keys are equal objects. */
  readonly objectsKey: string;
  /**
   * Of the objects themselves and the address of their cluster: equal keys ask for the same, whatever made them, in
   * another process too. What chance makes of the same inputs is the same that was asked for.
   */
  readonly contentKey: string;
  /**
   * Objects that chance made otherwise this time, of the same inputs: what was applied of them stands, and is what
   * `hash` and `contentKey` tell of. Were one of them written, it would not fit the others: then all are wanted as they
   * are now, see `wantedAnew`. Absent: there are none.
   */
  readonly stands?: { readonly keys: ReadonlySet<RefKey>; readonly anew: readonly DesiredObject[] };
  /** The scopes by which its objects were placed, by `group/version/Kind`; as the cluster said, `unknown` where it knows no such kind. */
  readonly scopes: ReadonlyMap<string, Scope>;
  readonly desired: readonly DesiredObject[];
  readonly problems: readonly Problem[];
  /** Files of this render that hold no manifest. */
  readonly leftOut: readonly LeftOutFile[];
  readonly sourceTypes: readonly string[];
  /** Nobody answers for its commits. Absent: somebody does. */
  readonly commits?: "not merged";
}

/**
 * How much of the target must be looked up again. Each level includes those before it:
 * `nothing` < `known` (refs as last seen) < `latest` (ask Git) < `hard` (and render without the cache).
 */
export type Look = "nothing" | "known" | "latest" | "hard";
