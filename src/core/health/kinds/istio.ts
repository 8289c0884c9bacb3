import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

export const istio: RuleTable = {
  "install.istio.io/IstioOperator": reported(
    byPhase({
      at: ["status.status"],
      words: {
        Healthy: ["HEALTHY"],
        Progressing: ["NONE", "UPDATING", "RECONCILING"],
        Degraded: ["ERROR", "ACTION_REQUIRED"],
      },
      message: ["status.message"],
    }),
  ),
};
