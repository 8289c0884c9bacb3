import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** SpinKube's Progressing says True only while it rolls out, unlike a Deployment's. */
export const spinkube: RuleTable = {
  "core.spinkube.dev/SpinApp": reported(byConditions({ good: ["Available"], busy: ["Progressing"] })),
};
