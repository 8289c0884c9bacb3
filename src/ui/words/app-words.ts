/** What the page says, as pure functions of what the API tells. */

import { type Application, type ConditionType, prunesItself } from "../../core/model/application.ts";
import { blamedPod, unplacedPod } from "../../core/model/blamed-pod.ts";
import { isDryRun, lastSyncOf, withoutDryRun } from "../../core/model/last-sync.ts";
import {
  type ChangeCounts,
  changeCounts,
  type ListedApplication,
} from "../../core/model/listed-application.ts";
import {
  clusterOf,
  healthOf,
  isRunning,
  keyOf,
  kindOfRun,
  needsAPerson,
  placeOf,
  revisionOf,
  shortOf,
  sourceOf,
  standing,
  standsAt,
  syncOf,
} from "../../core/model/listed-words.ts";
import type { OperationState } from "../../core/model/operation.ts";
import { conditionWords, runWords } from "../../core/model/reason-words.ts";
import { withOthers } from "../../core/model/set-by-others.ts";
import { startedByWords } from "../../core/model/started-by.ts";
import { waitsForSomebody } from "../../core/model/suspended-hook.ts";
import { lookOf, type Tone } from "./states.ts";

// Many views say these: with what the page begins with they are in no file of their own.
export { changersOf, changesWords } from "../../core/model/drift-change.ts";
export {
  blamedPod,
  clusterOf,
  healthOf,
  isRunning,
  keyOf,
  kindOfRun,
  placeOf,
  revisionOf,
  shortOf,
  sourceOf,
  standing,
  standsAt,
  syncOf,
  unplacedPod,
};

/** The page's first line: an answer. */
export function summary(apps: readonly ListedApplication[], nowMs: number): string {
  const [only] = apps;
  if (only === undefined) return "No applications yet";
  const attention = apps.filter((app) => standing(app, nowMs) === "attention").length;
  const moving = apps.filter((app) => standing(app, nowMs) === "moving").length;
  const of = (count: number, one: string, more: string): string =>
    apps.length === 1
      ? `${only.metadata.name} ${one}`
      : `${count} of ${apps.length} applications ${count === 1 ? one : more}`;
  if (attention > 0) return of(attention, "needs attention", "need attention");
  if (moving > 0) return of(moving, "is on its way", "are on their way");
  const suspended = apps.filter((app) => healthOf(app) === "Suspended").length;
  const held = apps.filter(({ status }) => status?.hold !== undefined).length;
  const notes = [
    ...(suspended > 0 ? [`${howMany(suspended, apps.length)} suspended`] : []),
    ...(held > 0 ? [`${howMany(held, apps.length)} held`] : []),
  ];
  const states = suspended > 0 ? "Synced" : "Synced and Healthy";
  const which = apps.length === 1 ? `${only.metadata.name} is` : `All ${apps.length} applications are`;
  return [`${which} ${states}`, ...notes].join("; ");
}

function howMany(count: number, all: number): string {
  if (count === all) return count === 1 ? "it is" : "all are";
  return `${count} ${count === 1 ? "is" : "are"}`;
}

export function destinationOf(app: ListedApplication): string {
  const { namespace } = app.spec.destination;
  return namespace ? `${clusterOf(app)} · ${namespace}` : clusterOf(app);
}

/** What is within an application: `3 resources, 1 deployment`. */
export function countsOf({ status }: Application): string {
  const [resources, deployments] = [status?.resources?.length ?? 0, status?.history?.length ?? 0];
  const within = resources === 1 ? "1 resource" : `${resources} resources`;
  if (deployments === 0) return within;
  return `${within}, ${deployments === 1 ? "1 deployment" : `${deployments} deployments`}`;
}

/** `2 deleted objects can be made again`; "" where there is nothing of that kind. */
export function undoWords({ status }: Application): string {
  const objects = status?.undo?.objects ?? 0;
  if (objects === 0) return "";
  return objects === 1
    ? "1 deleted object can be made again"
    : `${objects} deleted objects can be made again`;
}

