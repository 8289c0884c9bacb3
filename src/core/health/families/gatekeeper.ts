import { listAt, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing } from "../verdict.ts";
import { reported } from "./reported.ts";

/** Each Pod of Gatekeeper tells what it made of a template, a constraint or a mutation. */
const byPod: HealthRule = (object) => {
  const pods = listAt(object, "status", "byPod");
  if (pods.length === 0) return undefined;
  const [error] = pods.flatMap((pod) => listAt(pod, "errors"));
  if (error !== undefined)
    return degraded("status.byPod has errors", textAt(error, "message") || textAt(error, "type"));
  const wanted = object.metadata.generation;
  const behind = pods.find((pod) => {
    const seen = Number(textAt(pod, "observedGeneration") || wanted);
    return wanted !== undefined && seen < wanted;
  });
  if (behind !== undefined)
    return progressing(
      "status.byPod has an older observedGeneration",
      `Waiting for Pod ${textAt(behind, "id")} to see the newest change`,
    );
  const violations = textAt(object, "status", "totalViolations");
  return healthy("status.byPod has no errors", violations === "" ? "" : `Violations found: ${violations}`);
};

/** `templates.`, `constraints.` and `mutations.gatekeeper.sh`. What violates a constraint is not the constraint's fault. */
export const gatekeeperHealth: HealthRule = reported(byPod);
