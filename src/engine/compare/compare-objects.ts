/** Every wanted object beside its live one, and what is there beyond that. */

import {
  definedKind,
  type IgnoredFields,
  kindVersionOf,
  type LiveAnswer,
  NOTHING_IGNORED,
  owningApp,
  type Pair,
  pairObjects,
  redefinedKinds,
} from "../../core/compare/index.ts";
import type { Difference, ObjectDrift, ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import { groupKind, type RefKey } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { Cluster, KindLookup } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import { trackedOf } from "../limits.ts";
import type { CompareInput } from "./compare-input.ts";
import type { Compared } from "./compared.ts";
import { judgePair, type Schema, unknown } from "./judge-pair.ts";

/** `records` are new or say something else now, and are to be kept. */
export type ObjectsCompared = Pick<
  Compared,
  "comparison" | "reown" | "gone" | "drifted" | "handedOver" | "ignored"
> & {
  records: ObjectRecord[];
};

export async function compareObjects(input: CompareInput): Promise<ObjectsCompared> {
  const { snapshot, target, us, unwatched, memory, leftToOthers } = input;
  const { app, cluster, settings } = snapshot;
  const rules = await leftToOthers.rulesOf(snapshot);
  const kinds = await kindsOf(target.desired, cluster);
  const liveOf = (want: DesiredObject): LiveAnswer => {
    const kind = kinds.get(want.object.apiVersion + want.object.kind);
    if (kind?.is === "absent") return { is: "no-such-kind" };
    if (kind?.is === "unreachable") return { is: "unknown", why: kind.why };
    const why = unwatched.get(groupKind(want.ref));
    if (why !== undefined) return { is: "unknown", why };
    const read = input.read.get(want.key);
    if (read !== undefined) return read;
    const live = cluster.get(want.key);
    return live === undefined ? { is: "absent" } : { is: "found", live };
  };
  const pairs = pairObjects({
    desired: target.desired,
    // What is left out of what Git wants is not thereby too much.
    tracked: trackedOf(us.app, cluster, settings),
    liveOf,
    records: memory.records,
    us,
    syncOptions: app.spec.syncPolicy?.syncOptions ?? [],
    unplaced: new Set([...target.scopes].flatMap(([kind, scope]) => (scope === "unknown" ? [kind] : []))),
    letGo: await letGoOf(target.desired, liveOf, input),
  });
  // At once: an operation that runs beside this writes, and its records are of a later moment than what is there.
  const gone = goneOf(pairs, memory.records);
  const records: ObjectRecord[] = [],
    reown = new Set<RefKey>(),
    drifted = new Map<RefKey, ObjectDrift>(),
    ignored = new Map<RefKey, IgnoredFields>(),
    problems: Problem[] = [];
  const redefined = new Set<string>();
  const schemaOf = ({ object }: DesiredObject): Schema => {
    if (redefined.has(kindVersionOf(object))) return { is: "to-change" };
    const kind = kinds.get(object.apiVersion + object.kind);
    return { is: "known", schema: kind?.is === "known" ? kind.info.schema : undefined };
  };
  const differenceOf = async (pair: Pair): Promise<Difference> => {
    if (pair.is === "extra")
      return { ...pair, ...defined({ unseen: unwatched.get(groupKind(pair.live.ref)) }) };
    if (pair.is !== "both" && pair.is !== "missing") return pair;
    const live = pair.is === "both" ? pair.live : undefined;
    const left = await leftToOthers.of(rules, pair.desired, live, input.managed.key);
    if (left.is === "unknown") return unknown(pair, left.why).difference;
    if (left.ignored !== NOTHING_IGNORED) ignored.set(pair.key, left.ignored);
    if (pair.is === "missing") return pair;
    const judged = await judgePair(pair, left.ignored, schemaOf(pair.desired), input);
    if (judged.record !== undefined) records.push(judged.record);
    if (judged.reown !== undefined) reown.add(pair.key);
    if (judged.drift !== undefined) drifted.set(pair.key, judged.drift);
    if (judged.problem !== undefined) problems.push(judged.problem);
    return judged.difference;
  };
  // Definitions first: what the server makes of an object counts only where the schema stays as it is.
  const definitions = new Map<Pair, Difference>();
  for (const pair of pairs) {
    if (pair.is !== "both" || definedKind(pair.desired.object) === undefined) continue;
    const difference = await differenceOf(pair);
    definitions.set(pair, difference);
    if (difference.is !== "changed") continue;
    for (const kind of redefinedKinds(pair.desired.object, pair.live.object)) redefined.add(kind);
  }
  const differences = await Promise.all(
    pairs.map(async (pair) => definitions.get(pair) ?? (await differenceOf(pair))),
  );
  return {
    comparison: { differences, problems },
    records,
    reown,
    gone,
    drifted,
    ignored,
    handedOver: handedOver(pairs, input),
  };
}

function goneOf(pairs: readonly Pair[], records: ReadonlyMap<RefKey, ObjectRecord>): Map<RefKey, string> {
  return new Map(
    pairs.flatMap(({ is, key }): [RefKey, string][] => {
      const applied = is === "missing" ? records.get(key)?.applied : undefined;
      return applied === undefined ? [] : [[key, applied.desiredHash]];
    }),
  );
}

/** Wanted objects that bear the mark of an application which does not claim them any more. */
async function letGoOf(
  desired: readonly DesiredObject[],
  liveOf: (want: DesiredObject) => LiveAnswer,
  { us, claims, managed, snapshot: { cluster } }: CompareInput,
): Promise<Set<RefKey>> {
  const found = new Set<RefKey>();
  for (const want of desired) {
    const answer = want.role.is === "ordinary" ? liveOf(want) : undefined;
    if (answer?.is !== "found" || owningApp(answer.live, us).is !== "other") continue;
    if ((await claims.holder(answer.live, us, cluster, managed)) === undefined) found.add(want.key);
  }
  return found;
}

function handedOver(
  pairs: readonly Pair[],
  { claims, managed, snapshot }: CompareInput,
): Map<RefKey, string> {
  return new Map(
    pairs.flatMap(({ is, key }) => {
      const other = is === "extra" ? claims.otherWanting(managed.key, snapshot.cluster, key) : undefined;
      return other === undefined ? [] : [[key, `application ${other.key} wants it now`]];
    }),
  );
}

async function kindsOf(
  desired: readonly DesiredObject[],
  cluster: Cluster,
): Promise<Map<string, KindLookup>> {
  const found = new Map<string, KindLookup>();
  for (const { object } of desired) {
    const name = object.apiVersion + object.kind;
    if (!found.has(name)) found.set(name, await cluster.kind(gvkOf(object)));
  }
  return found;
}
