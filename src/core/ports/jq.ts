import type { JqPlace } from "../model/jq-place.ts";
import type { KubeObject } from "../model/kube-object.ts";

/**
 * jq, for expressions that users write. It runs where it can be ended. `askedBy` is whose expression it is, an
 * application's key: who asks for much waits for itself.
 */
export interface Jq {
  /** Why a text is no jq expression, in jq's words; undefined where it is one. */
  problemOf(expression: string, askedBy: string): Promise<ExpressionProblem | undefined>;
  /** The places that an expression has in an object: what `del(expression)` would take out of it. */
  placesIn(content: JqContent, expression: string, askedBy: string): Promise<JqPlaces>;
}

/** `for-good`: it will say the same of the same text again. `for-now`: it was ended, or could not be asked. */
export interface ExpressionProblem {
  lasts: "for-good" | "for-now";
  why: string;
}

export interface JqContent {
  object: KubeObject;
  /** Equal for equal objects, and for no others. */
  key: string;
}

export type JqPlaces =
  /** Slices and places counted from a list's end as jq has them: see `asPlaces`. */
  | { is: "places"; places: readonly JqPlace[] }
  /** It cannot be said, with jq's reason. */
  | { is: "unknown"; why: string };
