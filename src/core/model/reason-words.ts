/** What stands before a reason that something is said of an application: the page and the command line say the same words. */
import type { ConditionType } from "./application.ts";
import type { ListedApplication } from "./listed-application.ts";
import { kindOfRun } from "./listed-words.ts";
import { waitsForSomebody } from "./suspended-hook.ts";

/** What Argo CD's API calls by names of types, for people. */
const CONDITIONS: Record<ConditionType, string> = {
  InvalidSpecError: "Its spec cannot be used",
  ComparisonError: "Cannot be compared",
  SyncError: "Not synced",
  UnknownError: "Unknown",
  DeletionError: "Not deleted",
  SharedResourceWarning: "Another application's",
  RepeatedResourceWarning: "Twice in Git",
  ExcludedResourceWarning: "Left out",
  OrphanedResourceWarning: "Nobody's",
  ManifestWarning: "Manifests",
  PruneBlocked: "Not pruned",
  SyncOptionWarning: "Sync options",
  FieldManagerWarning: "Another tool writes",
  InvalidSource: "Source",
  ContestedFieldWarning: "Fought over",
  SelfHealWarning: "Healed later",
  ApplicationMissingWarning: "Its file is missing",
  DeletionHeldWarning: "Deletion waits",
  HeldWarning: "Held",
  TerminatedWarning: "Terminated",
  UndoWarning: "Made again",
  SyncWindowWarning: "Waits for a window",
  DependencyWarning: "Waits for others",
  RenderCircleWarning: "Renders itself",
  ImageUpdateWarning: "Images",
  PausedWarning: "Paused",
};

/** @param type of a condition; one that nobody knows stands for itself */
export function conditionWords(type: string): string {
  return CONDITIONS[type as ConditionType] ?? type;
}

/** What it is that its last operation says; undefined where that succeeded, or there was none. */
export function runWords(app: ListedApplication): string | undefined {
  const { phase, message = "" } = app.status?.operationState ?? {};
  if (phase === undefined || phase === "Succeeded") return undefined;
  if (phase === "Failed" || phase === "Error") return `${kindOfRun(app)} ${phase.toLowerCase()}`;
  return phase === "Running" && waitsForSomebody(message)
    ? "Waits for somebody"
    : `${kindOfRun(app)} running`;
}

/** Whether it cannot be said what it should be: its spec is none, or its source cannot be had or rendered. */
export function cannotBeCompared({ status }: ListedApplication): boolean {
  return (status?.conditions ?? []).some(
    ({ type }) => type === "ComparisonError" || type === "InvalidSpecError",
  );
}
