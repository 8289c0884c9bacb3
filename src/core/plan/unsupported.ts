import { ignoreProblems } from "../compare/index.ts";
import { ANNOTATION, type Application, type Condition, sourcesOf } from "../model/application.ts";
import type { DesiredObject, HookType } from "../model/desired-object.ts";
import { show } from "../model/object-ref.ts";
import { applicationWarnings } from "../model/parse-application.ts";
import { showProblem } from "../model/problem.ts";

/** Something that an application asks for and Holdfast does not do yet. */
export interface Unsupported {
  /**
   * `changes-the-sync`: what a sync leaves in the cluster would not be what is asked for. `changes-the-deletion`: the same
   * of the application's deletion. `harmless`: worth a word, and no more.
   */
  effect: "changes-the-sync" | "changes-the-deletion" | "harmless";
  type: Extract<Condition["type"], "HooksSkippedWarning" | "ManifestWarning">;
  /** Whole sentences without the last full stop, the fix among them. */
  text: string;
}

/** Whether a sync is refused because of what is not supported, or done with a warning. */
export type Tolerance = "refuse" | "warn";

/** Names of objects in one sentence; the others are counted. */
const MOST_NAMED = 3;
const DELETION_HOOKS: readonly HookType[] = ["PreDelete", "PostDelete"];
/** Helm 3 and later render the same here; Argo CD ignores the field, too. */
const HELM_VERSIONS: readonly string[] = ["", "3", "v3", "4", "v4"];
/** As Go reads a boolean. */
const TRUE: readonly string[] = ["1", "t", "T", "true", "True", "TRUE"];

/**
 * All that an application asks for and that is not done. It follows from the application and from what Git wants alone, so
 * that a warning lasts exactly as long as its cause.
 *
 * @param desired [] where nothing was rendered yet: then only the application speaks
 */
export function unsupportedOf(
  app: Application,
  desired: readonly Pick<DesiredObject, "ref" | "role">[],
): Unsupported[] {
  return [
    ...paused(app),
    ...ofSources(app),
    ...ignoreProblems(app).map((problem) => row("changes-the-sync", showProblem(problem))),
    ...hooksOfDeletion(desired),
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
  return found.map(({ type, text }) => ({ type, message: text }));
}

function row(effect: Unsupported["effect"], text: string): Unsupported {
  return { effect, type: "ManifestWarning", text };
}

function paused({ metadata }: Application): Unsupported[] {
  const said = metadata.annotations?.[ANNOTATION.skipReconcile];
  if (said === undefined || !TRUE.includes(said)) return [];
  return [
    row(
      "changes-the-sync",
      `${ANNOTATION.skipReconcile}: ${said} asks to leave the application alone. Pausing one is not supported yet, other than by syncPolicy.automated.enabled: false`,
    ),
  ];
}

function ofSources({ spec }: Application): Unsupported[] {
  const several = (spec.sources ?? []).length > 0;
  return sourcesOf(spec).flatMap(({ kustomize, helm }, index) => {
    const at = several ? `spec.sources[${index}]` : "spec.source";
    const rows: Unsupported[] = [];
    if ((kustomize?.version ?? "") !== "")
      rows.push(
        row(
          "changes-the-sync",
          `${at}.kustomize.version: versions of kustomize cannot be chosen, so ${kustomize?.version} is not the one that renders. Remove it`,
        ),
      );
    if (!HELM_VERSIONS.includes(helm?.version ?? ""))
      rows.push(
        row(
          "changes-the-sync",
          `${at}.helm.version: Helm ${helm?.version} cannot be had, versions 3 and 4 are. Remove it`,
        ),
      );
    return rows;
  });
}

function hooksOfDeletion(desired: readonly Pick<DesiredObject, "ref" | "role">[]): Unsupported[] {
  const meant = desired.flatMap(({ ref, role }) => {
    const own = role.is === "hook" ? role.types.filter((type) => DELETION_HOOKS.includes(type)) : [];
    return own.length === 0 ? [] : [`${show(ref)} (${own.join(", ")})`];
  });
  if (meant.length === 0) return [];
  const more = meant.length > MOST_NAMED ? ` and ${meant.length - MOST_NAMED} more` : "";
  const many = meant.length === 1 ? "1 hook is" : `${meant.length} hooks are`;
  const names = `${meant.slice(0, MOST_NAMED).join(", ")}${more}`;
  const text = `${many} not run when the application is deleted, because that is not supported yet: ${names}`;
  return [{ effect: "changes-the-deletion", type: "HooksSkippedWarning", text }];
}

function operation(app: Application): Unsupported[] {
  return app.operation === undefined
    ? []
    : [row("harmless", "operation: a manifest starts no sync here. Remove it, and use app sync")];
}
