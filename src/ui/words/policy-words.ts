import { type Application, isAutomated } from "../../core/model/application.ts";
import { isOfSet } from "../../core/model/started-by.ts";
import type { Origin } from "./origin-words.ts";

/** While a set rolls out what it makes, it syncs its applications in its own order, and none of them by itself. */
export function policyOf({ spec, status }: Application, origin: Origin | undefined): string {
  if (isAutomated(spec)) return "synced automatically";
  const asked = [status?.operationState?.operation, status?.history?.at(-1)];
  if (origin?.from === "parent" && origin.set !== undefined && asked.some(isOfSet))
    return `synced by ApplicationSet ${origin.set}`;
  return spec.syncPolicy?.automated == null ? "synced by hand" : "automated sync is paused";
}
