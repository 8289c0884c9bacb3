/** What is said and asked of the activity, as pure functions. */
import { wordsOf } from "../../core/model/app-query.ts";
import type { Zone } from "../store/zone.ts";

const FACETS = ["actor", "action", "app", "project", "outcome"] as const;
export type ActivityFacet = (typeof FACETS)[number];
const OUTCOMES = ["done", "refused", "failed"];

export interface ActivityFilter {
  fields: Partial<Record<ActivityFacet, string>>;
  /** Stands somewhere in the entry; "" where nothing is asked for. */
  text: string;
  /** What cannot be asked, in words. */
  faults: readonly string[];
}

/** `actor:ann action:sync app:argocd/web outcome:refused text`. */
export function parseActivityQuery(line: string): ActivityFilter {
  const fields: ActivityFilter["fields"] = {};
  const texts: string[] = [];
  const faults: string[] = [];
  for (const word of wordsOf(line)) {
    const bare = word.replaceAll('"', "");
    const [, name = "", value = ""] = /^([a-z]+):(.*)$/s.exec(bare) ?? [];
    const facet = FACETS.find((one) => one === name);
    if (facet === undefined) {
      if (bare !== "") texts.push(bare);
      continue;
    }
    // What is being typed asks for nothing yet.
    if (value === "") continue;
    if (facet === "outcome" && !OUTCOMES.includes(value)) faults.push(`outcome is ${OUTCOMES.join(", ")}`);
    else if (fields[facet] !== undefined) faults.push(`${facet} is asked for once`);
    else fields[facet] = value;
  }
  return { fields, text: texts.join(" "), faults };
}

/** The line with that value of a facet in place of another one; "" takes it out. */
export function withFacet(line: string, facet: ActivityFacet, value: string): string {
  const others = wordsOf(line).filter((word) => !word.startsWith(`${facet}:`));
  return [...others, ...(value === "" ? [] : [`${facet}:${/\s/.test(value) ? `"${value}"` : value}`])].join(
    " ",
  );
}

/**
 * What the API is asked.
 * @param from with `to`, as a field of date and time has it, of the reader's own zone: `2026-11-23T04:00`; "" is none
 * @param known applications, `namespace/name`: one is found by its name too where there is one of it
 */
export function activityQuery(
  { fields, text }: ActivityFilter,
  { from, to, zone }: { from: string; to: string; zone: Zone },
  known: Iterable<string>,
): URLSearchParams {
  const { app, ...others } = fields;
  const named =
    app === undefined || app.includes("/") ? [] : [...known].filter((key) => key.endsWith(`/${app}`));
  const asked = {
    ...others,
    ...(app === undefined ? {} : { app: named.length === 1 ? (named[0] as string) : app }),
    ...(text === "" ? {} : { text }),
    ...timeOf("since", from, zone),
    ...timeOf("until", to, zone),
  };
  return new URLSearchParams(asked);
}

interface Told {
  at: string;
  actor: string;
  action: string;
  app?: string;
  reason?: string;
  outcome?: { is: string; why?: string };
  count?: number;
  before?: unknown;
  after?: unknown;
}

/** Fewer stand each in a row of its own. */
const FEWEST_AS_ONE = 3;
const AT_ONCE_MS = 60_000;

/**
 * Entries that are told as one: the same done by the same to several applications, one after the other within a minute.
 * @param items the newest first
 * @param wordsFor what was done: a dry run is no sync
 */
export function asOne<T extends Told>(
  items: readonly T[],
  wordsFor: (entry: T) => string,
): (readonly [T, ...T[]])[] {
  const groups: [T, ...T[]][] = [];
  for (const item of items) {
    const last = groups.at(-1);
    if (last !== undefined && isAlike(last[0], item) && wordsFor(last[0]) === wordsFor(item)) last.push(item);
    else groups.push([item]);
  }
  return groups.flatMap((group) => (group.length < FEWEST_AS_ONE ? group.map((one): [T] => [one]) : [group]));
}

function isAlike(one: Told, other: Told): boolean {
  const isOfOne = [one, other].every(
    ({ app, count, before, after }) =>
      app !== undefined && count === undefined && before === undefined && after === undefined,
  );
  const isSame = (of: (entry: Told) => string | undefined): boolean => of(one) === of(other);
  return (
    isOfOne &&
    isSame(({ actor }) => actor) &&
    isSame(({ action }) => action) &&
    isSame(({ reason }) => reason) &&
    isSame(({ outcome }) => outcome?.is) &&
    isSame(({ outcome }) => outcome?.why) &&
    Math.abs(Date.parse(one.at) - Date.parse(other.at)) <= AT_ONCE_MS
  );
}

/** When the day began in the zone that the page shows times in, as a field of date and time has it: `2026-11-23T00:00`. */
export function dayBegan(now: Date, zone: Zone): string {
  if (zone === "UTC") return `${now.toISOString().slice(0, "2026-11-23".length)}T00:00`;
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}T00:00`;
}

/** The same by the command line. */
export function activityCli(verb: "list" | "export", query: URLSearchParams): string[] {
  const flags = [...query].flatMap(([name, value]) => [`--${name}`, value]);
  return ["activity", verb, ...flags];
}

function timeOf(name: string, field: string, zone: Zone): Record<string, string> {
  // Whoever wrote the address may have named a zone in it.
  const isBare = /^[\d-]+T[\d:.]+$/.test(field);
  const at = field === "" ? Number.NaN : new Date(isBare && zone === "UTC" ? `${field}Z` : field).getTime();
  return Number.isNaN(at) ? {} : { [name]: new Date(at).toISOString() };
}
