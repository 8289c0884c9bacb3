/** The objects of a deletion: one wave after the other is asked to go, through the guards, in reverse order. */

import type { Acting } from "../../core/model/acting.ts";
import type { AppKey, Application, Condition } from "../../core/model/application.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { HomeContents } from "../../core/model/home-contents.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, type ObjectRef, parseRefKey, type RefKey, show } from "../../core/model/object-ref.ts";
import type { Wave } from "../../core/model/plan.ts";
import { homeOf } from "../../core/plan/home-contents.ts";
import { type DeletionPlan, planDeletion } from "../../core/plan/plan-deletion.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import type { KnownHooks } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import type { Pace } from "../../lib/pace.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import { heldBy } from "../compare/held-by.ts";
import { askForUnfinished } from "../compare/unfinished.ts";
import { destinationOf } from "../destinations.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { guardsOf } from "../guard-settings.ts";
import { trackedOf } from "../limits.ts";
import { pausedPrunes } from "../sync/guards.ts";
import { claimantOf } from "../target/place-objects.ts";
import { turnOfDeletion, urgencyOf } from "../turns.ts";
import type { Kept } from "../undo/deleted-objects.ts";
import type { Deleting } from "./cascade.ts";
import { waitsForItself } from "./waits-for-itself.ts";
import { withIntended } from "./with-intended.ts";

/** What is to go. */
interface Going {
  tracked: readonly LiveObject[];
  /** Sentences about what is not waited for. */
  circles: readonly string[];
}

/** The same, of what is there. */
export interface ObjectsPlan extends Going {
  plan: DeletionPlan;
}

/** What one step saw, and asked for. */
export interface ObjectsStep extends Omit<ObjectsPlan, "circles"> {
  is: "gone" | "going-on";
  conditions: Condition[];
  rehearsal: StepParts["rehearsal"];
  /** `group/Kind` whose objects cannot be seen: whether they are gone is not known. */
  unseen: ReadonlySet<string>;
  /** Objects of the wave whose turn has not come yet. */
  later: number;
}

export interface Leaving {
  key: AppKey;
  records: ReadonlyMap<RefKey, ObjectRecord>;
  hooks: KnownHooks | undefined;
  deleting: Deleting;
}

/** Why an object may not be deleted now, as a sentence without a full stop; undefined where it may. */
export type MayDelete = (app: Application, live: LiveObject, cluster: Cluster) => string | undefined;

/** As whom an application's objects are deleted now. */
export type ActAs = (app: Application, cluster: Cluster) => Acting;

/** What is in the Namespaces and definitions of these; `now` where something is deleted by it. */
export type LookInto = (
  app: Application,
  all: readonly LiveObject[],
  cluster: Cluster,
  age: "now" | "lately",
) => Promise<ReadonlyMap<RefKey, HomeContents>>;

export interface StepParts {
  ports: EnginePorts;
  mayDelete: MayDelete;
  actAs: ActAs;
  lookInto: LookInto;
  /** Whether somebody was made or edited since the step began who may want some of it. */
  someUndecided(): boolean;
  /** Whether the server was asked by dry run for all of this deletion. */
  rehearsal: "to-do" | "done";
  /** Keeps what Git does not have, before it goes. Never throws. */
  keepDeleted(live: LiveObject, cluster: Cluster): Promise<Kept>;
  /** There are not many deletes in a second; whoever finds no turn is asked to go by a later step. */
  pace: Pick<Pace, "tryTurn">;
  /** Aborted when the deletion is not meant any more: nothing is deleted after that. */
  signal: AbortSignal;
}

/**
 * Asks for the first wave of what is left to go. Called again at each change of a live object.
 * @throws {Failure} where the cluster cannot be reached: the application stays until it can, or until it is released
 */
export async function deletionStep(leaving: Leaving, parts: StepParts): Promise<ObjectsStep> {
  const cluster = destinationOf(leaving.deleting.app, parts.ports.clusters());
  refuseUnreachable(cluster);
  const unseen = await followForDeletion(leaving, [], cluster);
  await seeUnfinished(leaving.records, cluster, unseen);
  const { plan, tracked, circles } = await planInTurn(leaving, cluster, parts);
  const judged = new Map(tracked.map((live) => [live.key, live]));
  const { app } = leaving.deleting;
  const objects = cluster.for({
    owner: leaving.key,
    urgency: urgencyOf(turnOfDeletion(leaving.deleting)),
    as: () => parts.actAs(app, cluster),
  });
  const forbidden = parts.rehearsal === "done" ? [] : await rehearse(leaving.key, plan, judged, objects);
  const [wave] = plan.waves;
  const { refused, later } =
    wave === undefined || forbidden.length > 0
      ? { refused: forbidden, later: 0 }
      : await askToGo(app, wave, judged, { cluster, objects, ...parts });
  const errors = [...unseen.values(), ...plan.waiting.map(({ text }) => text), ...refused];
  return {
    is: wave === undefined && unseen.size === 0 ? "gone" : "going-on",
    conditions: [
      ...errors.map((message): Condition => ({ type: "DeletionError", message })),
      ...heldBy(tracked, cluster, parts.ports.parents).map(
        (message): Condition => ({ type: "DeletionHeldWarning", message }),
      ),
      ...circles.map((message): Condition => ({ type: "RenderCircleWarning", message })),
    ],
    plan,
    tracked,
    rehearsal: forbidden.length === 0 ? "done" : "to-do",
    unseen: new Set(unseen.keys()),
    later,
  };
}

