import type { GeneratedApplications } from "../generate/generated.ts";
import type { AppKey, Application } from "../model/application.ts";
import { type ApplicationSet, keyOfSet } from "../model/application-set.ts";
import type { ApplicationRollout, SetCondition } from "../model/application-set-status.ts";
import type { Operation } from "../model/operation.ts";
import { type Problem, showProblem } from "../model/problem.ts";
import type { Children, SetChild } from "../ports/sets-home.ts";
import { changedFields } from "./changed-fields.ts";
import type { SetPlan } from "./plan-set.ts";
import {
  advanced,
  asked,
  isSettled,
  isToAsk,
  type Member,
  sayRest,
  seen,
  syncFor,
} from "./rollout-member.ts";
import { isRolling, mostAtOnce, some, stepOf, stepProblems, stepsOf } from "./rollout-steps.ts";

export interface RolloutInput {
  set: ApplicationSet;
  generated: GeneratedApplications;
  /** Its last plan, carried out or not: what it updates is not looked at before that is written. */
  plan: Pick<SetPlan, "open" | "problems">;
  /** All applications of the home, with their status. */
  existing: Pick<Children, "get" | "ownedBy">;
  /** Why an application's status may be over: a commit or an edit that it has not looked at yet. Default none. */
  looked?: ReadonlyMap<AppKey, string>;
  /** `status.applicationStatus` as it was. */
  before: readonly ApplicationRollout[];
  /** RFC 3339 in UTC, without fractions. */
  now: string;
}

export interface Rollout {
  /** Of the set's own applications that it wants. */
  applicationStatus: ApplicationRollout[];
  /**
   * To be asked for now, once `applicationStatus` is written down: one that got lost is in the next answer again, because
   * no sync bears its mark.
   */
  sync: { key: AppKey; operation: Operation }[];
  conditions: Omit<SetCondition, "lastTransitionTime">[];
  problems: Problem[];
}

/**
 * The next move of a progressive sync, from all that is there: of each step at most `maxUpdate` applications are under
 * way at once, and none of a later step begins before all of the earlier ones are Synced and Healthy. One that fails
 * stays Progressing, and whoever waits for it says so. What no step selects is never synced.
 */
export function rollout(input: RolloutInput): Rollout {
  const { set, before, now } = input;
  if (!isRolling(set))
    return {
      applicationStatus: [],
      sync: [],
      conditions: invalid(stepProblems(set, [])),
      problems: stepProblems(set, []),
    };
  const wanted = wantedOf(input);
  const problems = stepProblems(set, [...wanted.values()]);
  const entryBefore = new Map(before.map((entry) => [entry.application, entry]));
  const written = new Map(
    input.plan.open.flatMap((step) => (step.do === "update" ? [[step.before.key, step.app] as const] : [])),
  );
  const places = [...wanted].map(([key, app]): Place => {
    const child = input.existing.get(key);
    const step = stepOf(set, app);
    if (child === undefined || child.ownedBy !== keyOfSet(set))
      return { key, app, step, is: "absent", child };
    const member = seen(child, {
      isUpdated: !isWritten(child, written.get(key)),
      looked: input.looked?.get(key),
    });
    const entry = advanced(
      member,
      entryBefore.get(app.metadata.name),
      step === undefined ? "-1" : `${step + 1}`,
      now,
    );
    return { key, app, step, is: "there", member, entry };
  });
  const sync: Rollout["sync"] = [];
  let waitsFor: string | undefined;
  let current: { step: number; of: Place[] } | undefined;
  const steps = stepsOf(set);
  for (const [at, step] of steps.entries()) {
    const of = places.filter((place) => place.step === at);
    takeTurns(of, { most: mostAtOnce(step, of.length), at, waitsFor, now });
    const rest = of.filter((place) => !isThrough(place));
    if (rest.length === 0 || waitsFor !== undefined) continue;
    current = { step: at, of };
    waitsFor = `step ${at + 1}: ${some(rest.map(sayPlace))}`;
  }
  const there = places.flatMap((place) => (place.is === "there" ? [place] : []));
  for (const place of there) {
    const { member, app, key } = place;
    if (place.step === undefined)
      place.entry.message = "No step of the rollout selects it, so the rollout never syncs it";
    if (isToAsk(member, place.entry)) sync.push({ key, operation: syncFor(app, place.entry, keyOfSet(set)) });
  }
  return {
    applicationStatus: there.map(({ entry }) => entry),
    sync,
    conditions: [progress(steps.length, current, waitsFor), ...invalid(problems)],
    problems: problems.map((problem) => ({ object: `ApplicationSet ${keyOfSet(set)}`, ...problem })),
  };
}

