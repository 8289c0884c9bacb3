import { isMapping } from "../../../lib/is-mapping.ts";
import { conditionHealth } from "../families/conventions.ts";
import { reported } from "../families/reported.ts";
import { listAt, numberAt, textAt } from "../read.ts";
import { type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** Crunchy's operator counts each set of instances; its conditions speak of backups and proxies alone. */
const cluster: HealthRule = (object) => {
  const said = conditionHealth(object);
  if (said !== undefined && said.status !== "Healthy") return said;
  const sets = listAt(object, "status", "instances").filter(isMapping);
  if (sets.length === 0) return undefined;
  for (const set of sets) {
    const wanted = numberAt(set, "replicas") ?? 1;
    const [ready, updated] = [
      numberAt(set, "readyReplicas") ?? 0,
      numberAt(set, "updatedReplicas") ?? wanted,
    ];
    if (ready < wanted || updated < wanted)
      return progressing(
        "status.instances has fewer ready or updated replicas than wanted",
        `Instance set ${textAt(set, "name")}: ${ready} of ${wanted} ready, ${updated} updated`,
      );
  }
  return healthy("every replica of status.instances is ready");
};

export const crunchy: RuleTable = {
  "postgres-operator.crunchydata.com/PostgresCluster": reported(cluster),
};
