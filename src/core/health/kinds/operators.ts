import { type Condition, cite, conditionsOf, findCondition, isTrue, tell } from "../conditions.ts";
import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, healthy, progressing, type RuleTable } from "../verdict.ts";

/** Operator Lifecycle Manager: what goes wrong is a condition, how far it is a state. */
const subscription: HealthRule = (object) => {
  const conditions = conditionsOf(object);
  const isSet = (type: string): Condition | undefined => {
    const condition = findCondition(conditions, type);
    return condition !== undefined && isTrue(condition) ? condition : undefined;
  };
  const failing =
    isSet("ResolutionFailed") ??
    isSet("InstallPlanFailed") ??
    isSet("BundleUnpackFailed") ??
    isSet("CatalogSourcesUnhealthy");
  if (failing !== undefined) return degraded(cite(failing), tell(failing));
  const pending = isSet("InstallPlanPending");
  if (pending !== undefined) {
    if (pending.reason !== "RequiresApproval") return progressing(cite(pending), tell(pending));
    const [installed, plan] = [
      textAt(object, "status", "installedCSV"),
      textAt(object, "status", "installPlanRef", "name"),
    ];
    // An upgrade on offer takes nothing from what is installed and works.
    return installed === ""
      ? progressing(cite(pending), `Nothing is installed yet: install plan ${plan} waits for approval`)
      : healthy(
          `${cite(pending)}, status.installedCSV is ${installed}`,
          `Installed: ${installed}; the upgrade of install plan ${plan} waits for approval`,
        );
  }
  const state = textAt(object, "status", "state");
  if (state === "AtLatestKnown")
    return healthy(
      "status.state is AtLatestKnown",
      `Installed: ${textAt(object, "status", "installedCSV") || "the latest known version"}`,
    );
  if (state === "UpgradeFailed" || state === "FailedUpgrade")
    return degraded(`status.state is ${state}`, "The upgrade failed");
  return progressing(
    `status.state is ${state || "absent"}`,
    state === "" ? "Waiting for the catalog to be resolved" : state,
  );
};

const version = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Succeeded"],
    Degraded: ["Failed"],
    Progressing: ["Pending", "InstallReady", "Installing", "Replacing", "Deleting"],
    Unknown: ["Unknown"],
  },
  message: ["status.message"],
});

const installPlan = byPhase({
  at: ["status.phase"],
  words: {
    Healthy: ["Complete"],
    Degraded: ["Failed"],
    Progressing: ["Planning", "Installing"],
    Suspended: ["RequiresApproval"],
  },
  message: ["status.message"],
  say: (word) => (word === "RequiresApproval" ? "Waits for approval" : word),
});

const catalog = byPhase({
  at: ["status.connectionState.lastObservedState"],
  words: {
    Healthy: ["READY"],
    Progressing: ["CONNECTING", "IDLE"],
    Degraded: ["TRANSIENT_FAILURE", "SHUTDOWN"],
  },
  message: ["status.message"],
});

export const operators: RuleTable = {
  "operators.coreos.com/Subscription": reported(subscription),
  "operators.coreos.com/ClusterServiceVersion": reported(version),
  "operators.coreos.com/InstallPlan": reported(installPlan),
  "operators.coreos.com/CatalogSource": reported(catalog),
};
