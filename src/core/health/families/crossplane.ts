import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { degraded, type HealthRule, healthy, progressing, suspended } from "../verdict.ts";
import { current } from "./by-conditions.ts";
import { firstOf, reported } from "./reported.ts";

/** Configuration that no controller reports on: its being there is all there is to say. */
const static_ =
  /^(Composition|CompositionRevision|ControllerConfig|DeploymentRuntimeConfig|EnvironmentConfig|ImageConfig|StoreConfig|Lock|.*ProviderConfig|.*ProviderConfigUsage)$/;
const unreported: HealthRule = (object) =>
  static_.test(object.kind) ? healthy(`kind ${object.kind} has no state`) : undefined;

const packages = ["Installed", "Healthy", "RevisionHealthy", "RuntimeHealthy", "Established", "Offered"];

/** Packages, their revisions and definitions: each condition that is there must hold. */
const packageHealth: HealthRule = (object) => {
  const conditions = packages.flatMap((type) => findCondition(conditionsOf(object), type) ?? []);
  const wrong = conditions.find((condition) => !isTrue(condition));
  if (wrong !== undefined)
    return current(object, wrong, wrong.status === "False" ? "Degraded" : "Progressing");
  if (conditions.length === 1 && conditions[0]?.type === "Installed")
    return progressing("no condition Healthy", "Installed; waiting for the package to become healthy");
  const verdicts = conditions.map((condition) => current(object, condition, "Healthy"));
  return (
    verdicts.find(({ status }) => status !== "Healthy") ??
    verdicts.find(({ message }) => message !== "") ??
    verdicts[0]
  );
};

/** Managed and composite resources, claims: Synced says whether the last try worked, Ready whether the thing is usable. */
const managedHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const synced = findCondition(conditions, "Synced");
  if (synced?.status === "False")
    return synced.reason === "ReconcilePaused"
      ? suspended(cite(synced), tell(synced))
      : current(object, synced, "Degraded");
  const operation = conditions.find(
    ({ type, status }) => (type === "LastAsyncOperation" || type === "AsyncOperation") && status === "False",
  );
  if (operation !== undefined && /Fail|Error/.test(operation.reason))
    return degraded(cite(operation), tell(operation));
  const ready = findCondition(conditions, "Ready");
  if (ready === undefined)
    return synced === undefined
      ? undefined
      : progressing("no condition Ready", "Waiting for the resource to become available");
  if (isTrue(ready)) return current(object, ready, "Healthy");
  return current(object, ready, /Fail|Error/.test(ready.reason) ? "Degraded" : "Progressing");
};

/** `*.crossplane.io`, `*.upbound.io`; composites and claims of a user's own groups show the same conditions. */
export const crossplaneHealth: HealthRule = firstOf(unreported, reported(managedHealth, packageHealth));
