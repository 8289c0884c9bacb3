import type { HealthStatus } from "../../model/health.ts";
import { type Condition, cite, conditionsOf, isTrue, tell } from "../conditions.ts";
import { at } from "../read.ts";
import { type HealthRule, suspended, type Verdict } from "../verdict.ts";
import { current, shortfall } from "./by-conditions.ts";
import { errorHealth, flagHealth } from "./flags.ts";
import { attachmentHealth } from "./gateway-api.ts";
import { byPhase } from "./phase.ts";
import { replicaHealth } from "./replicas.ts";
import { reported } from "./reported.ts";
import { meaning } from "./words.ts";

/** Conditions that sum up the whole object, the most telling first; the first that is there decides. */
const whole = [
  "Ready",
  "Available",
  "Healthy",
  "Successful",
  "Succeeded",
  "Complete",
  "Completed",
  "Compliant",
];
/** Conditions that each say a part: all of those that are there must hold. */
const isPart: ReadonlySet<string> = new Set([
  ...whole,
  "Established",
  "FullyApplied",
  "Programmed",
  "Accepted",
  "Valid",
  "Synced",
  "Reconciled",
  "Deployed",
  "Installed",
  "Applied",
  "Admitted",
  "Bound",
  "Provisioned",
  "Initialized",
]);
/** Parts of a whole, by how their names end: `ClusterAvailable`, `ResourcesApplied`, `DashboardSynchronized`. */
const part =
  /(ready|available|healthy|synced|synchronized|applied|deployed|discoverable|advertised|installed|succeeded|successful|valid|accepted|resolvedrefs|uptodate|compliant|configured|scheduled|reconciled|discovered)$/i;
const bad =
  /^(not.*(ready|available|healthy|synced|scheduled)|.*(unavailable|unsynced|unreachable|misconfigured|outofsync)|partially.*ready|orphan(ed)?|conflicted|overlappingtls.*|haserrors|unhealthy|invalid.*|degraded|stalled|terminal|expired|.*(failed|failure|error|erroroccurred|unhealthy))$/i;
const busy =
  /^(reconciling|progressing|issuing|creating|updating|upgrading|pending|inprogress|in-progress|rollingupdate|rebalancing|installing|provisioning|migrating|restoring)$/i;
const held = /^(suspended|paused|stopped|hibernated|reconciliationpaused|hibernation)$/i;
/** Reasons by which a rollout says that it is over, although its Progressing stays True. */
const over = /available$|completed?$|succeeded$|healthy$|uptodate$/i;

const found = (condition: Condition, status: HealthStatus): Verdict => ({
  status,
  message: status === "Healthy" ? condition.message || condition.reason : tell(condition),
  because: cite(condition),
});

/** Judges by what condition types are commonly called. undefined where none is known. */
export const conditionHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return undefined;
  const pause = conditions.find((condition) => isTrue(condition) && held.test(condition.type));
  if (pause !== undefined) return found(pause, "Suspended");
  const failing = conditions.find((condition) => isTrue(condition) && bad.test(condition.type));
  // `NotReady` with reason `Creating` is on its way.
  if (failing !== undefined)
    return current(
      object,
      failing,
      /^not/i.test(failing.type) && meaning(failing.reason) === "Progressing" ? "Progressing" : "Degraded",
    );
  const speaker = whole
    .map((type) => conditions.find((condition) => condition.type === type))
    .find((condition) => condition !== undefined);
  const working = conditions.find(
    (condition) => isTrue(condition) && busy.test(condition.type) && !over.test(condition.reason),
  );
  // A controller that tries again and again is not under way: what its Ready says counts.
  const retrying = working?.reason === "ProgressingWithRetry" && speaker?.status === "False";
  if (working !== undefined && !retrying) return found(working, "Progressing");
  const others = conditions.filter(
    ({ type }) =>
      type !== speaker?.type && (isPart.has(type) || part.test(type)) && !bad.test(type) && !busy.test(type),
  );
  const broken = others.find(
    (condition) => condition.status === "False" && shortfall(condition, "Healthy") === "Degraded",
  );
  if (speaker !== undefined) {
    if (isTrue(speaker)) {
      if (meaning(speaker.reason) === "Degraded") return current(object, speaker, "Degraded");
      return broken === undefined ? current(object, speaker, "Healthy") : current(object, broken, "Degraded");
    }
    const status = shortfall(speaker, unclear(speaker));
    if (status !== "Degraded" && broken !== undefined) return current(object, broken, "Degraded");
    return current(object, speaker, status);
  }
  if (broken !== undefined) return current(object, broken, "Degraded");
  const short = others.find((condition) => !isTrue(condition));
  if (short !== undefined) return current(object, short, shortfall(short, unclear(short)));
  const [first] = others;
  return first === undefined ? undefined : current(object, first, "Healthy");
};

/** A reason that no vocabulary knows is more often a complaint than a step on the way; one that only repeats the type says nothing. */
const unclear = ({ type, reason }: Condition): HealthStatus =>
  reason === "" && judgement.test(type)
    ? "Degraded"
    : reason === "" || reason === type || meaning(reason) === "Healthy"
      ? "Progressing"
      : "Degraded";

/** False is a refusal, not a step on the way. */
const judgement = /^(valid|accepted)$/i;

const messages = ["status.message", "status.errorMessage", "status.error", "status.reason"];

/** Judges by the word that stands where most kinds put it. */
const phaseHealth = byPhase({
  several: "worst",
  at: [
    "status.phase",
    "status.state",
    "status.status",
    "status.health",
    "status.currentState",
    "status.overallStatus",
    "status.compliant",
    "status.printableStatus",
    "status.updateStatus",
    "status.currentStatus",
    "status.connectionState.lastObservedState",
    "status.serviceStatus",
    "status.jobDeploymentStatus",
    "status.applicationState.state",
    "status.jobStatus.state",
  ],
  message: messages,
});

/** Somebody asked that nothing happens. */
const pausedHealth: HealthRule = (object) => {
  const field = ["paused", "suspend", "suspended"].find((name) => at(object, "spec", name) === true);
  return field === undefined ? undefined : suspended(`spec.${field} is true`, `Held by spec.${field}`);
};

/**
 * What the object's own fields say in the ways that most kinds share. Where they disagree, bad news from conditions
 * comes first, then a state that is not good, then the rest.
 */
export const conventionHealth: HealthRule = (object) => {
  const held = pausedHealth(object);
  if (held !== undefined) return held;
  const byConditions = conditionHealth(object);
  if (byConditions?.status === "Degraded" || byConditions?.status === "Suspended") return byConditions;
  const phase = phaseHealth(object);
  // The condition's sentence says more than the state's word.
  if (phase !== undefined && phase.status !== "Healthy")
    return phase.status === byConditions?.status ? byConditions : phase;
  return (
    byConditions ??
    attachmentHealth(object) ??
    phase ??
    errorHealth(object) ??
    replicaHealth(object) ??
    flagHealth(object)
  );
};

/** For kinds whose controller always reports, in the ways that most kinds share. */
export const usualHealth = reported(conventionHealth);
