/** An application as a test of the page's words wants it. */
import type { Application, ApplicationStatus, ConditionType } from "../../src/core/model/application.ts";
import type { OperationPhase } from "../../src/core/model/operation.ts";

export const COMMIT = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";

export interface Wanted {
  name?: string;
  sync?: "Synced" | "OutOfSync" | "Unknown";
  health?: ApplicationStatus["health"]["status"];
  message?: string;
  phase?: OperationPhase;
  words?: string;
  condition?: {
    type: ConditionType;
    message: string;
  };
}

export function app({
  name = "web",
  sync = "Synced",
  health = "Healthy",
  message = "",
  phase,
  words = "",
  condition,
}: Wanted = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "argocd", name },
    spec: {
      project: "default",
      source: { repoURL: "https://ci:pw@git.example.com/shop.git", path: name, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
    },
    status: {
      sync: { status: sync, comparedTo: { destination: {} }, revision: COMMIT },
      health: { status: health, ...(message === "" ? {} : { message }) },
      ...(phase === undefined
        ? {}
        : { operationState: { operation: {}, phase, message: words, startedAt: "" } }),
      ...(condition === undefined ? {} : { conditions: [condition] }),
    },
  };
}

export function held(): Application {
  const { status, ...rest } = app();
  const hold = {
    at: { revision: COMMIT },
    deployment: 3,
    by: "anna",
    since: "2026-03-04T05:06:07Z",
    extras: "kept" as const,
    until: "lifted" as const,
  };
  return { ...rest, status: { ...(status as ApplicationStatus), hold } };
}

export const NOW = Date.parse("2026-11-23T04:30:00Z");
