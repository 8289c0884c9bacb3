import { cite, conditionsOf, findCondition, tell } from "../conditions.ts";
import { at, textAt } from "../read.ts";
import { degraded, type HealthRule, suspended } from "../verdict.ts";
import { conventionHealth } from "./conventions.ts";
import { firstOf, ifReported, reported } from "./reported.ts";

const paused: HealthRule = (object) => {
  if (at(object, "spec", "paused") === true)
    return suspended("spec.paused is true", "Reconciliation is paused");
  return object.metadata.annotations?.["cluster.x-k8s.io/paused"] === undefined
    ? undefined
    : suspended("annotation cluster.x-k8s.io/paused is set", "Reconciliation is paused");
};

/** What will not heal by itself: a failure message, the phase Failed, or a condition whose severity is Error. */
const failure: HealthRule = (object) => {
  const message = textAt(object, "status", "failureMessage");
  if (message !== "") return degraded("status.failureMessage is set", message);
  const conditions = conditionsOf(object);
  const errors = conditions.filter(({ status, severity }) => status === "False" && severity === "Error");
  const [first] = errors;
  if (first !== undefined)
    return degraded(`${cite(first)}, severity Error`, [...new Set(errors.map(tell))].join("; "));
  if (textAt(object, "status", "phase") !== "Failed") return undefined;
  const ready = findCondition(conditions, "Ready");
  return degraded(
    "status.phase is Failed",
    ready === undefined || ready.status === "True" ? `This ${object.kind} failed` : tell(ready),
  );
};

/** Kinds that a controller brings about. The others (templates, identities, address pools) may have nothing to report. */
const reports =
  /(Cluster|Machine|MachinePool|MachineSet|MachineDeployment|ControlPlane|ClusterResourceSet|Config|Provider)$/;
const reportedHealth = reported(failure, conventionHealth);
const otherHealth = ifReported(failure, conventionHealth);

/** `cluster.x-k8s.io` and its providers' groups. */
export const clusterApiHealth: HealthRule = firstOf(paused, (object) =>
  (reports.test(object.kind) ? reportedHealth : otherHealth)(object),
);
