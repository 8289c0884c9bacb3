import type { IgnoredFields } from "../../core/compare/index.ts";
import type { Application } from "../../core/model/application.ts";
import { healsItself } from "../../core/model/application.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { showPath, valueAt } from "../../lib/field-path.ts";
import { pointerSteps } from "../../lib/json-pointer.ts";

/**
 * A field that Git sets and that a patch would change, in an application that heals itself: it would be put back in the
 * next moment.
 * @param ignored what of the object is left to others, as it was compared last
 * @returns its path, undefined where the patch stays
 */
export function wouldBeHealed(
  app: Application,
  desired: DesiredObject | undefined,
  patch: readonly JsonPatchOp[],
  ignored: IgnoredFields,
): string | undefined {
  if (desired === undefined || !healsItself(app.spec)) return undefined;
  for (const { op, path, value } of patch) {
    const steps = pointerSteps(path);
    const wanted = valueAt(desired.object, steps);
    if (wanted === undefined || (op !== "remove" && equalJson(wanted, value))) continue;
    if (!ignored.paths.some((one) => one.every((step, at) => String(step) === steps[at])))
      return showPath(steps);
  }
  return undefined;
}
