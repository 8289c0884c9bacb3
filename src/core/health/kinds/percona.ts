import type { HealthStatus } from "../../model/health.ts";
import { ifReported } from "../families/reported.ts";
import { listAt, numberAt, textAt } from "../read.ts";
import { type HealthRule, progressing, type RuleTable, unknown } from "../verdict.ts";

const words: Readonly<Record<string, HealthStatus>> = {
  ready: "Healthy",
  initializing: "Progressing",
  paused: "Suspended",
  error: "Degraded",
};

/** Percona's operators: one state, counts of nodes, messages as a list. `stopping` differs between them. */
const perconaHealth = (stopping: HealthStatus): HealthRule =>
  ifReported((object) => {
    if (object["status"] === undefined || object["status"] === null)
      return progressing("no status", `Waiting for the operator to report on this ${object.kind}`);
    const state = textAt(object, "status", "state");
    const nodes = `${numberAt(object, "status", "ready") ?? 0} of ${numberAt(object, "status", "size") ?? 0} nodes are ready`;
    const said = [...listAt(object, "status", "message").map(String), textAt(object, "status", "message")]
      .filter((text) => text !== "")
      .join("; ");
    const status = state === "stopping" ? stopping : words[state];
    if (status === undefined)
      return unknown(
        `status.state is ${state || "absent"}`,
        state === "" ? `The state is not reported; ${nodes}` : `State "${state}" is not known; ${nodes}`,
      );
    return {
      status,
      message: said === "" ? nodes : `${said}; ${nodes}`,
      because: `status.state is ${state}`,
    };
  });

export const percona: RuleTable = {
  "psmdb.percona.com/PerconaServerMongoDB": perconaHealth("Progressing"),
  "pxc.percona.com/PerconaXtraDBCluster": perconaHealth("Degraded"),
  "ps.percona.com/PerconaServerMySQL": perconaHealth("Progressing"),
  "pgv2.percona.com/PerconaPGCluster": perconaHealth("Progressing"),
};
