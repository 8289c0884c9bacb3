import { hashValue } from "../../../lib/hash.ts";
import type { DesiredObject } from "../../model/desired-object.ts";
import type { IgnoredFields } from "../ignore/ignored-fields.ts";

/**
 * What stands for "this same desired object" in records: the object's own hash and the fields that are left to
 * others. Without the second part, taking a rule away would leave a difference that nobody looks for.
 */
export function appliedHash(
  desired: Pick<DesiredObject, "hash">,
  ignored: Pick<IgnoredFields, "paths" | "managers">,
): string {
  if (ignored.paths.length === 0 && ignored.managers.length === 0) return desired.hash;
  return hashValue([desired.hash, ignored.paths, ignored.managers]);
}
