import { equalJson } from "../../lib/equal-json.ts";
import { type ApplicationSet, keyOfSet } from "../model/application-set.ts";
import type { RecordAnswer } from "../ports/custom-resources.ts";
import type { WrittenOver } from "../ports/sets-home.ts";

/**
 * What is answered where another set is written there by now than the one that was to be written over; undefined: it is that.
 * @param there as it is read now, in the step that writes
 */
export function overtaken(
  set: ApplicationSet,
  over: WrittenOver,
  there: ApplicationSet | undefined,
): RecordAnswer | undefined {
  if (typeof over !== "object" || equalJson(there, over.asSeen)) return undefined;
  return {
    is: "overtaken",
    why: `ApplicationSet ${keyOfSet(set)} was changed by somebody else meanwhile, and nothing was written. Look at it again, and change what is there now`,
  };
}
