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

/**
 * The same for controllers that always write `observedGeneration`: where it is absent, they have not looked yet. Counts
 * read as zero until then, which is all that a DaemonSet, or no replicas, ask for.
 */
export const unseenGeneration: HealthRule = (object) => {
  const wanted = object.metadata.generation ?? 0;
  return wanted > 0 && (numberAt(object, "status", "observedGeneration") ?? 0) === 0
    ? progressing("status.observedGeneration is absent", "Waiting for the controller's first look")
    : staleGeneration(object);
};
