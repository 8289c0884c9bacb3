/**
 * One object on its way to the API server: foreign managers taken over, ignored fields left to their owners,
 * repairs tried, and the answer turned into one of three outcomes.
 */

import {
  appliedHash,
  applyRepairs,
  frozenFields,
  immutableFields,
  isNeverRecreated,
  lostTwins,
  needsTakeover,
  releasePatch,
  repairsFor,
  sayRefusal,
  takeover,
  withLiveIgnored,
  withoutIgnored,
} from "../../core/compare/index.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ClusterObjects, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { makeRoom } from "./make-room.ts";
import { putBack } from "./put-back.ts";
import { putObject } from "./put-object.ts";
import { Races } from "./races.ts";
import { recreate } from "./recreate.ts";
import { type How, modeOf, type Refused, type Send, type Sent, type Tried } from "./send.ts";

/** A manifest with more faults of this kind than that is not repaired any further. */
const MOST_REPAIRS = 30;

/** Writes, or asks by a dry run what writing would do. */
export async function sendObject(send: Send, how: How): Promise<Sent> {
  const hash = appliedHash(send.desired, send.ignored);
  const ready = await (isReplaced(send)
    ? readIgnored(send)
    : how === "dry-run"
      ? { is: "ready" as const, live: send.live?.object }
      : makeReady(send));
  if (ready.is !== "ready") return ready;
  const wanted = wantedIn(send, ready.live, how);

  let repairs = send.record?.repairs?.desiredHash === hash ? send.record.repairs.list : [];
  for (;;) {
    const object = repairs.length === 0 ? wanted : applyRepairs(wanted, repairs);
    const { outcome, by = "apply", notes = [], last } = await write(send, object, hash, how);
    if (outcome.is === "done") return { is: "done", hash, outcome, repairs, by, notes };
    if (outcome.is === "unreachable") return { is: "unreachable", outcome };
    const lost = last === undefined ? lostTwins(outcome, object) : undefined;
    if (lost !== undefined) return { is: "refused", outcome: { ...outcome, message: lost }, repairs };
    const more =
      last === undefined && send.faults === "repair" && repairs.length < MOST_REPAIRS
        ? repairsFor(outcome, object)
        : [];
    const news = more.filter(
      (repair) => !repairs.some((known) => known.do === repair.do && known.path === repair.path),
    );
    if (news.length === 0) return { is: "refused", outcome: said(outcome, send, last), repairs };
    repairs = [...repairs, ...news];
  }
}

function said(outcome: Refused, { desired, live }: Send, last: "yes" | undefined): Refused {
  if (last !== undefined) return outcome;
  const recreated = isNeverRecreated(desired.ref) ? "never" : "may-be";
  const frozen = live === undefined ? new Map() : frozenFields(outcome.causes, desired.object, live.object);
  return { ...outcome, message: sayRefusal(outcome, { ...desired, frozen }, recreated) };
}

function isReplaced({ how }: Pick<Send, "how">): boolean {
  return how === "replace" || how === "replace-or-recreate";
}

function wantedIn(send: Send, live: KubeObject | undefined, how: How): KubeObject {
  const { desired, ignored } = send;
  if (isReplaced(send)) return withLiveIgnored(desired.object, live, ignored);
  const left = withoutIgnored(desired.object, live, ignored);
  return how === "dry-run" ? left.predict : left.object;
}

function ignoresAny({ paths, beyond = [], managers }: Send["ignored"]): boolean {
  return paths.length + beyond.length + managers.length > 0;
}

type Ready = { is: "ready"; live: KubeObject | undefined } | Exclude<Sent, { is: "done" }>;

/**
 * Before a write to an object that is there: other delivery tools' claims become ours, and ignored fields are given up,
 * each in one patch that fails where somebody wrote in between, and is then made anew.
 */
