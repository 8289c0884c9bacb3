import { cite, conditionsOf, tell, type Condition } from "../conditions.ts";
import { degraded, healthy, progressing, suspended, type HealthRule } from "../verdict.ts";

/** Positive conditions that speak for the whole object, the most telling first. */
const whole = ["Ready", "Available", "Healthy", "Succeeded", "Complete", "Completed", "Established", "Accepted", "Synced", "Reconciled", "Established"];
const under = /^(Reconciling|Progressing|Pending|Creating|Installing|Updating|Upgrading|Provisioning|Initializing|InProgress|Waiting|NotYetReconciled)/i;

export const readinessHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const find = (type: string): Condition | undefined => conditions.find((condition) => condition.type === type);
  const stalled = find("Stalled");
  if (stalled?.status === "True") return degraded(cite(stalled), tell(stalled));
  const reconciling = find("Reconciling");
  if (reconciling?.status === "True") return progressing(cite(reconciling), tell(reconciling));
  const held = find("Suspended") ?? find("Paused");
  if (held?.status === "True") return suspended(cite(held), tell(held));
  for (const type of whole) {
    const condition = find(type);
    if (condition === undefined) continue;
    if (condition.status === "True") return healthy(cite(condition), tell(condition));
    if (condition.status === "Unknown" || under.test(condition.reason)) return progressing(cite(condition), tell(condition));
    return degraded(cite(condition), tell(condition));
  }
  return undefined;
};
