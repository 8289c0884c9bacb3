import { byConditions } from "../families/by-conditions.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** A queue takes work or does not; why not is the reason. */
const active = reported(byConditions({ good: ["Active"] }));

export const kueue: RuleTable = Object.fromEntries(
  ["ClusterQueue", "LocalQueue", "AdmissionCheck"].map((kind) => [`kueue.x-k8s.io/${kind}`, active]),
);
