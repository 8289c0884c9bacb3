/** What an application's cluster has, held against its target. Writes nothing to clusters. */

import { type Claimant, notedOrigins, standingOf } from "../../core/compare/index.ts";
import { withSources } from "../../core/model/aim.ts";
import type { Application } from "../../core/model/application.ts";
import type { ObjectDrift } from "../../core/model/comparison.ts";
import { Failure } from "../../core/model/failure.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import { countPresent } from "../../core/plan/prune-together.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { equalJson } from "../../lib/equal-json.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { OF_A_REQUEST, type Snapshot } from "../snapshot.ts";
import { inputsOf, wantAnew, wantedAnew } from "../target/find-target.ts";
import { claimantOf } from "../target/place-objects.ts";
import type { Target } from "../target/target.ts";
import { frozen, isSameTips } from "../target/tips.ts";
import { turnOfWork, urgencyOf } from "../turns.ts";
import { compareObjects, type ObjectsCompared } from "./compare-objects.ts";
import type { Compared } from "./compared.ts";
import type { KindFollower } from "./follow-kinds.ts";
import type { Homes } from "./home-contents.ts";
import type { LeftToOthers } from "./left-to-others.ts";
import { automatedRequest, homesThatMayGo } from "./may-go.ts";
import type { OwnerClaims } from "./owner-claims.ts";
import { notWanted, tidyInventory } from "./tidy-inventory.ts";
import { neverMade } from "./unfinished.ts";

/**
 * What is known to be unreachable is not waited for, and nothing is concluded from a cache that may be old.
 * @throws {Failure} cluster-unreachable
 */
export function refuseUnreachable(cluster: Cluster, cannot = "compare with it"): void {
  const connection = cluster.connection();
  if (connection.is !== "unreachable") return;
  throw new Failure("cluster-unreachable", `cluster ${cluster.name}`, "backoff", {
    cannot,
    why: connection.why,
    fix: connection.fix ?? "Check its address, its credentials and the network between",
  });
}

export interface CompareRooms {
  follower: KindFollower;
  claims: OwnerClaims;
  leftToOthers: LeftToOthers;
  homes: Homes;
}

/**
 * Compares, and keeps what that taught: of a spec that was edited meanwhile nothing, which may be of another cluster.
 * Where an object is to be written that stands as it was applied, all are compared as they are rendered now.
 * @throws {Failure}
 */
export async function compareNow(
  managed: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  rooms: CompareRooms,
): Promise<Compared> {
  const { memory } = managed;
  const { app, cluster } = snapshot;
  // A request may name sources of its own; the rest of the spec, and with it the cluster, is the application's.
  const meant = (): Application =>
    snapshot.generation === OF_A_REQUEST ? withSources(managed.aim.app, app.spec) : managed.aim.app;
  const isStillMeant = (): boolean => equalJson(meant().spec, app.spec);
  const { records, ...compared } = await compare(managed, snapshot, target, rooms, async (unwatched) => {
    const left = notWanted(memory, target, unwatched);
    const never = await neverMade(left, memory, cluster, performance.now());
    if (isStillMeant())
      tidyInventory(memory, target, { cluster, us: usOf(snapshot), unwatched, neverMade: never });
  });
  if (isStillMeant()) {
    memory.learnt(records);
    memory.learnt(notedOrigins(memory.records, target.desired));
    noteStanding(managed, target, cluster);
  }
  if (!isToBeWritten(compared)) return compared;
  wantAnew(managed, target);
  return compareNow(managed, snapshot, wantedAnew(target), rooms);
}

/** Whether one of the objects that stand as they were applied is to be written: its new values come with all others. */
function isToBeWritten({ target: { stands }, comparison, reown }: Compared): boolean {
  return comparison.differences.some(
    ({ is, key }) =>
      stands?.keys.has(key) === true && (is === "missing" || is === "changed" || reown.has(key)),
  );
}

/** Only what is rendered otherwise, or an operation, makes news of it. */
function noteStanding({ memory, operation }: ManagedApplication, target: Target, cluster: Cluster): void {
  const { contentKey: content, desired, stands } = target;
  const inputs = inputsOf(target, cluster);
  if (stands !== undefined || (memory.standing?.inputs === inputs && operation.is !== "running")) return;
  const now = standingOf({ inputs, content, desired }, memory.records);
  if (now !== undefined) memory.stands(now);
}

/**
 * Compares while an operation runs, to be shown: what is remembered of the objects is the operation's to say, so nothing
 * is kept, and nothing is decided by it.
 * @throws {Failure}
 */
