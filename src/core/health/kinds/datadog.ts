import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** Whether an autoscaler uses a metric (Active) says nothing about the metric. */
export const datadog: RuleTable = { "datadoghq.com/DatadogMetric": reported(byConditions({ good: ["Valid"], bad: ["Error"] })) };
