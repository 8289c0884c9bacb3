/** Guards that look at one object and that no approval of a list lifts. */
import { keepMark } from "../compare/index.ts";
import { keyOfApp } from "../model/application.ts";
import { show } from "../model/object-ref.ts";
import type { Refusal } from "../model/plan.ts";
import { DEFAULT_GUARDS, type Extra, type GuardInput, refuse } from "./guard-input.ts";
import { isNamed, selectorOf, showSelector } from "./selection.ts";
import { selfProtection } from "./self-protection.ts";
import { optionsOf } from "./sync-options.ts";

type AloneInput = Pick<GuardInput, "app" | "request" | "asked" | "guards" | "denied" | "unproven">;

export function refusedAlone({ live, recorded, unseen }: Extra, input: AloneInput): Refusal | undefined {
  const what = show(live.ref);
  if (input.request.prune !== true)
    return refuse(
      live,
      "prune-off",
      `${what} is no longer in Git and stays, because this sync does not prune.`,
    );
  const own = selfProtection(live, input.guards ?? DEFAULT_GUARDS);
  if (own.is !== "none") return refuse(live, own.is === "unknown" ? "unseen" : "disabled", own.text);
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
    const named = showSelector(selectorOf(live.ref));
    return refuse(
      live,
      "unrecorded",
      `${what} bears this application's tracking id, but Holdfast has no record of having applied it. If it should go, name it: holdfast app sync ${keyOfApp(input.app)} --prune --resource ${named}`,
    );
  }
  return undefined;
}
