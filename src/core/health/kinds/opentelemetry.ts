import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** `status.scale.statusReplicas` is `ready/wanted`; sidecar mode has none. */
const collector: HealthRule = (object) => {
  const counts = /^(\d+)\/(\d+)$/.exec(textAt(object, "status", "scale", "statusReplicas"));
  if (counts === null)
    return textAt(object, "status", "version") === ""
      ? undefined
      : healthy("status.version is set and nothing is counted");
  const [ready, wanted] = [Number(counts[1]), Number(counts[2])];
  if (ready >= wanted)
    return healthy("status.scale.statusReplicas is complete", `${ready} of ${wanted} replicas are ready`);
  return ready === 0
    ? degraded("status.scale.statusReplicas has none ready", `None of ${wanted} replicas is ready`)
    : progressing("status.scale.statusReplicas is not complete", `${ready} of ${wanted} replicas are ready`);
};

export const opentelemetry: RuleTable = { "opentelemetry.io/OpenTelemetryCollector": reported(collector) };
