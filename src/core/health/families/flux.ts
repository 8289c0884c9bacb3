import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { at, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, suspended } from "../verdict.ts";
import { current } from "./by-conditions.ts";
import { firstOf, reported } from "./reported.ts";

const suspend: HealthRule = (object) =>
  at(object, "spec", "suspend") === true
    ? suspended("spec.suspend is true", "Reconciliation is suspended")
    : undefined;

/** Kinds that are configuration only: OCI Helm repositories, and alerts and providers since notification v1beta3. */
const unreported: HealthRule = (object) => {
  if (findCondition(conditionsOf(object), "Ready") !== undefined) return undefined;
  if (object.kind === "HelmRepository" && textAt(object, "spec", "type") === "oci")
    return healthy("an OCI HelmRepository has no state");
  if (/^(Alert|Provider)$/.test(object.kind) && !/\/v1beta[12]$/.test(object.apiVersion))
    return healthy(`${object.kind} has no state since v1beta3`);
  return undefined;
};

/** Flux's runtime: Stalled, Reconciling and Ready, where a retry after a failure keeps Ready False. */
const runtime: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const stalled = findCondition(conditions, "Stalled");
  if (stalled !== undefined && isTrue(stalled)) return degraded(cite(stalled), tell(stalled));
  const ready = findCondition(conditions, "Ready");
  const reconciling = findCondition(conditions, "Reconciling");
  if (ready === undefined)
    return reconciling === undefined ? undefined : progressing(cite(reconciling), tell(reconciling));
  if (isTrue(ready)) return current(object, ready, "Healthy");
  return current(
    object,
    ready,
    ready.status === "False" && ready.reason !== "Progressing" ? "Degraded" : "Progressing",
  );
};

/** `*.toolkit.fluxcd.io`. */
export const fluxHealth: HealthRule = firstOf(suspend, unreported, reported(runtime));