/** What would go of what the cluster shows now; asks for nothing. */
export async function planObjects(
  leaving: Pick<Leaving, "records" | "deleting">,
  cluster: Cluster,
  parts: Pick<StepParts, "ports" | "mayDelete" | "lookInto">,
): Promise<ObjectsPlan> {
  const { app } = leaving.deleting;
  const { tracked } = toGo(leaving.deleting, cluster, parts.ports);
  return planBy(leaving, cluster, parts, await parts.lookInto(app, tracked, cluster, "lately"));
}

/** The same, and what holds others and is next to go is looked into at this moment. */
async function planInTurn(leaving: Leaving, cluster: Cluster, parts: StepParts): Promise<ObjectsPlan> {
  const { app } = leaving.deleting;
  const first = await planObjects(leaving, cluster, parts);
  const inTurn = homesInTurn(first.plan, first.tracked);
  if (inTurn.length === 0) return first;
  const now = await parts.lookInto(app, inTurn, cluster, "now");
  const lately = await parts.lookInto(app, first.tracked, cluster, "lately");
  return planBy(leaving, cluster, parts, new Map([...lately, ...now]));
}

function planBy(
  { records, deleting }: Pick<Leaving, "records" | "deleting">,
  cluster: Cluster,
  { ports, mayDelete }: Pick<StepParts, "ports" | "mayDelete">,
  contents: ReadonlyMap<RefKey, HomeContents>,
): ObjectsPlan {
  const settings = ports.settings();
  const us = claimantOf(deleting.app, settings);
  const { tracked, circles } = toGo(deleting, cluster, ports);
  const denied = tracked.flatMap((live): [RefKey, string][] => {
    const why = mayDelete(deleting.app, live, cluster);
    return why === undefined ? [] : [[live.key, why]];
  });
  const plan = planDeletion({
    app: deleting.app,
    tracked,
    records: withIntended(records, tracked, us),
    us,
    asked: deleting.asked,
    startedAt: deleting.since,
    now: ports.clock.now(),
    propagation: deleting.cascade === "background" ? "Background" : "Foreground",
    contents,
    guards: guardsOf(settings, cluster),
    denied: new Map(denied),
  });
  return { plan, tracked, circles };
}

/** What bears its mark, but for records that wait for this deletion: whoever waited for them would wait for himself. */
function toGo(deleting: Deleting, cluster: Cluster, ports: EnginePorts): Going {
  const settings = ports.settings();
  const all = trackedOf(claimantOf(deleting.app, settings).app, cluster, settings);
  const circular = waitsForItself(deleting, all, cluster, ports);
  return { tracked: all.filter(({ key }) => !circular.has(key)), circles: [...circular.values()].flat() };
}

/** What may go with others' objects in it is looked into once more when it is its turn. */
function homesInTurn({ waves: [wave] }: DeletionPlan, tracked: readonly LiveObject[]): LiveObject[] {
  const inTurn = new Set(wave?.gate.map(({ key }) => key));
  return tracked.filter((live) => inTurn.has(live.key) && homeOf(live) !== undefined);
}

/**
 * Asks by dry run for every deletion before the first: what is refused in the middle would leave half of an application.
 * @returns what was refused, one sentence each
 */
async function rehearse(
  app: AppKey,
  { waves }: DeletionPlan,
  judged: ReadonlyMap<RefKey, LiveObject>,
  objects: ClusterObjects,
): Promise<string[]> {
  const said = await Promise.all(
    waves
      .flatMap(({ steps }) => steps)
      .map(async (step): Promise<string | undefined> => {
        const live = step.do === "prune" ? judged.get(step.key) : undefined;
        if (step.do !== "prune" || live === undefined || live.object.metadata.deletionTimestamp !== undefined)
          return undefined;
        const { uid, propagation } = step;
        const asked = await objects.delete(step.ref, live.apiVersion, { uid, propagation }, "dry-run");
        if (asked.is === "unreachable") return `${show(step.ref)}: the cluster did not answer: ${asked.why}`;
        if (asked.is !== "refused" || asked.reason === "Conflict") return undefined;
        return /does not support dry run/i.test(asked.message)
          ? undefined
          : `${show(step.ref)}: ${asked.message}. Nothing was deleted; holdfast app forget ${app} lets go of all that is there`;
      }),
  );
  return said.filter((text) => text !== undefined);
}

