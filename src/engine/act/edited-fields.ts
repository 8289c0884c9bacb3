import { patchBetween } from "../../core/actions/patch-between.ts";
import { CHANGED_MASK, diffObjects, MASK, maskSecret } from "../../core/compare/index.ts";
import type { FieldDifference } from "../../core/model/comparison.ts";
import { Failure } from "../../core/model/failure.ts";
import { holdsSecrets } from "../../core/model/filled-in.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type ObjectRef, refKey, refOf, show } from "../../core/model/object-ref.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { showPath, valueAt } from "../../lib/field-path.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { applyJsonPatch } from "../../lib/json-patch.ts";
import { pointerSteps } from "../../lib/json-pointer.ts";

/**
 * What a person changed of an object that was shown to them masked, as operations on the one that is there now: what is hidden
 * and was left alone is not touched, and neither is what others changed since, unless it is the same field.
 * @param from as it was shown
 * @throws {Failure} conflict where it is another one by now, or somebody changed the same field; refused where what is hidden
 *   would be written as it is shown
 */
export function editedFields(
  now: KubeObject,
  from: KubeObject,
  edited: KubeObject,
  ref: ObjectRef,
): JsonPatchOp[] {
  const refuse = (code: "conflict" | "refused", why: string, fix: string): Failure =>
    new Failure(code, show(ref), "after-edit", { cannot: "patch it", why, fix });
  const again = "Look at it again, and repeat it if that is still what you want";
  if (from.metadata.uid !== now.metadata.uid)
    throw refuse("conflict", "it was made anew since it was read", again);
  // Of what is hidden nobody can tell whether it was changed.
  if (holdsSecrets(now) && from.metadata.resourceVersion !== now.metadata.resourceVersion)
    throw refuse("conflict", "it was changed since it was read, and what it holds is hidden", again);
  const shown = maskSecret(now);
  const ops = patchBetween(asShown(from), asShown(edited));
  for (const { path, value } of ops) {
    const steps = pointerSteps(path);
    if (!equalJson(valueAt(from, steps) ?? null, valueAt(shown, steps) ?? null))
      throw refuse(
        "conflict",
        `${showPath(steps)} was changed since it was read${bySetter(now, from, showPath(steps))}`,
        again,
      );
    if (holdsMask(value))
      throw refuse(
        "refused",
        `${showPath(steps)} would be written with the signs that stand for what is hidden`,
        "Write the value itself, or change it where it comes from",
      );
  }
  return ops;
}

/**
 * What a person would change of an object that holds secrets, each with who set what is there: of what is shown alone, so
 * that it is no answer to whether a guess is right.
 */
export function fieldsSaid(now: KubeObject, ops: readonly JsonPatchOp[]): FieldDifference[] {
  const shown = maskSecret(now);
  const predicted = applyJsonPatch(shown, ops) as KubeObject;
  const { managedFields = [] } = now.metadata;
  return diffObjects({ key: refKey(refOf(now)), live: shown, predicted, managedFields }).fields;
}

/** The same field, set to what nothing is. */
export function withoutValue(op: JsonPatchOp): JsonPatchOp {
  return op.op === "remove" ? op : { ...op, value: MASK };
}

/** Who set what stands there now. */
function bySetter(now: KubeObject, from: KubeObject, path: string): string {
  const { fields } = diffObjects({ key: refKey(refOf(now)), live: now, predicted: from });
  const owner = fields.find((field) => field.path.startsWith(path))?.owner;
  return owner === undefined
    ? ""
    : `: set by ${owner.manager}${owner.time === "" ? "" : ` at ${owner.time}`}`;
}

/** What is shown leaves out who set what. */
function asShown(object: KubeObject): unknown {
  const { managedFields: _, ...metadata } = object.metadata;
  return { ...object, metadata };
}

function holdsMask(value: unknown): boolean {
  if (typeof value === "string") return value === MASK || value === CHANGED_MASK;
  if (Array.isArray(value)) return value.some(holdsMask);
  return isMapping(value) && Object.values(value).some(holdsMask);
}
