import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import { textAt } from "../read.ts";
import { degraded, type HealthRule, type RuleTable } from "../verdict.ts";

/** The last error stays until it is cured. */
const broken: HealthRule = (object) => {
  const [word, message] = [
    textAt(object, "status", "operationalStatus"),
    textAt(object, "status", "errorMessage"),
  ];
  return word === "error" || message !== ""
    ? degraded(
        `status.operationalStatus is ${word || "absent"}${message === "" ? "" : ", status.errorMessage is set"}`,
        message || "The host reports an error",
      )
    : undefined;
};

/** A host is where it should be when it waits to be used, or is. */
const provisioning = byPhase({
  at: ["status.provisioning.state"],
  words: { Healthy: ["available", "ready", "provisioned", "externally provisioned", "unmanaged"] },
  other: "Progressing",
});

export const metal3: RuleTable = { "metal3.io/BareMetalHost": reported(broken, provisioning) };
