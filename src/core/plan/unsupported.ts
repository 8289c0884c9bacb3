import { ignoreProblems } from "../compare/index.ts";
import { ANNOTATION, type Application, type Condition } from "../model/application.ts";
import { applicationWarnings } from "../model/parse-application.ts";
import { isPaused } from "../model/paused.ts";
import { showProblem } from "../model/problem.ts";

/** Something that an application asks for and Holdfast does not do yet. */
export interface Unsupported {
  /** `changes-the-sync`: what a sync leaves in the cluster would not be what is asked for. `harmless`: worth a word, and no more. */
  effect: "changes-the-sync" | "harmless";
  /** Whole sentences without the last full stop, the fix among them. */
  text: string;
}

/** Whether a sync is refused because of what is not supported, or done with a warning. */
export type Tolerance = "refuse" | "warn";

/**
 * All that an application asks for and that is not done. It follows from the application alone, so that a warning lasts
 * exactly as long as its cause.
 */
export function unsupportedOf(app: Application): Unsupported[] {
  return [
    ...paused(app),
    ...ignoreProblems(app).map((problem) => row("changes-the-sync", showProblem(problem))),
    ...operation(app),
    ...applicationWarnings(app).map((problem) => row("harmless", showProblem(problem))),
  ];
}

/** What the application says, where it says something, else what the config says. */
export function toleranceOf(app: Application, setting: Tolerance): Tolerance {
  const said = app.metadata.annotations?.[ANNOTATION.unsupported];
  return said === "warn" || said === "refuse" ? said : setting;
}

/** Why a sync must not start; undefined where it may. */
export function refuseUnsupported(found: readonly Unsupported[], tolerance: Tolerance): string | undefined {
  if (tolerance === "warn") return undefined;
  const grave = found.filter(({ effect }) => effect === "changes-the-sync");
  if (grave.length === 0) return undefined;
  return `${grave.map(({ text }) => text).join(". ")}. Nothing is applied; to go on all the same, annotate the Application with ${ANNOTATION.unsupported}: warn, or set unsupported: warn in the config`;
}

/** A lasting condition for each. */
export function unsupportedConditions(found: readonly Unsupported[]): Condition[] {
  return found.map(({ text }) => ({ type: "ManifestWarning", message: text }));
}

function row(effect: Unsupported["effect"], text: string): Unsupported {
  return { effect, text };
}

function paused(app: Application): Unsupported[] {
  if (!isPaused(app)) return [];
  const text = `the application is paused by its annotation ${ANNOTATION.skipReconcile}: what differs is shown, and nothing is synced, put back or pruned before the annotation goes`;
  return [row("harmless", text)];
}

function operation(app: Application): Unsupported[] {
  return app.operation === undefined
    ? []
    : [row("harmless", "operation: a manifest starts no sync here. Remove it, and use app sync")];
}
