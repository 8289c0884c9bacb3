/** What the guards of prunes are told, and what of it several of them ask. */
import { keepMark } from "../compare/index.ts";
import type { AppKey, Application } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { LeftOutFile } from "../model/desired-object.ts";
import type { HomeContents } from "../model/home-contents.ts";
import type { LiveObject } from "../model/live-object.ts";
import type { RefKey } from "../model/object-ref.ts";
import type { SyncRequest } from "../model/operation.ts";
import type { OwnPodLookup } from "../model/own-pod.ts";
import type { Guard, Refusal } from "../model/plan.ts";
import type { Approval } from "./approval.ts";
import type { Unproven } from "./proof-read.ts";

export interface GuardSettings {
  /** Stops deletions of more than `percent` of an application's objects and more than `count`. */
  budget: { percent: number; count: number };
  /** The same for the applications among them, each of which takes objects of its own along. */
  applications: { percent: number; count: number };
  /** `group/Kind` that a person must approve, unless the object says `Prune=true`. */
  confirmKinds: readonly string[];
  /** Namespaces that must stay, the daemon's own. */
  protectedNamespaces: ReadonlySet<string>;
  /** Whether the daemon runs in the cluster that is spoken of, and on what. */
  ownPod: OwnPodLookup;
}

export const DEFAULT_GUARDS: GuardSettings = {
  budget: { percent: 50, count: 5 },
  applications: { percent: 20, count: 5 },
  confirmKinds: ["apiextensions.k8s.io/CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"],
  protectedNamespaces: new Set(),
  ownPod: { is: "elsewhere" },
};

export interface GuardInput {
  app: Application;
  differences: readonly Difference[];
  request: SyncRequest;
  /** Who started this sync. */
  asked: "by-person" | "automatically";
  /** Since when just this is to be deleted, RFC 3339: approvals from before do not count. */
  startedAt: string;
  /** Milliseconds since 1970: an approval grows old. */
  now: number;
  /** All commits of the application's sources, joined: what approvals are bound to. */
  revision: string;
  approval?: Approval;
  guards?: GuardSettings;
  /** What is in the Namespaces and definitions that left Git. Of one that is not named here nothing is known. */
  contents: ReadonlyMap<RefKey, HomeContents>;
  /**
   * How many objects that Git wants were there when it was seen first that just this is to be deleted: what a sync made
   * since then does not make a small part of a large one.
   */
  presentBefore?: number;
  /** Applications that would go along with an Application or ApplicationSet that is deleted; absent: none. */
  along?(maker: LiveObject): readonly AppKey[];
  /** Files of this render that hold no manifest. */
  leftOut?: readonly LeftOutFile[];
  /** What Git wants was rendered again, and came out otherwise. */
  unproven?: Unproven;
  /** Why nothing is deleted in the whole daemon now, a sentence without a full stop. */
  paused?: string;
  /** Sentences of the project's limits by key. */
  denied?: ReadonlyMap<RefKey, string>;
}

export type Extra = Extract<Difference, { is: "extra" }>;

/** Marked to stay, in the cluster or in Git: the live object may not bear it yet, or not be there. */
export function isKept(difference: Exclude<Difference, Extra>): boolean {
  const live = "live" in difference ? [difference.live.object] : [];
  return [...live, difference.desired.object].some((object) => keepMark("Prune", object, []).is === "keep");
}

export function isGoing({ live }: Extra): boolean {
  return live.object.metadata.deletionTimestamp !== undefined;
}

export function refuse(live: LiveObject, guard: Guard, text: string): Refusal {
  return { key: live.key, ref: live.ref, guard, text };
}
