import { cite, conditionsOf, isTrue, tell } from "../conditions.ts";
import { conditionHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { firstOf, reported } from "../families/reported.ts";
import { at, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** The stage that the operator has reached, and whether that one worked. */
const instance = byPhase({
  at: ["status.stage"],
  words: { Healthy: ["complete"] },
  other: "Progressing",
  message: ["status.lastMessage"],
  say: (word) => (word === "complete" ? "" : `At stage ${word}`),
});
const stage: HealthRule = (object) =>
  textAt(object, "status", "stageStatus") === "failed"
    ? degraded(
        "status.stageStatus is failed",
        textAt(object, "status", "lastMessage") || `Stage ${textAt(object, "status", "stage")} failed`,
      )
    : instance(object);

const unmatched: HealthRule = (object) => {
  const none = conditionsOf(object).find(
    (condition) => isTrue(condition) && /^(NoMatchingInstances?|InvalidSpec)$/.test(condition.type),
  );
  if (none !== undefined) return degraded(cite(none), tell(none));
  // Operators before 5.15 wrote it as a field of its own, beside the uid that was taken at first.
  return at(object, "status", "NoMatchingInstances") === true
    ? degraded("status.NoMatchingInstances is true", "No Grafana matches spec.instanceSelector")
    : undefined;
};

/** Operators before 5.15 wrote no conditions: a uid or hash means that Grafana took it. */
const taken: HealthRule = (object) => {
  const message = textAt(object, "status", "lastMessage");
  if (message !== "") return degraded("status.lastMessage is set", message);
  const mark = textAt(object, "status", "uid") || textAt(object, "status", "hash");
  return mark === "" ? undefined : healthy("Grafana took it", "");
};

const content = reported(firstOf(unmatched, conditionHealth, taken));

export const grafana: RuleTable = {
  "grafana.integreatly.org/Grafana": reported(stage),
  ...everyKind(
    "grafana.integreatly.org",
    "GrafanaAlertRuleGroup GrafanaContactPoint GrafanaDashboard GrafanaDatasource GrafanaFolder GrafanaLibraryPanel GrafanaMuteTiming GrafanaNotificationPolicy GrafanaNotificationTemplate GrafanaServiceAccount",
    content,
  ),
};
