import { isMapping } from "../../../lib/is-mapping.ts";
import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { current } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import { listAt, textAt } from "../read.ts";
import { type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** Errors that lie in other objects: an include that is not there yet, a child that no root names. */
const elsewhere = /^(IncludeError|Orphaned)$/;

const valid: HealthRule = (object) => {
  const condition = findCondition(conditionsOf(object), "Valid");
  if (condition === undefined) return undefined;
  if (isTrue(condition)) return current(object, condition, "Healthy");
  const entry = listAt(object, "status", "conditions").find((one) => textAt(one, "type") === "Valid");
  const errors = listAt(entry, "errors").filter(isMapping);
  const details = errors
    .map((error) => textAt(error, "message"))
    .filter((text) => text !== "")
    .join("; ");
  if (errors.length > 0 && errors.every((error) => elsewhere.test(textAt(error, "type"))))
    return healthy(`${cite(condition)}, for reasons that lie in other proxies`, details);
  const verdict = current(object, condition, "Degraded");
  return {
    ...verdict,
    message: verdict.status === "Degraded" && details !== "" ? details : verdict.message || tell(condition),
  };
};

export const contour: RuleTable = {
  "projectcontour.io/HTTPProxy": reported(valid),
  "projectcontour.io/ExtensionService": reported(valid),
};
