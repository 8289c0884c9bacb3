/** Fields that differ and are left to others, for people: with the rules that say so. */
import { equalJson } from "../../../lib/equal-json.ts";
import { type FieldPath, showPath, stepInto, valueAt } from "../../../lib/field-path.ts";
import type { LeftField } from "../../model/comparison.ts";
import type { KubeObject } from "../../model/kube-object.ts";
import type { ObjectRef } from "../../model/object-ref.ts";
import { maskPair } from "./mask-secret.ts";

/** Where rules stand, as whoever reads them knows. */
interface Reasons {
  because(ref: ObjectRef, place: FieldPath, desired: KubeObject): string[];
  becauseOf(ref: ObjectRef, manager: string): string[];
}

/** Of one object. */
const MOST = 50;

export function leftFields(
  ref: ObjectRef,
  desired: KubeObject,
  live: KubeObject,
  { paths, managers }: { paths: readonly FieldPath[]; managers: readonly string[] },
  rules: Reasons,
): LeftField[] {
  if (paths.length + managers.length === 0) return [];
  const [had, wanted] = maskPair(live, desired);
  const fields = paths.flatMap((path): LeftField[] => {
    const there = inLive(path, desired, live);
    const isSame = there !== undefined && equalJson(valueAt(desired, path), valueAt(live, there));
    if (isSame || valueAt(desired, path) === undefined) return [];
    return [
      {
        path: showPath(path),
        live: there && valueAt(had, there),
        desired: valueAt(wanted, path),
        rules: rules.because(ref, path, desired),
      },
    ];
  });
  return [
    ...fields.slice(0, MOST),
    ...managers.map((manager) => ({
      path: `whatever ${manager} set`,
      live: undefined,
      desired: undefined,
      rules: rules.becauseOf(ref, manager),
    })),
  ];
}

/** Items of lists are known by their names; those without one by their place. */
function inLive(path: FieldPath, desired: KubeObject, live: KubeObject): FieldPath | undefined {
  let here: unknown = desired;
  let there: unknown = live;
  const found: (string | number)[] = [];
  for (const step of path) {
    const name = Array.isArray(here) ? stepInto(stepInto(here, step), "name") : undefined;
    const at =
      name !== undefined && Array.isArray(there)
        ? there.findIndex((item) => stepInto(item, "name") === name)
        : step;
    if (at === -1) return undefined;
    found.push(at);
    here = stepInto(here, step);
    there = stepInto(there, at);
  }
  return found;
}
