import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { conditionHealth } from "../families/conventions.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, progressing, type RuleTable, suspended } from "../verdict.ts";

const stopped: HealthRule = (object) => {
  const condition = findCondition(conditionsOf(object), "Stopped");
  return condition !== undefined && isTrue(condition) ? suspended(cite(condition), "Stopped") : undefined;
};

/** ModelMesh: whether the newest model loads; the previous one may still be served. */
const transition: HealthRule = (object) => {
  const word = textAt(object, "status", "modelStatus", "transitionStatus");
  const failure = textAt(object, "status", "modelStatus", "lastFailureInfo", "message");
  const because = `status.modelStatus.transitionStatus is ${word}`;
  if (word === "BlockedByFailedLoad" || word === "InvalidSpec") return degraded(because, failure || word);
  if (word !== "InProgress") return undefined;
  const ready = findCondition(conditionsOf(object), "Ready");
  return progressing(
    because,
    ready === undefined || isTrue(ready) ? "The model is being loaded" : tell(ready),
  );
};

export const kserve: RuleTable = {
  "serving.kserve.io/InferenceService": reported(stopped, transition, conditionHealth),
};
