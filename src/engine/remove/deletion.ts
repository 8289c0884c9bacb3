/** An application's end: its objects go in reverse order, through the guards, and then it goes itself. */
import { type Application, type Condition, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import { groupKind, parseRefKey, type RefKey, show } from "../../core/model/object-ref.ts";
import { planDeletion } from "../../core/plan/plan-deletion.ts";
import type { AppState, Cluster } from "../../core/ports.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import { refuseUnreachable } from "../compare/see.ts";
import { destinationOf } from "../destinations.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { guardsOf } from "../sync/guards.ts";
import { claimantOf } from "../target/place-objects.ts";

export type Deletion =
  /** Nothing of it is left to be deleted. `kept`: sentences about what stays. */
  { is: "ended"; kept: string[] } | { is: "going-on"; conditions: Condition[] };

type Deleting = NonNullable<AppState["deleting"]>;

/** How its objects go: by its finalizer, as in Argo CD; without one they stay. */
export function cascadeOf(app: Application): Deleting["cascade"] {
  const finalizers = app.metadata.finalizers ?? [];
  if (finalizers.includes(`${RESOURCES_FINALIZER}/background`)) return "background";
  return finalizers.some(
    (finalizer) => finalizer === RESOURCES_FINALIZER || finalizer === `${RESOURCES_FINALIZER}/foreground`,
  )
    ? "foreground"
    : "none";
}

/**
 * One step of a deletion: asks for the first wave of what is left to go. Called again at each change of a live object.
 * @throws {Failure} where the cluster cannot be reached: the application stays until it can
 */
export async function deletionStep(
  managed: ManagedApplication,
  deleting: Deleting,
  ports: EnginePorts,
  claims: OwnerClaims,
): Promise<Deletion> {
  if (deleting.cascade === "none" || managed.memory.records.size === 0) return { is: "ended", kept: [] };
  const settings = ports.settings();
  const cluster = destinationOf(deleting.app, ports.clusters());
  refuseUnreachable(cluster);
  const unseen = await followRecords(managed, cluster);
  const us = claimantOf(deleting.app, settings);
  const plan = planDeletion({
    app: deleting.app,
    tracked: cluster.trackedBy(us.app),
    denied: handedOver(managed, cluster, claims),
    records: managed.memory.records,
    asked: deleting.asked,
    startedAt: deleting.since,
    propagation: deleting.cascade === "background" ? "Background" : "Foreground",
    guards: guardsOf(settings),
  });
  const [wave] = plan.waves;
  if (wave === undefined && plan.waiting.length === 0 && unseen.length === 0)
    return { is: "ended", kept: plan.kept.map(({ text }) => text) };
  const refused = await Promise.all(
    (wave?.steps ?? []).map(async (step): Promise<string | undefined> => {
      const live = step.do === "prune" ? cluster.get(step.key) : undefined;
      if (step.do !== "prune" || live === undefined || live.object.metadata.deletionTimestamp !== undefined)
        return undefined;
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
  const sentences = [
    ...unseen,
    ...plan.waiting.map(({ text }) => text),
    ...refused.filter((text) => text !== undefined),
  ];
  return { is: "going-on", conditions: sentences.map((message) => ({ type: "DeletionError", message })) };
}

/** @returns why kinds of its objects cannot be seen: whether these are gone is not known. A kind that is gone took its objects along. */
async function followRecords(managed: ManagedApplication, cluster: Cluster): Promise<string[]> {
  const refs = [...managed.memory.records.keys()].map(parseRefKey);
  const kinds = new Map(
    refs.map((ref) => [groupKind(ref), { group: ref.group, version: "", kind: ref.kind }]),
  );
  const { failed } = await cluster.follow(
    managed.key,
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

/** What another application wants is its own from now on: it stays. */
function handedOver(managed: ManagedApplication, cluster: Cluster, claims: OwnerClaims): Map<RefKey, string> {
  return new Map(
    [...managed.memory.records.keys()].flatMap((key) => {
      const other = claims.otherWanting(managed, cluster, key);
      return other === undefined ? [] : [[key, `application ${other.key} wants it now`] as const];
    }),
  );
}
