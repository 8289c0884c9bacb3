import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** Ready is False only where the item could not be read. */
export const onePassword: RuleTable = {
  "onepassword.com/OnePasswordItem": reported(byConditions({ good: ["Ready"] })),
};
