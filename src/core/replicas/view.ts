/**
 * Who does what of several replicas: a view names its members, and rendezvous hashing gives each piece of work to one of
 * them. Views are numbered, and each tells which older ones somebody may still work by. Whoever works by a newer one waits,
 * for each piece by itself, until whoever had it by an older one is known to have stopped: so no two ever write one piece,
 * however late they hear of a view.
 */
import { isMapping } from "../../lib/is-mapping.ts";
import { MOST_WEIGHT, type Place, rendezvous } from "./rendezvous.ts";

/** One application in one cluster: what is held by one replica at a time. */
export interface Shard {
  cluster: string;
  application: string;
}

/** One replica, in one term of its own Lease. */
export interface Member extends Place {
  /** By which work is given out: a process that starts again under the same name gets the same work. */
  name: string;
  /** Of this process and this term alone: an older one of the same name is another one, and may still write. */
  id: string;
}

/** How the work is given out. */
export interface Layout {
  number: number;
  members: readonly Member[];
  /** Clusters that are too large for one: their applications are given out one by one. Sorted. */
  split: readonly string[];
}

/** What some may still work by. Of an `unknown` one nothing is left but that it may have been. */
export type OlderView = { using: readonly string[] } & (
  | ({ is: "known" } & Layout)
  | { is: "unknown"; number: number }
);

export interface View extends Layout {
  /** Counts what became of `before`. */
  revision: number;
  /** Oldest first. `using`: ids of those who neither said that they work by a newer one, nor are over. */
  before: readonly OlderView[];
}

/** In `using`: somebody whom nobody knows. */
export const ANYBODY = "*";
/** No view waits for more older ones. */
export const MOST_BEFORE = 8;
/** A view of more is none. */
export const MOST_MEMBERS = 100;
/** A larger one was written by hand: there would be none after it. */
const LAST_NUMBER = 2 ** 40;
const FORMAT = 1;

/** @returns whether one is told after the other */
export function isNewer(one: View, than: View | undefined): boolean {
  if (than === undefined) return true;
  return one.number > than.number || (one.number === than.number && one.revision > than.revision);
}

/** Where work is by a view; made once for each, asked often. */
export interface Holders {
  /** Who is to have it; others may not have stopped yet. */
  memberOf(shard: Shard): Member | undefined;
  /** Whether the member of this id may write now. */
  mayHold(id: string, shard: Shard): boolean;
}

export function holdersBy(view: View): Holders {
  const memberOf = placement(view);
  const before = view.before.map((older) => ({
    using: new Set(older.using),
    memberOf: older.is === "known" ? placement(older) : undefined,
  }));
  return {
    memberOf,
    mayHold: (id, shard) =>
      memberOf(shard)?.id === id &&
      before.every(({ using, memberOf: by }) => {
        if (by === undefined) return [...using].every((other) => other === id);
        const other = by(shard)?.id;
        return other === undefined || other === id || !using.has(other);
      }),
  };
}

function placement({ members, split }: Layout): Holders["memberOf"] {
  const at = rendezvous(members);
  const large = new Set(split);
  const known = new Map<string, Member | undefined>();
  return ({ cluster, application }) => {
    const unit = large.has(cluster) ? `${cluster}\n${application}` : cluster;
    if (!known.has(unit)) known.set(unit, at(unit));
    return known.get(unit);
  };
}

/** For an annotation, which has 256 KiB. */
export function printView(view: View): string {
  return JSON.stringify({ format: FORMAT, ...view });
}

/** @returns undefined where this is no view that we understand all of */
export function parseView(text: string | undefined): View | undefined {
  if (text === undefined) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
  if (!isMapping(value) || value["format"] !== FORMAT) return undefined;
  const { revision, before } = value;
  const layout = layoutOf(value);
  if (layout === undefined || !isCount(revision) || !Array.isArray(before)) return undefined;
  const older = before.map(olderOf);
  if (older.length > MOST_BEFORE || older.some((one) => one === undefined)) return undefined;
  return { ...layout, revision, before: older as OlderView[] };
}

function olderOf(value: unknown): OlderView | undefined {
  if (!isMapping(value) || !isTexts(value["using"])) return undefined;
  const { using, number } = value;
  if (value["is"] === "unknown") return isViewNumber(number) ? { is: "unknown", number, using } : undefined;
  const layout = layoutOf(value);
  return value["is"] === "known" && layout !== undefined ? { is: "known", ...layout, using } : undefined;
}

function layoutOf({ number, members, split }: Record<string, unknown>): Layout | undefined {
  if (!isViewNumber(number) || !isTexts(split) || !Array.isArray(members)) return undefined;
  if (members.length > MOST_MEMBERS || !members.every(isMember)) return undefined;
  if (new Set(members.map(({ name }) => name)).size < members.length) return undefined;
  return { number, split, members: members.map(({ name, id, weight }) => ({ name, id, weight })) };
}

function isMember(value: unknown): value is Member {
  if (!isMapping(value)) return false;
  const { name, id, weight } = value;
  return typeof name === "string" && typeof id === "string" && isWeight(weight);
}

export function isWeight(value: unknown): value is number {
  return isCount(value) && value >= 1 && value <= MOST_WEIGHT;
}

export function isViewNumber(value: unknown): value is number {
  return isCount(value) && value <= LAST_NUMBER;
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
