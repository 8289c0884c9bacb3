import { conditionsOf, tell } from "../conditions.ts";
import { unseenGeneration } from "../families/generation.ts";
import { at, numberAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const budgetHealth: HealthRule = (object) => {
  if (at(object, "status") === undefined)
    return progressing("no status", "Waiting for the controller's first look");
  const stale = unseenGeneration(object);
  if (stale !== undefined) return stale;
  // Too few Pods is what the budget is there to prevent making worse, not a fault of the budget.
  const failing = conditionsOf(object).find(
    ({ status, reason }) => status === "False" && reason !== "InsufficientPods",
  );
  if (failing !== undefined)
    return degraded(`condition ${failing.type} is False (${failing.reason})`, tell(failing));
  return healthy(
    "no condition says otherwise",
    `${numberAt(object, "status", "disruptionsAllowed") ?? 0} disruptions allowed`,
  );
};

export const policy: RuleTable = { "policy/PodDisruptionBudget": budgetHealth };
