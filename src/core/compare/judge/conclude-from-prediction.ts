import type { ObjectRecord } from "../../model/comparison.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { LiveObject } from "../../model/live-object.ts";
import { type IgnoredFields, NOTHING_IGNORED } from "../ignore/ignored-fields.ts";
import { appliedHash } from "./applied-hash.ts";
import { judgeReplaced } from "./judge-replaced.ts";
import { type Applied, lostSince, otherThanWanted, sayLost, wasReplaced } from "./records.ts";
import { isLaterSecond } from "./settle.ts";

export type Conclusion =
  | Concluded
  /** The server answered from a newer state than the one compared with: to be asked again with that state at hand. */
  | { answer: "stale" };

export interface Concluded {
  answer: "same" | "changed";
  /** To be kept in place of the old one. */
  record: ObjectRecord;
  /**
   * `needed`: there is no difference, but our entry does not own what we want, so the next edit of those fields would
   * go unseen by ownership. Where self-heal is on the object is applied again; elsewhere the verdict goes on deciding.
   */
  reown: "needed" | "not-needed";
  /** Why it is `changed` though an apply would change nothing. */
  because?: string;
}

export interface Prediction {
  /** The server's answer to the same apply as a dry run. */
  predicted: Pick<LiveObject, "contentHash" | "own" | "resourceVersion" | "object">;
  /**
   * The live object that the prediction is held against. Both are read at the manifest's apiVersion: where the watch
   * shows another one, `comparedWith` is the object fetched at the manifest's, and `live` stays the watched one.
   */
  comparedWith?: LiveObject;
  /** `removes`: our first apply takes fields of another delivery tool over that Git does not want, see `afterTakeover`. */
  takeover?: "removes";
}

/** Reads the server's answer to a dry run: a no-op answer equals the live object, to the byte. Controllers write meanwhile. */
export function concludeFromPrediction(
  desired: DesiredObject,
  live: LiveObject,
  { predicted, comparedWith = live, takeover }: Prediction,
  known: ObjectRecord | undefined,
  ignored: IgnoredFields = NOTHING_IGNORED,
): Conclusion {
  const hash = appliedHash(desired, ignored);
  const applied = known?.uid === live.uid && known.applied?.desiredHash === hash ? known.applied : undefined;
  const replaced = known !== undefined && applied !== undefined && wasReplaced(applied);
  const wanted = { object: desired.object, ignored, owned: comparedWith.object };
  const isNoOp = predicted.contentHash === comparedWith.contentHash && takeover === undefined;
  const lost = isNoOp && !replaced ? lostSince(applied, predicted.object, wanted) : [];
  const answer = replaced
    ? judgeReplaced(desired, comparedWith, known, ignored).is
    : isNoOp && lost.length === 0
      ? "same"
      : "changed";
  const because = lost.length === 0 ? {} : { because: sayLost(lost) };
  // A dry run bears the resourceVersion of the state it started from.
  if (
    comparedWith.uid !== live.uid ||
    (answer === "changed" && !replaced && predicted.resourceVersion !== comparedWith.resourceVersion)
  )
    return { answer: "stale" };
  // What was learnt of another state than the watched one must not be remembered under the watched content.
  const watched = comparedWith.resourceVersion === live.resourceVersion;
  const record: ObjectRecord = {
    ...(known?.uid === live.uid ? known : { key: live.key, uid: known?.uid ?? "" }),
    ...(watched
      ? { verdict: { desiredHash: hash, uid: live.uid, contentHash: live.contentHash, answer, ...because } }
      : {}),
  };
  if (answer === "changed" || replaced) return { answer, record, reown: "not-needed", ...because };
  const { own } = live;
  if (
    own === undefined ||
    predicted.own === undefined ||
    own.fieldsHash !== predicted.own.fieldsHash ||
    own.apiVersion !== predicted.own.apiVersion
  ) {
    return {
      answer,
      record:
        record.verdict === undefined
          ? record
          : { ...record, verdict: { ...record.verdict, reown: "needed" } },
      reown: "needed",
    };
  }
  // Our entry owns exactly what this apply would own, and the values are right: that is as good as having applied it.
  const baseline: Applied = {
    desiredHash: hash,
    ...(desired.hash === hash ? {} : { objectHash: desired.hash }),
    own,
    resourceVersion: live.resourceVersion,
    generation: live.generation,
    contentHash: live.contentHash,
    other: applied?.other ?? otherThanWanted(predicted.object, wanted),
    ...(isLaterSecond(live) ? { settled: true as const } : {}),
  };
  // Only an object whose uid is in the inventory gets a baseline; adoption is decided elsewhere.
  return {
    answer,
    record: watched && record.uid === live.uid ? { ...record, applied: baseline } : record,
    reown: "not-needed",
  };
}
