/**
 * What whoever leads makes of the members' Leases: who is there, who is over, and the next view. Every replica observes
 * them, so that one that comes to lead knows at once since when another one is silent.
 *
 * A member is over when it let go of its Lease, or when nobody saw it renew for as long as a Lease lasts and a list that
 * was asked for after that shows no newer renewal. Until then it may write, whatever else its Lease says: it may have been
 * emptied, deleted or given away by hand, which its holder learns late.
 */
import { equalJson } from "../../lib/equal-json.ts";
import type { ElectionSettings } from "./election-settings.ts";
import type { SeenLease } from "./lease.ts";
import {
  ANYBODY,
  isNewer,
  isViewNumber,
  isWeight,
  type Layout,
  type Member,
  MOST_BEFORE,
  MOST_MEMBERS,
  type OlderView,
  type View,
} from "./view.ts";

/** Of a member's Lease: whose replicas these are; its value is the name of the Lease by which they elect. */
export const MEMBER_OF = "holdfast.dev/replica-of";
/** Annotations of a member's Lease: its name and weight, and `TERM/NUMBER` of the newest view that it works by. */
const MEMBER_NAME = "holdfast.dev/member";
const MEMBER_WEIGHT = "holdfast.dev/weight";
const MEMBER_WORKS_BY = "holdfast.dev/works-by";
/** Of the Lease by which they elect. */
export const VIEW = "holdfast.dev/view";

/** Letters of a member's name and of its process: all of a view must fit into an annotation. */
const LONGEST_NAME = 400;
/** A Lease of nobody is taken away when nothing became of it for so long. */
const KEPT_MS = 600_000;

interface Heard {
  at: number;
  durationMs: number;
  /** When it was heard before that. */
  before?: number | undefined;
}

/** All times by our own clock that never steps. */
export interface Observed {
  /** By the name of the Lease. */
  leases: ReadonlyMap<string, { lease: SeenLease; since: number }>;
  /** By a member's id: when it was seen renewing last. */
  heard: ReadonlyMap<string, Heard>;
  /** Ids that will never write again. */
  over: ReadonlySet<string>;
  /** When the list was asked for that was answered last. */
  listedAt: number;
}

export const nothingObserved: Observed = {
  leases: new Map(),
  heard: new Map(),
  over: new Set(),
  listedAt: Number.NEGATIVE_INFINITY,
};

/** Of the process and the term of its Lease. */
export function memberId(identity: string, term: number): string {
  return `${identity}/${term}`;
}

/** What a member says beside its Lease. */
export function memberWords(
  name: string,
  weight: number,
  term: number,
  worksBy: number,
): Record<string, string> {
  return {
    [MEMBER_NAME]: name,
    [MEMBER_WEIGHT]: String(weight),
    [MEMBER_WORKS_BY]: `${term}/${worksBy}`,
  };
}

interface Held extends Member {
  worksBy: number;
}

/** Whose it is; undefined where it is nobody's, or says nothing sensible. */
function heldBy({ holding, epoch, object }: SeenLease): Held | undefined {
  const {
    [MEMBER_NAME]: name,
    [MEMBER_WEIGHT]: said,
    [MEMBER_WORKS_BY]: works = "",
  } = object.metadata.annotations ?? {};
  const weight = Number(said);
  if (holding.is !== "held" || name === undefined || name === "" || !isWeight(weight)) return undefined;
  if (name.length > LONGEST_NAME || holding.by.length > LONGEST_NAME) return undefined;
  const [term, number] = works.split("/").map(Number);
  return {
    ...{ name, weight, id: memberId(holding.by, epoch) },
    worksBy: term === epoch && isViewNumber(number) ? number : 0,
  };
}

