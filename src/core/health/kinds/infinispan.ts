import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** A cluster is there when it is well formed; stopping it gracefully takes it down on purpose. */
export const infinispan: RuleTable = {
  "infinispan.org/Infinispan": reported(
    byConditions({ good: ["WellFormed"], held: ["GracefulShutdown"], busy: ["Upgrade"], no: "Progressing" }),
  ),
};
