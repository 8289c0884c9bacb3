import type { GeneratedApplication, GeneratedApplications } from "../generate/generated.ts";
import type { AppKey, Application } from "../model/application.ts";
import { type ApplicationSet, keyOfSet, type SetKey } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";
import { askBudget, type RemovalBudget } from "../plan/removal-budget.ts";
import type { Children, SetChild } from "../ports/sets-home.ts";
import { changedFields } from "./changed-fields.ts";
import { sidesOf, withoutAutomation, withPart } from "./child-after.ts";
import { type JqAnswers, type JqQuestion, LeftAlone, pointerProblems } from "./left-alone.ts";
import type { HeldBy, PlannedChild, PlannedOf } from "./planned-child.ts";
import { isRolling, some } from "./rollout-steps.ts";
import { Settled } from "./settled.ts";

export interface SetPlanInput {
  set: ApplicationSet;
  generated: GeneratedApplications;
  /** All applications of the home, whoever owns them. */
  existing: Pick<Children, "get" | "ownedBy">;
  /** Of the set's own applications. */
  budget: RemovalBudget;
  /** A person's word, bound to exactly these deletions. */
  approved?: { keys: readonly AppKey[] };
  /** What plans of this very spec found settled, noted here by each plan. Default nothing. */
  settled?: Settled;
  /** To all of `jqQuestions`; what is not answered holds its child. Default none. */
  jq?: JqAnswers;
}

export interface SetPlan {
  /** Of all that is wanted, and then of what goes. */
  steps: readonly PlannedChild[];
  /** Those by which something is done, or held: mostly none, of ten thousand. */
  open: readonly PlannedChild[];
  /** Of the plan; those of generating are not repeated. */
  problems: Problem[];
  /** Deletions that wait for a person's word. */
  blocked: AppKey[];
}

/**
 * What a set does with its applications: nothing is written here, and a plan of what the plan leaves is empty.
 *
 * Safer than the original: a name that is somebody else's is never taken over, a set that was generated in part takes
 * nothing away, and neither does one that loses many of its applications, or all, at once, before a person says so.
 */
export function planSet(input: SetPlanInput): SetPlan {
  const { set, generated } = input;
  const whose = keyOfSet(set);
  const own = input.existing.ownedBy(whose);
  const by = { ...input, whose, left: new LeftAlone(set) };
  const { settled = new Settled() } = input;
  const { steps, open } = settled.plan(generated.applications, own, (wanted) => planWanted(wanted, by));
  const unsettled = [...open].sort(([one], [other]) => one - other).map(([, planned]) => planned);
  // Mostly it has none that it does not want, and ten thousand that it wants.
  const isNone = ({ child }: PlannedOf): boolean => child === undefined;
  const hasMore = own.length > steps.length - unsettled.filter(isNone).length;
  const removed = hasMore ? planRemovals(input) : NO_REMOVALS;
  const object = `ApplicationSet ${whose}`;
  return {
    steps: removed.steps.length === 0 ? steps : [...steps, ...removed.steps],
    open: [...unsettled.map(({ step }) => step).filter((step) => step.do !== "nothing"), ...removed.steps],
    problems: [
      ...pointerProblems(set),
      ...unsettled.flatMap(({ problem }) => problem ?? []),
      ...removed.problems,
    ].map((problem) => ({ object, ...problem })),
    blocked: removed.blocked,
  };
}

/** What jq has to say before the plan is made; most sets have no question. */
export function jqQuestions({ set, generated, existing, settled }: SetPlanInput): JqQuestion[] {
  const left = new LeftAlone(set);
  const questions: JqQuestion[] = [];
  if (!left.asksJq) return questions;
  for (const { key, application } of generated.applications) {
    const before = existing.get(key);
    if (before !== undefined && isFree(before, set) && settled?.has(before, application) !== true)
      questions.push(...left.questions(sidesOf(set, asRolled(application, set), before.app)));
  }
  return questions;
}

interface Planning extends SetPlanInput {
  /** Key of the set. */
  whose: SetKey;
  left: LeftAlone;
}

function planWanted(wanted: GeneratedApplication, by: Planning): PlannedOf {
  const { set, existing, settled, whose } = by;
  const before = existing.get(wanted.key);
  if (before === undefined) {
    const { application, from } = wanted;
    return { step: { do: "create", app: asRolled(application, set), from } };
  }
  if (before.ownedBy !== whose) return taken(before, wanted.from, set);
  const { application } = wanted;
  if (!before.isGoing && settled?.has(before, application) === true) return unchanged(wanted, before);
  return { ...planOwn(wanted, before, by), child: before };
}

function unchanged({ key, from }: GeneratedApplication, child: SetChild): PlannedOf {
  return { step: { do: "nothing", key, from }, child };
}

