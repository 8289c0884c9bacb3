import type { GeneratedApplication, GeneratedApplications } from "../generate/generate-applications.ts";
import type { AppKey, Application } from "../model/application.ts";
import { type ApplicationSet, keyOfSet } from "../model/application-set.ts";
import type { Problem } from "../model/problem.ts";
import { askBudget, type RemovalBudget } from "../plan/removal-budget.ts";
import { changedFields } from "./changed-fields.ts";
import { sidesOf, withoutAutomation, withPart } from "./child-after.ts";
import type { ExistingChild } from "./existing-child.ts";
import { type JqAnswers, type JqQuestion, LeftAlone, pointerProblems } from "./left-alone.ts";
import { isRolling, some } from "./rollout-steps.ts";

export interface SetPlanInput {
  set: ApplicationSet;
  generated: GeneratedApplications;
  /** All applications of the home, whoever owns them. */
  existing: ReadonlyMap<AppKey, ExistingChild>;
  /** Of the set's own applications. */
  budget: RemovalBudget;
  /** A person's word, bound to exactly these deletions. */
  approved?: { keys: readonly AppKey[] };
  /**
   * Children that a plan of this very set found equal to what was generated for them, noted here by each plan: the same
   * pair is not compared again. Default none.
   */
  settled?: WeakMap<ExistingChild, Application>;
  /** To all of `jqQuestions`; what is not answered holds its child. Default none. */
  jq?: JqAnswers;
}

export type PlannedChild =
  | { do: "create"; app: Application; from: string }
  /** `changed`: field paths. `app` has status, operation and all that the server writes as they were. */
  | { do: "update"; app: Application; before: ExistingChild; from: string; changed: string[] }
  | { do: "delete"; before: ExistingChild }
  | { do: "nothing"; key: AppKey; from: string }
  | { do: "held"; key: AppKey; wanted: "create" | "update" | "delete"; by: HeldBy; why: string };

/** `part`: the set could not be generated whole; `name`: somebody else's application has it; `unknown`: what is left alone in it is. */
export type HeldBy = "policy" | "budget" | "part" | "name" | "going" | "unknown";

export interface SetPlan {
  steps: PlannedChild[];
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
  const left = new LeftAlone(set);
  const planned = generated.applications.map((wanted) => planWanted(wanted, input, left));
  const removed = planRemovals(input);
  const object = `ApplicationSet ${keyOfSet(set)}`;
  return {
    steps: [...planned.map(({ step }) => step), ...removed.steps],
    problems: [
      ...pointerProblems(set),
      ...planned.flatMap(({ problem }) => problem ?? []),
      ...removed.problems,
    ].map((problem) => ({ object, ...problem })),
    blocked: removed.blocked,
  };
}

/** What jq has to say before the plan is made; most sets have no question. */
export function jqQuestions({ set, generated, existing, settled }: SetPlanInput): JqQuestion[] {
  const left = new LeftAlone(set);
  const questions: JqQuestion[] = [];
  for (const { key, application } of generated.applications) {
    const before = existing.get(key);
    if (before !== undefined && isFree(before, set) && settled?.get(before) !== application)
      questions.push(...left.questions(sidesOf(set, asRolled(application, set), before.app)));
  }
  return questions;
}

interface Planned {
  step: PlannedChild;
  problem?: Problem;
}

function planWanted(
  { key, application, from }: GeneratedApplication,
  { set, existing, settled, jq = new Map() }: SetPlanInput,
  left: LeftAlone,
): Planned {
  const before = existing.get(key);
  const isOwn = before?.ownedBy === keyOfSet(set);
  if (isOwn && !before.going && settled?.get(before) === application)
    return { step: { do: "nothing", key, from } };
  const wanted = asRolled(application, set);
  if (before === undefined) return { step: { do: "create", app: wanted, from } };
  if (!isOwn) return taken(before, from, set);
  if (before.going)
    return held(key, "create", "going", "it is being deleted, and is made again when it is gone");
  const sides = sidesOf(set, wanted, before.app);
  const after = left.apply(sides, jq);
  if (typeof after === "string")
    return held(key, "update", "unknown", `what is left alone in it is not known: ${after}`, {
      severity: "error",
      path: "spec.ignoreApplicationDifferences",
      text: `Application ${key} stays as it is, because what is left alone in it is not known: ${after}`,
    });
  const changed = changedFields(sides.live, after);
  if (changed.length === 0) {
    settled?.set(before, application);
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
): Planned {
  const step: PlannedChild = { do: "held", key, wanted, by, why };
  return problem === undefined ? { step } : { step, problem };
}

/** An application that somebody else made stays theirs: two who write one take turns for ever. */
function taken({ key, ownedBy }: ExistingChild, from: string, set: ApplicationSet): Planned {
  const whose = ownedBy === undefined ? "is nobody's child" : `belongs to ApplicationSet ${ownedBy}`;
  const why = `Application ${key} is there already and ${whose}, so ApplicationSet ${keyOfSet(set)} does not touch it`;
  return held(key, "create", "name", why, {
    severity: "error",
    path: "spec.template.metadata.name",
    text: `${from}: ${why}`,
    fix: "Give the applications of one of them other names, or delete the Application without its objects",
  });
}

function planRemovals(input: SetPlanInput): {
  steps: PlannedChild[];
  problems: Problem[];
  blocked: AppKey[];
} {
  const { set, generated, existing, budget, approved } = input;
  const wanted = new Set(generated.applications.map(({ key }) => key));
  const whose = keyOfSet(set);
  const own = [...existing.values()].filter(({ ownedBy }) => ownedBy === whose);
  const extra = own.filter(({ key }) => !wanted.has(key));
  const due = extra.filter(({ going }) => !going);
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
  const why = `${wanted.size === 0 ? "all" : extra.length} of the ${own.length} applications of the set would go at once, which waits for a person's word`;
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

function isFree({ ownedBy, going }: ExistingChild, set: ApplicationSet): boolean {
  return ownedBy === keyOfSet(set) && !going;
}
