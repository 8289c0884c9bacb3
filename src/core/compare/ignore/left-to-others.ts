import type { FieldPath } from "../../../lib/field-path.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import { fieldsOfManagers } from "../fields/counterpart.ts";
import type { IgnoredFields } from "./ignored-fields.ts";

/** Paths of the desired object that are left to others in this live one. */
export function leftToOthers(
  desired: KubeObject,
  live: KubeObject,
  { paths, managers }: IgnoredFields,
): readonly FieldPath[] {
  return managers.length === 0 ? paths : [...paths, ...fieldsOfManagers(desired, live, managers)];
}
