import { type ElementPath, isMember } from "../../src/core/compare/fields/fields-v1.ts";
import type { FieldsV1 } from "../../src/core/model/kube-object.ts";

/** Every member of the set, as element paths. */
export function membersOf(root: FieldsV1): ElementPath[] {
  const found: ElementPath[] = [];
  const walk = (node: FieldsV1, path: ElementPath): void => {
    if (path.length > 0 && isMember(node)) found.push(path);
    for (const [element, child] of Object.entries(node)) if (element !== ".") walk(child, [...path, element]);
  };
  walk(root, []);
  return found;
}
