import { isMapping } from "../../../lib/is-mapping.ts";
import type { HealthStatus } from "../../model/health.ts";
import { isWorse } from "../order.ts";
import { at, textAt } from "../read.ts";
import type { HealthRule, Verdict } from "../verdict.ts";
import { reported } from "./reported.ts";

/** By name, and by number as older versions write it: Pending 0, Accepted 1, Rejected 2, Warning 3. */
const states: Readonly<Record<string, HealthStatus>> = {
  Pending: "Suspended",
  Accepted: "Healthy",
  Rejected: "Degraded",
  Warning: "Degraded",
  0: "Suspended",
  1: "Healthy",
  2: "Degraded",
  3: "Degraded",
};

function judge(report: unknown): Verdict | undefined {
  const word = textAt(report, "state");
  const status = states[word];
  if (status === undefined) return undefined;
  const by = textAt(report, "reportedBy");
  const plain =
    status === "Suspended"
      ? `Waiting for ${by || "the gateway"} to validate it`
      : status === "Healthy"
        ? `Accepted by ${by || "the gateway"}`
        : "";
  return {
    status,
    message: textAt(report, "reason") || plain,
    because: `state is ${word}${by === "" ? "" : `, says ${by}`}`,
  };
}

/** `gateway.solo.io`, `gloo.solo.io`: one report, or one per namespace of a controller. */
const glooReports: HealthRule = (object) => {
  const perNamespace = at(object, "status", "statuses");
  const reports = isMapping(perNamespace) ? Object.values(perNamespace) : [at(object, "status")];
  return reports
    .flatMap((report) => judge(report) ?? [])
    .reduce<Verdict | undefined>(
      (worst, verdict) => (worst === undefined || isWorse(verdict.status, worst.status) ? verdict : worst),
      undefined,
    );
};

export const glooHealth: HealthRule = reported(glooReports);
