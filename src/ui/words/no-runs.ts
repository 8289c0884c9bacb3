/** Why nothing ran yet, and what would make it. */
import { type Application, isAutomated } from "../../core/model/application.ts";

/** Two sentences: why, and what to do about it. */
export function whyNoRun({ spec, status }: Pick<Application, "spec" | "status">): string {
  if (status?.hold !== undefined)
    return "Nothing ran yet. The application is held, so automated sync waits until the hold is lifted.";
  if (isAutomated(spec))
    return status?.sync.status === "Synced"
      ? "Nothing ran yet. Automated sync is on, and so far the cluster has all that Git wants."
      : "Nothing ran yet. Automated sync is on, and begins once the application was compared and nothing stands in its way.";
  return spec.syncPolicy?.automated == null
    ? "Nothing ran yet. Automated sync is off, because spec.syncPolicy.automated is not set: sync it by hand, or set it."
    : "Nothing ran yet. Automated sync is paused, because spec.syncPolicy.automated.enabled is false: sync it by hand, or resume it under Actions.";
}
