import { numberAt, textAt } from "../read.ts";
import { type HealthRule, progressing } from "../verdict.ts";

/**
 * The status speaks of an older spec. Absent where either number is missing: several controllers never write
 * `observedGeneration`, and an object read before its first status has none either. Generations begin with 1: a 0 is a
 * field that nobody has set.
 */
export const staleGeneration: HealthRule = (object) => {
  const wanted = object.metadata.generation;
  const seen = numberAt(object, "status", "observedGeneration");
  if (wanted === undefined || seen === undefined || seen === 0 || seen >= wanted) return undefined;
  return progressing(
    `status.observedGeneration ${seen} < metadata.generation ${wanted}`,
    `Waiting for the controller to see the newest change (generation ${wanted}, seen ${textAt(object, "status", "observedGeneration")})`,
  );
};
