import { keepMark } from "../compare/index.ts";
import { ANNOTATION, type Application } from "../model/application.ts";
import type { ObjectRecord } from "../model/comparison.ts";
import type { LiveObject } from "../model/live-object.ts";
import { groupKind, type RefKey, show } from "../model/object-ref.ts";
import type { Guard, Propagation, Refusal, Wave } from "../model/plan.ts";
import { waveOf } from "../model/sync-wave.ts";
import { isAnnotated } from "./approval.ts";
import { DEFAULT_GUARDS, type GuardSettings, isSelfProtected } from "./prune-guards.ts";
import { inWaves, reversedWaves } from "./task-order.ts";

export interface DeletionInput {
  app: Application;
  /** Live objects that bear the application's tracking id. */
  tracked: readonly LiveObject[];
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** `by-person`: somebody said so, here and now. `by-file`: its manifest left a folder. */
  asked: "by-person" | "by-file";
  /** When the deletion began, RFC 3339: approvals from before do not count. */
  startedAt: string;
  propagation: Propagation;
  guards?: GuardSettings;
  denied?: ReadonlyMap<RefKey, string>;
}

export interface DeletionPlan {
  /** One by one, each when the objects of the one before are gone: what was applied first goes last. */
  waves: Wave[];
  /** Stay behind; the deletion ends without them. */
  kept: Refusal[];
  /** Wait for a person's approval; the deletion does not end before. */
  waiting: Refusal[];
}

/**
 * How an application's objects go with it. CustomResourceDefinitions stay, as in Argo CD, unless they are marked
 * `Delete=true`: with one of them would go every object of its kind.
 */
export function planDeletion(input: DeletionInput): DeletionPlan {
  const kept: Refusal[] = [],
    waiting: Refusal[] = [];
  const going: LiveObject[] = [];
  for (const live of input.tracked) {
    const verdict = verdictOn(live, input);
    if (verdict.is === "delete") going.push(live);
    else
      (verdict.is === "keep" ? kept : waiting).push({
        key: live.key,
        ref: live.ref,
        guard: verdict.guard,
        text: verdict.text,
      });
  }
  const reversed = reversedWaves(going.map(({ object }) => waveOf(object)));
  const waves = inWaves(
    going.map((live) => ({
      phase: "Sync",
      wave: reversed.get(waveOf(live.object)) ?? 0,
      ref: live.ref,
      step: { do: "prune", ref: live.ref, key: live.key, uid: live.uid, propagation: input.propagation },
    })),
  );
  return { waves, kept, waiting };
}

type Verdict = { is: "delete" } | { is: "keep" | "wait"; guard: Guard; text: string };

function verdictOn(
  live: LiveObject,
  { app, records, asked, startedAt, guards = DEFAULT_GUARDS, denied }: DeletionInput,
): Verdict {
  const what = show(live.ref),
    kind = groupKind(live.ref);
  const keep = (guard: Guard, text: string): Verdict => ({ is: "keep", guard, text });
  if (isSelfProtected(live, guards)) return keep("disabled", `${what} stays: Holdfast itself lives on it.`);
  const no = denied?.get(live.key);
  if (no !== undefined) return keep("disabled", `${what} stays: ${no}.`);
  if (live.object.metadata.ownerReferences?.some(({ controller }) => controller === true))
    return keep("disabled", `${what} stays with the object that made it.`);
  if (records.get(live.key)?.uid !== live.uid)
    return keep(
      "unrecorded",
      `${what} bears this application's tracking id, but Holdfast has no record of having applied it, so it stays.`,
    );
  const mark = keepMark("Delete", live.object, app.spec.syncPolicy?.syncOptions ?? []);
  if (mark.is === "keep") return keep("disabled", `${what} stays, because ${mark.mark} says so.`);
  if (mark.is === "delete") return { is: "delete" };
  if (kind === "apiextensions.k8s.io/CustomResourceDefinition")
    return keep(
      "disabled",
      `${what} stays, because every object of its kind in the cluster would go with it. To delete it with the application, give it the option Delete=true.`,
    );
  const asks = mark.is === "confirm" || (asked === "by-file" && guards.confirmKinds.includes(kind));
  if (!asks || isAnnotated(app, startedAt)) return { is: "delete" };
  const why = mark.is === "confirm" ? mark.mark : "losing a file is no order to delete it";
  return {
    is: "wait",
    guard: "confirm",
    text: `${what} waits for a person's approval (${why}): annotate the Application with ${ANNOTATION.deletionApproved} and the time.`,
  };
}