type Place = { key: AppKey /** As it is wanted. */; app: Application; step: number | undefined } & (
  | { is: "there"; member: Member; entry: ApplicationRollout }
  | { is: "absent"; child: SetChild | undefined }
);

/** What the set wants; where it was generated in part, all that it has may be wanted, too. */
function wantedOf({ set, generated, existing }: RolloutInput): Map<AppKey, Application> {
  const wanted = new Map(generated.applications.map(({ key, application }) => [key, application]));
  if (generated.is === "part")
    for (const { key, app, isGoing } of existing.ownedBy(keyOfSet(set)))
      if (!isGoing && !wanted.has(key)) wanted.set(key, app);
  return wanted;
}

/** Whether what was planned for it is there: the same plan is looked at before and after it was carried out. */
function isWritten({ app }: SetChild, planned: Application | undefined): boolean {
  return planned === undefined || changedFields({ spec: app.spec }, { spec: planned.spec }).length === 0;
}

function isThrough(place: Place): boolean {
  return place.is === "there" && place.entry.status === "Healthy" && isAsSeen(place.member);
}

/** What was Healthy once is so still, for all that is known. */
function isAsSeen({ stand }: Member): boolean {
  return stand.is !== "looked-at" && stand.is !== "outdated";
}

/** Who of a step is synced next, and what the others wait for. */
function takeTurns(
  of: readonly Place[],
  { most, at, waitsFor, now }: { most: number; at: number; waitsFor: string | undefined; now: string },
): void {
  const there = of.flatMap((place) => (place.is === "there" ? [place] : []));
  const isUnderWay = ({ member, entry }: (typeof there)[number]): boolean =>
    member.isBusy || entry.status === "Pending" || entry.status === "Progressing";
  let underWay = there.filter(isUnderWay).length;
  for (const place of there) {
    const { member, entry } = place;
    if (entry.status === "Waiting" && member.stand.is === "differs") {
      if (waitsFor !== undefined) entry.message = `Waits for ${waitsFor}`;
      else if (member.isBusy || member.hindrance !== undefined)
        entry.message = sentence(sayRest(member, entry));
      else if (most === 0)
        entry.message = `Step ${at + 1} syncs nothing by itself (maxUpdate is 0). Sync it by hand`;
      else if (underWay >= most)
        entry.message = `Waits for its turn: step ${at + 1} has at most ${most} of ${of.length} under way at once`;
      else {
        place.entry = asked(member, entry, now);
        underWay += 1;
        place.entry.message = sentence(sayRest(member, place.entry));
      }
    } else
      entry.message =
        entry.status === "Healthy"
          ? isSettled(member)
            ? "Synced and Healthy"
            : "Was Synced and Healthy"
          : sentence(sayRest(member, entry));
  }
}

function sayPlace(place: Place): string {
  if (place.is === "there") {
    const { key, member, entry } = place;
    return `${key} (${sayRest(member, entry)})`;
  }
  const why = place.child === undefined ? "it is not made yet" : "somebody else's application has its name";
  return `${place.key} (${why})`;
}

function sentence(part: string): string {
  return part.charAt(0).toUpperCase() + part.slice(1);
}

/** Reasons: Argo CD's. */
function progress(
  steps: number,
  current: { step: number; of: Place[] } | undefined,
  waitsFor: string | undefined,
): Rollout["conditions"][number] {
  const type = "RolloutProgressing";
  if (current === undefined)
    return {
      type,
      status: "False",
      reason: "ApplicationSetRolloutComplete",
      message: `All ${steps === 1 ? "of the one step" : `${steps} steps`} of the rollout are through`,
    };
  const healthy = current.of.filter(isThrough).length;
  return {
    type,
    status: "True",
    reason: "ApplicationSetModified",
    message: `Step ${current.step + 1} of ${steps}, ${healthy} of ${current.of.length} Healthy; the rollout waits for ${waitsFor}`,
  };
}

function invalid(problems: readonly Problem[]): Rollout["conditions"] {
  const type = "InvalidRolloutConfig";
  if (problems.length === 0) return [];
  return [{ type, status: "True", reason: "InvalidSteps", message: some(problems.map(showProblem)) }];
}
