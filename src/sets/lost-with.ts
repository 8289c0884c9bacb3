import type { RemovalQuestion } from "../core/plan/removal-budget.ts";
import type { Children } from "../core/ports/sets-home.ts";
import { staysBehind } from "../core/sets/after-its-end.ts";
import type { ManagedSet } from "./managed-set.ts";

/**
 * What goes with all sets whose files are gone: many that vanish one by one, or by the order of their steps, are many, so
 * what is gone by now counts on.
 *
 * @param sets whose files are gone, and which are still there
 * @param children all applications of the home
 */
export function lostWith(
  sets: readonly ManagedSet[],
  children: Children,
): Pick<RemovalQuestion, "missing" | "approved" | "total"> {
  const going = sets.filter(({ known }) => !staysBehind(known.set));
  const left = going.flatMap(({ known }) => children.ownedBy(known.key).map(({ key }) => key));
  const missing = new Set([...going.flatMap(({ lost }) => [...lost]), ...left]);
  const gone = [...missing].filter((key) => children.get(key) === undefined).length;
  const approved = new Set(going.flatMap(({ approved }) => approved));
  return { missing, approved, total: children.size + gone };
}
