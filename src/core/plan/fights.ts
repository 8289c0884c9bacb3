/** Two writers of one field: when that is noticed, what is said of it, and what ends it. */
import { backoffMs } from "../../lib/backoff.ts";
import type { FieldSetter } from "../model/comparison.ts";
import { FIELD_MANAGER } from "../model/field-manager.ts";
import type { Fight } from "../model/fight.ts";
import { parseRefKey, show } from "../model/object-ref.ts";
import { type Drift, type Heal, isExtra, isMissing, isNotOurs, pathsOf } from "./heal-backoff.ts";
import { ignoreSuggestion } from "./ignore-suggestion.ts";

export interface FightSettings {
  /** A field that was put back so often within `withinMs`, and differs again, is fought over. */
  flips: number;
  withinMs: number;
  /** The pause before one more try; it doubles from there, up to a day. */
  againMs: number;
}

/** A drift that is left as it is from now on. */
export interface Contested {
  drift: Drift;
  fields: readonly string[];
  how: Fight["how"];
  heals: number;
  /** Of the first of these heals, as `Heal.at` counts. */
  since: number;
  setters: readonly FieldSetter[];
}

/** One object may be fought over in all of its fields. */
const MOST_FIELDS = 50;
const MOST_SETTERS = 5;
const SAID_FIELDS = 3;
const LONGEST_PAUSE_MS = 86_400_000;

/** Whether all that differs of the object is fought over already. */
export function isFoughtOver({ fields }: Pick<Drift, "fields">, fight: Pick<Fight, "fields">): boolean {
  return pathsOf(fields).every((path) => fight.fields.includes(path));
}

/**
 * Whether a drift is to be left as it is from now on: everything that differs of the object was put back `flips` times
 * within the window, or is fought over already. Fields count one by one, so that whoever takes other ones beside it
 * each time is noticed too. A value that the API server does not take is not written more than once.
 *
 * @param heals of this object
 * @param ticks as `Heal.at` counts: by a clock that is never set
 */
export function contestedNow(
  drift: Drift,
  heals: readonly Heal[],
  fight: Pick<Fight, "fields"> | undefined,
  { flips, withinMs }: FightSettings,
  ticks: number,
): Contested | undefined {
  const recent = heals.filter(({ at }) => ticks - at <= withinMs);
  const { applyHelps = "yes" } = drift;
  const how = applyHelps === "no" ? "not-taken" : "set-again";
  const enough = how === "not-taken" ? 1 : flips;
  const healsOf = (path: string): Heal[] => recent.filter(({ fields }) => pathsOf(fields).includes(path));
  const paths = pathsOf(drift.fields).slice(0, MOST_FIELDS);
  if (!paths.every((path) => fight?.fields.includes(path) === true || healsOf(path).length >= enough))
    return undefined;
  const counted = recent.filter(({ fields }) => pathsOf(fields).some((path) => paths.includes(path)));
  const before = fight?.fields ?? [];
  return {
    drift,
    fields: [...new Set([...before, ...paths])].slice(0, MOST_FIELDS),
    how,
    heals: counted.length,
    since: Math.min(ticks, ...counted.map(({ at }) => at)),
    setters: settersOnce([...counted, drift].flatMap(({ setters = [] }) => setters)),
  };
}

/** Each name once, the last one last, the latest of them. */
export function settersOnce(setters: readonly FieldSetter[]): FieldSetter[] {
  const byName = new Map<string, FieldSetter>();
  for (const setter of setters) {
    byName.delete(setter.manager);
    byName.set(setter.manager, setter);
  }
  return [...byName.values()].slice(-MOST_SETTERS);
}

/** Until it is tried once more. */
export function pauseMs({ tries }: Pick<Fight, "tries">, { againMs }: FightSettings): number {
  return backoffMs(tries + 1, { firstMs: againMs, mostMs: Math.max(againMs, LONGEST_PAUSE_MS) });
}

