import { asFailure } from "../../core/model/failure.ts";
import type { OwnerClaims } from "../compare/owner-claims.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { deletionStep } from "./deletion.ts";

export type Removed =
  /** Nothing of it is left to be deleted. `kept`: sentences about what stays behind. */
  | { is: "ended"; kept: string[] }
  | { is: "going-on"; againInMs: number }
  /** Its file came back meanwhile, or a person said something new. */
  | { is: "called-off" };

/** One step of an application's removal, and what it waits for from then on. Never throws. */
export async function removeStep(
  managed: ManagedApplication,
  ports: EnginePorts,
  claims: OwnerClaims,
): Promise<Removed> {
  const { deleting } = managed.spec;
  if (deleting === undefined) return { is: "called-off" };
  const { retry } = ports.settings();
  try {
    const step = await deletionStep(managed, deleting, ports, claims);
    if (managed.spec.deleting !== deleting) return { is: "called-off" };
    if (step.is === "ended") return step;
    managed.removal = step.conditions;
    // Objects that are gone say so by an event; refusals are asked again.
    return { is: "going-on", againInMs: step.conditions.length > 0 ? retry.firstMs * 4 : retry.mostMs };
  } catch (cause) {
    const { message } = asFailure(cause, `Application ${managed.key}`, "delete it");
    managed.removal = [{ type: "DeletionError", message }];
    return { is: "going-on", againInMs: retry.firstMs * 4 };
  }
}

/** It is wanted again. */
export function removalCalledOff(managed: ManagedApplication): void {
  managed.removal = [];
}
