import { plainObject } from "../../core/model/plain-object.ts";
import { yamlLines } from "../../lib/yaml-lines.ts";

/** An object as people lose it, as YAML: what its server writes by itself is nobody's loss. */
export function lostText(object: object): string {
  return yamlLines(plainObject(object), "readable")
    .map(({ text }) => text)
    .join("\n");
}
