import type { Operation } from "./operation.ts";

/** Who asks for the syncs of a rollout of an ApplicationSet, by the name that Argo CD has for it. */
export const SET_CONTROLLER = "applicationset-controller";

/** Whether a rollout of an ApplicationSet had it start. */
export function isOfSet(of: Pick<Operation, "initiatedBy"> | undefined): boolean {
  return of?.initiatedBy?.automated === true && of.initiatedBy.username === SET_CONTROLLER;
}

/** Who had a sync start, for people: a name, `policy`, `ApplicationSet`, or "" where nobody wrote it down. */
export function startedByWords({ automated, username = "" }: Operation["initiatedBy"] = {}): string {
  if (automated !== true) return username;
  return isOfSet({ initiatedBy: { automated, username } }) ? "ApplicationSet" : "policy";
}
