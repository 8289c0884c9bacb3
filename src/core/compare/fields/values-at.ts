import { stepInto } from "../../../lib/field-path.ts";
import type { FieldsV1 } from "../../model/kube-object.ts";
import { indexOfElement, isLeaf } from "./fields-v1.ts";

/**
 * The values of an object at the places that a set of fields claims, in the set's order. An atomic list or map is one
 * value. Of an item in a list its place counts too: order is nobody's field, and yet means something.
 */
export function valuesAt(root: FieldsV1, object: unknown): unknown[] {
  const found: unknown[] = [];
  const walk = (node: FieldsV1, value: unknown): void => {
    for (const element in node) {
      if (element === ".") continue;
      const child = node[element] as FieldsV1;
      const step = Array.isArray(value) ? indexOfElement(element, value) : element.slice("f:".length);
      if (typeof step === "number") found.push(step);
      if (isLeaf(child)) found.push(stepInto(value, step));
      else walk(child, stepInto(value, step));
    }
  };
  walk(root, object);
  return found;
}
