import { cite, conditionsOf, isTrue, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import { degraded, type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** The operator's other kinds: what it made, and whether the last try worked. */
const made: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const failing = conditions.find(
    (condition) =>
      (isTrue(condition) && /Error$/.test(condition.type)) ||
      (condition.status === "False" && /Reconcile|Created|Updated/.test(condition.type)),
  );
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  const [done] = conditions.filter(isTrue);
  return done === undefined ? undefined : healthy(cite(done), done.message);
};

/** Whether an autoscaler uses a metric (Active) says nothing about the metric. */
export const datadog: RuleTable = {
  "datadoghq.com/DatadogMetric": reported(byConditions({ good: ["Valid"], bad: ["Error"] })),
  "datadoghq.com/DatadogMonitor": reported(made),
  "datadoghq.com/DatadogAgent": reported(made),
};
