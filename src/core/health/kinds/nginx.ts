import { byPhase } from "../families/phase.ts";
import { reported } from "../families/reported.ts";
import type { RuleTable } from "../verdict.ts";

/** NGINX Ingress Controller: taken, taken with a complaint, or refused. */
const state = reported(
  byPhase({
    at: ["status.state"],
    words: { Healthy: ["Valid"], Degraded: ["Warning", "Invalid"] },
    message: ["status.message", "status.reason"],
  }),
);

export const nginx: RuleTable = Object.fromEntries(
  ["VirtualServer", "VirtualServerRoute", "TransportServer", "Policy"].map((kind) => [
    `k8s.nginx.org/${kind}`,
    state,
  ]),
);