/** A watch or a list told of a member's Lease. */
export function observed(before: Observed, lease: SeenLease, now: number): Observed {
  const { name = "" } = lease.object.metadata;
  const known = before.leases.get(name)?.lease;
  if (known !== undefined && isSame(known, lease)) return before;
  const leases = new Map(before.leases).set(name, { lease, since: now });
  if (lease.holding.is === "handed-over" && known?.holding.is === "held") {
    // The very term that was seen held. One that ended unseen is over by its time.
    const isItsEnd = known.uid === lease.uid && known.epoch === lease.epoch;
    const over = isItsEnd ? new Set(before.over).add(memberId(known.holding.by, known.epoch)) : before.over;
    return { ...before, leases, over };
  }
  if (lease.holding.is !== "held") return { ...before, leases };
  const id = memberId(lease.holding.by, lease.epoch);
  // Words that somebody wrote beside it are no renewal, and count as one: that is only later.
  const heard = new Map(before.heard);
  heard.set(id, { at: now, durationMs: lease.durationMs, before: before.heard.get(id)?.at });
  return { ...before, leases, heard };
}

function isSame(one: SeenLease, other: SeenLease): boolean {
  return (
    one.uid === other.uid &&
    one.resourceVersion === other.resourceVersion &&
    one.renewal === other.renewal &&
    equalJson(one.object.metadata.annotations, other.object.metadata.annotations)
  );
}

/**
 * All that there are, as they were at some moment after `askedAt`.
 * @param view by whose members and older ones somebody may work of whom nothing was heard yet
 */
export function listed(
  before: Observed,
  all: readonly SeenLease[],
  askedAt: number,
  now: number,
  { settings, view }: { settings: ElectionSettings; view: View | undefined },
): Observed {
  let next = all.reduce((so, lease) => observed(so, lease, now), before);
  const names = new Set(all.map(({ object }) => object.metadata.name ?? ""));
  const leases = new Map([...next.leases].filter(([name]) => names.has(name)));
  const heard = new Map(next.heard);
  const ids = idsOf(view);
  for (const id of ids) if (!heard.has(id)) heard.set(id, { at: now, durationMs: 0 });
  const over = new Set(next.over);
  for (const [id, { at, durationMs }] of heard)
    if (askedAt >= at + Math.max(durationMs, settings.durationMs)) over.add(id);
  next = { leases, heard, over, listedAt: askedAt };
  // What is over and in nobody's words any more is forgotten.
  const held = new Set([...leases.values()].map(({ lease }) => heldBy(lease)?.id));
  for (const id of over)
    if (!held.has(id) && !ids.has(id)) {
      over.delete(id);
      heard.delete(id);
    }
  return next;
}

function idsOf(view: View | undefined): Set<string> {
  if (view === undefined) return new Set();
  const ids = [...view.members.map(({ id }) => id), ...view.before.flatMap(({ using }) => using)];
  return new Set(ids.filter((id) => id !== ANYBODY));
}

/** What whoever leads knows of its own epoch. */
export interface Led {
  /** What the Lease said when it was taken; `lost` where somebody works, or worked, by a newer one than it says. */
  view: View | undefined;
  /** The first list of this epoch was asked for then. */
  since: number;
}

/** What is to be done by whoever leads. */
export type NextView =
  | { do: "list" }
  | { do: "tell"; view: View }
  /** Somebody works by a newer view, of whoever led before the Lease was restored. */
  | { do: "begin-anew" }
  /** Until then, unless something is told before. Infinity: nothing is waited for. */
  | { do: "wait"; untilMs: number };

export interface Wanted {
  settings: ElectionSettings;
  /** Clusters that are to be split, given the members. */
  split: (members: readonly Member[], split: readonly string[]) => readonly string[];
}

/**
 * What a leader that begins its epoch goes on from.
 *
 * @param told by the Lease
 * @param known the newest that this process heard of
 * @returns undefined where the Lease is not to be believed: it was deleted, edited, or restored
 */
export function viewToGoOnFrom(
  told: View | undefined,
  known: View | undefined,
  seen: Observed,
): View | undefined {
  if (told === undefined) return undefined;
  if (known !== undefined && isNewer(known, told)) return undefined;
  return newestWorkedBy(seen) > told.number ? undefined : told;
}

function newestWorkedBy({ leases }: Observed): number {
  return Math.max(0, ...[...leases.values()].map(({ lease }) => heldBy(lease)?.worksBy ?? 0));
}

