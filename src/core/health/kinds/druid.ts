import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

export const druid: RuleTable = {
  "druid.apache.org/Druid": reported(
    byPhase({
      at: ["status.druidNodeStatus.druidNodeConditionType"],
      words: {
        Healthy: ["DruidClusterReady"],
        Degraded: ["DruidNodeErrorState"],
        Progressing: ["DruidNodeRollingUpdate", "DruidNodePodNotReady"],
      },
      message: ["status.druidNodeStatus.reason"],
    }),
  ),
};
