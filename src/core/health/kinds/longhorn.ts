import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { type HealthRule, healthy, type RuleTable } from "../verdict.ts";

/** Nobody can say how robust a volume is that no Pod uses. */
const detached: HealthRule = (object) =>
  textAt(object, "status", "state") === "detached"
    ? healthy("status.state is detached", "Not attached to any node")
    : undefined;

export const longhorn: RuleTable = {
  "longhorn.io/Volume": reported(
    detached,
    byPhase({
      at: ["status.robustness"],
      words: { Healthy: ["healthy"], Degraded: ["degraded", "faulted"], Progressing: ["unknown"] },
      say: (word) => `The volume is ${word}`,
    }),
  ),
};
