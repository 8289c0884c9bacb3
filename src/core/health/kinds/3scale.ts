import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byConditions } from "../families/by-conditions.ts";
import { conventionHealth } from "../families/conventions.ts";
import { reported } from "../families/reported.ts";
import { listAt, textAt } from "../read.ts";
import {
  degraded,
  everyKind,
  type HealthRule,
  healthy,
  progressing,
  type RuleTable,
  suspended,
} from "../verdict.ts";

/** The 3scale operator: one True condition names the state. */
const capability = byConditions({
  good: ["Ready", "Synced"],
  needs: "any",
  no: "Progressing",
  bad: ["Failed", "Invalid", "Orphan"],
  held: ["Waiting"],
  busy: ["In-progress"],
});

/** Accounts, users and applications that an admin has suspended, or has still to let in, whatever was synced of them. */
const admitted: HealthRule = (object) => {
  for (const field of ["state", "accountState", "developerUserState"]) {
    const word = textAt(object, "status", field);
    if (word === "suspended") return suspended(`status.${field} is suspended`, "Suspended in 3scale");
    if (word === "pending") return suspended(`status.${field} is pending`, "Waits for an admin's approval");
  }
  return undefined;
};

/** Not available for a named reason is a fault; without one, deployments are still starting. */
const manager: HealthRule = (object) => {
  const available = findCondition(conditionsOf(object), "Available");
  if (available === undefined) return undefined;
  if (isTrue(available)) return healthy(cite(available), available.message);
  if (available.reason !== "") return degraded(cite(available), tell(available));
  const waiting = [
    ...listAt(object, "status", "deployments", "starting"),
    ...listAt(object, "status", "deployments", "stopped"),
  ];
  return progressing(
    cite(available),
    waiting.length === 0 ? tell(available) : `Waiting for deployments ${waiting.join(", ")}`,
  );
};

const kinds =
  "ActiveDoc Application ApplicationAuth Backend CustomPolicyDefinition DeveloperAccount DeveloperUser OpenAPI Product ProxyConfigPromote Tenant";

export const threeScale: RuleTable = {
  ...everyKind("capabilities.3scale.net", kinds, reported(admitted, capability, conventionHealth)),
  "apps.3scale.net/APIManager": reported(manager),
};
