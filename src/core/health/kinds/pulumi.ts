import { conventionHealth } from "../families/conventions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** Operators before 2.0 wrote no conditions: the last update's state is all there is. */
export const pulumi: RuleTable = {
  "pulumi.com/Stack": reported(
    conventionHealth,
    byPhase({ at: ["status.lastUpdate.state"], message: ["status.lastUpdate.message"] }),
  ),
};
