import { textAt } from "../read.ts";
import { errorHealth } from "../families/flags.ts";
import { reported } from "../families/reported.ts";
import { healthy, type HealthRule, type RuleTable } from "../verdict.ts";

const value: HealthRule = (object) => {
  const text = textAt(object, "status", "value");
  return text === "" ? undefined : healthy("status.value is set", `Value ${text}`);
};

export const keptn: RuleTable = { "metrics.keptn.sh/KeptnMetric": reported(errorHealth, value) };
