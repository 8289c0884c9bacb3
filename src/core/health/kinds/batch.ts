import { conditionsOf, findCondition } from "../conditions.ts";
import { at, count, join, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

const jobHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const isSet = (type: string) => {
    const condition = findCondition(conditions, type);
    return condition?.status === "True" ? condition : undefined;
  };
  const failed = isSet("Failed");
  if (failed !== undefined)
    return degraded("condition Failed is True", join([failed.reason, failed.message]));
  const complete = isSet("Complete");
  if (complete !== undefined) return healthy("condition Complete is True", complete.message);
  const held = isSet("Suspended");
  if (held !== undefined) return suspended("condition Suspended is True", held.message);
  const [wanted, done, failures] = [
    numberAt(object, "spec", "completions") ?? 1,
    numberAt(object, "status", "succeeded") ?? 0,
    numberAt(object, "status", "failed") ?? 0,
  ];
  return progressing(
    "no condition says Complete, Failed or Suspended",
    `${done} of ${count(wanted, "completion")}${failures > 0 ? `, ${count(failures, "Pod")} failed so far` : ""}`,
  );
};

const cronJobHealth: HealthRule = (object) => {
  if (at(object, "spec", "suspend") === true)
    return healthy("spec.suspend is true", "No further runs: suspended");
  if (at(object, "status") === undefined)
    return progressing("no status", "Waiting for the controller's first look");
  // RFC 3339 in UTC, as the API server writes it: text order is time order.
  const [scheduled, succeeded] = [
    textAt(object, "status", "lastScheduleTime"),
    textAt(object, "status", "lastSuccessfulTime"),
  ];
  if (scheduled === "") return healthy("status.lastScheduleTime is absent", "Not run yet");
  const active = listAt(object, "status", "active").length;
  if (active > 0) return healthy("status.active is not empty", `${count(active, "Job")} running`);
  if (succeeded < scheduled) {
    return degraded(
      "status.lastSuccessfulTime < status.lastScheduleTime and nothing runs",
      `The run of ${scheduled} did not succeed; ${succeeded === "" ? "none has yet" : `the last that did was at ${succeeded}`}`,
    );
  }
  return healthy("the last run succeeded", `The last run succeeded at ${succeeded}`);
};

export const batch: RuleTable = { "batch/Job": jobHealth, "batch/CronJob": cronJobHealth };
