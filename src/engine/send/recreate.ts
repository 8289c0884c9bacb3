/**
 * Delete and make anew, which `Force=true` asks for where a field cannot be changed. Nothing is deleted before the
 * server has said that it would take the new object; what was there is put back where it does not after all.
 */
import {
  anotherName,
  asNewObject,
  asPutBack,
  type CreationAnswer,
  immutableFields,
  isFreedSoon,
  readOtherName,
  readOwnName,
  sayRefusal,
} from "../../core/compare/index.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { show } from "../../core/model/object-ref.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { backoffMs } from "../../lib/backoff.ts";
import { pause } from "./pause.ts";
import { putBack } from "./put-back.ts";
import { putObject } from "./put-object.ts";
import {
  FREED_WITHIN_MS,
  type How,
  type Refused,
  refusedWith,
  type Send,
  type Tried,
  type Writing,
} from "./send.ts";

/** Pods with a long grace, volumes that detach slowly: what is held longer waits for somebody. */
const GONE_WITHIN_MS = 5 * 60_000;
const PAUSE = { firstMs: 50, mostMs: 1_000 };
/** Of an object that others change faster than the server can be asked about it. */
const MOST_RACES = 3;

export async function recreate(
  send: Send,
  object: KubeObject,
  refusal: Refused,
  hash: string,
  how: How,
  tries = 1,
): Promise<Tried> {
  const { cluster, desired, record } = send;
  const fields = immutableFields(refusal).map(({ field, why }) => field || why);
  const because = `${fields.join(", ")} cannot be changed`;
  const refused = (why: string): Tried => ({ outcome: refusedWith(`${because}, and ${why}`), last: "yes" });
  if (record?.recreation?.is === "failed" && record.recreation.desiredHash === hash)
    return refused(
      `it was deleted and made again for that before, which failed: ${record.recreation.why}. That is not tried again with the same content: change it in Git, or delete the object by hand`,
    );
  const found = await cluster.read(desired.ref, object.apiVersion);
  if (found.is === "absent") return { outcome: await cluster.apply(object, modeFor(how)) };
  if (found.is === "unreachable") return { outcome: found };
  if (found.is === "forbidden") return refused(found.why);

  const creation = await askCreation(cluster, object, found.object, (said) =>
    sayRefusal(said, { syncOptions: [] }, "may-be"),
  );
  if (creation.is === "unreachable") return { outcome: creation };
  if (creation.is === "refused")
    return refused(
      `it is not deleted, because the API server would not take it as a new one: ${creation.why}`,
    );
  const { uid, resourceVersion } = found.live;
  // What goes is what was read: were it another by then, that could not be put back.
  const deletion = { uid, resourceVersion, propagation: "Foreground" } as const;
  if (how === "dry-run") {
    const asked = await cluster.delete(desired.ref, object.apiVersion, deletion, "dry-run");
    if (asked.is === "unreachable") return { outcome: asked };
    if (asked.is === "refused" && asked.reason !== "Conflict")
      return refused(`it cannot be deleted: ${asked.message}`);
    return {
      outcome: { is: "done", live: found.live, object, warnings: [] },
      notes: [`would be deleted with what it owns and made again, because ${because}`],
    };
  }

  const paused = send.mustStay?.();
  if (paused !== undefined) return refused(`it is not deleted to be made again: ${paused}`);
  const before = holdsSecrets(found.object) ? {} : { before: asPutBack(found.object) };
  const known: ObjectRecord = record ?? { key: desired.key, uid };
  how.remember({ ...known, recreation: { desiredHash: hash, is: "under-way", ...before } });
  const gone = await cluster.delete(desired.ref, object.apiVersion, deletion, "write");
  if (gone.is === "refused") {
    how.remember(known);
    if (gone.reason === "Conflict" && tries < MOST_RACES)
      return recreate(send, object, refusal, hash, how, tries + 1);
    return refused(`it cannot be deleted: ${gone.message}`);
  }
  const waited =
    gone.is === "unreachable" ? { is: "not-gone" as const, why: gone.why } : await untilGone(send, uid, how);
  if (waited.is === "not-gone") return refused(waited.why);
  const made = await make(send, object, how);
  if (made.outcome.is === "done")
    return { ...made, notes: [`deleted and made again, because ${because}`, ...(made.notes ?? [])] };
  if (made.outcome.is === "unreachable")
    return refused(
      `it was deleted to be made again, but the cluster does not answer since (${made.outcome.why}): the next sync makes it`,
    );
  const why = sayRefusal(made.outcome, desired, "may-be");
  return putBack({ send, before: found.object, hash, why }, how);
}

