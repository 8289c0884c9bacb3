import type { IgnoredFields } from "../../core/compare/index.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { showPath, valueAt } from "../../lib/field-path.ts";
import { pointerSteps } from "../../lib/json-pointer.ts";

/**
 * Fields that Git sets and that a patch would change: the next sync puts them back, and self-heal in the next moment.
 * @param ignored what of the object is left to others, as it was compared last
 * @returns their paths; empty where the patch stays
 */
export function setByGit(
  desired: DesiredObject | undefined,
  patch: readonly JsonPatchOp[],
  ignored: IgnoredFields,
): string[] {
  // A hook is made for its run and compared with nothing: who lifts its suspension lets that run go on.
  if (desired === undefined || desired.role.is === "hook") return [];
  return patch.flatMap(({ op, path, value }) => {
    const steps = pointerSteps(path);
    const wanted = valueAt(desired.object, steps);
    if (wanted === undefined || (op !== "remove" && equalJson(wanted, value))) return [];
    return ignored.paths.some((one) => one.every((step, at) => String(step) === steps[at]))
      ? []
      : [showPath(steps)];
  });
}
