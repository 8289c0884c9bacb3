import { byConditions } from "../families/by-conditions.ts";
import { firstOf, reported } from "../families/reported.ts";
import { at } from "../read.ts";
import { type HealthRule, type RuleTable, suspended } from "../verdict.ts";

const paused: HealthRule = (object) =>
  at(object, "spec", "paused") === true
    ? suspended("spec.paused is true", "Reconciliation is paused")
    : undefined;

/** prometheus-operator: Available (which may say Degraded in place of True) and Reconciled. */
const instance = firstOf(paused, reported(byConditions({ good: ["Available", "Reconciled"], needs: "any" })));

/** The group's other kinds are configuration without a state. */
export const monitoring: RuleTable = Object.fromEntries(
  ["Alertmanager", "Prometheus", "PrometheusAgent", "ThanosRuler"].map((kind) => [
    `monitoring.coreos.com/${kind}`,
    instance,
  ]),
);
