import type { HealthStatus } from "../../model/health.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { type Condition, cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { fieldsAt, listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, type Verdict } from "../verdict.ts";
import { current, longestSentence, shortfall } from "./by-conditions.ts";
import { childHealth, onlyPart } from "./children.ts";
import { endingWords, ends, schedules, scheduleWords } from "./ending.ts";
import { errorHealth, flagHealth } from "./flags.ts";
import { attachmentHealth } from "./gateway-api.ts";
import { byPhase, type PhaseDialect } from "./phase.ts";
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
  /(ready|available|healthy|synced|synchronized|applied|deployed|discoverable|advertised|installed|succeeded|successful|success|valid|accepted|resolvedrefs|resolved|uptodate|updated|compliant|configured|scheduled|reconciled|discovered|enforced|satisfied|attached|bootstrapped|initialized)$|(^|\/)(ready|successful)/i;
const bad =
  /^(not.*(ready|available|healthy|synced|scheduled)|.*(unavailable|unsynced|unreachable|misconfigured|outofsync)|partially.*ready|orphan(ed)?|conflicted|overlappingtls.*|haserrors|unhealthy|invalid.*|failed|failedsync|.*degraded|irreconcilable|.*(halted|conflict)|stalled|terminal|expired|.*(failed|failure|error|erroroccurred|unhealthy))$/i;
const busy =
  /^(reconciling|progressing|issuing|pending|inprogress|in-progress|rollingupdate|rebalancing|migrating|restoring|rollingout|scalingup|scalingdown)$|(creating|updating|upgrading|installing|provisioning|deleting|progressing)$/i;
const held = /^(suspended|paused|stopped|hibernated|hibernating|reconciliationpaused|hibernation)$/i;
/** Reasons by which a rollout says that it is over, although its Progressing stays True. */
const over = /available$|completed?$|succeeded$|healthy$|uptodate$/i;

const found = (condition: Condition, status: HealthStatus): Verdict => ({
  status,
  message: status === "Healthy" ? condition.message || condition.reason : tell(condition),
  because: cite(condition),
});

/** `NoConflict`, `NotDegraded`: good when True. */
const denied =
  /^Not?(?=[A-Z]).*(?:Degraded|Halted|Conflicts?|Failed|Failures?|Errors?|Unhealthy|Expired|Stalled)$/;
const failure = (object: KubeObject): Condition | undefined =>
  conditionsOf(object).find(
    (condition) => isTrue(condition) && bad.test(condition.type) && !denied.test(condition.type),
  );

/** Judges by what condition types are commonly called. undefined where none is known. */
export const conditionHealth: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  if (conditions.length === 0) return undefined;
  const pause = conditions.find((condition) => isTrue(condition) && held.test(condition.type));
  if (pause !== undefined) return found(pause, "Suspended");
  const failing = failure(object);
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
  const broken =
    others.find(
      (condition) =>
        condition.status === "False" &&
        shortfall(condition, judgement.test(condition.type) ? "Degraded" : "Healthy") === "Degraded",
    ) ?? conditions.find(namedFailure);
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
  if (first !== undefined) return current(object, first, "Healthy");
  const runs = findCondition(conditions, "Running");
  return runs !== undefined && isTrue(runs) && ends(object.kind)
    ? current(object, runs, "Progressing")
    : undefined;
};

/** Of a type that nobody knows only a failure that is called one counts. */
const namedFailure = (condition: Condition): boolean =>
  condition.status === "False" &&
  !isPart.has(condition.type) &&
  !notHealth.test(condition.type) &&
  !bad.test(condition.type) &&
  !busy.test(condition.type) &&
  !held.test(condition.type) &&
  shortfall(condition, "Healthy") === "Degraded";

/** Whether something may be done to an object, or uses it, is not how it is. */
const notHealth = /(upgradeable|active|enabled|removable|deletable|recommended|inuse)$/i;

/**
 * A reason that no vocabulary knows is more often a complaint than a step on the way, and so is a sentence; a reason that
 * only repeats the type says nothing.
 */
const unclear = ({ type, reason, message }: Condition): HealthStatus => {
  if (reason !== "" && reason !== type && meaning(reason) !== "Healthy") return "Degraded";
  if (message !== "" && message !== type)
    return onTheWay.test(message.slice(0, longestSentence)) ? "Progressing" : "Degraded";
  return reason === "" && judgement.test(type) ? "Degraded" : "Progressing";
};

/** A sentence about a step on the way. */
const onTheWay =
  /\b(wait\w*|pending|progress\w*|ongoing|yet|until|retrying|scheduled|being|(?!(?:miss|match|exist|dur|warn|noth|someth|fail|follow|us|conflict|crash|remain|accord|includ|str|th|mapp|bind)ing\b)[a-z]{3,}ing|is not ready|\d+ ?(\/|of|out of) ?\d+)\b/i;

/** False is a refusal, not a step on the way. */
const judgement = /^(valid|accepted|healthy)$/i;

const messages = ["status.message", "status.errorMessage", "status.error", "status.reason"];

