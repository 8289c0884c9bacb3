import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { operatorHealth } from "../families/openshift-operator.ts";
import { firstOf } from "../families/reported.ts";
import { type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** No node matches: there is nothing to do. */
const ignored: HealthRule = (object) => {
  const condition = findCondition(conditionsOf(object), "Ignored");
  return condition !== undefined && isTrue(condition) ? healthy(cite(condition), tell(condition)) : undefined;
};

export const nmstate: RuleTable = {
  "nmstate.io/NodeNetworkConfigurationPolicy": firstOf(ignored, operatorHealth),
  "nmstate.io/NMState": operatorHealth,
};
