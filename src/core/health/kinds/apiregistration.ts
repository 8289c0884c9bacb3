import { conditionsOf, findCondition } from "../conditions.ts";
import { join } from "../read.ts";
import { type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const apiServiceHealth: HealthRule = (object) => {
  const available = findCondition(conditionsOf(object), "Available");
  if (available === undefined)
    return progressing("no condition Available", "Waiting for the aggregator's first look");
  const say = join([available.reason, available.message]);
  return available.status === "True"
    ? healthy("condition Available is True", say)
    : progressing(`condition Available is ${available.status}`, say);
};

export const apiregistration: RuleTable = { "apiregistration.k8s.io/APIService": apiServiceHealth };
