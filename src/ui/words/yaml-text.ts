import { yamlLines } from "../../lib/yaml-lines.ts";

/** A JSON value as YAML for people. @returns without a newline at its end */
export function yamlText(value: unknown): string {
  return yamlLines(value)
    .map(({ text }) => text)
    .join("\n");
}
