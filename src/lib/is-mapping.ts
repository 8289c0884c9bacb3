/** Whether a value of JSON or YAML is a mapping: no list, no null, no scalar. */
export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
