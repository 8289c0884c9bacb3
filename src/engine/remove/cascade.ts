/** How an application's objects go with it, and how a deletion that is going on is changed. Pure. */

import { type Application, RESOURCES_FINALIZER } from "../../core/model/application.ts";
import type { AppState } from "../../core/ports/home.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";

export type Deleting = NonNullable<AppState["deleting"]>;
export type Cascade = Deleting["cascade"];

/** How its objects go: by its finalizer, as in Argo CD; without one they stay. */
export function cascadeOf({
  metadata: { finalizers = [] },
}: {
  metadata: { finalizers?: readonly string[] | undefined };
}): Cascade {
  if (finalizers.includes(`${RESOURCES_FINALIZER}/background`)) return "background";
  return finalizers.some(
    (finalizer) => finalizer === RESOURCES_FINALIZER || finalizer === `${RESOURCES_FINALIZER}/foreground`,
  )
    ? "foreground"
    : "none";
}

/** The manifest with the finalizer that says how its objects go, so that taking it away is a word too. */
export function withCascade(app: Application, cascade: Cascade): Application {
  const others = (app.metadata.finalizers ?? []).filter((finalizer) => !isOurs(finalizer));
  const ours =
    cascade === "none"
      ? []
      : [cascade === "background" ? `${RESOURCES_FINALIZER}/background` : RESOURCES_FINALIZER];
  const { finalizers: _, ...metadata } = app.metadata;
  const finalizers = [...others, ...ours];
  return { ...app, metadata: finalizers.length === 0 ? metadata : { ...metadata, finalizers } };
}

/**
 * A person asks again to delete what is being deleted. Letting go of the objects is final: whoever asks once more after
 * that does not ask for their end. Hooks that are to be skipped are not run by asking again either.
 */
export function deleteAgain(
  deleting: Deleting,
  asked: { cascade: Cascade; hooks?: "run" | "skip" | undefined },
): Deleting {
  const cascade = deleting.cascade === "none" ? "none" : asked.cascade;
  return {
    ...deleting,
    app: withCascade(deleting.app, cascade),
    cascade,
    asked: "by-person",
    ...(asked.hooks === "skip" ? { hooks: "skipped" } : {}),
  };
}

/**
 * A person edits what is being deleted: annotations may approve of waiting deletions, and without the finalizer its
 * objects stay. Nothing else can be changed any more.
 * @returns why not
 */
export function editWhileDeleting(
  deleting: Deleting,
  next: Application,
): { is: "edited"; deleting: Deleting } | { is: "refused"; why: string } {
  if (!equalJson(deleting.app.spec, next.spec))
    return {
      is: "refused",
      why: `the application ${next.metadata.name} is being deleted: only its annotations and finalizers can be changed. Wait until it is gone, then make it anew`,
    };
  const { annotations } = next.metadata;
  const { annotations: _, ...metadata } = deleting.app.metadata;
  const annotated: Application = {
    ...deleting.app,
    metadata: { ...metadata, ...defined({ annotations }) },
  };
  const cascade = cascadeOf(next) === "none" ? "none" : deleting.cascade;
  return { is: "edited", deleting: { ...deleting, app: withCascade(annotated, cascade), cascade } };
}

function isOurs(finalizer: string): boolean {
  return finalizer === RESOURCES_FINALIZER || finalizer.startsWith(`${RESOURCES_FINALIZER}/`);
}