/** @returns what was refused, one sentence each, and how many have to wait for their turn */
async function askToGo(
  app: Application,
  { steps }: Wave,
  judged: ReadonlyMap<RefKey, LiveObject>,
  {
    cluster,
    objects,
    ports,
    mayDelete,
    someUndecided,
    keepDeleted,
    pace,
    signal,
  }: Pick<StepParts, "ports" | "mayDelete" | "someUndecided" | "keepDeleted" | "pace" | "signal"> & {
    cluster: Cluster;
    objects: ClusterObjects;
  },
): Promise<{ refused: string[]; later: number }> {
  let later = 0;
  const refused = await Promise.all(
    steps.map(async (step): Promise<string | undefined> => {
      const live = step.do === "prune" ? cluster.get(step.key) : undefined;
      if (step.do !== "prune" || live === undefined || live.object.metadata.deletionTimestamp !== undefined)
        return undefined;
      const before = pausedPrunes(ports).paused;
      if (before !== undefined) return `${show(step.ref)} stays for now: ${before}`;
      if (pace.tryTurn() === "later") {
        later += 1;
        return undefined;
      }
      const kept = await keepDeleted(live, cluster);
      if (kept.is === "unknown") return `${show(step.ref)} stays for now: ${kept.why}`;
      if (kept.is === "gone" || signal.aborted) return undefined;
      // Once more: the answer took its time.
      const { paused } = pausedPrunes(ports);
      if (paused !== undefined) return `${show(step.ref)} stays for now: ${paused}`;
      if (someUndecided() || mayDelete(app, live, cluster) !== undefined) {
        // The next step waits for them, and plans without what is another's by now.
        later += 1;
        return undefined;
      }
      const outcome = await objects.delete(
        step.ref,
        live.apiVersion,
        // As it was judged: what was changed since is judged anew by the next step.
        {
          uid: step.uid,
          propagation: step.propagation,
          ...defined({ resourceVersion: judged.get(step.key)?.resourceVersion }),
        },
        "write",
      );
      if (outcome.is === "refused" && outcome.reason === "Conflict")
        return `${show(step.ref)} was changed by others just now, and is judged anew`;
      if (outcome.is === "refused") return `${show(step.ref)}: ${outcome.message}`;
      return outcome.is === "unreachable"
        ? `${show(step.ref)}: the cluster did not answer: ${outcome.why}`
        : undefined;
    }),
  );
  return { refused: refused.filter((text) => text !== undefined), later };
}

/**
 * Has the cluster watch whatever the application may have in it: what was applied, what hooks left, and `more`.
 * @returns `group/Kind` -> why its objects cannot be seen: whether these are gone is not known. A kind that is gone took
 * its objects along.
 */
export async function followForDeletion(
  { key, records, hooks, deleting }: Leaving,
  more: readonly ObjectRef[],
  cluster: Cluster,
): Promise<Map<string, string>> {
  const refs = [...[...records.keys()].map(parseRefKey), ...more];
  const kinds = new Map(
    [...refs, ...(hooks?.kinds ?? []).map(kindNamed)].map((ref) => [
      groupKind(ref),
      { group: ref.group, version: "", kind: ref.kind },
    ]),
  );
  const namespaces = new Set([
    deleting.app.spec.destination.namespace ?? "",
    ...refs.map(({ namespace }) => namespace),
  ]);
  namespaces.delete("");
  const { failed } = await cluster.follow(key, [...kinds.values()], [...namespaces]);
  const unseen = new Map<string, string>();
  for (const [name, why] of failed) {
    const kind = kinds.get(name);
    if (kind === undefined || (await cluster.kind(kind)).is !== "absent") unseen.set(name, why);
  }
  return unseen;
}

/** What a sync that was cut off may have made is not gone because no watch shows it yet. */
async function seeUnfinished(
  records: Leaving["records"],
  cluster: Cluster,
  unseen: Map<string, string>,
): Promise<void> {
  const { there } = await askForUnfinished(records.values(), cluster);
  for (const ref of there.map(parseRefKey)) {
    const why = `${show(ref)} was to be written by a sync that was cut off, and its watch does not show yet whether it was`;
    if (!unseen.has(groupKind(ref))) unseen.set(groupKind(ref), why);
  }
}

/** Of `group/Kind`, or `Kind` alone. */
function kindNamed(name: string): { group: string; kind: string } {
  const at = name.lastIndexOf("/");
  return { group: name.slice(0, Math.max(0, at)), kind: name.slice(at + 1) };
}
