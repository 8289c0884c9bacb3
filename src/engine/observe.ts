/** What is there, held against what is wanted. Asks the server only where ownership and memory cannot tell. */

import {
  afterTakeover,
  appliedHash,
  asDifference,
  type Claimant,
  concludeFromPrediction,
  diffObjects,
  ignoredFields,
  judge,
  type LiveAnswer,
  needsTakeover,
  owningApp,
  type Pair,
  pairObjects,
  recordAdopted,
  settle,
} from "../core/compare/index.ts";
import type { Application } from "../core/model/application.ts";
import type { Comparison, Difference, ObjectRecord } from "../core/model/comparison.ts";
import type { DesiredObject } from "../core/model/desired-object.ts";
import { gvkOf } from "../core/model/kube-object.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import { groupKind, type RefKey, show } from "../core/model/object-ref.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Cluster, KindLookup } from "../core/ports.ts";
import { sendObject } from "./write-object.ts";

export interface ObserveInput {
  app: Application;
  cluster: Cluster;
  us: Claimant;
  desired: readonly DesiredObject[];
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** Refusals of the server that are known, by object and content; see `AppSession.refusals`. */
  refusals: Map<string, Problem>;
  /** As the last look found them, for what is judged from memory now. */
  drifted: ReadonlyMap<RefKey, string>;
  /** `group/Kind` -> why it cannot be watched. */
  unwatched: ReadonlyMap<string, string>;
  faults: "repair" | "refuse";
}

export interface Observation {
  comparison: Comparison;
  /** Records that are new or say something else now; to be stored. */
  records: ObjectRecord[];
  /** No difference, but not ours: to be applied again where self-heal is on. */
  reown: Set<RefKey>;
  /** Field paths by object that differs, as a dry run found them: what a heal is remembered by. */
  drifted: Map<RefKey, string>;
}

