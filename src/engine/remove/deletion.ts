/** An application's end: its objects go in reverse order, through the guards, and then it goes itself. */
import type { AppKey, Application, Condition } from "../../core/model/application.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import { groupKind, parseRefKey, type RefKey, show } from "../../core/model/object-ref.ts";
import type { Wave } from "../../core/model/plan.ts";
import { planDeletion } from "../../core/plan/plan-deletion.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { refuseUnreachable } from "../compare/compare-now.ts";
import { heldBy } from "../compare/held-by.ts";
import { destinationOf } from "../destinations.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { guardsOf } from "../sync/guards.ts";
import { claimantOf } from "../target/place-objects.ts";
import type { Deleting } from "./cascade.ts";
import { withIntended } from "./with-intended.ts";

export type Deletion = { is: "ended"; kept: string[] } | { is: "going-on"; conditions: Condition[] };

export interface Leaving {
  key: AppKey;
  records: ReadonlyMap<RefKey, ObjectRecord>;
  deleting: Deleting;
}

/** Why an object may not be deleted now, as a sentence without a full stop; undefined where it may. */
export type MayDelete = (app: Application, live: LiveObject, cluster: Cluster) => string | undefined;

export interface StepParts {
  ports: EnginePorts;
  mayDelete: MayDelete;
  /** Aborted when the deletion is not meant any more: nothing is deleted after that. */
  signal: AbortSignal;
}

/**
 * One step of a deletion: asks for the first wave of what is left to go. Called again at each change of a live object.
 * @throws {Failure} where the cluster cannot be reached: the application stays until it can, or until it is released
 */
export async function deletionStep(
  { key, records, deleting }: Leaving,
  { ports, mayDelete, signal }: StepParts,
): Promise<Deletion> {
  if (deleting.cascade === "none" || records.size === 0) return { is: "ended", kept: [] };
  const settings = ports.settings();
  const cluster = destinationOf(deleting.app, ports.clusters());
  refuseUnreachable(cluster);
  const unseen = await followRecords(key, records, cluster);
  const us = claimantOf(deleting.app, settings);
  const tracked = cluster.trackedBy(us.app);
  const denied = tracked.flatMap((live): [RefKey, string][] => {
    const why = mayDelete(deleting.app, live, cluster);
    return why === undefined ? [] : [[live.key, why]];
  });
  const plan = planDeletion({
    app: deleting.app,
    tracked,
    records: withIntended(records, tracked, us),
    asked: deleting.asked,
    startedAt: deleting.since,
    propagation: deleting.cascade === "background" ? "Background" : "Foreground",
    guards: guardsOf(settings),
    denied: new Map(denied),
  });
  const [wave] = plan.waves;
  if (wave === undefined && plan.waiting.length === 0 && unseen.length === 0)
    return { is: "ended", kept: plan.kept.map(({ text }) => text) };
  const refused = wave === undefined ? [] : await askToGo(wave, cluster, signal);
  const errors = [...unseen, ...plan.waiting.map(({ text }) => text), ...refused];
  return {
    is: "going-on",
    conditions: [
      ...errors.map((message): Condition => ({ type: "DeletionError", message })),
      ...heldBy(tracked, cluster).map((message): Condition => ({ type: "DeletionHeldWarning", message })),
    ],
  };
}

/** @returns what was refused, one sentence each */
async function askToGo({ steps }: Wave, cluster: Cluster, signal: AbortSignal): Promise<string[]> {
  const refused = await Promise.all(
    steps.map(async (step): Promise<string | undefined> => {
      const live = step.do === "prune" ? cluster.get(step.key) : undefined;
      if (step.do !== "prune" || live === undefined || live.object.metadata.deletionTimestamp !== undefined)
        return undefined;
      if (signal.aborted) return undefined;
      const outcome = await cluster.delete(
        step.ref,
        live.apiVersion,
        { uid: step.uid, propagation: step.propagation },
        "write",
      );
      if (outcome.is === "refused") return `${show(step.ref)}: ${outcome.message}`;
      return outcome.is === "unreachable"
        ? `${show(step.ref)}: the cluster did not answer: ${outcome.why}`
        : undefined;
    }),
  );
  return refused.filter((text) => text !== undefined);
}

/** @returns why kinds of its objects cannot be seen: whether these are gone is not known. A kind that is gone took its objects along. */
async function followRecords(
  key: AppKey,
  records: ReadonlyMap<RefKey, ObjectRecord>,
  cluster: Cluster,
): Promise<string[]> {
  const refs = [...records.keys()].map(parseRefKey);
  const kinds = new Map(
    refs.map((ref) => [groupKind(ref), { group: ref.group, version: "", kind: ref.kind }]),
  );
  const { failed } = await cluster.follow(
    key,
    [...kinds.values()],
    [...new Set(refs.map(({ namespace }) => namespace).filter((namespace) => namespace !== ""))],
  );
  const unseen: string[] = [];
  for (const [name, why] of failed) {
    const kind = kinds.get(name);
    if (kind === undefined || (await cluster.kind(kind)).is !== "absent") unseen.push(why);
  }
  return unseen;
}