/** Of an application of which there is nothing else to say. */
export function wellWords(app: ListedApplication): string {
  const [sync, health] = [syncOf(app), healthOf(app)];
  return sync === "Synced" && health === "Healthy"
    ? "Synced and Healthy: what is in the cluster is as in Git."
    : `Sync is ${sync}, health is ${health}.`;
}

/** Who had the last sync start, as `startedByWords` has it. */
export function startedBy({ status }: ListedApplication): string {
  return startedByWords(lastSyncOf(status)?.operation.initiatedBy);
}

/** When what runs now was deployed, and by whom, as `startedByWords` has it. */
export function lastDeployed({ status }: ListedApplication): { at: string; by: string } | undefined {
  const last = status?.history?.at(-1);
  if (last === undefined) return undefined;
  return { at: last.deployedAt, by: startedByWords(last.initiatedBy) };
}

/**
 * When it was synced last and by whom, as `lastDeployed` says it. A dry run and one that failed are none, and one that
 * goes on is not over.
 */
export function lastSynced(app: ListedApplication): { at: string; by: string } | undefined {
  const { finishedAt: at, phase } = lastSyncOf(app.status) ?? {};
  const isSync = at !== undefined && phase === "Succeeded";
  return isSync ? { at, by: startedBy(app) } : lastDeployed(app);
}

/** When its last sync failed, or was terminated, and who had it start; undefined: it did not, or a deletion goes on. */
export function lastFailed(
  app: ListedApplication,
): { at: string; by: string; how: "failed" | "terminated" } | undefined {
  const { finishedAt: at, phase, terminatedBy } = lastSyncOf(app.status) ?? {};
  const hasFailed = at !== undefined && (phase === "Failed" || phase === "Error");
  if (!hasFailed || app.metadata.deletionTimestamp !== undefined) return undefined;
  return { at, by: startedBy(app), how: terminatedBy === undefined ? "failed" : "terminated" };
}

/** What came of something that a person asked for: an undo, a rollback. */
export function endWords(
  what: string,
  { phase, message, syncResult }: NonNullable<NonNullable<ListedApplication["status"]>["operationState"]>,
): { text: string; tone: "good" | "bad" } {
  const isWhole = !(syncResult?.resources ?? []).some(({ status }) => status === "SyncFailed");
  const tone = phase === "Succeeded" && isWhole ? "good" : "bad";
  return { text: `${what}: ${phase === "Succeeded" ? "" : `${phase.toLowerCase()}: `}${message}`, tone };
}

/** What a sync would do: `2 to update, 1 to prune`. What nothing prunes by itself stays, and is counted as that. */
export function changesOf({ spec, status }: ListedApplication): string {
  const counts: ChangeCounts = status?.changes ?? changeCounts(status?.resources ?? []);
  return Object.entries(counts)
    .filter(([, many]) => many > 0)
    .map(
      ([what, many]) =>
        `${many} to ${what}${what === "prune" && !prunesItself(spec) ? ", which is off" : ""}`,
    )
    .join(", ");
}

/** One step of a deletion, as a word with its look and what is said of it. */
export interface DeletionStep {
  what: string;
  state: string;
  text: string;
}

