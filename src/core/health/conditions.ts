import { isFields, join, listAt, numberAt, textAt } from "./read.ts";

/** One entry of `status.conditions`, read leniently. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** Cluster API and Knative: how bad False is: `Error`, `Warning`, `Info`. */
  severity: string;
  observedGeneration: number | undefined;
  lastTransitionTime: string;
}

const statusOf = (word: string): Condition["status"] => {
  const lower = word.toLowerCase();
  return lower === "true" ? "True" : lower === "false" ? "False" : "Unknown";
};

/** Conditions of anything that has a list of them. */
export function conditionsAt(value: unknown, ...path: readonly (string | number)[]): Condition[] {
  return listAt(value, ...path).filter(isFields).map((entry) => ({
    type: textAt(entry, "type"),
    status: statusOf(textAt(entry, "status")),
    reason: textAt(entry, "reason"),
    message: textAt(entry, "message"),
    severity: textAt(entry, "severity"),
    observedGeneration: numberAt(entry, "observedGeneration"),
    lastTransitionTime: textAt(entry, "lastTransitionTime"),
  }));
}

export function conditionsOf(object: unknown): Condition[] {
  return conditionsAt(object, "status", "conditions");
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** What a condition tells a person: its message, else its reason, else its name and status. */
export function tell(condition: Condition): string {
  return join([condition.message]) || condition.reason || `${condition.type} is ${condition.status}`;
}

/** As evidence: `condition Ready is False (NoPods)`. */
export function cite(condition: Condition): string {
  return `condition ${condition.type} is ${condition.status}${condition.reason === "" ? "" : ` (${condition.reason})`}`;
}
