import { isMapping } from "../../../lib/is-mapping.ts";
import { cite, conditionsAt, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import { at, count, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** Open Cluster Management's policies: a word for compliance, and a detail for each cluster or template. */
const evaluated: HealthRule = (object) => {
  const [wanted, seen] = [object.metadata.generation, numberAt(object, "status", "lastEvaluatedGeneration")];
  return wanted !== undefined && seen !== undefined && seen < wanted
    ? progressing("status.lastEvaluatedGeneration is behind", "Waiting for the newest change to be evaluated")
    : undefined;
};

const compliance =
  (details: (object: unknown, compliant: string) => string): HealthRule =>
  (object) => {
    const word = textAt(object, "status", "compliant");
    const because = `status.compliant is ${word || "absent"}`;
    switch (word) {
      case "Compliant":
        return healthy(because, details(object, word));
      case "NonCompliant":
        return degraded(because, details(object, word) || "Not compliant");
      case "":
        return progressing(because, "Waiting for the policy to be evaluated");
      default:
        return progressing(because, word);
    }
  };

const configurationDetails = (object: unknown): string =>
  listAt(object, "status", "compliancyDetails")
    .flatMap((detail) => conditionsAt(detail, "conditions"))
    .map(({ type, message }) => `${type} - ${message}`)
    .join("; ");

/** The root policy lists clusters, its copies list templates. */
const policyDetails = (object: unknown, compliant: string): string => {
  const names = (list: string, ...name: string[]) =>
    listAt(object, "status", list)
      .filter((entry) => isMapping(entry) && textAt(entry, "compliant") === compliant)
      .map((entry) => textAt(entry, ...name));
  const [clusters, templates] = [names("status", "clustername"), names("details", "templateMeta", "name")];
  if (compliant === "Compliant")
    return clusters.length > 0 ? `Compliant on ${count(clusters.length, "cluster")}` : "";
  return clusters.length > 0
    ? `Not compliant on clusters ${clusters.join(", ")}`
    : templates.length > 0
      ? `Not compliant templates: ${templates.join(", ")}`
      : "";
};

const disabled: HealthRule = (object) =>
  at(object, "spec", "disabled") === true
    ? healthy("spec.disabled is true", "The policy is disabled")
    : undefined;

/** Bound to a placement that chose no cluster: there is nothing to comply with. */
const unplaced: HealthRule = (object) =>
  textAt(object, "status", "compliant") === "" &&
  listAt(object, "status", "status").length === 0 &&
  listAt(object, "status", "placement").length > 0
    ? healthy("status.placement is set and status.status lists no cluster", "No cluster matches this policy")
    : undefined;

const operatorPolicy: HealthRule = (object) => {
  const condition = findCondition(conditionsOf(object), "Compliant");
  if (condition === undefined)
    return progressing("no condition Compliant", "Waiting for the policy to be evaluated");
  return isTrue(condition)
    ? healthy(cite(condition), condition.message)
    : degraded(cite(condition), tell(condition));
};

const group = "policy.open-cluster-management.io";

export const ocm: RuleTable = {
  [`${group}/ConfigurationPolicy`]: reported(evaluated, compliance(configurationDetails)),
  [`${group}/CertificatePolicy`]: reported(
    evaluated,
    compliance(() => ""),
  ),
  [`${group}/OperatorPolicy`]: reported(operatorPolicy),
  [`${group}/Policy`]: reported(disabled, unplaced, compliance(policyDetails)),
  "cluster.open-cluster-management.io/ManagedCluster": reported(
    byConditions({ good: ["ManagedClusterConditionAvailable"], no: "Degraded" }),
  ),
};
