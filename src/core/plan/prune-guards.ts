import { defined } from "../../lib/defined.ts";
import { keepMark } from "../compare/index.ts";
import { type Application, keyOfApp } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { LeftOutFile } from "../model/desired-object.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, type RefKey, show } from "../model/object-ref.ts";
import type { SyncRequest } from "../model/operation.ts";
import type { Guard, Refusal } from "../model/plan.ts";
import { type Approval, annotatedApproval, isBound } from "./approval.ts";
import type { Unproven } from "./proof-read.ts";
import { isNamed, isSelected } from "./selection.ts";
import { optionsOf } from "./sync-options.ts";

export interface GuardSettings {
  /** Stops deletions of more than `percent` of an application's objects and more than `count`. */
  budget: { percent: number; count: number };
  /** `group/Kind` that a person must approve, unless the object says `Prune=true`. */
  confirmKinds: readonly string[];
  /** Namespaces that must stay, the daemon's own. */
  protectedNamespaces: ReadonlySet<string>;
}

export const DEFAULT_GUARDS: GuardSettings = {
  budget: { percent: 50, count: 5 },
  confirmKinds: ["apiextensions.k8s.io/CustomResourceDefinition", "Namespace", "PersistentVolumeClaim"],
  protectedNamespaces: new Set(),
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
  /**
   * How many objects that Git wants were there when it was seen first that just this is to be deleted: what a sync made
   * since then does not make a small part of a large one.
   */
  presentBefore?: number;
  /** Files of this render that hold no manifest. */
  leftOut?: readonly LeftOutFile[];
  /** What Git wants was rendered again, and came out otherwise. */
  unproven?: Unproven;
  /** Why nothing is deleted in the whole daemon now, a sentence without a full stop. */
  paused?: string;
  /** Sentences of the project's limits by key. */
  denied?: ReadonlyMap<RefKey, string>;
}

type Extra = Extract<Difference, { is: "extra" }>;

export interface Verdicts {
  /** To be deleted. */
  allowed: LiveObject[];
  refusals: Refusal[];
  /** What would be deleted if a person approved of it: `allowed` and all that wait for approval. */
  candidates: LiveObject[];
}

/**
 * Which of the objects that left Git may be deleted, and why not the others. A failed read cannot get here: it is a
 * difference of another sort (`unknown`), or there is no comparison at all.
 */
export function pruneVerdicts(input: GuardInput): Verdicts {
  const extras = input.differences.filter(
    (difference): difference is Extra =>
      difference.is === "extra" &&
      isSelected(difference.live.ref, input.request.resources) &&
      !isGoing(difference),
  );
  const refusals: Refusal[] = [];
  const candidates: LiveObject[] = [];
  for (const extra of extras) {
    const refusal = refusedAlone(extra, input);
    if (refusal === undefined) candidates.push(extra.live);
    else refusals.push(refusal);
  }
  const { paused } = input;
  if (paused !== undefined) {
    const kept = candidates.map((live) =>
      refuse(live, "paused", `${show(live.ref)} is no longer in Git and stays for now: ${paused}.`),
    );
    return { allowed: [], refusals: [...refusals, ...kept], candidates };
  }
  const annotated = annotatedApproval(input.app, input);
  if (annotated.is === "approved" || isBound(input.approval, candidates, input.revision))
    return { allowed: candidates, refusals, candidates };
  /** Whoever has approved in vain reads there why. */
  const said = (text: string): string => (annotated.is === "not-taken" ? `${text}. ${annotated.why}` : text);
  const blocked = refusedTogether(candidates, input);
  if (blocked !== undefined)
    return {
      allowed: [],
      refusals: [...refusals, ...candidates.map((live) => refuse(live, blocked.guard, said(blocked.text)))],
      candidates,
    };
  const confirms = candidates.flatMap(
    (live) => fromLeftOut(live, extras, input) ?? needsConfirmation(live, input) ?? [],
  );
  const waiting = new Set(confirms.map(({ key }) => key));
  return {
    allowed: candidates.filter(({ key }) => !waiting.has(key)),
    refusals: [...refusals, ...confirms.map((refusal) => ({ ...refusal, text: said(refusal.text) }))],
    candidates,
  };
}