/** Judges by the word that stands where most kinds put it. */
const usualDialect: PhaseDialect = {
  several: "worst",
  at: [
    "status.phase",
    "status.state",
    "status.status",
    "status.health",
    "status.health.status",
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
    "status.validation",
    "status.stage",
  ],
  message: messages,
};
const runsOn = byPhase(usualDialect);
const comesToAnEnd = byPhase({ ...usualDialect, words: endingWords });
const byTheClock = byPhase({ ...usualDialect, words: scheduleWords });
const usualPhase: HealthRule = (object) =>
  (schedules(object.kind) ? byTheClock : ends(object.kind) ? comesToAnEnd : runsOn)(object);

/** `accountState`, `certificateStatus`, `cluster_phase`: the same under a name of the kind's own. */
const ownName = /[a-z0-9](State|Status|Phase|Health)$|_(state|status|phase|health)$/;
/** What was, what is asked for, and what another object thinks. */
const otherTime = /^(last|prev|old|desired|target|expected|requested|initial|observed|wanted|next)/i;
const namedPhase: HealthRule = (object) => {
  const at = Object.keys(fieldsAt(object, "status") ?? {})
    .filter((name) => ownName.test(name) && !otherTime.test(name) && !name.includes("."))
    .map((name) => `status.${name}`);
  return at.length === 0 ? undefined : byPhase({ several: "worst", at, message: messages })(object);
};

/** How the last thing that was tried ended. Good news of it says nothing of the whole. */
const lastTry = byPhase({
  several: "worst",
  at: [
    "status.lastOperation.state",
    "status.lastOperationStatus",
    "status.lastOperationState",
    "status.lastUpdate.state",
    "status.lastUpdate.status",
    "status.lastSyncStatus",
    "status.lastRunStatus",
  ],
  message: ["status.lastOperation.description", "status.lastUpdate.message", ...messages],
});

const phaseHealth: HealthRule = (object) => {
  const usual = usualPhase(object);
  const named = usual === undefined || usual.status === "Healthy" ? namedPhase(object) : undefined;
  const phase = named?.status === "Degraded" ? named : (usual ?? named);
  if (phase !== undefined && phase.status !== "Healthy" && phase.status !== "Progressing") return phase;
  const tried = lastTry(object);
  return tried?.status === "Degraded" ? tried : (phase ?? tried);
};

/**
 * What the object's own fields say in the ways that most kinds share. Where they disagree, bad news from conditions
 * comes first, then a state that is not good, then the rest.
 */
export const conventionHealth: HealthRule = (object) => {
  // All evidence lies in the status, which most objects of a cluster do not have.
  if (fieldsAt(object, "status") === undefined) return undefined;
  const own = ownHealth(object);
  if (own !== undefined && own.status !== "Healthy" && own.status !== "Progressing") return own;
  // The parts of what works by the clock are its runs, and those are over.
  const child = schedules(object.kind) ? undefined : childHealth(object);
  if (child !== undefined || own?.status !== "Healthy") return child ?? own;
  const counts = replicaHealth(object);
  return counts?.status === "Progressing" ? counts : own;
};

const ownHealth: HealthRule = (object) => {
  const byConditions = conditionHealth(object);
  const phase = phaseHealth(object);
  // What was stopped on purpose is not ready either.
  if (phase?.status === "Suspended" && failure(object) === undefined) return phase;
  if (byConditions?.status === "Degraded" || byConditions?.status === "Suspended") return byConditions;
  // The condition's sentence says more than the state's word.
  if (phase !== undefined && phase.status !== "Healthy")
    return phase.status === byConditions?.status ? byConditions : phase;
  // Not there yet, and an error is why.
  if (byConditions?.status === "Progressing") return errorHealth(object) ?? byConditions;
  return (
    byConditions ??
    attachmentHealth(object) ??
    phase ??
    errorHealth(object) ??
    replicaHealth(object) ??
    flagHealth(object) ??
    clockHealth(object) ??
    onlyPart(object)
  );
};

const clocks = [
  "lastScheduleTime",
  "lastScheduledTime",
  "nextScheduleTime",
  "lastRunTime",
  "lastRun",
  "nextRun",
];

/** A kind that starts others by the clock is at work once it has done so, or knows when it will. */
const clockHealth: HealthRule = (object) => {
  if (!schedules(object.kind)) return undefined;
  const field = clocks.find((name) => textAt(object, "status", name) !== "");
  if (field === undefined) return undefined;
  // RFC 3339 in UTC: text order is time order.
  const [scheduled, succeeded] = [
    textAt(object, "status", "lastScheduleTime"),
    textAt(object, "status", "lastSuccessfulTime"),
  ];
  if (succeeded !== "" && succeeded < scheduled && listAt(object, "status", "active").length === 0)
    return degraded(
      "status.lastSuccessfulTime < status.lastScheduleTime and nothing runs",
      `The run of ${scheduled} did not succeed; the last that did was at ${succeeded}`,
    );
  return healthy(`status.${field} is set`, `${field}: ${textAt(object, "status", field)}`);
};

/** For kinds whose controller always reports, in the ways that most kinds share. */
export const usualHealth = reported(conventionHealth);
