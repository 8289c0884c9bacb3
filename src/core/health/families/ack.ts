import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { degraded, type HealthRule, healthy, progressing } from "../verdict.ts";
import { reported } from "./reported.ts";

/** AWS Controllers for Kubernetes, `*.services.k8s.aws`. */
const ackHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const failing = conditions.find(
    (condition) => isTrue(condition) && /^ACK\.(Terminal|Recoverable)$/.test(condition.type),
  );
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  const unresolved = findCondition(conditions, "ACK.ReferencesResolved");
  if (unresolved !== undefined && !isTrue(unresolved)) return progressing(cite(unresolved), tell(unresolved));
  const synced = findCondition(conditions, "ACK.ResourceSynced") ?? findCondition(conditions, "Ready");
  if (synced === undefined) return undefined;
  return isTrue(synced) ? healthy(cite(synced), synced.message) : progressing(cite(synced), tell(synced));
};

/** Not resources of AWS but wishes about them: they report when they fail, and an adoption when it is done. */
const aboutOthers: HealthRule = (object) => {
  const adopted = findCondition(conditionsOf(object), "ACK.Adopted");
  if (adopted !== undefined && isTrue(adopted)) return healthy(cite(adopted), adopted.message);
  return ackHealth(object) ?? (adopted === undefined ? undefined : progressing(cite(adopted), tell(adopted)));
};

const resourceHealth = reported(ackHealth);

export const awsControllerHealth: HealthRule = (object) =>
  object.apiVersion.startsWith("services.k8s.aws/") ? aboutOthers(object) : resourceHealth(object);
