import type { Health } from "../model/health.ts";
import { type KubeObject, parseApiVersion } from "../model/kube-object.ts";
import { groupKind } from "../model/object-ref.ts";
import { familyOf } from "./by-group.ts";
import { conventionHealth, usualHealth } from "./families/conventions.ts";
import { staleGeneration } from "./families/generation.ts";
import { heldHealth } from "./families/held.ts";
import { rulesByKind, usualKinds } from "./kinds/index.ts";
import { isYes } from "./read.ts";
import type { Verdict } from "./verdict.ts";

export interface HealthOptions {
  /**
   * `obey`: an object annotated `argocd.argoproj.io/ignore-healthcheck: "true"` has no health, so that it does not
   * count for its application. `see-through`: it is judged like any other (sync waves wait for it).
   */
  ignoreAnnotation?: "obey" | "see-through";
  /** What a user's own check said, where there is one for this kind; it wins over every rule but deletion. */
  userVerdict?: { health: Health | undefined; check: string };
  /**
   * Which rules may speak: all of them; without those made for a single kind (of which it is still known that they
   * report); or only what every kind shares. The latter two measure what the families are worth.
   */
  rules?: "all" | "families" | "conventions";
}

export interface Judged {
  /** undefined: no evidence either way; such an object counts as nothing. */
  health: Health | undefined;
  /** Which rule decided: `deletion`, `apps/Deployment`, `family flux`, `conventions`, `none`. */
  rule: string;
  /** The evidence it decided on. */
  because: string;
}

const hookFinalizer = "argocd.argoproj.io/hook-finalizer";

/** Judges one object by its own fields. Pure: the same object always gets the same answer. */
export function healthOf(object: KubeObject, options: HealthOptions = {}): Judged {
  const { metadata } = object;
  if (
    options.ignoreAnnotation !== "see-through" &&
    isYes(metadata.annotations?.["argocd.argoproj.io/ignore-healthcheck"])
  ) {
    return {
      health: undefined,
      rule: "ignored",
      because: "annotation argocd.argoproj.io/ignore-healthcheck is true",
    };
  }
  // A hook's own finalizer holds it until its end was seen: its result counts, not that it will go.
  if (metadata.deletionTimestamp && !metadata.finalizers?.includes(hookFinalizer)) return deleting(object);
  if (options.userVerdict !== undefined) {
    return {
      health: options.userVerdict.health,
      rule: options.userVerdict.check,
      because: "a check of your own decides",
    };
  }
  return byRules(object, options.rules ?? "all");
}

/** A rule for the kind, else the family of its group, else what most kinds share. */
function byRules(object: KubeObject, rules: "all" | "families" | "conventions"): Judged {
  const kind = groupKind(object);
  const own = rules === "all" ? rulesByKind[kind] : undefined;
  if (own !== undefined) return judged(kind, own(object));
  const family = rules === "conventions" ? undefined : familyOf(parseApiVersion(object.apiVersion).group);
  if (family !== undefined) return judged(`family ${family.name}`, family.rule(object));
  if (rules !== "conventions" && (usualKinds.has(kind) || rulesByKind[kind] !== undefined))
    return judged("family usual", usualHealth(object));
  const held = heldHealth(object);
  if (held !== undefined) return judged("held", held);
  const stale = staleGeneration(object);
  if (stale !== undefined) return judged("generation", stale);
  const verdict = conventionHealth(object);
  return judged(verdict === undefined ? "none" : "conventions", verdict);
}

function judged(rule: string, verdict: Verdict | undefined): Judged {
  if (verdict === undefined)
    return { health: undefined, rule, because: "the object shows no evidence of health" };
  return { health: { status: verdict.status, message: verdict.message }, rule, because: verdict.because };
}

function deleting({ metadata: { finalizers = [] } }: KubeObject): Judged {
  const message =
    finalizers.length === 0 ? "Being deleted" : `Being deleted; waits for ${finalizers.join(", ")}`;
  return {
    health: { status: "Progressing", message },
    rule: "deletion",
    because: "metadata.deletionTimestamp is set",
  };
}