function planOwn(
  { key, application, from }: GeneratedApplication,
  before: SetChild,
  { set, settled, left, jq = new Map() }: Planning,
): PlannedOf {
  if (before.isGoing)
    return held(key, "create", "going", "it is being deleted, and is made again when it is gone");
  const sides = sidesOf(set, asRolled(application, set), before.app);
  const after = left.apply(sides, jq);
  if (typeof after === "string")
    return held(key, "update", "unknown", `what is left alone in it is not known: ${after}`, {
      severity: "error",
      path: "spec.ignoreApplicationDifferences",
      text: `Application ${key} stays as it is, because what is left alone in it is not known: ${after}`,
    });
  const changed = changedFields(sides.live, after);
  if (changed.length === 0) {
    settled?.note(before, application);
    return { step: { do: "nothing", key, from } };
  }
  const policy = policyOf(set);
  if (!UPDATES.includes(policy)) return held(key, "update", "policy", sayPolicy(policy));
  return { step: { do: "update", app: withPart(before.app, after), before, from, changed } };
}

function held(
  key: AppKey,
  wanted: "create" | "update" | "delete",
  by: HeldBy,
  why: string,
  problem?: Problem,
): PlannedOf {
  const step: PlannedChild = { do: "held", key, wanted, by, why };
  return problem === undefined ? { step } : { step, problem };
}

/** An application that somebody else made stays theirs: two who write one take turns for ever. */
function taken({ key, ownedBy }: SetChild, from: string, set: ApplicationSet): PlannedOf {
  const whose = ownedBy === undefined ? "is nobody's child" : `belongs to ApplicationSet ${ownedBy}`;
  const why = `Application ${key} is there already and ${whose}, so ApplicationSet ${keyOfSet(set)} does not touch it`;
  return held(key, "create", "name", why, {
    severity: "error",
    path: "spec.template.metadata.name",
    text: `${from}: ${why}`,
    fix: "Give the applications of one of them other names, or delete the Application without its objects",
  });
}

interface Removals {
  steps: PlannedChild[];
  problems: Problem[];
  blocked: AppKey[];
}

const NO_REMOVALS: Removals = { steps: [], problems: [], blocked: [] };

function planRemovals(input: SetPlanInput): Removals {
  const { set, generated, existing, budget, approved } = input;
  const own = existing.ownedBy(keyOfSet(set));
  const wanted = new Set(generated.applications.map(({ key }) => key));
  const extra = own.filter(({ key }) => !wanted.has(key));
  const due = extra.filter(({ isGoing }) => !isGoing);
  const stay = (by: HeldBy, why: string) =>
    due.map(({ key }): PlannedChild => held(key, "delete", by, why).step);
  const policy = policyOf(set);
  if (!DELETES.includes(policy))
    return { steps: stay("policy", sayPolicy(policy)), problems: [], blocked: [] };
  if (generated.is === "part") return { steps: stay("part", sayPart(generated)), problems: [], blocked: [] };
  const answer = askBudget({
    due: due.map(({ key }) => key),
    missing: new Set(extra.map(({ key }) => key)),
    approved: new Set(approved?.keys),
    total: own.length,
    // None left is what an outage looks like.
    budget: wanted.size === 0 ? { percent: 0, count: 0 } : budget,
  });
  const go = new Set(answer.go);
  const blocked = answer.blocked.length === 0 ? [] : due.filter(({ key }) => !go.has(key));
  const why = `${wanted.size === 0 ? "all" : extra.length} of the ${own.length} applications of the set would go at once, which waits for a person's approval`;
  return {
    steps: due.map(
      (before): PlannedChild =>
        go.has(before.key) ? { do: "delete", before } : held(before.key, "delete", "budget", why).step,
    ),
    problems:
      blocked.length === 0
        ? []
        : [
            {
              severity: "warning",
              path: "spec.generators",
              text: `${why}: ${some(blocked.map(({ key }) => key))}`,
              fix: "Approve these deletions, or look for what the generators do not find any more",
            },
          ],
    blocked: blocked.map(({ key }) => key).sort(),
  };
}

type Policy = NonNullable<NonNullable<ApplicationSet["spec"]["syncPolicy"]>["applicationsSync"]>;
const UPDATES: readonly Policy[] = ["create-update", "sync"];
const DELETES: readonly Policy[] = ["create-delete", "sync"];

function policyOf({ spec }: Pick<ApplicationSet, "spec">): Policy {
  return spec.syncPolicy?.applicationsSync ?? "sync";
}

function sayPolicy(policy: Policy): string {
  return `spec.syncPolicy.applicationsSync is ${policy}`;
}

function sayPart({ problems }: GeneratedApplications): string {
  const error = problems.find(({ severity }) => severity === "error");
  return `the set could be generated in part only, so that it may be wanted all the same${error === undefined ? "" : ` (${error.text})`}`;
}

function asRolled(app: Application, set: ApplicationSet): Application {
  return isRolling(set) ? withoutAutomation(app) : app;
}

function isFree({ ownedBy, isGoing }: SetChild, set: ApplicationSet): boolean {
  return ownedBy === keyOfSet(set) && !isGoing;
}
