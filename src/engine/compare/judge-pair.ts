/** One wanted object beside its live one. The server is asked only where ownership and memory cannot tell. */
import {
  afterTakeover,
  appliedHash,
  asDifference,
  concludeFromPrediction,
  diffObjects,
  dropsFields,
  type IgnoredFields,
  judge,
  mayBeSetByOthers,
  migrationOf,
  needsTakeover,
  owningApp,
  type Pair,
  recordAdopted,
  setByOthers,
  settle,
  toldChanges,
  withoutAnswers,
} from "../../core/compare/index.ts";
import { healsItself } from "../../core/model/application.ts";
import type {
  Difference,
  FieldDifference,
  Judgement,
  ObjectDrift,
  ObjectRecord,
} from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { type LiveObject, withObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { SetByOthers } from "../../core/model/set-by-others.ts";
import { isOptionSet } from "../../core/plan/sync-options.ts";
import type { ClusterObjects } from "../../core/ports/cluster-objects.ts";
import { defined } from "../../lib/defined.ts";
import type { Sent } from "../send/send.ts";
import { sendObject } from "../send/send-object.ts";
import { faultsOf } from "../target/place-objects.ts";
import type { CompareInput } from "./compare-input.ts";

export type BothThere = Extract<Pair, { is: "both" }>;

export interface JudgedPair {
  difference: Difference;
  /** New, or saying something else now. */
  record?: ObjectRecord | undefined;
  reown?: "needed" | undefined;
  /** In what it differs, where that is known. */
  drift?: ObjectDrift | undefined;
  problem?: Problem;
}

/** Dry runs of one object in one pass that were answered from another state than the one at hand. */
const MOST_STALE = 4;

/** The schema of the object's kind: as it is (`KindInfo.schema`), or another one that Git wants, by which the server will know more. */
export type Schema = { is: "known"; schema: string | undefined } | { is: "to-change" };

/** @param ignored what of it is left to others */
export async function judgePair(
  pair: BothThere,
  ignored: IgnoredFields,
  schema: Schema,
  input: CompareInput,
): Promise<JudgedPair> {
  const { desired, live } = pair;
  const before = input.memory.records.get(pair.key);
  const adopted = owningApp(live, input.us).is === "us" ? recordAdopted(live, before) : before;
  const isOutdated =
    dropsFields(adopted?.repairs?.list ?? []) &&
    (schema.is === "to-change" || schema.schema !== adopted?.repairs?.schema);
  const known = adopted !== undefined && isOutdated ? withoutAnswers(adopted) : adopted;
  const judgement = judge(desired, live, known, { ignored });
  if (judgement.is === "ask" || isUnclear(pair, judgement, input))
    return askServer(pair, known, ignored, schema, input);
  const isSame = judgement.is === "same";
  const settled = isSame && known !== undefined ? settle(desired, live, known, ignored) : undefined;
  return {
    difference: asDifference(pair, judgement.is),
    record: settled ?? (known === before ? undefined : known),
    reown: judgement.is === "same" ? judgement.reown : undefined,
    drift: isSame ? undefined : judgement.because === undefined ? input.drifted.get(pair.key) : NOT_TAKEN,
    ...(judgement.is === "changed" ? saidOf(pair, judgement.because) : {}),
  };
}

/** It is remembered that it differs, and not in what: where that is put back, it is by what the heals are counted. */
function isUnclear(
  { key }: BothThere,
  judgement: Judgement,
  { snapshot, drifted }: Pick<CompareInput, "snapshot" | "drifted">,
): boolean {
  return (
    judgement.is === "changed" &&
    judgement.because === undefined &&
    healsItself(snapshot.app.spec) &&
    !drifted.has(key)
  );
}

/** The same apply as a dry run, its answer held against the live object. */
async function askServer(
  pair: BothThere,
  known: ObjectRecord | undefined,
  ignored: IgnoredFields,
  schema: Schema,
  input: CompareInput,
): Promise<JudgedPair> {
  const { desired, live } = pair;
  const { app, settings } = input.snapshot;
  const { objects } = input;
  const question = `${appliedHash(desired, ignored)} ${live.uid} ${live.contentHash}`;
  const refused = input.memory.refusal(pair.key, question);
  if (refused !== undefined) return { difference: asDifference(pair, "changed"), problem: refused };

  // With managedFields it can be told which of the ignored fields are ours to give up, what a takeover will remove, and
  // who sets again what was put back.
  const migration = migrationOf(app);
  const takes = needsTakeover(live.managers, known, migration);
  const isHealedAgain = input.memory.isHealedAgain(pair.key);
  const needsOwners = ignored.paths.length > 0 || ignored.managers.length > 0 || takes || isHealedAgain;
  let whole = await wholeLive(live, desired, objects, needsOwners ? "read" : "cached");
  // Who set what differs is worth one look where it stays so; what may not be read is compared all the same.
  if (!needsOwners && !healsItself(app.spec) && mayBeSetByOthers(live, known)) {
    const owned = await wholeLive(live, desired, objects, "read");
    if (owned.is === "known") whole = owned;
  }
  for (let tries = 0; ; tries++) {
    // Nor can be read what a webhook does not convert, which the definition may not ask any more.
    if (whole.is === "unread" && schema.is === "to-change")
      return { difference: asDifference(pair, "changed") };
    if (whole.is !== "known") return unknown(pair, whole.why);
    const held = whole.live;
    const ask = (how: "server-side" | "replace"): Promise<Sent> =>
      sendObject(
        {
          cluster: objects,
          desired,
          ignored,
          live: held,
          how,
          record: known,
          migration,
          faults: faultsOf(app, settings, desired.syncOptions),
        },
        "dry-run",
      );
    const applied = await ask("server-side");
    // What an apply cannot say is written by another road, where that was asked for.
    const sent =
      applied.is === "refused" &&
      isOptionSet("Replace", app.spec.syncPolicy?.syncOptions ?? [], desired, live)
        ? await ask("replace")
        : applied;
    if (sent.is === "unreachable") return unknown(pair, `the cluster did not answer: ${sent.outcome.why}`);
    // What it does not take today may be what the definition is changed for.
    if (schema.is === "to-change" && (sent.is === "refused" || dropsFields(sent.repairs)))
      return { difference: asDifference(pair, "changed") };
    if (sent.is === "refused")
      return refusedPair(pair, { message: sent.outcome.message, question, ignored }, input);
    const answer = sent.outcome.object;
    const predicted = needsTakeover(held.managers, known, migration)
      ? afterTakeover(held.object, desired.object, answer, migration)
      : answer;
    const concluded = concludeFromPrediction(
      desired,
      live,
      {
        predicted: sent.outcome.live,
        ...(held === live ? {} : { comparedWith: held }),
        ...(predicted === answer ? {} : { takeover: "removes" }),
      },
      known,
      ignored,
    );
    if (concluded.answer !== "stale") {
      const differs = concluded.answer === "changed" && concluded.because === undefined;
      const fields = differs ? diffObjects({ key: pair.key, live: held.object, predicted }).fields : [];
      const others = differs
        ? setByOthers(appliedHash(desired, ignored), held, concluded.record, fields)
        : undefined;
      const record = withOthers(concluded.record, others);
      return {
        difference: asDifference(pair, concluded.answer),
        record: sent.repairs.length === 0 ? record : { ...record, repairs: repairsBy(sent, schema) },
        reown: concluded.reown === "needed" ? "needed" : undefined,
        drift: concluded.answer === "same" ? undefined : differs ? driftOf(fields, others) : NOT_TAKEN,
        ...saidOf(pair, concluded.because),
      };
    }
    // Somebody writes faster than we compare: what differs now is judged again at the next watch event.
    if (tries >= MOST_STALE) return { difference: asDifference(pair, "changed") };
    whole = await wholeLive(live, desired, objects, "read");
  }
}

function repairsBy(
  { hash, repairs }: Extract<Sent, { is: "done" }>,
  schema: Schema,
): NonNullable<ObjectRecord["repairs"]> {
  return {
    desiredHash: hash,
    list: repairs,
    ...defined({ schema: schema.is === "known" ? schema.schema : undefined }),
  };
}

function refusedPair(
  pair: BothThere,
  { message, question, ignored }: { message: string; question: string; ignored: IgnoredFields },
  input: CompareInput,
): JudgedPair {
  const { desired, live } = pair;
  const { cluster } = input.snapshot;
  if (/does not support dry run/i.test(message)) {
    const judged = judge(desired, live, input.memory.records.get(pair.key), {
      ignored,
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
  input.memory.keepRefusal(pair.key, question, problem);
  return { difference: asDifference(pair, "changed"), problem };
}

/** Git's values do not take, though nothing refuses them. */
function saidOf({ desired }: BothThere, because: string | undefined): Pick<JudgedPair, "problem"> {
  if (because === undefined) return {};
  const { file, line } = desired.origin;
  return { problem: { severity: "error", object: show(desired.ref), file, line, text: because } };
}

export function unknown({ key, desired }: Pick<BothThere, "key" | "desired">, why: string): JudgedPair {
  return { difference: { is: "unknown", because: "unseen", key, desired, why } };
}

/** Whatever is applied is accepted, and changes nothing. */
const NOT_TAKEN: ObjectDrift = { fields: [], setters: [], told: [], applyHelps: "no" };

function withOthers(record: ObjectRecord, others: SetByOthers | undefined): ObjectRecord {
  return record.verdict === undefined || others === undefined
    ? record
    : { ...record, verdict: { ...record.verdict, others } };
}

function driftOf(fields: readonly FieldDifference[], others: SetByOthers | undefined): ObjectDrift {
  const setters = new Map(
    fields.flatMap(({ owner }) => (owner === undefined ? [] : [[owner.manager, owner]])),
  );
  return {
    fields: fields.map(({ path }) => path),
    setters: [...setters.values()],
    told: toldChanges(fields),
    ...defined({ others }),
    applyHelps: "yes",
  };
}

/**
 * The live object at the manifest's version and with all of its fields: what a prediction can be held against.
 * `read` asks the server anew, and brings managedFields with it.
 */
async function wholeLive(
  live: LiveObject,
  desired: DesiredObject,
  objects: ClusterObjects,
  how: "cached" | "read",
): Promise<{ is: "known"; live: LiveObject } | { is: "unknown" | "unread"; why: string }> {
  const isWhole = live.apiVersion === desired.object.apiVersion && (live.detail ?? "full") === "full";
  if (how === "cached" && isWhole) return { is: "known", live };
  const found = await objects.read(desired.ref, desired.object.apiVersion);
  switch (found.is) {
    case "found":
      return { is: "known", live: withObject(found.live, found.object) };
    case "absent":
      return { is: "unknown", why: "it was deleted while it was being compared" };
    case "forbidden":
      return { is: "unknown", why: found.why };
    case "unreachable":
      return { is: "unread", why: found.why };
  }
}
