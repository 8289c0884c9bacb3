import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

export const bitnami: RuleTable = {
  "bitnami.com/SealedSecret": reported(byConditions({ good: ["Synced"] })),
};
