import {
  asNewObject,
  claimPatch,
  type Leftover,
  leftoversFor,
  readOwnName,
  sayRefusal,
  withoutLeftovers,
} from "../../core/compare/index.ts";
import { parseTrackingId } from "../../core/manifest/tracking-id.ts";
import { ANNOTATION } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import type { ClusterObjects, Lookup, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import { type How, type Refused, refusedWith, type Send, type Tried } from "./send.ts";

const MOST_RACES = 5;

type Found = Extract<Lookup, { is: "found" }>;

/**
 * An apply was refused, and what stands beside ours in the cluster may be why. Where all of that may go, and the server
 * would take the object without it (asked by a dry-run PUT), it becomes ours in one patch of managedFields alone, and
 * the same apply, made again, removes it.
 *
 * @returns undefined where nothing of the sort is near: then the refusal stands as it is
 */
export async function makeRoom(
  send: Send,
  object: KubeObject,
  refusal: Refused,
  how: How,
): Promise<Tried | undefined> {
  const { cluster, desired } = send;
  for (let tries = 1; ; tries++) {
    const found = await cluster.read(desired.ref, object.apiVersion);
    if (found.is !== "found") return undefined;
    const sets = leftoversFor(refusal.causes, found.object, object, send.ignored);
    if (sets.length === 0) return undefined;
    const way = await firstThatPasses(sets, found, object, cluster);
    if (way === undefined) return explained(send, object, refusal, found, sets.at(-1) ?? []);
    if (how === "dry-run")
      return { outcome: way.outcome, notes: [saying("would be removed", way.leftovers)] };
    const patched = await cluster.patch(
      desired.ref,
      object.apiVersion,
      claimPatch(found.object, object.apiVersion, way.leftovers),
    );
    if (patched.is === "unreachable") return { outcome: patched };
    const raced = patched.is === "refused" && (patched.status === 409 || patched.status === 422);
    if (raced && tries < MOST_RACES) continue;
    if (patched.is === "refused") return { outcome: patched };
    const outcome = await cluster.apply(object, "write");
    return {
      outcome,
      ...(outcome.is === "done" ? { notes: [saying("was removed", way.leftovers)] } : {}),
    };
  }
}

interface Way {
  leftovers: readonly Leftover[];
  outcome: Extract<WriteOutcome, { is: "done" }>;
}

async function firstThatPasses(
  sets: readonly Leftover[][],
  found: Found,
  object: KubeObject,
  cluster: ClusterObjects,
): Promise<Way | undefined> {
  for (const set of sets) {
    const leftovers = set.filter(({ whose }) => whose === "may-go");
    if (leftovers.length === 0) continue;
    const outcome = await cluster.replace(withoutLeftovers(found.object, object, leftovers), "dry-run");
    if (outcome.is === "done") return { leftovers, outcome };
  }
  return undefined;
}

/** What is Git's own fault stays a plain refusal; what others hold there is named. */
async function explained(
  { cluster, desired }: Send,
  object: KubeObject,
  refusal: Refused,
  found: Found,
  near: readonly Leftover[],
): Promise<Tried | undefined> {
  const others = near.filter(({ whose }) => whose === "others");
  if (others.length === 0) return undefined;
  const asked = await cluster.create(asNewObject(object, found.object), "dry-run");
  const isGitsFault = asked.is === "refused" && readOwnName(asked, ({ message }) => message).is === "refused";
  if (isGitsFault || asked.is === "unreachable") return undefined;
  const { annotations } = desired.object.metadata;
  const app = parseTrackingId(annotations?.[ANNOTATION.trackingId])?.app ?? "APP";
  const what = others.map(({ text }) => text).join(", ");
  return {
    outcome: {
      ...refusedWith(
        `${sayRefusal(refusal, desired, "may-be")}. The cluster would take it by itself, but not beside what others keep there: ${what}. Have them leave it, or write the object whole with: holdfast app sync ${app} --replace`,
      ),
      causes: refusal.causes,
    },
    last: "yes",
  };
}

function saying(what: string, leftovers: readonly Leftover[]): string {
  return `${leftovers.map(({ text }) => text).join(", ")} ${what}, because the API server does not take it beside what Git says`;
}