/** What a person reads: object, field, who, since when, and how it ends. No values: they may be secret. */
export function sayFight(fight: Fight): string {
  const { key, heals, since, last, tries } = fight;
  const ref = parseRefKey(key);
  const times = heals === 1 ? "once" : `${heals} times`;
  const again = tries === 0 ? "" : `, and tried again ${tries === 1 ? "once" : `${tries} times`}`;
  const until = `It is left as it is since ${last}`;
  const by = `by a sync, by a change of its manifest or of what is ignored, or when it stays as Git has it`;
  return `${show(ref)}: ${whatOf(fight)} ${wasHealed(fight.fields)} ${times} since ${since}${again}, and ${whoOf(fight)}. ${until}, and healed again ${by}. ${fixOf(fight)}`;
}

/**
 * Of what was healed, differs again and is not healed at once: what, how often, and who sets it, as one sentence.
 * @param heals of this object
 */
export function sayWaits(drift: Drift, heals: readonly Heal[]): string {
  const fields = pathsOf(drift.fields);
  const same = heals.filter((heal) => heal.fields === drift.fields);
  const setters = settersOnce([...same, drift].flatMap((one) => one.setters ?? []));
  const how = drift.applyHelps === "no" ? "not-taken" : "set-again";
  const times = same.length === 1 ? "once" : `${same.length} times`;
  return `${show(parseRefKey(drift.key))}: ${whatOf({ fields, how })} ${wasHealed(fields)} ${times}, and ${whoOf({ fields, how, setters })}.`;
}

function wasHealed(fields: readonly string[]): string {
  if (isExtra(fields)) return "was deleted";
  return fields.length === 1 ? "was put back" : "were put back";
}

type Said = Pick<Fight, "fields" | "how" | "setters">;

function whatOf({ fields, how }: Omit<Said, "setters">): string {
  if (isMissing(fields) || isExtra(fields)) return "the object";
  if (isNotOurs(fields)) return how === "not-taken" ? "what Git wants" : "its field manager";
  const more = fields.length - SAID_FIELDS;
  const andMore = more > 0 ? ` and ${more} more ${more === 1 ? "field" : "fields"}` : "";
  return `${fields.slice(0, SAID_FIELDS).join(", ")}${andMore}`;
}

function whoOf({ fields, how, setters }: Said): string {
  if (how === "not-taken") return "the API server keeps another value in the very write";
  if (isMissing(fields)) return "somebody deleted it again each time";
  if (isExtra(fields)) return "somebody made it again each time";
  if (setters.length === 0) return "somebody set it again each time";
  const names = setters.map(({ manager, operation, subresource }) =>
    isUs(manager)
      ? `another program that writes as ${manager}`
      : `${manager} (${operation}${subresource === "" ? "" : ` of ${subresource}`})`,
  );
  const times = setters.map(({ time }) => time).filter((time) => time !== "");
  const last = times.length === 0 ? "" : `, last at ${times.sort().at(-1)}`;
  if (names.length === 1) return `${names[0]} set it again each time${last}`;
  return `others set it again each time under changing names: ${names.join(", ")}${last}`;
}

function fixOf({ fields, how, setters, key }: Fight): string {
  if (how === "not-taken")
    return "Write what decides it (another field, or the admission), or take it out of Git";
  if (isMissing(fields))
    return "Who deletes it is in the API server's audit log. Stop it, or take the object out of Git";
  if (setters.some(({ manager }) => isUs(manager)))
    return "Stop one of the two (a second Holdfast on the same objects?), or set installationID in both configs";
  const [only, ...others] = setters;
  return `Stop the other, take the field out of Git, or leave it to the other: ${ignoreSuggestion(
    parseRefKey(key),
    fields,
    others.length === 0 ? only?.manager : undefined,
  )}`;
}

/** Who writes under our name and is not us: what is ours would not differ. */
function isUs(manager: string): boolean {
  return manager === FIELD_MANAGER;
}
