import type { HealthRule } from "../verdict.ts";
import { byConditions } from "./by-conditions.ts";
import { firstOf, reported } from "./reported.ts";

/** Available, Progressing and Degraded, as OpenShift's cluster operators and many after them say it. */
export const operatorConditions: HealthRule = firstOf(
  byConditions({ good: ["Available"], bad: ["Degraded", "Failing"], busy: ["Progressing"], no: "Degraded" }),
);

export const operatorHealth: HealthRule = reported(operatorConditions);