/** The steps of a deletion so far, in their order. */
export function deletionSteps({ metadata, status }: Application): DeletionStep[] {
  if (metadata.deletionTimestamp === undefined) return [];
  const steps = (status?.operationState?.syncResult?.resources ?? []).map((result) => {
    const { kind, namespace, name, hookType, hookPhase = "Waiting", message } = result;
    const what = `${hookType === undefined ? "" : `${hookType} `}${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
    const stays = result.status === "PruneSkipped";
    const state = stays ? (hookPhase === "Failed" ? "Waiting" : "Stays") : hookPhase;
    return { what, state, text: message };
  });
  const rank = ({ what }: DeletionStep): number =>
    what.startsWith("PreDelete ") ? -1 : what.startsWith("PostDelete ") ? 1 : 0;
  return steps.sort((a, b) => rank(a) - rank(b));
}

export interface Sentence {
  /** Bold, before the text. */
  lead: string;
  text: string;
  tone: Tone;
}

/** What a person should read about an application, the most urgent first. */
export function sentences(shown: ListedApplication): Sentence[] {
  const app = withoutDryRun(shown);
  const { health, conditions = [], operationState } = app.status ?? {};
  const said: Sentence[] = conditions.map(({ type, message }) =>
    type === "HeldWarning"
      ? { lead: "Held", text: withoutCommand(message.replace(/^held /, "")), tone: "paused" }
      : {
          lead: conditionWords(type),
          text: textOf(type, message),
          tone: needsAPerson(type) ? "bad" : "behind",
        },
  );
  const isSaid = (text: string): boolean => said.some((one) => one.text === text);
  const changes = syncOf(app) === "OutOfSync" ? withOthers(changesOf(app), app.status?.others) : "";
  // While a sync brings them, how it stands comes before what it brings.
  const isComing = operationState?.phase === "Running" && kindOfRun(app) === "Sync";
  if (changes !== "" && !isComing) said.push({ lead: "OutOfSync", text: changes, tone: "behind" });
  if (
    health?.message !== undefined &&
    health.message !== "" &&
    healthOf(app) !== "Healthy" &&
    !isSaid(health.message) &&
    !waitsForThat(app, health.message)
  ) {
    said.push({
      lead: healthOf(app),
      text: health.message,
      tone: lookOf(healthOf(app)).tone,
    });
  }
  if (operationState !== undefined && operationState.phase !== "Succeeded" && operationState.message !== "") {
    const isOver = operationState.phase === "Failed" || operationState.phase === "Error";
    const isStuck = operationState.phase === "Running" && waitsForSomebody(operationState.message);
    const isToldBefore =
      said.some(({ text }) => text.startsWith(operationState.message)) ||
      (isOver && app.status?.terminated !== undefined && operationState.terminatedBy !== undefined);
    if (!isToldBefore)
      said.push({
        lead: runWords(app) ?? "",
        text: operationState.message,
        tone: isStuck ? "behind" : isOver ? "bad" : "moving",
      });
  }
  // A rehearsal that failed broke nothing, and what stood before one that goes on still does.
  const last = shown.status?.operationState;
  if (isDryRun(last) && last !== undefined && last.phase !== "Succeeded" && last.message !== "") {
    const isOver = last.phase === "Failed" || last.phase === "Error";
    said.push({ lead: runWords(shown) ?? "", text: last.message, tone: isOver ? "unknown" : "moving" });
  }
  const coming: Sentence = { lead: "OutOfSync", text: changes, tone: lookOf("OutOfSync").tone };
  if (changes !== "" && isComing) said.push(coming);
  const urgency = (one: Sentence): number => rank(one === coming ? "moving" : one.tone);
  return said.sort((a, b) => urgency(a) - urgency(b));
}

/** Whether its run waits for just what its health says: that is the cause, and said once. */
function waitsForThat({ status }: ListedApplication, health: string): boolean {
  const { phase, message = "" } = status?.operationState ?? {};
  const [, object, says] = /^(\S+ [\w./-]+): (.*)$/s.exec(health) ?? [];
  return (
    phase === "Running" &&
    object !== undefined &&
    message.startsWith(`waiting for healthy state of ${object} (${says})`)
  );
}

/** Beside the button that lifts a hold nobody needs the command, as `describeHold` writes it. */
function withoutCommand(held: string): string {
  return held.replace(/(?:\. It goes on by|, or by): holdfast app unhold \S+$/, "");
}

/** A row has room for a few words, and what its lead says already is none of them. */
function textOf(type: ConditionType, message: string): string {
  if (type === "TerminatedWarning") return message.replace(/^terminated /, "");
  // As `decideAutoSync` writes it, with revisions of forty digits.
  return type === "SyncError" ? message.replace(/^The last sync to \S+(?:, \S+)* failed: /, "") : message;
}

const rank = (tone: Tone): number => (["bad", "behind", "paused", "moving"] as Tone[]).indexOf(tone) + 1 || 9;

/** At the end of what a try says that is followed by another: which one, and when. */
export const FOLLOWS = /\. Try (\d+) follows at (\S+)$/;

/** What it says, without the try that follows: that one is told apart. */
export function messageOf({ message, finishedAt }: Pick<OperationState, "message" | "finishedAt">): string {
  return finishedAt === undefined ? message : message.replace(FOLLOWS, "");
}
