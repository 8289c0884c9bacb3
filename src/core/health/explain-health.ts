import type { HealthStatus } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";
import { type HealthOptions, healthOf } from "./health-of.ts";

export interface HealthExplanation {
  /** `none`: the object shows no evidence and counts as nothing. */
  status: HealthStatus | "none";
  message: string;
  /** Which rule decided: `apps/Deployment`, `family flux`, `conventions`, a user's check. */
  rule: string;
  /** The evidence it decided on. */
  because: string;
}

/** What `admin health FILE --explain` prints of one object. An object marked to be ignored is explained all the same. */
export function explainHealth(object: KubeObject, options: HealthOptions = {}): HealthExplanation {
  const { health, rule, because } = healthOf(object, { ignoreAnnotation: "see-through", ...options });
  const evidence = rule === "deletion" ? `${because}; ${besidesDeletion(object, options)}` : because;
  return { status: health?.status ?? "none", message: health?.message ?? "", rule, because: evidence };
}

/** Deletion hides what the object's own fields say, which often tells why it does not go. */
function besidesDeletion(object: KubeObject, options: HealthOptions): string {
  const { deletionTimestamp: _, ...metadata } = object.metadata;
  const { health, rule } = healthOf({ ...object, metadata }, { ignoreAnnotation: "see-through", ...options });
  if (health === undefined) return "its own fields say nothing";
  return `otherwise it would be ${health.status} by ${rule}${health.message === "" ? "" : `: ${health.message}`}`;
}
