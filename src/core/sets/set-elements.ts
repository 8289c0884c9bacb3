import { defined } from "../../lib/defined.ts";
import type { GeneratedEntry, GeneratedSet } from "../generate/generated.ts";
import { nameSet } from "../generate/parameters.ts";
import type { AppKey } from "../model/application.ts";
import type { GeneratorKind } from "../model/application-set.ts";
import { type Problem, showProblem } from "../model/problem.ts";
import type { ParameterSet } from "../ports/template-engine.ts";
import type { SetPlan } from "./plan-set.ts";

/**
 * What became of one set of parameters. `made`: its application is there, the set's. `due`: it is to be made. `held`: the plan
 * leaves it as it is (another's name, the policy, …). `left-out`: the generator's selector does not take it. `wrong`: no
 * application comes of it.
 */
export interface SetElement {
  is: "made" | "due" | "held" | "left-out" | "wrong";
  /** `set 3 (name "web")`. */
  name: string;
  parameters: ParameterSet;
  application?: AppKey;
  /** A sentence without a full stop, of all but `made` and `left-out`; of `made` where something is not as it should be. */
  why?: string;
}

/** One generator with all that it found. */
export interface SetGenerator {
  /** `spec.generators[0].list`. */
  path: string;
  kind: GeneratorKind;
  /** What kept it from finding more, and what it warns of. */
  problems: readonly Problem[];
  elements: readonly SetElement[];
}

export interface SetElements {
  generators: readonly SetGenerator[];
  /** Applications of the set that no element makes any more, each with why it is still there. */
  unwanted: readonly { application: AppKey; why: string }[];
}

interface ElementsInput {
  generated: GeneratedSet;
  /** Of the last pass; absent: none was made since the daemon knows too little. */
  plan: Pick<SetPlan, "open"> | undefined;
  /** Its applications. */
  own: readonly AppKey[];
  /** What could not be carried out, a sentence each. */
  failures: readonly string[];
}

/** What each generator found and what became of it, as far as the last look at the set went. */
export function setElements({ generated, plan, own, failures }: ElementsInput): SetElements {
  const there = new Set(own);
  const open = new Map<AppKey, string>();
  for (const step of plan?.open ?? [])
    if (step.do === "held") open.set(step.key, step.why);
    else if (step.do === "delete") open.set(step.before.key, "it is being deleted");
  const wanted = new Set(generated.applications.map(({ key }) => key));
  const failed = (key: AppKey): string | undefined =>
    failures.length === 0 ? undefined : failures.find((text) => namesIt(text, key));
  const after = (application: AppKey): Pick<SetElement, "is" | "application" | "why"> => {
    if (!wanted.has(application))
      return {
        is: "wrong",
        why: `more than one element would become ${application}, so that none of them is made`,
      };
    const why = open.get(application) ?? failed(application);
    if (there.has(application)) return { is: "made", application, ...defined({ why }) };
    if (open.has(application)) return { is: "held", application, ...defined({ why }) };
    return { is: "due", application, why: why ?? "it is to be made" };
  };
  return {
    generators: generated.entries.map((entry) => ({
      path: entry.path,
      kind: entry.kind,
      problems: entry.problems,
      elements: elementsOf(entry, after),
    })),
    unwanted: own
      .filter((key) => !wanted.has(key))
      .map((application) => ({
        application,
        why: open.get(application) ?? failed(application) ?? "no element makes it any more",
      })),
  };
}

/** `taken` is a part of `found` in its order. */
function elementsOf(
  { path, found, taken, made, wrong }: GeneratedEntry,
  after: (application: AppKey) => Pick<SetElement, "is" | "application" | "why">,
): SetElement[] {
  let at = 0;
  return found.map((parameters, place): SetElement => {
    if (taken[at] !== parameters) return { is: "left-out", name: nameSet(parameters, place), parameters };
    const [name, problems, one] = [nameSet(parameters, at), wrong.get(at), made[at]];
    at++;
    if (problems !== undefined || one === undefined) {
      // Whose it is stands beside it.
      const own = (problems ?? []).map((problem) =>
        showProblem({ ...problem, text: problem.text.replace(`${path}, ${name}: `, "") }),
      );
      return { is: "wrong", name, parameters, why: own.join("; ") };
    }
    return { name, parameters, ...after(one.key) };
  });
}

/** Not of `argocd/web` where the sentence is about `argocd/web-2`. */
function namesIt(text: string, key: AppKey): boolean {
  const at = text.indexOf(key);
  return at !== -1 && !/[\w.-]/.test(text[at + key.length] ?? "");
}