/** Guards that look at one object and that no approval of a list lifts. */
function refusedAlone({ live, recorded, unseen }: Extra, input: GuardInput): Refusal | undefined {
  const what = show(live.ref);
  if (input.request.prune !== true)
    return refuse(
      live,
      "prune-off",
      `${what} is no longer in Git and stays, because this sync does not prune.`,
    );
  if (isSelfProtected(live, input.guards ?? DEFAULT_GUARDS))
    return refuse(live, "disabled", `${what} stays: Holdfast itself lives on it.`);
  const denied = input.denied?.get(live.key);
  if (denied !== undefined) return refuse(live, "disabled", `${what} stays: ${denied}.`);
  // What it says of itself by now is not known, nor whose it is.
  if (unseen !== undefined)
    return refuse(
      live,
      "unseen",
      `${what} is no longer in Git and stays for now, because it cannot be seen: ${unseen}. It goes with a sync that can see it.`,
    );
  if (input.unproven?.wanted.has(live.key))
    return refuse(live, "unproven", `${what} stays: ${input.unproven.why}.`);
  const mark = keepMark("Prune", live.object, optionsOf(input.app, input.request));
  if (mark.is === "keep")
    return refuse(live, "disabled", `${what} is no longer in Git and stays, because ${mark.mark} says so.`);
  if (!recorded && !(input.asked === "by-person" && isNamed(live.ref, input.request.resources))) {
    const { group, kind, namespace, name } = live.ref;
    return refuse(
      live,
      "unrecorded",
      `${what} bears this application's tracking id, but Holdfast has no record of having applied it. If it should go, name it: holdfast app sync ${keyOfApp(input.app)} --prune --resource ${group}:${kind}:${namespace === "" ? name : `${namespace}/${name}`}`,
    );
  }
  return undefined;
}

/** Guards that look at all of them: two renders that differ, an empty one, the last of several Namespaces, the budget. */
function refusedTogether(
  candidates: readonly LiveObject[],
  input: GuardInput,
): { guard: Guard; text: string } | undefined {
  if (candidates.length === 0) return undefined;
  const count = candidates.length;
  const how = `To let it happen once: holdfast app sync ${keyOfApp(input.app)} --prune --confirm ${count}`;
  if (input.unproven !== undefined)
    return {
      guard: "unproven",
      text: `Nothing that left Git is deleted, because ${input.unproven.why}. Have the manifests come out with the same names each time. ${how}`,
    };
  const { wanted, inventory } = census(candidates, input);
  if (wanted === 0 && input.app.spec.syncPolicy?.automated?.allowEmpty !== true) {
    const all = count === 1 ? "its last object" : `all ${count} of its objects`;
    return {
      guard: "empty",
      text: `Git wants nothing of this application any more, and ${all} would be deleted. Nothing was. ${how}, or for good: syncPolicy.automated.allowEmpty`,
    };
  }
  const spaces = lastNamespaces(candidates, input);
  if (spaces.length > 1) {
    const names = spaces.map(({ ref }) => ref.name);
    const listed = `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", …" : ""}`;
    return {
      guard: "namespaces",
      text: `Git wants none of this application's ${names.length} Namespaces any more (${listed}), and everything in them would go with them. Nothing was deleted. Take all but one out of Git first, and the last one after that. ${how}`,
    };
  }
  const { percent, count: most } = (input.guards ?? DEFAULT_GUARDS).budget;
  if (count > most && count * 100 > percent * inventory) {
    return {
      guard: "budget",
      text: `${count} of ${inventory} objects of this application would be deleted, which is more than ${percent} % and more than ${most}. None was. ${how}`,
    };
  }
  return undefined;
}

/**
 * The Namespaces that would go, where the application keeps none: neither one that Git wants, nor one that would go
 * with a sync of everything and that this one does not mean. What stays anyway counts for nothing here either.
 */
function lastNamespaces(candidates: readonly LiveObject[], input: GuardInput): readonly LiveObject[] {
  const { differences, request } = input;
  const going = candidates.filter(({ ref }) => groupKind(ref) === "Namespace");
  if (going.length === 0) return going;
  const whole: GuardInput = { ...input, request: defined({ ...request, resources: undefined }) };
  const isLeft = differences.some((difference) => {
    const { ref } = difference.is === "extra" ? difference.live : difference.desired;
    if (groupKind(ref) !== "Namespace") return false;
    if (difference.is === "extra")
      return (
        !isSelected(ref, request.resources) &&
        !isGoing(difference) &&
        refusedAlone(difference, whole) === undefined
      );
    return difference.is !== "foreign" && !isKept(difference);
  });
  return isLeft ? [] : going;
}

