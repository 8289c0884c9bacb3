import { ANNOTATION, type Application } from "./application.ts";

/** As Go reads a boolean. */
const TRUE: readonly string[] = ["1", "t", "T", "true", "True", "TRUE"];
const FALSE: readonly string[] = ["0", "f", "F", "false", "False", "FALSE"];

/** Whether somebody asks to leave the application alone. Source: Argo CD's `skip-reconcile`. */
export function isPaused({ metadata }: Pick<Application, "metadata">): boolean {
  return TRUE.includes(metadata.annotations?.[ANNOTATION.skipReconcile] ?? "");
}

/** Whether the annotation says neither yes nor no. */
export function isPauseUnclear(said: string): boolean {
  return !TRUE.includes(said) && !FALSE.includes(said);
}

export const PAUSED = `the application is paused by its annotation ${ANNOTATION.skipReconcile}. Remove it, or set it to false, and ask again`;
