/** What a change of an ApplicationSet would do, in words. */
import type { PlannedObject } from "./deployment-words.ts";

/** As `/api/holdfast/v1/applicationsets/preview` tells it. */
export interface SetPreview {
  is: "whole" | "part";
  problems: { severity: "error" | "warning"; object?: string; path?: string; text: string; fix?: string }[];
  steps: PreviewStep[];
}

export type PreviewStep =
  | { do: "create"; application: string; difference: PlannedObject }
  | { do: "update"; application: string; difference: PlannedObject }
  | { do: "delete"; application: string; difference: PlannedObject }
  | { do: "nothing"; application: string }
  | { do: "held"; application: string; wanted: "create" | "update" | "delete"; why: string };

const VERBS = [
  ["create", "make"],
  ["update", "change"],
  ["delete", "delete"],
  ["held", "leave as it is held"],
] as const;

/** `It would make 2 and delete 1 application; 9 stay as they are.` */
export function previewSentence({ steps, is }: SetPreview): string {
  const countOf = (what: PreviewStep["do"]): number => steps.filter((step) => step.do === what).length;
  const parts = VERBS.filter(([what]) => what !== "held" && countOf(what) > 0).map(
    ([what, word]) => `${word} ${countOf(what)}`,
  );
  const [same, held] = [countOf("nothing"), countOf("held")];
  const applications = same === 1 ? "1 stays as it is" : `${same} stay as they are`;
  const first =
    parts.length === 0
      ? "It would change no application"
      : `It would ${parts.slice(0, -1).join(", ")}${parts.length > 1 ? " and " : ""}${parts.at(-1)} of its applications`;
  return [
    first,
    ...(same > 0 ? [applications] : []),
    ...(held > 0 ? [held === 1 ? "1 is held" : `${held} are held`] : []),
    ...(is === "part" ? ["because of an error nothing would be deleted"] : []),
  ].join("; ");
}

/** Each of its elements fails, or what finds them does: no application would be there by it. */
export function makesNothing({ problems, steps }: SetPreview): boolean {
  return (
    problems.some(({ severity }) => severity === "error") &&
    !steps.some((step) => step.do === "create" || step.do === "update" || step.do === "nothing")
  );
}

type SaidProblem = SetPreview["problems"][number];

/** What is wrong with several elements alike once, of the first of them. `more`: of how many others it is so. */
export function problemsOnce(problems: readonly SaidProblem[]): (SaidProblem & { more: number })[] {
  const once = new Map<string, SaidProblem & { more: number }>();
  for (const problem of problems) {
    const { severity, path, text, fix } = problem;
    // Before it stands of which element it is.
    const said = path === undefined ? text : text.slice(text.indexOf(": ") + 1);
    const key = JSON.stringify([severity, path, said, fix]);
    const before = once.get(key);
    if (before === undefined) once.set(key, { ...problem, more: 0 });
    else before.more++;
  }
  return [...once.values()];
}

const ORDER: readonly PreviewStep["do"][] = ["delete", "update", "create"];

/** What would be deleted first, then what changes, then what comes. */
export function changedIn({ steps }: Pick<SetPreview, "steps">): PlannedObject[] {
  return steps
    .flatMap((step) => ("difference" in step ? [step] : []))
    .sort((one, other) => ORDER.indexOf(one.do) - ORDER.indexOf(other.do))
    .map(({ difference }) => difference);
}
