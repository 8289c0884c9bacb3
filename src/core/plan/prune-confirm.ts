/** Guards that a person's approval lifts, each of one object: what a file gave that holds no manifest now, homes of others, kinds that ask. */
import { keepMark } from "../compare/index.ts";
import { keyOfApp } from "../model/application.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, show } from "../model/object-ref.ts";
import type { Guard, Refusal } from "../model/plan.ts";
import { DEFAULT_GUARDS, type Extra, type GuardInput, refuse } from "./guard-input.ts";
import { homeOf, sayOthers } from "./home-contents.ts";
import { isNamed } from "./selection.ts";
import { optionsOf } from "./sync-options.ts";

/** Why an object waits for a person's approval; undefined where it does not. */
export function confirmation(
  live: LiveObject,
  extras: readonly Extra[],
  input: GuardInput,
): Refusal | undefined {
  return fromLeftOut(live, extras, input) ?? needsConfirmation(live, input);
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
  const others = holdsOthers(live, input);
  if (others !== undefined) return asks(live, "contents", others, input);
  const mark = keepMark("Prune", live.object, optionsOf(input.app, input.request));
  if (mark.is === "delete") return undefined;
  const kind = groupKind(live.ref);
  const listed = (input.guards ?? DEFAULT_GUARDS).confirmKinds.includes(kind);
  if (mark.is !== "confirm" && !listed) return undefined;
  const why = mark.is === "confirm" ? `${mark.mark} asks for it` : consequence(kind);
  return asks(live, "confirm", why, input);
}

/** Whatever its marks say: nobody who wrote them spoke of what is not the application's. */
function holdsOthers(live: LiveObject, { contents }: GuardInput): string | undefined {
  const home = homeOf(live);
  const inside = contents.get(live.key);
  if (home === undefined || inside === undefined) return undefined;
  if (inside.is === "others") return sayOthers(inside, home);
  return inside.is === "hidden"
    ? `what would go with it may not be looked at by Holdfast (${inside.why}): look yourself`
    : undefined;
}

function asks(live: LiveObject, guard: Guard, why: string, { app }: GuardInput): Refusal {
  return refuse(
    live,
    guard,
    `${show(live.ref)} is no longer in Git and waits for a person's approval, because ${why}. Approve: holdfast app sync ${keyOfApp(app)} --prune --confirm COUNT, or annotate the Application with argocd.argoproj.io/deletion-approved and the time`,
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
