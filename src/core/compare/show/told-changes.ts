import { defined } from "../../../lib/defined.ts";
import type { FieldDifference, ToldChange } from "../../model/comparison.ts";

/** Fields told of one object. */
const MOST_TOLD = 3;
/** Characters of a value. */
const MOST_VALUE = 100;
/** Texts that are no secret wherever they stand; any other text may be one. */
const OPEN_TEXT = /ontainers\[[^\]]*\]\.(image|resources\.(limits|requests)\.\w+)$/;

/** The first fields in which an object differs, with values where these cannot be secret: what is told is kept, and sent. */
export function toldChanges(fields: readonly FieldDifference[]): ToldChange[] {
  return fields.slice(0, MOST_TOLD).map(({ path, live, desired, owner }): ToldChange => {
    const told = { path, ...defined({ from: openValue(path, desired), to: openValue(path, live) }) };
    if (owner === undefined) return told;
    const { manager, operation, subresource } = owner;
    return { ...told, by: { manager, operation, subresource } };
  });
}

function openValue(path: string, value: unknown): string | undefined {
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  if (typeof value !== "string" || !OPEN_TEXT.test(path) || value.length > MOST_VALUE) return undefined;
  return value;
}
