import type { Application, Condition } from "../../core/model/application.ts";
import { changesOf, healthOf, isBeingDeleted, isBusy, isDryRun, syncOf } from "./app-words.ts";
import { hookPhaseOf, hookResults } from "./hook-words.ts";

/** One thing that a person should know about an application. */
export interface Reason {
  lead: string;
  text: string;
  /** `trouble`: somebody should look. `change`: it is on its way, or waits for a person. `note`: good to know. */
  weight: "trouble" | "change" | "note";
}

/** Beside errors: what goes on by a person alone. */
const PERSONS: ReadonlySet<Condition["type"]> = new Set([
  "PruneBlocked",
  "PausedWarning",
  "TerminatedWarning",
  "InvalidSource",
  "ContestedFieldWarning",
]);

/** What a person did to it is said with the word for that before it. */
const PERSONS_WORD: Partial<Record<Condition["type"], string>> = {
  HeldWarning: "Held",
  TerminatedWarning: "Terminated",
};

const WEIGHTS = ["trouble", "change", "note"] as const;

/** Everything that keeps an application from being Synced and Healthy, the most urgent first. */
export function reasons(app: Application): Reason[] {
  const { conditions = [], operationState, health } = app.status ?? {};
  const found: Reason[] = conditions.map((condition) => {
    const lead = PERSONS_WORD[condition.type];
    return {
      lead: lead ?? condition.type,
      text: lead === undefined ? shown(condition) : condition.message.replace(/^(held|terminated) /, ""),
      weight: weightOf(condition),
    };
  });
  const say = (lead: string, text: string | undefined, weight: Reason["weight"]): void => {
    if (text !== undefined && text !== "" && !found.some((one) => one.text === text))
      found.push({ lead, text, weight });
  };
  const healthWord = healthOf(app);
  if (healthWord === "Degraded") say(healthWord, culprits(app, healthWord) ?? health?.message, "trouble");
  if (operationState?.phase === "Failed" || operationState?.phase === "Error") {
    const said = operationState.message.replace(/\.$/, "");
    // After a good sync by other means the old failure is history; a rehearsal that failed broke nothing.
    if (isDryRun(operationState)) say("Dry run failed", operationState.message, "note");
    // A condition says it, and how it goes on.
    else if (
      (syncOf(app) !== "Synced" || hasFailedHook(app)) &&
      !isBeingDeleted(app) &&
      !isToldByTerminated(app) &&
      !conditions.some(({ type, message }) => type === "SyncError" && message.includes(said))
    )
      say("Sync failed", operationState.message, "trouble");
  } else if (isBusy(app)) {
    say(
      isBeingDeleted(app) ? "Deletion" : "Sync",
      app.operation !== undefined && operationState?.phase !== "Running"
        ? "a sync is about to start"
        : operationState?.message,
      "change",
    );
  }
  if (syncOf(app) === "OutOfSync") say("OutOfSync", changesOf(app) || "differs from Git", "change");
  const isToldBySync = found.some(
    ({ lead, text }) => lead === "Sync" && isWithin(messageOf(app, healthWord), text),
  );
  if (healthWord !== "Healthy" && healthWord !== "Degraded" && !isToldBySync)
    say(
      healthWord,
      culprits(app, healthWord) ?? health?.message,
      healthWord === "Suspended" ? "note" : "change",
    );
  if (app.status === undefined || (syncOf(app) === "Unknown" && found.length === 0))
    say("Unknown", "not looked at yet", "change");
  return found.sort((a, b) => WEIGHTS.indexOf(a.weight) - WEIGHTS.indexOf(b.weight));
}

/** The WHY column: the most urgent reason as one sentence, "" where all is well. */
export function why(app: Application): string {
  const [first] = reasons(app);
  if (first === undefined) return "";
  return first.lead === "OutOfSync" || first.lead === healthOf(app)
    ? first.text
    : `${spaced(first.lead)}: ${first.text}`;
}

/**
 * Why it stays OutOfSync whatever is synced: an object is another application's, or was asked to go and is held. What is to
 * be done comes after that.
 */
export function whyOutOfSync(app: Application): string {
  const { conditions = [], resources = [] } = app.status ?? {};
  const shared = conditions.find(({ type }) => type === "SharedResourceWarning");
  const held = resources.some(({ leavingSince }) => leavingSince !== undefined)
    ? conditions.find(({ type }) => type === "DeletionHeldWarning")
    : undefined;
  return shared?.message ?? held?.message ?? why(app);
}

const HEALTHS = ["Healthy", "Suspended", "Progressing", "Missing", "Unknown", "Degraded"];

/** How soon somebody should look, 0 where all is well: by the weight of what is said of it, then by its health. */
export function urgency(app: Application): number {
  const [first] = reasons(app);
  const weight = first === undefined ? 0 : WEIGHTS.length - WEIGHTS.indexOf(first.weight);
  return weight * HEALTHS.length + Math.max(0, HEALTHS.indexOf(healthOf(app)));
}

/** The objects that have that health, the first with what is said of it; undefined where none of them says anything. */
function culprits({ status }: Application, word: string): string | undefined {
  const found = (status?.resources ?? []).filter(({ health }) => health?.status === word);
  const first = found.find(({ health }) => health?.message !== undefined && health.message !== "");
  if (first === undefined) return undefined;
  return `${first.kind} ${first.name}: ${first.health?.message ?? ""}${found.length === 1 ? "" : `; and ${found.length - 1} more`}`;
}

/** What the one object says that has that health; undefined where there are more: then they are counted. */
function messageOf({ status }: Application, word: string): string | undefined {
  const [one, ...more] = (status?.resources ?? []).filter(({ health }) => health?.status === word);
  return more.length === 0 ? one?.health?.message : undefined;
}

/** What a sync waits for is often just what its health says. */
function isWithin(message: string | undefined, text: string): boolean {
  const said = message?.replace(/[.\s]+$/, "") ?? "";
  return said !== "" && text.includes(said);
}

/** What a hook was to do is in no comparison: that everything is Synced says nothing of it. */
function hasFailedHook(app: Application): boolean {
  return hookResults(app).some((one) => hookPhaseOf(one) === "Failed");
}

function weightOf({ type }: Condition): Reason["weight"] {
  if (type === "SyncWindowWarning" || type === "DependencyWarning") return "change";
  return type.endsWith("Error") || PERSONS.has(type) ? "trouble" : "note";
}

/** As `decideAutoSync` writes it, with revisions of forty digits, which help nobody here. */
function shown({ type, message }: Condition): string {
  return type === "SyncError"
    ? message.replace(/^The last sync to \S+(?:, \S+)* failed: /, "the last sync failed: ")
    : message;
}

/** What its condition says, with since when and how it goes on, is not said once more. */
function isToldByTerminated({ status }: Application): boolean {
  return status?.terminated !== undefined && status.operationState?.terminatedBy !== undefined;
}

/** `ComparisonError` as two words. */
function spaced(type: string): string {
  const words = type.replace(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
