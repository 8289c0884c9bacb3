import { isMapping } from "../../../lib/is-mapping.ts";
import { cite, conditionsAt, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { operatorConditions, operatorHealth } from "../families/openshift-operator.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { at, listAt, numberAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

const deploymentConfig: HealthRule = (object) => {
  if (at(object, "spec", "paused") === true) return suspended("spec.paused is true", "The rollout is paused");
  const conditions = conditionsOf(object);
  const [rolling, available] = [
    findCondition(conditions, "Progressing"),
    findCondition(conditions, "Available"),
  ];
  if (rolling === undefined && available === undefined) return undefined;
  if (rolling?.status === "False") return degraded(cite(rolling), tell(rolling));
  const over = rolling?.status === "True" && rolling.reason === "NewReplicationControllerAvailable";
  const existing = numberAt(object, "status", "replicas") ?? 0;
  if (over && (existing === 0 || available?.status !== "False"))
    return healthy(cite(rolling), rolling.message);
  if (available?.status === "False" && (over || rolling?.status !== "True"))
    return degraded(cite(available), tell(available));
  return progressing(
    rolling === undefined ? "no condition Progressing" : cite(rolling),
    rolling === undefined ? "" : tell(rolling),
  );
};

/** Each router that serves the route admits it or refuses. */
const routeHealth: HealthRule = (object) => {
  const routers = listAt(object, "status", "ingress").filter(isMapping);
  if (routers.length === 0) return undefined;
  const admissions = routers.map((router) => ({
    name: textAt(router, "routerName"),
    admitted: findCondition(conditionsAt(router, "conditions"), "Admitted"),
  }));
  const refused = admissions.find(({ admitted }) => admitted?.status === "False");
  if (refused?.admitted !== undefined)
    return degraded(cite(refused.admitted), `Router ${refused.name}: ${tell(refused.admitted)}`);
  const waiting = admissions.find(({ admitted }) => admitted === undefined || !isTrue(admitted));
  return waiting === undefined
    ? healthy("every router admitted the route")
    : progressing("a router did not decide yet", `Waiting for router ${waiting.name} to admit the route`);
};

/** Parts of an ingress controller that come up after it counts as available. */
const underWay = /^(DeploymentReplicasAllAvailable|LoadBalancerReady|DNSReady)$/;

const ingressController: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (findCondition(conditions, "Available") === undefined)
    return progressing(
      "no condition Available",
      "Waiting for the operator to report on this IngressController",
    );
  const verdict = operatorHealth(object);
  if (verdict?.status !== "Healthy") return verdict;
  const late = conditions.find(
    ({ type, status }) =>
      (status === "False" && underWay.test(type)) || (status === "True" && type === "DeploymentRollingOut"),
  );
  return late === undefined ? verdict : progressing(cite(late), tell(late));
};

export const openshift: RuleTable = {
  "apps.openshift.io/DeploymentConfig": reported(deploymentConfig),
  "route.openshift.io/Route": reported(routeHealth),
  "operator.openshift.io/IngressController": ingressController,
  "config.openshift.io/ClusterOperator": operatorHealth,
  "config.openshift.io/ClusterVersion": operatorHealth,
  "ocs.openshift.io/StorageCluster": reported(operatorConditions, byPhase({ at: ["status.phase"] })),
};
