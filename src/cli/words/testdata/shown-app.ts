/** An application as the API shows it, for the tests of what is said of one. */
import type { Application, ApplicationStatus } from "../../../core/model/application.ts";
import { createTerminal } from "../../terminal/terminal.ts";

export const NOW = Date.UTC(2026, 10, 23, 4, 31, 8);
export const COMMIT = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81";
export const pipe = createTerminal({ isTTY: false, write: () => undefined }, { LANG: "C.UTF-8" }, "auto");

export function app(status: Partial<ApplicationStatus> = {}, more: Partial<Application> = {}): Application {
  const destination = { server: "https://kubernetes.default.svc", namespace: "shop" };
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace: "payments", name: "web" },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "web", targetRevision: "main" },
      destination,
    },
    status: {
      sync: { status: "Synced", comparedTo: { destination }, revision: COMMIT },
      health: { status: "Healthy" },
      ...status,
    },
    ...more,
  };
}

export const sync = (status: "Synced" | "OutOfSync" | "Unknown") => ({
  status,
  comparedTo: { destination: {} },
  revision: COMMIT,
});

/** What a sync says of one object that it wrote. */
export const result = (kind: string, name: string, more: object = {}) => ({
  group: "",
  version: "v1",
  kind,
  namespace: "shop",
  name,
  status: "Synced" as const,
  message: "configured",
  syncPhase: "Sync" as const,
  ...more,
});