/**
 * How many objects Git wants, and how many there are. An object that is marked to stay anyway counts on neither side,
 * or a single one would switch the guards off.
 */
function census(
  candidates: readonly LiveObject[],
  { differences, presentBefore = Number.POSITIVE_INFINITY }: GuardInput,
): { wanted: number; inventory: number } {
  const wanted = differences.filter(isMeant).length;
  return { wanted, inventory: Math.min(countPresent(differences), presentBefore) + candidates.length };
}

/** Of what Git wants, how many are there: for the budget. */
export function countPresent(differences: readonly Difference[]): number {
  return differences.filter(
    (difference) => isMeant(difference) && (difference.is === "same" || difference.is === "changed"),
  ).length;
}

function isMeant(difference: Difference): boolean {
  return difference.is !== "extra" && difference.is !== "foreign" && !isKept(difference);
}

/** Marked to stay, in the cluster or in Git: the live object may not bear it yet, or not be there. */
function isKept(difference: Exclude<Difference, Extra>): boolean {
  const live = "live" in difference ? [difference.live.object] : [];
  return [...live, difference.desired.object].some((object) => keepMark("Prune", object, []).is === "keep");
}

function isGoing({ live }: Extra): boolean {
  return live.object.metadata.deletionTimestamp !== undefined;
}

/**
 * Whether the file that gave an object is there still and only holds no manifest that can be read: then nobody removed
 * it. Where it is not known which file gave it, each of them might have.
 */
function fromLeftOut(live: LiveObject, extras: readonly Extra[], input: GuardInput): Refusal | undefined {
  const { leftOut = [], request } = input;
  if (input.asked === "by-person" && isNamed(live.ref, request.resources)) return undefined;
  const from = extras.find(({ key }) => key === live.key)?.from;
  const culprit = from === undefined ? leftOut[0] : leftOut.find(({ file }) => file === from.file);
  if (culprit === undefined) return undefined;
  const { file, line, why } = culprit;
  const which =
    from === undefined
      ? `${leftOut.length === 1 ? "a file that holds" : `one of ${leftOut.length} files that hold`} no manifest may have given it, as ${file}:${line} (${why})`
      : `${file}, which gave it, is still there and holds no manifest any more (line ${line}: ${why})`;
  return refuse(
    live,
    "left-out",
    `${show(live.ref)} is no longer in Git and stays, because ${which}. Correct the file, or put it into directory.exclude; to let it go once: holdfast app sync ${keyOfApp(input.app)} --prune --confirm COUNT`,
  );
}

function needsConfirmation(live: LiveObject, input: GuardInput): Refusal | undefined {
  const mark = keepMark("Prune", live.object, optionsOf(input.app, input.request));
  if (mark.is === "delete") return undefined;
  const kind = groupKind(live.ref);
  const listed = (input.guards ?? DEFAULT_GUARDS).confirmKinds.includes(kind);
  if (mark.is !== "confirm" && !listed) return undefined;
  const why = mark.is === "confirm" ? `${mark.mark} asks for it` : consequence(kind);
  return refuse(
    live,
    "confirm",
    `${show(live.ref)} is no longer in Git and waits for a person's approval, because ${why}. Approve: holdfast app sync ${keyOfApp(input.app)} --prune --confirm COUNT, or annotate the Application with argocd.argoproj.io/deletion-approved and the time`,
  );
}

function consequence(kind: string): string {
  switch (kind) {
    case "Namespace":
      return "everything in it would go with it";
    case "apiextensions.k8s.io/CustomResourceDefinition":
      return "every object of its kind in the cluster would go with it";
    case "PersistentVolumeClaim":
      return "the stored data may go with it";
    default:
      return `objects of kind ${kind} are deleted only with approval here`;
  }
}

/** The custom resources that applications live in, where they live in the cluster. */
const HOME_CRDS: readonly string[] = [
  "applications.argoproj.io",
  "appprojects.argoproj.io",
  "applicationsets.argoproj.io",
];

/** What the daemon itself lives on is never deleted by it. */
export function isSelfProtected({ ref }: Pick<LiveObject, "ref">, guards: GuardSettings): boolean {
  if (groupKind(ref) === "Namespace") return guards.protectedNamespaces.has(ref.name);
  return groupKind(ref) === "apiextensions.k8s.io/CustomResourceDefinition" && HOME_CRDS.includes(ref.name);
}

function refuse(live: LiveObject, guard: Guard, text: string): Refusal {
  return { key: live.key, ref: live.ref, guard, text };
}
