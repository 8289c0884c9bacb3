import type { HealthStatus } from "../../model/health.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { type Condition, cite, conditionsOf, isOdd, isTrue, tell } from "../conditions.ts";
import { numberAt } from "../read.ts";
import type { HealthRule, Verdict } from "../verdict.ts";
import { meaning } from "./words.ts";

/** How a kind speaks through `status.conditions`. Names of types; the earlier one counts first. */
export interface ConditionDialect {
  /** True is what is wanted. */
  good: readonly string[];
  /** `all` (the rule): each of `good` must be there and True. `any`: those that are there. `first`: only the first that is there. */
  needs?: "all" | "any" | "first";
  /** True is a failure. */
  bad?: readonly string[];
  /** True is work under way. */
  busy?: readonly string[];
  /** True is a pause that somebody asked for. */
  held?: readonly string[];
  /** What False of a good condition means where its reason does not tell. Degraded where left out. */
  no?: HealthStatus;
  /** Reasons of this kind, where the common vocabulary says otherwise or nothing. */
  reasons?: Partial<Record<HealthStatus, readonly string[]>>;
  /** `ignored`: reasons of this kind are not words for states, False is always `no`. */
  vocabulary?: "common" | "ignored";
}

/** Judges by conditions. undefined where none of those named is there. */
export function byConditions(dialect: ConditionDialect): HealthRule {
  const {
    good,
    needs = "all",
    bad = [],
    busy = [],
    held = [],
    no = "Degraded",
    reasons = {},
    vocabulary = "common",
  } = dialect;
  const own = new Map(
    Object.entries(reasons).flatMap(([status, list]) =>
      list.map((reason) => [reason, status as HealthStatus] as const),
    ),
  );
  return (object): Verdict | undefined => {
    const conditions = conditionsOf(object);
    const first = (types: readonly string[]) =>
      conditions.find((condition) => isTrue(condition) && types.includes(condition.type));
    const failing = first(bad);
    if (failing !== undefined) return current(object, failing, "Degraded");
    const paused = first(held);
    if (paused !== undefined) return judge(paused, "Suspended");
    const working = first(busy);
    if (working !== undefined) return judge(working, "Progressing");
    const present = good.flatMap((type) => conditions.find((condition) => condition.type === type) ?? []);
    const wanted = needs === "first" ? present.slice(0, 1) : present;
    const wrong = wanted.find((condition) => !isTrue(condition));
    if (wrong !== undefined) {
      const says = own.get(wrong.reason);
      const common = () =>
        vocabulary === "common" || wrong.status === "Unknown" ? shortfall(wrong, no) : no;
      const failed = wrong.status === "False" && says !== "Suspended" && tellsFailure(wrong.message);
      return current(object, wrong, failed ? "Degraded" : (says ?? common()));
    }
    const [best] = wanted;
    if (best === undefined || (needs === "all" && wanted.length < good.length)) return undefined;
    return current(object, best, own.get(best.reason) ?? "Healthy");
  };
}

/**
 * What it means that a good condition is not True. A message that says outright that something failed wins, then the
 * reason's word, then `otherwise`. Unknown is "not yet", unless the reason says that finding out is what failed.
 */
export function shortfall(condition: Condition, otherwise: HealthStatus): HealthStatus {
  const { status, severity } = condition;
  const says = meaning(condition.reason);
  if (isOdd(condition)) return "Degraded";
  if (status === "Unknown")
    return says === "Suspended" ? says : /error$/i.test(condition.reason) ? "Unknown" : "Progressing";
  if (says !== "Suspended" && tellsFailure(condition.message)) return "Degraded";
  if (says === "Progressing" || says === "Suspended" || says === "Degraded") return says;
  if (severity === "Error") return "Degraded";
  if (severity === "Info" || severity === "Warning") return "Progressing";
  return says === "Missing" ? "Degraded" : otherwise;
}

/** In characters; what is wrong stands at a message's beginning. */
export const longestSentence = 2000;

/**
 * Whether a sentence says outright that something failed (`Failed`, `failed to pull image: …`, `Error: …`), or cites the
 * reason of a part that did (`… is not Ready because "ReconciliationError"`, `… in CrashLoopBackOff`).
 */
function tellsFailure(whole: string): boolean {
  const message = whole.slice(0, longestSentence);
  return (
    /^\s*(failed|failure|error|fatal)\b/i.test(message) ||
    /\b(?:(?:[A-Z][a-z0-9]+)+(?:Error|Failed|BackOff)|ErrImagePull)\b/.test(message)
  );
}

/**
 * A condition that speaks of an older generation says nothing about this one, unless the status as a whole speaks of
 * it: several controllers write a condition's `observedGeneration` only where its status changes.
 */
export function current(object: KubeObject, condition: Condition, status: HealthStatus): Verdict {
  const { generation } = object.metadata;
  const seen = Math.max(
    condition.observedGeneration ?? 0,
    numberAt(object, "status", "observedGeneration") ?? 0,
  );
  if (generation !== undefined && seen !== 0 && seen < generation) {
    return {
      status: "Progressing",
      message: `Waiting for the controller to see the newest change (generation ${generation}, condition ${condition.type} speaks of ${seen})`,
      because: `condition ${condition.type} has observedGeneration ${seen} < metadata.generation ${generation}`,
    };
  }
  return judge(condition, status);
}

function judge(condition: Condition, status: HealthStatus): Verdict {
  return {
    status,
    message: status === "Healthy" ? condition.message || condition.reason : tell(condition),
    because: cite(condition),
  };
}
