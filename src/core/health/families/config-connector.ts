import type { HealthRule } from "../verdict.ts";
import { byConditions } from "./by-conditions.ts";
import { errorHealth, flagHealth } from "./flags.ts";
import { reported } from "./reported.ts";

/** Google's Config Connector, `*.cnrm.cloud.google.com`: one condition whose reason tells the state. */
export const configConnectorHealth: HealthRule = reported(
  byConditions({
    good: ["Ready"],
    // A resource that waits for another one does nothing of its own until that one is there.
    reasons: {
      Suspended: ["DependencyNotReady"],
      Progressing: ["Updating", "Deleting", "Creating"],
      Degraded: ["DependencyNotFound", "DependencyInvalid"],
    },
  }),
  errorHealth,
  flagHealth,
);
