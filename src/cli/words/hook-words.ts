import type { Application } from "../../core/model/application.ts";
import type { ResourceResult } from "../../core/model/operation.ts";

export type HookPhase = "Running" | "Succeeded" | "Failed";
export type HookResult = ResourceResult & { hookType: string };

/** The hooks that the running or last operation ran, in the order in which they were started. */
export function hookResults({ status }: Pick<Application, "status">): HookResult[] {
  return (status?.operationState?.syncResult?.resources ?? []).filter(isHookResult).filter(isRun);
}

export function isHookResult(result: ResourceResult): result is HookResult {
  return result.hookType !== undefined;
}

/** A dry run tells of the hooks that a sync would run, and runs none. */
export function isRun({ hookPhase }: HookResult): boolean {
  return hookPhase !== undefined;
}

export function hookPhaseOf({ hookPhase }: ResourceResult): HookPhase {
  return hookPhase === "Succeeded" || hookPhase === "Failed" ? hookPhase : "Running";
}

/** What is said of it beyond its phase: since when it runs, what its controller said at its end, or why it failed. */
export function hookDetail(result: ResourceResult): string {
  switch (hookPhaseOf(result)) {
    case "Running":
      return result.message.replace(/^running /, "");
    case "Succeeded":
      return result.message === "completed" ? "" : result.message;
    case "Failed":
      return result.message;
  }
}
