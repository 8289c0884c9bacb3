import { conditionsOf, findCondition, tell } from "../conditions.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const definitionHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const terminating = findCondition(conditions, "Terminating");
  if (terminating?.status === "True") return progressing("condition Terminating is True", tell(terminating));
  if (conditions.length === 0) return progressing("no conditions", "Waiting for the API server's first look");
  const names = findCondition(conditions, "NamesAccepted");
  if (names?.status === "False") return degraded("condition NamesAccepted is False", tell(names));
  const schema = findCondition(conditions, "NonStructuralSchema");
  if (schema?.status === "True") return degraded("condition NonStructuralSchema is True", tell(schema));
  const established = findCondition(conditions, "Established");
  if (established?.reason === "Installing")
    return progressing("condition Established has reason Installing", tell(established));
  if (established?.status === "True") return healthy("condition Established is True", tell(established));
  return degraded(
    "condition Established is not True",
    established === undefined ? "The definition is not established" : tell(established),
  );
};

export const apiextensions: RuleTable = { "apiextensions.k8s.io/CustomResourceDefinition": definitionHealth };