export async function compareToShow(
  managed: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  rooms: CompareRooms,
): Promise<Compared> {
  const { records: _, ...compared } = await compare(managed, snapshot, target, rooms, async () => undefined);
  return { ...compared, changes: NEVER_STILL };
}

/** No number of changes: what bears it is never taken for what is there now. */
const NEVER_STILL = -1;

const usOf = ({ app, settings }: Snapshot): Claimant => claimantOf(app, settings);

/** @param tidy what is done to the inventory before it is looked at; it hears of kinds that cannot be watched */
async function compare(
  managed: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  { follower, claims, leftToOthers, homes }: CompareRooms,
  tidy: (unwatched: ReadonlyMap<string, string>) => Promise<void>,
): Promise<Compared & Pick<ObjectsCompared, "records">> {
  const { cluster } = snapshot;
  refuseUnreachable(cluster);
  const { memory, changes } = managed;
  const unwatched = await follower.follow(managed, snapshot, target);
  const us = usOf(snapshot);
  await tidy(unwatched);
  // What differs from a target that was there already is drift; of a new one everything has to be asked.
  const urgency =
    managed.compared?.target.objectsKey === target.objectsKey ? "heal" : urgencyOf(turnOfWork(managed));
  const objects = cluster.for({ owner: managed.key, urgency });
  const drifted = managed.compared?.drifted ?? new Map<RefKey, ObjectDrift>();
  const found = await compareObjects({
    managed,
    snapshot,
    target,
    us,
    memory,
    drifted,
    unwatched,
    read: new Map(),
    claims,
    leftToOthers,
    objects,
  });
  const going = homesThatMayGo(found.comparison.differences, snapshot, {
    request: automatedRequest(snapshot),
    asked: "automatically",
    handedOver: found.handedOver,
    unproven: memory.unprovenOf(target),
  });
  const contents = await homes.look(going, snapshot, us, "lately");
  return { snapshot, target, us, changes, contents, ...found };
}

/**
 * From here on this is what is there.
 * @param now RFC 3339
 */
export function saw(managed: ManagedApplication, compared: Compared, now: string): void {
  // What is seen moves along with what is wanted, where it is seen of what is wanted now.
  const { target = compared.target } = managed;
  const isOfNow = target.objectsKey === compared.target.objectsKey && isSameTips(target, compared.target);
  managed.seen = { is: "compared", compared: isOfNow ? { ...compared, target } : compared };
  const { differences } = compared.comparison;
  managed.memory.looked(differences.filter(({ is }) => is === "unknown").length);
  managed.memory.sawExtras(keysOf(extrasOf(compared)), compared.target.contentKey, {
    since: now,
    present: countPresent(differences),
  });
}

/** What is there and Git does not want. */
export function extrasOf({ comparison }: Pick<Compared, "comparison">): LiveObject[] {
  return comparison.differences.flatMap((difference) => (difference.is === "extra" ? [difference.live] : []));
}

export function keysOf(extras: readonly LiveObject[]): ReadonlySet<RefKey> {
  return new Set(extras.map(({ key }) => key));
}

/**
 * Whether what was seen last is of this very moment: the same world and target, no live object changed since, and
 * nothing was left unjudged.
 */
export function isStill(
  { seen, memory, changes }: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
): boolean {
  if (seen.is !== "compared" || memory.blindLooks > 0) return false;
  const { compared } = seen;
  // What others have in a Namespace that may go comes and goes without a word to this application.
  if (compared.contents.size > 0) return false;
  return (
    compared.snapshot === snapshot &&
    compared.snapshot.cluster.connection().is !== "unreachable" &&
    compared.target.objectsKey === target.objectsKey &&
    isSameTips(compared.target, target) &&
    compared.changes === changes
  );
}

/** What was seen is of the commits that it was seen at, whatever the others learn. */
export function leaveSeenTips(managed: ManagedApplication): void {
  const { seen } = managed;
  if (seen.is === "compared")
    managed.seen = { is: "compared", compared: { ...seen.compared, target: frozen(seen.compared.target) } };
}

/** It cannot be judged. @returns how often that was so in a row, for this same reason */
export function couldNotSee(managed: ManagedApplication, failure: Failure): number {
  const { seen } = managed;
  const times = seen.is === "failed" && seen.failure.message === failure.message ? seen.times + 1 : 1;
  managed.seen = { is: "failed", failure, times, before: managed.compared };
  return times;
}
