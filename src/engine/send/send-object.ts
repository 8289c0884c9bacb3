/**
 * One object on its way to the API server: foreign managers taken over, ignored fields left to their owners,
 * repairs tried, and the answer turned into one of three outcomes.
 */

import {
  appliedHash,
  applyRepairs,
  type IgnoredFields,
  needsTakeover,
  releasePatch,
  repairsFor,
  takeover,
  withoutIgnored,
} from "../../core/compare/index.ts";
import type { ObjectRecord, Repair } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { LiveObject } from "../../core/model/live-object.ts";
import type { ApplyMethod } from "../../core/model/plan.ts";
import type { ClusterObjects, WriteMode, WriteOutcome } from "../../core/ports.ts";

export interface Send {
  cluster: ClusterObjects;
  desired: DesiredObject;
  ignored: IgnoredFields;
  live: LiveObject | undefined;
  how: ApplyMethod;
  record: ObjectRecord | undefined;
  /** `refuse`: an object that the server does not take as it is written is an error. */
  faults: "repair" | "refuse";
}

export type Sent =
  | { is: "done"; hash: string; outcome: Extract<WriteOutcome, { is: "done" }>; repairs: Repair[] }
  | { is: "refused"; outcome: Extract<WriteOutcome, { is: "refused" }>; repairs: Repair[] }
  | { is: "unreachable"; outcome: Extract<WriteOutcome, { is: "unreachable" }> };

/** A manifest with more faults of this kind than that is not repaired any further. */
const MOST_REPAIRS = 30;

/** Writes, or asks by a dry run what writing would do. */
export async function sendObject(send: Send, mode: WriteMode): Promise<Sent> {
  const hash = appliedHash(send.desired, send.ignored);
  const ready = mode === "write" ? await makeReady(send) : { is: "ready" as const, live: send.live?.object };
  if (ready.is !== "ready") return ready;
  const left = withoutIgnored(send.desired.object, ready.live, send.ignored);
  const wanted = mode === "write" ? left.object : left.predict;

  let repairs = send.record?.repairs?.desiredHash === hash ? send.record.repairs.list : [];
  for (;;) {
    const object = repairs.length === 0 ? wanted : applyRepairs(wanted, repairs);
    const outcome = await write(send, object, mode);
    if (outcome.is === "done") return { is: "done", hash, outcome, repairs };
    if (outcome.is === "unreachable") return { is: "unreachable", outcome };
    const more = send.faults === "repair" && repairs.length < MOST_REPAIRS ? repairsFor(outcome, object) : [];
    const news = more.filter(
      (repair) => !repairs.some((known) => known.do === repair.do && known.path === repair.path),
    );
    if (news.length === 0) return { is: "refused", outcome, repairs };
    repairs = [...repairs, ...news];
  }
}

type Ready = { is: "ready"; live: KubeObject | undefined } | Exclude<Sent, { is: "done" }>;

/**
 * Before a write to an object that is there: other delivery tools' claims become ours, and ignored fields are given up,
 * each in one patch that fails where somebody wrote in between, and is then made anew.
 */
async function makeReady({ cluster, desired, ignored, live, how, record }: Send): Promise<Ready> {
  const serverSide = how === "server-side" || how === "server-side-or-recreate";
  const takes = live !== undefined && serverSide && needsTakeover(live.managers, record);
  const ignores = ignored.paths.length > 0 || ignored.managers.length > 0;
  if (live === undefined || !serverSide || (!takes && !ignores)) return { is: "ready", live: live?.object };
  for (let tries = 0; ; tries++) {
    const found = await cluster.read(desired.ref, desired.object.apiVersion);
    if (found.is === "absent") return { is: "ready", live: undefined };
    if (found.is === "unreachable") return { is: "unreachable", outcome: found };
    if (found.is === "forbidden")
      return {
        is: "refused",
        outcome: { is: "refused", status: 403, reason: "Forbidden", message: found.why, causes: [] },
        repairs: [],
      };
    const patch =
      (takes ? takeover(found.object, desired.object.apiVersion) : undefined) ??
      (ignores
        ? releasePatch(found.object, withoutIgnored(desired.object, found.object, ignored).release)
        : undefined);
    if (patch === undefined) return { is: "ready", live: found.object };
    const patched = await cluster.patch(desired.ref, desired.object.apiVersion, patch);
    if (patched.is === "unreachable") return { is: "unreachable", outcome: patched };
    const raced = patched.is === "refused" && (patched.status === 409 || patched.status === 422);
    if (patched.is === "refused" && (!raced || tries >= 5))
      return { is: "refused", outcome: patched, repairs: [] };
  }
}

async function write(
  { cluster, live, how }: Send,
  object: KubeObject,
  mode: WriteMode,
): Promise<WriteOutcome> {
  switch (how) {
    case "server-side":
      return cluster.apply(object, mode);
    case "server-side-or-recreate": {
      const outcome = await cluster.apply(object, mode);
      return outcome.is === "refused" && isImmutable(outcome)
        ? recreate(cluster, object, live, mode)
        : outcome;
    }
    case "replace":
      return live === undefined
        ? cluster.create(object, mode)
        : cluster.replace(withVersion(object, live), mode);
    case "replace-or-recreate": {
      if (live === undefined) return cluster.create(object, mode);
      const outcome = await cluster.replace(withVersion(object, live), mode);
      return outcome.is === "refused" && isImmutable(outcome)
        ? recreate(cluster, object, live, mode)
        : outcome;
    }
  }
}

/** 422 about an immutable field, or 409: what `Force=true` answers with delete and create. */
function isImmutable(outcome: Extract<WriteOutcome, { is: "refused" }>): boolean {
  return (
    outcome.status === 409 ||
    (outcome.status === 422 && /immutable|may not be changed|forbidden/i.test(outcome.message))
  );
}

async function recreate(
  cluster: ClusterObjects,
  object: KubeObject,
  live: LiveObject | undefined,
  mode: WriteMode,
): Promise<WriteOutcome> {
  if (live === undefined) return cluster.create(object, mode);
  const gone = await cluster.delete(
    live.ref,
    object.apiVersion,
    { uid: live.uid, propagation: "Foreground" },
    mode,
  );
  if (gone.is === "refused" || gone.is === "unreachable") return gone;
  // A dry run cannot create what is still there; that the delete would pass is all it can say.
  if (mode === "dry-run") return { is: "done", live, object, warnings: [] };
  return applyWhenGone(cluster, object, live);
}

/** Finalizers may keep the old one for a while; applying to it meanwhile would write to what is going. */
async function applyWhenGone(
  cluster: ClusterObjects,
  object: KubeObject,
  live: LiveObject,
): Promise<WriteOutcome> {
  for (let tries = 0; tries < 60; tries++) {
    const found = await cluster.read(live.ref, object.apiVersion);
    if (found.is === "unreachable") return found;
    if (found.is !== "found" || found.live.uid !== live.uid) return cluster.apply(object, "write");
    await Bun.sleep(Math.min(100 * (tries + 1), 1_000));
  }
  return {
    is: "refused",
    status: 409,
    reason: "Conflict",
    message: "the object was deleted to be made again and is still terminating",
    causes: [],
  };
}

/** PUT replaces the whole object; the precondition keeps it from undoing a change that nobody has seen. */
function withVersion(object: KubeObject, live: LiveObject): KubeObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion: live.resourceVersion } };
}
