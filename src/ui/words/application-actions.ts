/** What can be done with one application, and what cannot now, with why: as data, for the menu, the keys and the palette. */
import { type Application, isAutomated } from "../../core/model/application.ts";
import { wayBack } from "../../core/model/fared.ts";
import type { Denied } from "../store/rights.ts";
import { isRunning, kindOfRun, syncOf, undoWords } from "./app-words.ts";
import { deploymentsOf } from "./deployment-words.ts";
import { type Origin, whyReadOnly } from "./origin-words.ts";

export type ActionId =
  | "sync"
  | "run"
  | "rollback"
  | "unhold"
  | "undo"
  | "terminate"
  | "confirm"
  | "refresh"
  | "hard-refresh"
  | "pause"
  | "resume"
  | "link"
  | "cli"
  | "delete";

export interface OfferedAction {
  id: ActionId;
  word: string;
  /** Why it cannot be done now, a sentence without a full stop. */
  why?: string;
}

export interface Situation {
  app: Application;
  denied: Denied;
  /** Absent: nobody said yet where it is written. */
  origin?: Origin | undefined;
}

/** Groups of the menu, in their order. */
export function actionsOf(situation: Situation): OfferedAction[][] {
  const { app, denied } = situation;
  const isGoing = app.metadata.deletionTimestamp !== undefined;
  const goes = isGoing ? GOES : undefined;
  const runs = whyBusy(app);
  const held = whyHeld(app);
  const undo = undoWords(app);
  return [
    [
      offered("sync", "Review & sync…", goes ?? runs ?? held ?? denied.sync),
      offered("rollback", "Roll back…", goes ?? runs ?? noWayBack(app) ?? bothDenied(denied)),
      ...(held === undefined ? [] : [offered("unhold", "Lift the hold…", goes ?? denied.sync)]),
      ...(undo === "" ? [] : [offered("undo", "Make again what was deleted…", goes ?? runs ?? denied.sync)]),
      ...(waitingForApproval(app).length === 0
        ? []
        : [
            isGoing
              ? offered("confirm", "Approve its deletion…", denied.update)
              : offered("confirm", "Approve what is to be pruned…", runs ?? held ?? denied.sync),
          ]),
      offered("terminate", "Terminate…", goes ?? (isRunning(app) ? denied.sync : "Nothing runs")),
    ],
    [
      offered("refresh", "Refresh"),
      offered("hard-refresh", "Refresh, and render again"),
      automation(situation, goes),
    ],
    [offered("link", "Copy link"), offered("cli", "Copy as CLI")],
    [offered("delete", isGoing ? "Delete again…" : "Delete…", denied.delete ?? notDeletedHere(situation))],
  ];
}

const GOES = "It is being deleted";

function whyBusy(app: Application): string | undefined {
  return isRunning(app) ? `${kindOfRun(app)} runs: wait for it, or terminate it` : undefined;
}

function whyHeld({ status }: Application): string | undefined {
  return status?.hold === undefined ? undefined : "It is held: lift the hold first";
}

/**
 * Why none can be asked for now, as the menu says it.
 * @param to of one that is held, the revision at which it is held may be synced by its name
 */
export function whyNoSync(app: Application, to: "what Git has" | "a named revision"): string | undefined {
  if (app.metadata.deletionTimestamp !== undefined) return GOES;
  return whyBusy(app) ?? (to === "what Git has" ? whyHeld(app) : undefined);
}

/** The one button beside the menu; undefined: nothing is due. */
export function primaryOf(situation: Situation): (OfferedAction & { isDue: boolean }) | undefined {
  const { app, denied } = situation;
  const isGoing = app.metadata.deletionTimestamp !== undefined;
  if (isRunning(app)) return { ...offered("run", isGoing ? "View deletion" : "View run"), isDue: false };
  if (isGoing) return { ...offered("run", "View deletion"), isDue: false };
  if (app.status?.hold !== undefined)
    return { ...offered("unhold", "Lift the hold", denied.sync), isDue: false };
  if (syncOf(app) === "Synced") return undefined;
  return { ...offered("sync", "Review & sync", denied.sync), isDue: syncOf(app) === "OutOfSync" };
}

/** Beside it, where there is something to go back to and nothing against it; of one that is held the hold is lifted first. */
export function backOf(situation: Situation): OfferedAction | undefined {
  const { history = [], hold } = situation.app.status ?? {};
  const back = wayBack(history, hold);
  if (back.is === "held" || (back.is === "none" && back.why === "nothing-before")) return undefined;
  return actionsOf(situation)
    .flat()
    .find(({ id, why }) => id === "rollback" && why === undefined);
}

/** Objects that wait for a person's approval before they are deleted. */
export function waitingForApproval({
  metadata,
  status,
}: Application): { kind: string; namespace: string; name: string }[] {
  const isGoing = metadata.deletionTimestamp !== undefined;
  const waiting = (status?.resources ?? []).filter(
    ({ requiresDeletionConfirmation, requiresPruning }) =>
      requiresDeletionConfirmation === true && (isGoing || requiresPruning === true),
  );
  return waiting.map(({ kind, namespace = "", name }) => ({ kind, namespace, name }));
}

function automation({ app, denied, origin }: Situation, goes: string | undefined): OfferedAction {
  const why = goes ?? denied.update ?? (origin === undefined ? undefined : whyReadOnly(origin));
  if (isAutomated(app.spec)) return offered("pause", "Pause automated sync…", why);
  return offered(
    "resume",
    app.spec.syncPolicy?.automated == null ? "Sync automatically…" : "Resume automated sync…",
    why,
  );
}

function noWayBack(app: Application): string | undefined {
  return deploymentsOf(app).some(({ is }) => is === undefined)
    ? undefined
    : "Nothing was deployed before what is there now";
}

/** Back by Git asks for another right than back by hand: where one of the two is given, it is offered. */
function bothDenied({ sync, rollback }: Denied): string | undefined {
  return rollback === undefined ? undefined : sync;
}

function notDeletedHere({ app, origin }: Situation): string | undefined {
  if (app.metadata.deletionTimestamp !== undefined || origin?.from !== "file") return undefined;
  return `It is written in ${origin.file}: take it out there`;
}

function offered(id: ActionId, word: string, why?: string): OfferedAction {
  return why === undefined ? { id, word } : { id, word, why };
}