export async function observe(input: ObserveInput): Promise<Observation> {
  const { cluster, desired, records, us, unwatched } = input;
  const kinds = await kindsOf(desired, cluster);
  const liveOf = (want: DesiredObject): LiveAnswer => {
    const kind = kinds.get(want.object.apiVersion + want.object.kind);
    if (kind?.is === "absent") return { is: "no-such-kind" };
    if (kind?.is === "unreachable") return { is: "unknown", why: kind.why };
    const why = unwatched.get(groupKind(want.ref));
    if (why !== undefined) return { is: "unknown", why };
    const live = cluster.get(want.key);
    return live === undefined ? { is: "absent" } : { is: "found", live };
  };
  const pairs = pairObjects({ desired, tracked: cluster.trackedBy(us.app), liveOf, records, us });
  const news: ObjectRecord[] = [],
    reown = new Set<RefKey>(),
    drifted = new Map<RefKey, string>(),
    problems: Problem[] = [];
  const differences = await Promise.all(
    pairs.map(async (pair): Promise<Difference> => {
      if (pair.is !== "both") return pair;
      const judged = await judgePair(pair, input);
      if (judged.record !== undefined) news.push(judged.record);
      if (judged.reown) reown.add(pair.key);
      if (judged.fields !== undefined) drifted.set(pair.key, judged.fields);
      if (judged.problem !== undefined) problems.push(judged.problem);
      return judged.difference;
    }),
  );
  return { comparison: { differences, problems }, records: news, reown, drifted };
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

/** Dry runs of one object in one pass that were answered from another state than the one at hand. */
const MOST_STALE = 4;

interface JudgedPair {
  difference: Difference;
  record?: ObjectRecord;
  reown?: true;
  fields?: string;
  problem?: Problem;
}

async function judgePair(pair: Extract<Pair, { is: "both" }>, input: ObserveInput): Promise<JudgedPair> {
  const { desired, live } = pair;
  const ignored = ignoredFields(input.app, desired.ref);
  const known = adopted(live, input);
  const adoption = known === input.records.get(pair.key) ? undefined : known;
  const judgement = judge(desired, live, known, { ignored });
  if (judgement.is !== "ask") {
    const settled =
      judgement.is === "same" && known !== undefined ? settle(desired, live, known, ignored) : undefined;
    const record = settled ?? adoption;
    const fields = judgement.is === "changed" ? input.drifted.get(pair.key) : undefined;
    return {
      difference: asDifference(pair, judgement.is),
      ...(record === undefined ? {} : { record }),
      ...(fields === undefined ? {} : { fields }),
      ...(judgement.is === "same" && judgement.reown !== undefined ? { reown: true as const } : {}),
    };
  }
  const question = `${appliedHash(desired, ignored)} ${live.uid} ${live.contentHash}`;
  const refused = input.refusals.get(question);
  if (refused !== undefined) return { difference: asDifference(pair, "changed"), problem: refused };

  // With managedFields it can be told which of the ignored fields are ours to give up, and what a takeover will remove.
  const needsOwners =
    ignored.paths.length > 0 || ignored.managers.length > 0 || needsTakeover(live.managers, known);
  let whole = await wholeLive(live, desired, input.cluster, needsOwners ? "read" : "cached");
  for (let tries = 0; ; tries++) {
    if (typeof whole === "string")
      return { difference: { is: "unknown", key: pair.key, desired, why: whole } };
    const sent = await sendObject(
      {
        cluster: input.cluster,
        desired,
        ignored,
        live: whole,
        how: "server-side",
        record: known,
        faults: input.faults,
      },
      "dry-run",
    );
    if (sent.is === "unreachable")
      return {
        difference: {
          is: "unknown",
          key: pair.key,
          desired,
          why: `the cluster did not answer: ${sent.outcome.why}`,
        },
      };
    if (sent.is === "refused") return refusedPair(pair, sent.outcome.message, question, input);
    const predicted = needsTakeover(whole.managers, known)
      ? afterTakeover(whole.object, desired.object, sent.outcome.object)
      : sent.outcome.object;
    const concluded = concludeFromPrediction(
      desired,
      live,
      {
        predicted: sent.outcome.live,
        ...(whole === live ? {} : { comparedWith: whole }),
        ...(predicted === sent.outcome.object ? {} : { takeover: "removes" }),
      },
      known,
      ignored,
    );
    if (concluded.answer === "stale") {
      // Somebody writes faster than we compare: what differs now is judged again at the next watch event.
      if (tries >= MOST_STALE) return { difference: asDifference(pair, "changed") };
      whole = await wholeLive(live, desired, input.cluster, "read");
      continue;
    }
    const record =
      sent.repairs.length === 0
        ? concluded.record
        : { ...concluded.record, repairs: { desiredHash: sent.hash, list: sent.repairs } };
    const fields =
      concluded.answer === "same"
        ? undefined
        : diffObjects({ key: pair.key, live: whole.object, predicted })
            .fields.map(({ path }) => path)
            .join(" ");
    return {
      difference: asDifference(pair, concluded.answer),
      record,
      ...(concluded.reown === "needed" ? { reown: true as const } : {}),
      ...(fields === undefined ? {} : { fields }),
    };
  }
}

function refusedPair(
  pair: Extract<Pair, { is: "both" }>,
  message: string,
  question: string,
  { app, cluster, refusals, records }: ObserveInput,
): JudgedPair {
  const { desired, live } = pair;
  if (/does not support dry run/i.test(message)) {
    const judged = judge(desired, live, records.get(pair.key), {
      ignored: ignoredFields(app, desired.ref),
      dryRun: "unsupported",
    });
    return { difference: asDifference(pair, judged.is === "same" ? "same" : "changed") };
  }
  const problem: Problem = {
    severity: "error",
    object: show(desired.ref),
    file: desired.origin.file,
    line: desired.origin.line,
    text: `the API server of ${cluster.name} refuses it: ${message}`,
  };
  refusals.set(question, problem);
  return { difference: asDifference(pair, "changed"), problem };
}

/** A live object that bears our tracking id and is wanted joins the inventory. */
function adopted(live: LiveObject, { records, us }: ObserveInput): ObjectRecord | undefined {
  const known = records.get(live.key);
  return owningApp(live, us).is === "us" ? recordAdopted(live, known) : known;
}

/**
 * The live object at the manifest's version and with all of its fields: what a prediction can be held against.
 * `read` asks the server anew, and brings managedFields with it.
 */
async function wholeLive(
  live: LiveObject,
  desired: DesiredObject,
  cluster: Cluster,
  how: "cached" | "read",
): Promise<LiveObject | string> {
  if (how === "cached" && live.apiVersion === desired.object.apiVersion && (live.detail ?? "full") === "full")
    return live;
  const found = await cluster.read(desired.ref, desired.object.apiVersion);
  switch (found.is) {
    case "found":
      return { ...found.live, object: found.object };
    case "absent":
      return "it was deleted while it was being compared";
    case "unreachable":
    case "forbidden":
      return found.why;
  }
}
