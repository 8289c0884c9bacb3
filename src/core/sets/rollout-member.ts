import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { type AppKey, type Application, isAutomated, sourcesOf } from "../model/application.ts";
import type { SetKey } from "../model/application-set.ts";
import type { ApplicationRollout } from "../model/application-set-status.ts";
import { tellingState } from "../model/last-sync.ts";
import type { Operation, OperationState } from "../model/operation.ts";
import { isPaused } from "../model/paused.ts";
import { SET_CONTROLLER } from "../model/started-by.ts";
import type { SetChild } from "../ports/sets-home.ts";
import { comparedTo } from "../status/compared-to.ts";

/** What is seen of one application of a rollout. */
export interface Member {
  key: AppKey;
  app: Application;
  stand: Stand;
  /** A sync of it is asked for or going on, whoever wanted it. */
  isBusy: boolean;
  /** Why it would not be synced although it is asked to; undefined: it would. */
  hindrance: string | undefined;
}

type Stand =
  /** It is being looked at: what is seen may be over. */
  | { is: "looked-at"; why: string }
  /** Its status tells of another spec. */
  | { is: "outdated"; why: string }
  /** It could not be compared. */
  | { is: "unknown"; why: string }
  | { is: "differs"; since: "it was deployed" | "its spec changed" }
  | { is: "synced"; health: string };

/** What is known of an application beside its status. */
export interface Known {
  /** Its spec is written anew in this pass. */
  isUpdated: boolean;
  /** Why its status may be over, such as a commit that it has not looked at; undefined: it is not. */
  looked: string | undefined;
}

export function seen({ key, app, isGoing }: SetChild, known: Known): Member {
  const phase = app.status?.operationState?.phase;
  return {
    ...{ key, app, stand: standOf(app, known) },
    isBusy: app.operation !== undefined || phase === "Running" || phase === "Terminating",
    hindrance: isGoing ? "it is being deleted" : hindranceOf(app),
  };
}

function standOf(app: Application, { isUpdated, looked }: Known): Stand {
  const { status } = app;
  if (isUpdated) return { is: "outdated", why: "its spec is written anew" };
  if (looked !== undefined) return { is: "looked-at", why: looked };
  if (status === undefined) return { is: "outdated", why: "it was not compared yet" };
  const { sync, health, conditions = [] } = status;
  if (!equalJson(sync.comparedTo, comparedTo(app)))
    return { is: "outdated", why: "what its spec says now was not compared yet" };
  switch (sync.status) {
    case "Synced":
      return { is: "synced", health: health.status };
    case "OutOfSync":
      return { is: "differs", since: isAsDeployed(app) ? "it was deployed" : "its spec changed" };
    default: {
      const error = conditions.find(({ type }) => /Error$/.test(type));
      return { is: "unknown", why: error?.message ?? "it could not be compared" };
    }
  }
}

/** Whether it was deployed by the sources that its spec names. A hold has others, and is a person's. */
function isAsDeployed({ spec, status }: Application): boolean {
  const last = status?.history?.at(-1);
  if (last === undefined || status?.hold !== undefined) return true;
  return equalJson(sourcesOf({ ...spec, ...sourcesIn(last) }), sourcesOf(spec));
}

function sourcesIn({ source, sources }: NonNullable<NonNullable<Application["status"]>["history"]>[number]) {
  return sources !== undefined && sources.length > 0
    ? { sources }
    : { sources: source === undefined ? [] : [source] };
}

function hindranceOf(app: Application): string | undefined {
  if (isPaused(app)) return "it is paused by its annotation argocd.argoproj.io/skip-reconcile";
  if (app.status?.terminated !== undefined) return "a person ended its sync";
  return app.status?.conditions?.find(({ type }) => type === "InvalidSpecError")?.message;
}

export function isSettled({ stand }: Member): boolean {
  return stand.is === "synced" && stand.health === "Healthy";
}

/** What a sync that this rollout asked for bears, so that it is known again. */
const MARK = "Rollout";

/** The sync that brings an application to what is wanted of it. Source of all but the mark: Argo CD. */
export function syncFor(wanted: Application, entry: ApplicationRollout, set: SetKey): Operation {
  const { automated, retry, syncOptions } = wanted.spec.syncPolicy ?? {};
  return {
    initiatedBy: { username: SET_CONTROLLER, automated: true },
    info: [
      { name: "Reason", value: `Step ${entry.step} of the rollout of ApplicationSet ${set}` },
      { name: MARK, value: markOf(entry) },
    ],
    sync: {
      ...(isAutomated(wanted.spec) && automated?.prune === true ? { prune: true } : {}),
      ...defined({ syncOptions }),
    },
    retry: retry ?? { limit: 5 },
  };
}

