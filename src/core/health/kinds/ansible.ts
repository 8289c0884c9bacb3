import { cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { join, textAt } from "../read.ts";
import { degraded, everyKind, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

const job = reported(
  byPhase({
    at: ["status.ansibleJobResult.status"],
    words: {
      Healthy: ["successful"],
      Progressing: ["new", "pending", "waiting", "running"],
      Degraded: ["failed", "error", "canceled"],
    },
    say: (word, object) => join([`Job ${word}`, textAt(object, "status", "ansibleJobResult", "url")], " - "),
  }),
);

/** Operators built with Ansible: Failure of the last run, Running while one runs, Successful after it. */
const operator: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const failing = conditions.find((condition) => isTrue(condition) && condition.type === "Failure");
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  const successful = findCondition(conditions, "Successful");
  const running = findCondition(conditions, "Running");
  if (running !== undefined && isTrue(running) && running.reason !== "Successful")
    return progressing(cite(running), tell(running));
  if (successful !== undefined && isTrue(successful)) return healthy(cite(successful), successful.message);
  return running === undefined ? undefined : progressing(cite(running), tell(running));
};

export const ansible: RuleTable = {
  "tower.ansible.com/AnsibleJob": job,
  "kiali.io/Kiali": reported(operator),
  ...everyKind("awx.ansible.com", "AWX AWXBackup AWXRestore", reported(operator)),
};
