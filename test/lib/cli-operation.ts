/** One application on its way, as the command line sees it: `flow/web`, a sync of one Deployment, and how the world goes on. */
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import { COMMIT } from "../fakes/fake-control.ts";
import { appWith, resources, type sharedCli } from "./cli-stage.ts";

export const name = "flow/web";
export const started = "2026-11-23T04:31:08Z";
export const result = {
  group: "apps",
  version: "v1",
  kind: "Deployment",
  namespace: "shop",
  name: "web",
  status: "Synced" as const,
  message: "configured",
  syncPhase: "Sync" as const,
};

export const operation = (more: Partial<OperationState>): OperationState => ({
  operation: {},
  phase: "Running",
  message: "waiting for wave 5",
  startedAt: started,
  syncResult: { revision: COMMIT, resources: [result] },
  ...more,
});

export const succeeded = operation({
  phase: "Succeeded",
  message: "successfully synced (1 applied)",
  finishedAt: "2026-11-23T04:31:42Z",
});

/** The application as the daemon has it from now on. */
export const putOn =
  (on: ReturnType<typeof sharedCli>) =>
  (
    more: Partial<ApplicationStatus>,
    sync: "Synced" | "OutOfSync" = "OutOfSync",
    health: "Healthy" | "Progressing" | "Degraded" | "Suspended" = "Progressing",
  ) =>
    on.control.put(appWith("flow", "web", sync, health, { resources, ...more }));

/** Each time stderr says one of the words, the world goes on. */
export const script = (steps: [word: string, step: () => void][]) => {
  const left = [...steps];
  return (soFar: string) => {
    const [next] = left;
    if (next === undefined || !soFar.includes(next[0])) return;
    left.shift();
    setTimeout(next[1]);
  };
};
