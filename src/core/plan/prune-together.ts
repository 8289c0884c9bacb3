/** Guards that look at all that would be deleted together: two renders that differ, an empty one, the last of several Namespaces, the budget. */
import { defined } from "../../lib/defined.ts";
import { type AppKey, appKey, keyOfApp } from "../model/application.ts";
import type { Difference } from "../model/comparison.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind } from "../model/object-ref.ts";
import type { Guard } from "../model/plan.ts";
import { DEFAULT_GUARDS, type GuardInput, isGoing, isKept } from "./guard-input.ts";
import { refusedAlone } from "./prune-alone.ts";
import { isSelected } from "./selection.ts";

const APPLICATION = "argoproj.io/Application";
/** What applications go along with. */
const MAKERS: ReadonlySet<string> = new Set([APPLICATION, "argoproj.io/ApplicationSet"]);

export function refusedTogether(
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
  return tooManyApplications(candidates, input, how);
}

/** Children that would go with their objects: of these a smaller part is many. */
function tooManyApplications(
  candidates: readonly LiveObject[],
  input: GuardInput,
  how: string,
): { guard: Guard; text: string } | undefined {
  const { along = () => [], differences, presentBefore = Number.POSITIVE_INFINITY } = input;
  const withAlong = (all: readonly LiveObject[]): Set<AppKey> =>
    new Set(
      all.flatMap((live) => [
        ...(groupKind(live.ref) === APPLICATION ? [appKey(live.ref.namespace, live.ref.name)] : []),
        ...along(live),
      ]),
    );
  const children = candidates.filter(({ ref }) => groupKind(ref) === APPLICATION);
  const going = withAlong(candidates.filter(({ ref }) => MAKERS.has(groupKind(ref))));
  const { percent, count: most } = (input.guards ?? DEFAULT_GUARDS).applications;
  if (going.size <= most) return undefined;
  const stay = differences.filter(
    (difference) => "desired" in difference && groupKind(difference.desired.ref) === APPLICATION,
  );
  const isMaker = (difference: Difference): boolean =>
    "desired" in difference && MAKERS.has(groupKind(difference.desired.ref));
  const present = differences.flatMap((difference) =>
    isMaker(difference) && (difference.is === "same" || difference.is === "changed") ? [difference.live] : [],
  );
  const staying = present.filter(({ ref }) => groupKind(ref) === APPLICATION);
  const below = [...withAlong(present)].filter((key) => !going.has(key)).length - staying.length;
  const all = Math.min(countPresent(stay), presentBefore) + Math.max(0, below) + going.size;
  if (going.size * 100 <= percent * all) return undefined;
  const deeper = going.size > children.length ? ", or that these render," : "";
  return {
    guard: "budget",
    text: `${going.size} of the ${all} applications that this one renders${deeper} would be deleted with their objects, which is more than ${percent} % and more than ${most}. Nothing was. ${how}`,
  };
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