function markOf({ lastTransitionTime = "" }: ApplicationRollout): string {
  return `asked for at ${lastTransitionTime}`;
}

/** It is to be synced now. Its time is later than the begin of each sync before, so that none of them is taken for it. */
export function asked(member: Member, entry: ApplicationRollout, now: string): ApplicationRollout {
  const last = Date.parse(member.app.status?.operationState?.startedAt ?? "");
  const isTaken = last >= Date.parse(now);
  return { ...entry, status: "Pending", lastTransitionTime: isTaken ? timestamp(last + 1_000) : now };
}

/** What became of the sync that a Pending application waits for. */
type Begun = "not yet" | "going on" | { failed: string } | "succeeded";

function begun({ app: { status } }: Member, entry: ApplicationRollout): Begun {
  const state = tellingState(status);
  if (state === undefined) return "not yet";
  const isOurs = state.operation.info?.some(({ name, value }) => name === MARK && value === markOf(entry));
  // Times are whole seconds: one that began in the same second may be an earlier one.
  const isLater = Date.parse(state.startedAt) > Date.parse(entry.lastTransitionTime ?? "");
  return isOurs === true || isLater ? outcome(state) : "not yet";
}

function outcome(state: OperationState | undefined): Begun {
  switch (state?.phase) {
    case undefined:
      return "not yet";
    case "Succeeded":
      return "succeeded";
    case "Failed":
    case "Error":
      return { failed: state.message };
    default:
      return "going on";
  }
}

const STATES: readonly string[] = [
  "Waiting",
  "Pending",
  "Progressing",
  "Healthy",
] satisfies ApplicationRollout["status"][];

/**
 * One application's next state, but for whether it may be synced: that is its step's to say.
 *
 * A new target, a spec that changed, and what is known to come start it over; what it is at now may end each state, so
 * that a pass that was missed is made up for.
 */
export function advanced(
  member: Member,
  before: ApplicationRollout | undefined,
  step: string,
  now: string,
): ApplicationRollout {
  const { app, stand } = member;
  if (stand.is === "looked-at" && before !== undefined) return { ...before, step };
  const revisions = revisionsOf(app);
  const entry: ApplicationRollout = {
    application: app.metadata.name,
    step,
    status: "Waiting",
    targetRevisions: revisions.length === 0 ? (before?.targetRevisions ?? []) : revisions,
    message: "",
    lastTransitionTime: now,
  };
  if (before === undefined) return settledNow(entry, member);
  const isMoved = !equalJson(entry.targetRevisions, before.targetRevisions);
  const isAnew =
    stand.is === "outdated" ||
    (before.status === "Healthy" && stand.is === "differs" && stand.since === "its spec changed");
  const from = isMoved || isAnew || !STATES.includes(before.status) ? "Waiting" : before.status;
  const after = settledNow({ ...entry, status: from }, member);
  if (after.status === "Pending" && begun(member, before) !== "not yet") after.status = "Progressing";
  const isSame = !isMoved && after.status === before.status;
  return isSame ? { ...after, lastTransitionTime: before.lastTransitionTime ?? now } : after;
}

function settledNow(entry: ApplicationRollout, member: Member): ApplicationRollout {
  if (isSettled(member)) return { ...entry, status: "Healthy" };
  const isUnderWay = entry.status === "Waiting" && member.stand.is === "synced";
  return isUnderWay ? { ...entry, status: "Progressing" } : entry;
}

/** Whether its sync has still to be asked for, or again. */
export function isToAsk(member: Member, entry: ApplicationRollout): boolean {
  return (
    entry.status === "Pending" &&
    member.stand.is === "differs" &&
    !member.isBusy &&
    member.hindrance === undefined &&
    begun(member, entry) === "not yet"
  );
}

/** What is still to come of an application that is not Healthy, as a part of a sentence. */
export function sayRest(member: Member, { status }: Pick<ApplicationRollout, "status">): string {
  const { app, stand, isBusy, hindrance } = member;
  const last = outcome(tellingState(app.status));
  if (stand.is === "outdated" || stand.is === "looked-at") return stand.why;
  if (status === "Pending")
    return hindrance ?? (isBusy ? "its sync is about to begin" : "its sync is asked for");
  if (isBusy) return "its sync is going on";
  if (stand.is === "unknown") return stand.why;
  if (stand.is === "synced") return `it is ${stand.health}`;
  if (hindrance !== undefined) return hindrance;
  if (status === "Waiting") return "it is to be synced";
  if (typeof last === "object") return `its sync failed: ${last.failed}`;
  return "it is OutOfSync after its sync";
}

function revisionsOf({ status }: Application): string[] {
  const { revisions = [], revision = "" } = status?.sync ?? {};
  if (revisions.length > 0) return revisions;
  return revision === "" ? [] : [revision];
}
