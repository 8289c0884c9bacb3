import type { HealthStatus } from "../../model/health.ts";
import type { HealthRule } from "../verdict.ts";
import { byConditions } from "./by-conditions.ts";
import { byPhase } from "./phase.ts";
import { reported } from "./reported.ts";

/** A build ends; what is built from it runs on. */
const phase = (words: Partial<Record<HealthStatus, readonly string[]>>): HealthRule =>
  byPhase({
    at: ["status.phase"],
    words: {
      ...words,
      Degraded: ["Error", "Failed", "Duplicate", "Interrupted", "Import Missing", "Cannot Monitor Pods"],
    },
    other: "Progressing",
    message: ["status.failure.reason"],
  });
const ofBuild = phase({ Healthy: ["Succeeded"], Progressing: ["Running"] });
const ofOthers = phase({ Healthy: ["Running", "Ready"] });
const ready = byConditions({ good: ["Ready"] });

/**
 * Camel K, `camel.apache.org`. The other conditions each name a way of running it that was taken or not: one that was
 * not is no failure.
 */
const camel: HealthRule = (object) => {
  const word = object.kind === "Build" ? ofBuild(object) : ofOthers(object);
  return word?.status === "Healthy" ? (ready(object) ?? word) : (word ?? ready(object));
};

export const camelHealth: HealthRule = reported(camel);
