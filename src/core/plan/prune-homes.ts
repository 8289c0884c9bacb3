/** Guards of Namespaces and definitions: whoever deletes one deletes what is in it. */
import { defined } from "../../lib/defined.ts";
import type { Home } from "../model/home-contents.ts";
import type { LiveObject } from "../model/live-object.ts";
import { type ObjectRef, show } from "../model/object-ref.ts";
import type { Refusal } from "../model/plan.ts";
import { type GuardInput, isGoing, refuse } from "./guard-input.ts";
import { homeOf, isIn } from "./home-contents.ts";
import { refusedAlone } from "./prune-alone.ts";

/**
 * What no approval lifts: something in it that Git wants, or that stays for a reason of its own, and that nobody can tell
 * what is in it.
 */
export function refusedHome(live: LiveObject, input: GuardInput): Refusal | undefined {
  const home = homeOf(live);
  if (home === undefined) return undefined;
  const stays = staysInside(live, home, input);
  if (stays !== undefined)
    return refuse(live, "contents", `${show(live.ref)} is no longer in Git and stays, because ${stays}.`);
  const inside = input.contents.get(live.key) ?? { is: "unknown", why: "it was not looked into" };
  if (inside.is !== "unknown") return undefined;
  return refuse(
    live,
    "contents",
    `${show(live.ref)} is no longer in Git and stays for now, because what would go with it cannot be told: ${inside.why}. It goes with a sync that can tell.`,
  );
}

/** What waits for a person is not taken along by what does not. */
export function takesAlong(live: LiveObject, waiting: readonly Refusal[]): Refusal | undefined {
  const home = homeOf(live);
  const inside = home === undefined ? undefined : waiting.find(({ ref }) => isIn(ref, home));
  if (inside === undefined) return undefined;
  return refuse(
    live,
    "contents",
    `${show(live.ref)} is no longer in Git and stays, because ${show(inside.ref)} waits for a person's approval and would go with it.`,
  );
}

function staysInside({ key }: LiveObject, home: Home, input: GuardInput): string | undefined {
  // What a selective sync does not mean would go with one of everything, or stay with it.
  const whole: GuardInput = { ...input, request: defined({ ...input.request, resources: undefined }) };
  for (const difference of input.differences) {
    if (difference.key === key || difference.is === "foreign") continue;
    const ref: ObjectRef = difference.is === "extra" ? difference.live.ref : difference.desired.ref;
    if (!isIn(ref, home)) continue;
    if (difference.is !== "extra") return `Git wants ${show(ref)}, which would go with it`;
    if (!isGoing(difference) && refusedAlone(difference, whole) !== undefined)
      return `${show(ref)} stays, and would go with it`;
  }
  return undefined;
}
