import { reported } from "../families/reported.ts";
import { at, textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable, suspended } from "../verdict.ts";

/** The job manager's deployment must be ready, then the job's own state counts. */
const flinkHealth: HealthRule = (object) => {
  const manager = textAt(object, "status", "jobManagerDeploymentStatus");
  const job = textAt(object, "status", "jobStatus", "state");
  const error =
    textAt(object, "status", "error") || textAt(object, "status", "reconciliationStatus", "error");
  if (at(object, "status") === undefined) return undefined;
  if (textAt(object, "spec", "job", "state") === "suspended" || job === "SUSPENDED")
    return suspended("the job is suspended", "The job is suspended");
  if (manager === "ERROR")
    return degraded(
      "status.jobManagerDeploymentStatus is ERROR",
      error || "The job manager's deployment failed",
    );
  if (/^FAIL(ED|ING)$/.test(job))
    return degraded(`status.jobStatus.state is ${job}`, error || `The job is ${job}`);
  if (error !== "" || at(object, "status", "reconciliationStatus", "success") === false)
    return degraded("the last reconciliation failed", error || "The last reconciliation failed");
  if (manager !== "" && manager !== "READY" && !(manager === "MISSING" && job === "FINISHED"))
    return progressing(
      `status.jobManagerDeploymentStatus is ${manager}`,
      `The job manager's deployment is ${manager}`,
    );
  const step = textAt(object, "status", "reconciliationStatus", "state");
  if (step === "UPGRADING" || step === "ROLLING_BACK")
    return progressing(`status.reconciliationStatus.state is ${step}`, `The deployment is ${step}`);
  if (job === "RUNNING" || job === "FINISHED") return healthy(`status.jobStatus.state is ${job}`);
  // A session cluster runs no job of its own.
  if (
    manager === "READY" &&
    job === "" &&
    at(object, "spec", "job") === undefined &&
    at(object, "spec", "flinkConfiguration") !== undefined
  )
    return healthy("a session cluster's job manager is READY");
  return job === "" && manager === ""
    ? undefined
    : progressing(`status.jobStatus.state is ${job || "absent"}`, `The job is ${job || "not reported yet"}`);
};

export const flink: RuleTable = {
  "flink.apache.org/FlinkDeployment": reported(flinkHealth),
  "flink.apache.org/FlinkSessionJob": reported(flinkHealth),
};
