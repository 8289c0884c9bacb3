import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** The reason of Ready False is the step at which it failed, but for those that only say that it is not there yet. */
const atlas = reported(
  byConditions({
    good: ["Ready"],
    vocabulary: "ignored",
    reasons: { Progressing: ["Reconciling", "GettingDevDB"], Suspended: ["ApprovalPending"] },
  }),
);

export const atlasGo: RuleTable = {
  "db.atlasgo.io/AtlasSchema": atlas,
  "db.atlasgo.io/AtlasMigration": atlas,
};
