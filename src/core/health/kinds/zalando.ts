import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

export const zalando: RuleTable = {
  "acid.zalan.do/postgresql": reported(
    byPhase({
      at: ["status.PostgresClusterStatus"],
      words: {
        Healthy: ["Running"],
        Progressing: ["Creating", "Updating"],
        Degraded: ["CreateFailed", "UpdateFailed", "SyncFailed", "DeleteFailed", "Invalid"],
      },
    }),
  ),
};
