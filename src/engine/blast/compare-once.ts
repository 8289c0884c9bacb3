/** One application held against its cluster for a question: no watch is opened for it, and what it learns goes with it. */
import type { LiveAnswer } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import { groupKind, parseRefKey, type RefKey } from "../../core/model/object-ref.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { Slots } from "../../lib/slots.ts";
import { type CompareRooms, extrasOf, refuseUnreachable } from "../compare/compare-now.ts";
import { compareObjects } from "../compare/compare-objects.ts";
import type { Compared } from "../compare/compared.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { claimantOf } from "../target/place-objects.ts";
import type { Target } from "../target/target.ts";
import type { Claims } from "./wanted-then.ts";

/** Objects that are read one by one at the same time. */
const READS_AT_ONCE = 8;

export interface ComparedOnce {
  compared: Compared;
  /** What the project does not permit: it is neither read nor asked about, or whoever writes a commit could look at it. */
  denied: ReadonlyMap<RefKey, string>;
}

/** Requests for questions take turns with the applications', as one of them. */
export function questionsTo(cluster: Cluster): ClusterObjects {
  return cluster.for({ owner: "blast radius", urgency: "sync" });
}

/**
 * @param managed as it is; undefined where it would be new
 * @param shadow takes what is learnt
 */
export async function compareOnce(
  managed: ManagedApplication | undefined,
  shadow: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  { follower, claims, leftToOthers, homes }: Omit<CompareRooms, "claims"> & { claims: Claims },
  signal: AbortSignal,
): Promise<ComparedOnce> {
  const { cluster, project } = snapshot;
  refuseUnreachable(cluster);
  const denied = new Map(
    target.desired.flatMap(({ key, ref }): [RefKey, string][] => {
      const why = refusedBy(project, ref, cluster);
      return why === undefined ? [] : [[key, why]];
    }),
  );
  const permitted = { ...target, desired: target.desired.filter(({ key }) => !denied.has(key)) };
  const watched =
    managed === undefined || managed.compared?.snapshot.cluster !== cluster
      ? new Set<string>()
      : watchedBy(managed, follower.failedOf(managed));
  const us = claimantOf(snapshot.app, snapshot.settings);
  const found = await compareObjects({
    managed: shadow,
    snapshot,
    target: permitted,
    us,
    memory: shadow.memory,
    drifted: new Map(),
    unwatched: new Map(),
    read: await readOnce(permitted.desired, watched, cluster, signal),
    claims: {
      holder: (live, of, on) => claims.holder(live, of, on, managed ?? shadow),
      otherWanting: (of, on, key) => claims.otherWanting(of, on, key),
    },
    leftToOthers,
    objects: questionsTo(cluster),
  });
  shadow.memory.keep(found.records);
  const comparison = {
    ...found.comparison,
    differences: found.comparison.differences.filter(({ key }) => !denied.has(key)),
  };
  const contents = await homes.look(extrasOf({ comparison }), snapshot, us, "lately");
  return {
    compared: { ...found, comparison, contents, snapshot, target: permitted, us, changes: shadow.changes },
    denied,
  };
}

/** `group/Kind` whose objects the cache shows to this application. */
function watchedBy(
  { compared, memory }: ManagedApplication,
  failed: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const kinds = new Set(
    [
      ...(compared?.target.desired ?? []).map(({ ref }) => ref),
      ...[...memory.records.keys()].map(parseRefKey),
    ].map(groupKind),
  );
  return new Set([...kinds].filter((kind) => !failed.has(kind)));
}

/** Objects of kinds that nobody watches for it. A watch for the sake of a question would stay, and may be of any size. */
async function readOnce(
  desired: readonly DesiredObject[],
  watched: ReadonlySet<string>,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ReadonlyMap<RefKey, LiveAnswer>> {
  const objects = questionsTo(cluster);
  const slots = new Slots(READS_AT_ONCE);
  const unseen = desired.filter(
    ({ ref, role, object }) =>
      role.is === "ordinary" && object.metadata.name !== undefined && !watched.has(groupKind(ref)),
  );
  const read = await Promise.all(
    unseen.map((want) =>
      slots.hold(async (): Promise<[RefKey, LiveAnswer][]> => {
        if ((await cluster.kind(gvkOf(want.object))).is !== "known") return [];
        const found = await objects.read(want.ref, want.object.apiVersion);
        switch (found.is) {
          case "found":
            return [[want.key, { is: "found", live: found.live }]];
          case "absent":
            return [[want.key, { is: "absent" }]];
          case "forbidden":
          case "unreachable":
            return [[want.key, { is: "unknown", why: found.why }]];
        }
      }, signal),
    ),
  );
  return new Map(read.flat());
}
