/** What going to other manifests would do, and what of it would not be done. */
import { type ObjectRef, show } from "../../core/model/object-ref.ts";
import { count } from "./count.ts";
import { actionOf, type DiffItem } from "./object-diff.ts";

const MOST_REFUSALS = 5;

/** `2 to update, 1 to create`. @param extra what becomes of objects that are not in it */
export function planWords(items: readonly DiffItem[], extra: string): string {
  const of = (action: ReturnType<typeof actionOf>): number =>
    items.filter((item) => actionOf(item) === action).length;
  const what = (["update", "create"] as const).flatMap((action) =>
    of(action) === 0 ? [] : [`${of(action)} to ${action}`],
  );
  if (of("prune") > 0) what.push(`${of("prune")} ${extra}`);
  if (of("unknown") > 0) what.push(`${of("unknown")} cannot be compared`);
  return what.length === 0 ? "nothing differs" : what.join(", ");
}

/** Lines: none where everything would be done. */
export function refusalLines(refusals: readonly (ObjectRef & { text: string })[]): string[] {
  if (refusals.length === 0) return [];
  return [
    `${count(refusals.length, "object")} would not be done:`,
    ...refusals.slice(0, MOST_REFUSALS).map((refusal) => `  ${show(refusal)}: ${refusal.text}`),
  ];
}
