import { ANNOTATION, type Application } from "./application.ts";
import { Failure } from "./failure.ts";

/** As Go reads a boolean. */
const TRUE: readonly string[] = ["1", "t", "T", "true", "True", "TRUE"];
const FALSE: readonly string[] = ["0", "f", "F", "false", "False", "FALSE"];

/** Whether somebody asks to leave the application alone. Source: Argo CD's `skip-reconcile`. */
export function isPaused({ metadata }: Pick<Application, "metadata">): boolean {
  return TRUE.includes(metadata.annotations?.[ANNOTATION.skipReconcile] ?? "");
}

/** The same of a cluster, by the annotations of its Secret. Source: Argo CD, "Skipping Cluster Reconciliation". */
export function isLeftAlone(annotations: Readonly<Record<string, string>>): boolean {
  return TRUE.includes(annotations[ANNOTATION.skipReconcile] ?? "");
}

/** To be thrown before a write. */
export function refusedLeftAlone(name: string): Failure {
  return new Failure("paused", `cluster ${name}`, "backoff", {
    cannot: "write to the cluster",
    why: `its annotation ${ANNOTATION.skipReconcile} says that it is to be left alone`,
    fix: "Take the annotation from its Secret, or set it to false",
  });
}

/** Whether the annotation says neither yes nor no. */
export function isPauseUnclear(said: string): boolean {
  return !TRUE.includes(said) && !FALSE.includes(said);
}

export const PAUSED = `the application is paused by its annotation ${ANNOTATION.skipReconcile}. Remove it, or set it to false, and ask again`;
