import type { HealthStatus } from "../model/health.ts";
import type { KubeObject } from "../model/kube-object.ts";

/** What a rule says of one object. */
export interface Verdict {
  status: HealthStatus;
  /** For people: what is wrong or waited for. "" where there is nothing to say. */
  message: string;
  /** The evidence, by field: `status.phase is Bound`. For `--explain`. */
  because: string;
}

/** Judges one object by its own fields. `undefined`: it shows no evidence either way. */
export type HealthRule = (object: KubeObject) => Verdict | undefined;

/** Rules by `group/Kind` (`Kind` alone in the core group). */
export type RuleTable = Readonly<Record<string, HealthRule>>;

/**
 * One rule for several kinds of an API group.
 * @param kinds their names, with a space between them
 */
export function everyKind(group: string, kinds: string, rule: HealthRule): RuleTable {
  return Object.fromEntries(kinds.split(" ").map((kind) => [`${group}/${kind}`, rule]));
}

const verdict =
  (status: HealthStatus) =>
  (because: string, message = ""): Verdict => ({ status, message, because });

export const healthy = verdict("Healthy");
export const suspended = verdict("Suspended");
export const progressing = verdict("Progressing");
export const degraded = verdict("Degraded");
export const unknown = verdict("Unknown");
