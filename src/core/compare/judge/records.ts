import { defined } from "../../../lib/defined.ts";
import type { ObjectRecord, Repair } from "../../model/comparison.ts";
import type { DesiredObject, Origin } from "../../model/desired-object.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import type { LiveObject, OwnEntry } from "../../model/live-object.ts";
import type { RefKey } from "../../model/object-ref.ts";
import type { IgnoredFields } from "../ignore/ignored-fields.ts";
import { leftToOthers } from "../ignore/left-to-others.ts";
import { replacedContent } from "./judge-replaced.ts";
import { wantedButOther } from "./wanted-leaves.ts";

export type Applied = NonNullable<ObjectRecord["applied"]>;

/** Stands where an object has no entry of ours because it was written by replace. No real entry equals it. */
const NO_ENTRY: OwnEntry = { apiVersion: "", time: "", fieldsHash: "" };

export function wasReplaced(applied: Applied): boolean {
  return applied.own.fieldsHash === "";
}

/**
 * Before the first write: the key is ours to write, nothing is ours to delete yet. What was known stays known, but for the
 * uid of an object that is gone and made anew: who never hears of the new one's would take it for somebody else's.
 */
export function recordIntended(
  key: RefKey,
  known: ObjectRecord | undefined,
  is: "there" | "made-anew",
): ObjectRecord {
  if (known === undefined) return { key, uid: "" };
  return is === "there" ? known : { ...known, uid: "" };
}

/**
 * A live object with our tracking id whose key is desired (or in an unfinished intent): its uid joins the inventory.
 * What was remembered of another uid under this key is forgotten.
 */
export function recordAdopted(live: LiveObject, known: ObjectRecord | undefined): ObjectRecord {
  if (known?.uid === live.uid) return known;
  return {
    key: live.key,
    uid: live.uid,
    ...defined({ repairs: known?.repairs, recreation: known?.recreation }),
  };
}

/** Whether the server was given less than Git says, for want of fields in its schema. */
export function dropsFields(repairs: readonly Repair[]): boolean {
  return repairs.some((repair) => repair.do === "drop-unknown-field");
}

/** What was learnt of the server by its schema is forgotten: its answers, and what was left out for them. */
export function withoutAnswers({
  applied: _,
  verdict: __,
  repairs: ___,
  ...record
}: ObjectRecord): ObjectRecord {
  return record;
}

export interface AppliedWith {
  /** `appliedHash` of what was sent. */
  hash: string;
  /** `DesiredObject.hash` of it. Absent: it is `hash`. */
  objectHash?: string;
  /** What Git wants, and what of it is left to others. Absent: what the answer has of it is not remembered. */
  wanted?: Wanted;
  /** Default: by server-side apply. An object that was PUT has no entry of ours that tells anything. */
  by?: "apply" | "put";
  /** What was remembered before. */
  known?: ObjectRecord | undefined;
  /** Default none. */
  repairs?: readonly Repair[];
  /** Where Git has it. */
  from?: Origin;
}

/**
 * Whatever other managers there were at this first apply is taken over now: `tookOver` holds from here on.
 * @param live the server's response to our write, at the manifest's version
 */
export function recordAfterApply(live: LiveObject, sent: AppliedWith): ObjectRecord {
  const { hash, objectHash, wanted, by = "apply", known, repairs = [], from } = sent;
  const own = by === "put" ? undefined : live.own;
  const before =
    known?.uid === live.uid && known.applied?.desiredHash === hash && !wasReplaced(known.applied)
      ? known.applied
      : undefined;
  const lost = own === undefined || wanted === undefined ? [] : lostSince(before, live.object, wanted);
  const because = lost.length === 0 ? undefined : sayLost(lost);
  const record: ObjectRecord = {
    key: live.key,
    uid: live.uid,
    // Where a value does not take, our entry is no evidence, and the first answer stays what it was.
    applied:
      because !== undefined && before !== undefined
        ? before
        : {
            desiredHash: hash,
            ...(objectHash === undefined || objectHash === hash ? {} : { objectHash }),
            own: own ?? replacedEntry(live, wanted),
            resourceVersion: live.resourceVersion,
            generation: live.generation,
            contentHash: live.contentHash,
            ...(own === undefined || wanted === undefined
              ? {}
              : { other: before?.other ?? otherThanWanted(live.object, wanted) }),
          },
    // The response is what the server makes of this object: for kinds without ownership the only evidence later.
    verdict: {
      desiredHash: hash,
      uid: live.uid,
      contentHash: live.contentHash,
      ...(because === undefined ? { answer: "same" } : { answer: "changed", because }),
    },
  };
  if (repairs.length > 0) record.repairs = { desiredHash: hash, list: [...repairs] };
  if (own !== undefined) record.tookOver = true;
  if (from !== undefined) record.from = { source: from.source, file: from.file };
  return record;
}

export interface Wanted {
  object: KubeObject;
  ignored: IgnoredFields;
  /** The live object with its managedFields, which tell what a manager's is. Needed where managers are ignored. */
  owned?: KubeObject;
}

function replacedEntry(live: LiveObject, wanted: Wanted | undefined): OwnEntry {
  if (wanted === undefined) return NO_ENTRY;
  return {
    ...NO_ENTRY,
    valuesHash: replacedContent(wanted.object, wanted.owned ?? live.object, wanted.ignored),
  };
}

export function otherThanWanted(answer: KubeObject, { object, ignored, owned = answer }: Wanted): string[] {
  return wantedButOther(object, answer, leftToOthers(object, owned, ignored));
}

/** Fields that had Git's value in the first answer to this desired object, and have another one in this one. */
export function lostSince(
  first: Pick<Applied, "other"> | undefined,
  answer: KubeObject,
  wanted: Wanted,
): string[] {
  const { other } = first ?? {};
  return other === undefined ? [] : otherThanWanted(answer, wanted).filter((path) => !other.includes(path));
}

export function sayLost(paths: readonly string[]): string {
  const what =
    paths.length === 1 ? `${paths[0]} does not take` : `${paths.slice(0, 5).join(", ")} do not take`;
  return `${what}: the API server accepts what Git says and keeps another value, because another field or an admission decides it. Write the field that decides`;
}

/** Records of objects that Git has in another file than was noted, with that file. */
export function notedOrigins(
  records: ReadonlyMap<RefKey, ObjectRecord>,
  desired: readonly DesiredObject[],
): ObjectRecord[] {
  return desired.flatMap(({ key, origin: { source, file } }) => {
    const record = records.get(key);
    return record === undefined || (record.from?.file === file && record.from.source === source)
      ? []
      : [{ ...record, from: { source, file } }];
  });
}