async function makeReady(send: Send): Promise<Ready> {
  const { cluster, desired, ignored, live, record, migration } = send;
  const takes = live !== undefined && needsTakeover(live.managers, record, migration);
  const ignores = ignoresAny(ignored);
  if (live === undefined || (!takes && !ignores)) return { is: "ready", live: live?.object };
  for (let tries = 0; ; tries++) {
    const found = await readNow(send);
    if (found.is !== "ready" || found.live === undefined) return found;
    const patch =
      (takes ? takeover(found.live, desired.object.apiVersion, migration) : undefined) ??
      (ignores
        ? releasePatch(found.live, withoutIgnored(desired.object, found.live, ignored).release)
        : undefined);
    if (patch === undefined) return found;
    const patched = await cluster.patch(desired.ref, desired.object.apiVersion, patch);
    if (patched.is === "unreachable") return { is: "unreachable", outcome: patched };
    const raced = patched.is === "refused" && (patched.status === 409 || patched.status === 422);
    if (patched.is === "refused" && (!raced || tries >= 5))
      return { is: "refused", outcome: patched, repairs: [] };
  }
}

/** A PUT gives nothing up, but must hold what is left to others as it is now. */
async function readIgnored(send: Send): Promise<Ready> {
  const { live, ignored } = send;
  return live === undefined || !ignoresAny(ignored) ? { is: "ready", live: live?.object } : readNow(send);
}

async function readNow({ cluster, desired }: Send): Promise<Ready> {
  const found = await cluster.read(desired.ref, desired.object.apiVersion);
  switch (found.is) {
    case "found":
      return { is: "ready", live: found.object };
    case "absent":
      return { is: "ready", live: undefined };
    case "unreachable":
      return { is: "unreachable", outcome: found };
    case "forbidden":
      return {
        is: "refused",
        outcome: { is: "refused", status: 403, reason: "Forbidden", message: found.why, causes: [] },
        repairs: [],
      };
  }
}

async function write(send: Send, object: KubeObject, hash: string, how: How): Promise<Tried> {
  const { cluster, live } = send;
  const isPut = isReplaced(send);
  const tried: Tried = isPut
    ? await putObject(send, object, how)
    : { outcome: await applyObject(cluster, object, how) };
  const { outcome } = tried;
  if (outcome.is !== "refused") return tried;
  if (live === undefined) return (await bringBack(send, outcome, hash, how)) ?? tried;
  if (immutableFields(outcome).length > 0) {
    const mayRecreate = send.how === "server-side-or-recreate" || send.how === "replace-or-recreate";
    return mayRecreate ? recreate(send, object, outcome, hash, how) : tried;
  }
  const isInvalid = !isPut && outcome.status === 422 && outcome.causes.length > 0;
  return (isInvalid ? await makeRoom(send, object, outcome, how) : undefined) ?? tried;
}

/**
 * Server-side apply. A conflict is somebody who wrote at the same moment, and says nothing of the object: the server merges
 * an apply into what it reads, and tries again a few times where others write, and so do we.
 */
async function applyObject(cluster: ClusterObjects, object: KubeObject, how: How): Promise<WriteOutcome> {
  const races = new Races(how);
  for (;;) {
    const outcome = await cluster.apply(object, modeOf(how));
    if (outcome.is !== "refused" || outcome.status !== 409 || (await races.lost()) === "too-often")
      return outcome;
  }
}

/** The object was deleted to be made again by somebody who did not live to see the new one refused. */
async function bringBack(send: Send, refusal: Refused, hash: string, how: How): Promise<Tried | undefined> {
  const { cluster, desired, record } = send;
  const before = record?.recreation?.is === "under-way" ? record.recreation.before : undefined;
  if (before === undefined) return undefined;
  const why = sayRefusal(refusal, desired, "may-be");
  if (how !== "dry-run") return putBack({ send, before, hash, why }, how);
  return {
    outcome: await cluster.create(before, "dry-run"),
    notes: [`would be put back as it was before it was deleted, because the new one is refused: ${why}`],
  };
}
