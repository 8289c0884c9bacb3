import type { Application, Condition } from "../../core/model/application.ts";
import { causeFirst } from "../../core/model/cause-first.ts";
import { withoutDryRun } from "../../core/model/last-sync.ts";
import { cannotBeCompared, conditionWords, runWords } from "../../core/model/reason-words.ts";
import { withOthers } from "../../core/model/set-by-others.ts";
import { changesOf, healthOf, isBeingDeleted, isBusy, isDryRun, syncOf } from "./app-words.ts";
import { hookPhaseOf, hookResults } from "./hook-words.ts";

/** One thing that a person should know about an application. */
export interface Reason {
  /** What it is to programs: Argo CD's name of a condition, `Sync`, `OutOfSync`, a health. */
  lead: string;
  /** What it is to people. */
  words: string;
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

/** What a person did to it: that word is not said again behind itself. */
const DEEDS: ReadonlySet<Condition["type"]> = new Set(["HeldWarning", "TerminatedWarning"]);

const WEIGHTS = ["trouble", "change", "note"] as const;

/** Everything that keeps an application from being Synced and Healthy, the most urgent first. */
export function reasons(shown: Application): Reason[] {
  const app = withoutDryRun(shown);
  const { conditions = [], operationState, health } = app.status ?? {};
  const found: Reason[] = conditions.map((condition) => {
    const words = conditionWords(condition.type);
    const isDeed = DEEDS.has(condition.type);
    return {
      lead: isDeed ? words : condition.type,
      words,
      text: isDeed ? condition.message.replace(/^(held|terminated) /, "") : textOf(condition),
      weight: weightOf(condition),
    };
  });
  const say = (lead: string, text: string | undefined, weight: Reason["weight"], words = lead): void => {
    if (text !== undefined && text !== "" && !found.some((one) => one.text === text))
      found.push({ lead, words, text, weight });
  };
  const healthWord = healthOf(app);
  if (healthWord === "Degraded") say(healthWord, culprits(app, healthWord) ?? health?.message, "trouble");
  if (operationState?.phase === "Failed" || operationState?.phase === "Error") {
    const said = operationState.message.replace(/\.$/, "");
    // After a good sync by other means the old failure is history; a condition says it, and how it goes on.
    if (
      (syncOf(app) !== "Synced" || hasFailedHook(app)) &&
      !isBeingDeleted(app) &&
      !isToldByTerminated(app) &&
      !conditions.some(({ type, message }) => type === "SyncError" && message.includes(said))
    )
      say("Sync failed", operationState.message, "trouble", runWords(app));
  } else if (isBusy(app)) {
    const lead = isBeingDeleted(app) ? "Deletion" : "Sync";
    if (app.operation !== undefined && operationState?.phase !== "Running")
      say(lead, "a sync is about to start", "change");
    else say(lead, operationState?.message, "change", runWords(app));
  }
  // A rehearsal that failed broke nothing, and what stood before one that goes on still does.
  const last = shown.status?.operationState;
  if (isDryRun(last) && last !== undefined && last.phase !== "Succeeded") {
    const isOver = last.phase === "Failed" || last.phase === "Error";
    say(isOver ? "Dry run failed" : "Dry run", last.message, isOver ? "note" : "change", runWords(shown));
  }
  if (syncOf(app) === "OutOfSync")
    say("OutOfSync", withOthers(changesOf(app) || "differs from Git", app.status?.others), "change");
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

/** The most urgent reason as one sentence, "" where all is well. */
export function why(app: Application): string {
  const [first] = reasons(app);
  if (first === undefined) return "";
  return first.lead === "OutOfSync" || first.lead === healthOf(app)
    ? first.text
    : `${first.words}: ${first.text.replace(/^the last sync failed: /, "")}`;
}

/** The WHY column, which may have room for its beginning alone: what is the cause stands there. */
export function cause(app: Application): string {
  const [first] = reasons(app);
  if (first === undefined) return "";
  const text = causeFirst(first.text);
  return text === first.text ? why(app) : text;
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
const UNKNOWN = HEALTHS.indexOf("Unknown");

/** How soon somebody should look, 0 where all is well: by the weight of what is said of it, then by its health. */
export function urgency(app: Application): number {
  const [first] = reasons(app);
  const weight = first === undefined ? 0 : WEIGHTS.length - WEIGHTS.indexOf(first.weight);
  // What it should be is not known, so that its health is that of something else.
  const health = Math.max(0, HEALTHS.indexOf(healthOf(app)), cannotBeCompared(app) ? UNKNOWN : 0);
  return weight * HEALTHS.length + health;
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
function textOf({ type, message }: Condition): string {
  return type === "SyncError"
    ? message.replace(/^The last sync to \S+(?:, \S+)* failed: /, "the last sync failed: ")
    : message;
}

/** What its condition says, with since when and how it goes on, is not said once more. */
function isToldByTerminated({ status }: Application): boolean {
  return status?.terminated !== undefined && status.operationState?.terminatedBy !== undefined;
}