/** @returns whether the server would take it as a new object, see `asNewObject` */
async function askCreation(
  cluster: ClusterObjects,
  object: KubeObject,
  live: KubeObject,
  say: (refusal: Refused) => string,
): Promise<CreationAnswer | Extract<WriteOutcome, { is: "unreachable" }>> {
  const asNew = asNewObject(object, live);
  const own = await cluster.create(asNew, "dry-run");
  if (own.is === "unreachable") return own;
  const answer: CreationAnswer = own.is === "done" ? { is: "creatable" } : readOwnName(own, () => say(own));
  if (answer.is === "refused") return answer;
  const name = anotherName(asNew.metadata.name);
  const other = await cluster.create({ ...asNew, metadata: { ...asNew.metadata, name } }, "dry-run");
  if (other.is === "unreachable") return other;
  return other.is === "done" ? answer : readOtherName(other, () => say(other));
}

type Gone = { is: "gone" } | { is: "not-gone"; why: string };

/** Finalizers may keep the old one for a while; applying to it meanwhile would write to what is going. */
async function untilGone({ cluster, desired }: Send, uid: string, writing: Writing): Promise<Gone> {
  const { clock, progress } = writing;
  const deadline = clock.monotonic() + GONE_WITHIN_MS;
  for (let tries = 1, held = ""; ; tries++) {
    const found = await cluster.read(desired.ref, desired.object.apiVersion);
    if (found.is === "absent" || (found.is === "found" && found.live.uid !== uid)) return { is: "gone" };
    if (found.is === "found") held = (found.object.metadata.finalizers ?? []).join(", ");
    const by = held === "" ? "" : `, which is held by its finalizer ${held}`;
    if (tries > 1) progress(`waiting until the old ${show(desired.ref)} is gone${by}, to make it again`);
    const end = "Once it is gone, the next sync makes the new one";
    if (clock.monotonic() >= deadline)
      return {
        is: "not-gone",
        why: `it was deleted to be made again and is still there after ${GONE_WITHIN_MS / 60_000} minutes${by}. ${end}; take the finalizer away if its owner is gone`,
      };
    if ((await pause(backoffMs(tries, PAUSE), writing)) === "terminated")
      return {
        is: "not-gone",
        why: `the operation was terminated while it waited for the old one to go${by}: it is deleted and not made again yet. ${end}`,
      };
  }
}

/** The old one is gone: whatever comes in between, this is tried until the server has said yes or no. */
async function make(send: Send, object: KubeObject, writing: Writing): Promise<Tried> {
  const { clock, progress } = writing;
  const freedBy = clock.monotonic() + FREED_WITHIN_MS,
    deadline = clock.monotonic() + GONE_WITHIN_MS;
  for (let tries = 1; ; tries++) {
    const tried: Tried =
      send.how === "replace-or-recreate"
        ? await putObject(send, object, writing)
        : { outcome: await send.cluster.apply(object, "write") };
    const { outcome } = tried;
    const isFreed = outcome.is === "refused" && isFreedSoon(outcome);
    if (outcome.is !== "unreachable" && !isFreed) return tried;
    if (clock.monotonic() >= (isFreed ? freedBy : deadline)) return tried;
    const why = outcome.is === "unreachable" ? outcome.why : "what the old one held is not given back yet";
    progress(`waiting for the cluster to make ${show(send.desired.ref)} again: ${why}`);
    if ((await pause(backoffMs(tries, PAUSE), writing)) === "terminated") return tried;
  }
}

function modeFor(how: How): "dry-run" | "write" {
  return how === "dry-run" ? "dry-run" : "write";
}
