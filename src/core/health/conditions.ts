import { isMapping } from "../../lib/is-mapping.ts";
import { join, listAt, numberAt, textAt } from "./read.ts";

/** One entry of `status.conditions`, read leniently. */
export interface Condition {
  type: string;
  status: "True" | "False" | "Unknown";
  /** The status as written. Some controllers say more there than the three words, always bad news. */
  word: string;
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
  return listAt(value, ...path)
    .filter(isMapping)
    .map((entry) => ({
      type: textAt(entry, "type"),
      status: statusOf(textAt(entry, "status")),
      word: textAt(entry, "status"),
      reason: textAt(entry, "reason"),
      message: textAt(entry, "message"),
      severity: textAt(entry, "severity"),
      observedGeneration: numberAt(entry, "observedGeneration"),
      lastTransitionTime: textAt(entry, "lastTransitionTime"),
    }));
}

/** The object's own; early Crossplane kinds keep theirs one level deeper. */
export function conditionsOf(object: unknown): Condition[] {
  const own = conditionsAt(object, "status", "conditions");
  return own.length > 0 ? own : conditionsAt(object, "status", "conditionedStatus", "conditions");
}

export function isTrue({ status }: Condition): boolean {
  return status === "True";
}

/** Whether the status is none of the three words that an API may use. */
export function isOdd({ word }: Condition): boolean {
  return word !== "" && !/^(true|false|unknown)$/i.test(word);
}

export function findCondition(conditions: readonly Condition[], type: string): Condition | undefined {
  return conditions.find((condition) => condition.type === type);
}

/** What a condition tells a person: its message, else its reason, else its name and status. */
export function tell(condition: Condition): string {
  return (
    join([condition.message]) ||
    condition.reason ||
    `condition ${condition.type} is ${condition.word || "Unknown"}`
  );
}

/** As evidence: `condition Ready is False (NoPods)`. */
export function cite(condition: Condition): string {
  return `condition ${condition.type} is ${condition.status}${condition.reason === "" ? "" : ` (${condition.reason})`}`;
}
