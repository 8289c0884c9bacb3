import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** One condition says whether it copies now; how the last copy ended stands beside it. */
const replication: HealthRule = (object) => {
  const copying = findCondition(conditionsOf(object), "Synchronizing");
  if (copying?.reason === "Error") return degraded(cite(copying), tell(copying));
  if (textAt(object, "status", "latestMoverStatus", "result") === "Failed")
    return degraded("status.latestMoverStatus.result is Failed", "The last copy failed");
  if (copying === undefined) return undefined;
  return isTrue(copying)
    ? progressing(cite(copying), tell(copying))
    : healthy(cite(copying), copying.message);
};

export const volsync: RuleTable = everyKind(
  "volsync.backube",
  "ReplicationSource ReplicationDestination",
  reported(replication),
);