/** @param known the newest that this process heard of */
export function nextView(
  { view, since }: Led,
  known: View | undefined,
  seen: Observed,
  now: number,
  { settings, split }: Wanted,
): NextView {
  const held = [...seen.leases.values()].flatMap(({ lease }) => heldBy(lease) ?? []);
  const durationOf = (id: string): number =>
    Math.max(settings.durationMs, seen.heard.get(id)?.durationMs ?? 0);
  if (view !== undefined && newestWorkedBy(seen) > view.number) return { do: "begin-anew" };
  const there = held.filter(({ id }) => !seen.over.has(id));
  // One that is read as held may be dead for long, or back with an older state of the server.
  const isRenewing = (id: string): boolean => {
    const { at = 0, before = Number.NEGATIVE_INFINITY } = seen.heard.get(id) ?? {};
    return at - before < durationOf(id);
  };
  const isMember = (name: string): boolean => view?.members.some((one) => one.name === name) ?? false;
  const byName = (one: Member, other: Member): number => (one.name < other.name ? -1 : 1);
  const members = there
    .filter(({ name, id }) => view === undefined || isMember(name) || isRenewing(id))
    .map(({ name, id, weight }): Member => ({ name, id, weight }))
    .filter(({ name }, at, all) => all.findIndex((one) => one.name === name) === at)
    .sort(byName)
    // Those who have work keep it; of the others only as many are new as a view holds.
    .sort((one, other) => Number(isMember(other.name)) - Number(isMember(one.name)))
    .slice(0, MOST_MEMBERS)
    .sort(byName);

  // Whoever is silent for so long is asked after: what a watch tells may be old.
  const ids = [...new Set([...held.map(({ id }) => id), ...idsOf(view)])].filter((id) => !seen.over.has(id));
  const silentAt = ids.map((id) => (seen.heard.get(id)?.at ?? Number.NEGATIVE_INFINITY) + durationOf(id));
  const untilMs = Math.min(...silentAt, ...(usesAnybody(view) ? [since + settings.durationMs] : []));

  if (view === undefined) {
    const number = Math.max(newestWorkedBy(seen), known?.number ?? 0) + 1;
    const using = [ANYBODY, ...held.map(({ id }) => id).filter((id) => !seen.over.has(id))];
    const layout: Layout = { number: number + 1, members, split: split(members, []) };
    return { do: "tell", view: { ...layout, revision: 0, before: [{ is: "unknown", number, using }] } };
  }
  const worksBy = new Map(there.map(({ id, worksBy: by }) => [id, by]));
  const isUsing = (id: string, number: number): boolean => {
    if (id === ANYBODY) return now < since + settings.durationMs;
    return !seen.over.has(id) && (worksBy.get(id) ?? 0) <= number;
  };
  const before = view.before
    .map((older): OlderView => ({ ...older, using: older.using.filter((id) => isUsing(id, older.number)) }))
    .filter(({ using }) => using.length > 0);
  const large = split(members, view.split);
  const isOther = !equalJson(members, view.members) || !equalJson(large, view.split);
  if (isOther && before.length < MOST_BEFORE) {
    const using = view.members.map(({ id }) => id).filter((id) => !seen.over.has(id));
    const older: OlderView = {
      is: "known",
      number: view.number,
      members: view.members,
      split: view.split,
      using,
    };
    const waited = using.length === 0 ? before : [...before, older];
    return {
      do: "tell",
      view: { number: view.number + 1, revision: 0, members, split: large, before: waited },
    };
  }
  if (!equalJson(before, view.before))
    return { do: "tell", view: { ...view, revision: view.revision + 1, before } };
  return untilMs <= now ? { do: "list" } : { do: "wait", untilMs };
}

function usesAnybody(view: View | undefined): boolean {
  return view?.before.some(({ using }) => using.includes(ANYBODY)) ?? false;
}

/** Leases that are nobody's for long: of Pods that do not come back, which have another name each. */
export function forgotten({ leases, over }: Observed, now: number): SeenLease[] {
  return [...leases.values()].flatMap(({ lease, since }) => {
    const id = lease.holding.is === "held" ? memberId(lease.holding.by, lease.epoch) : undefined;
    return now - since > KEPT_MS && (id === undefined || over.has(id)) ? [lease] : [];
  });
}
