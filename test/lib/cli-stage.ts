/** What tests of the command line share: the real API over real HTTP, with a control in memory behind it, and what it has. */
import { afterAll, beforeAll } from "bun:test";
import type { OfflineVerbs } from "../../src/cli/offline-verbs.ts";
import type { Application, ApplicationStatus } from "../../src/core/model/application.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type CliSetting, cli } from "./cli.ts";
import { type FakeApi, startFakeApi } from "./fake-api.ts";

export const NOW = Date.UTC(2026, 10, 23, 4, 31, 8);
export const now = () => NOW;
export const destination = { server: "https://kubernetes.default.svc", namespace: "shop" };

export function appWith(
  namespace: string,
  name: string,
  sync: "Synced" | "OutOfSync" | "Unknown",
  health: ApplicationStatus["health"]["status"],
  more: Partial<ApplicationStatus> = {},
): Application {
  return fakeApp(namespace, name, {
    status: {
      sync: { status: sync, comparedTo: { destination }, revision: COMMIT },
      health: { status: health },
      ...more,
    },
  });
}

export const resources: NonNullable<ApplicationStatus["resources"]> = [
  {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "OutOfSync",
    health: { status: "Progressing", message: "1 of 3 updated" },
    syncWave: 5,
  },
  {
    version: "v1",
    kind: "Service",
    namespace: "shop",
    name: "web",
    status: "Synced",
    health: { status: "Healthy" },
  },
];

/** An API that all tests of a file share. */
export function sharedCli() {
  let control: FakeControl;
  let api: FakeApi;
  beforeAll(() => {
    control = fakeControl();
    control.put(
      appWith("argocd", "guestbook", "Synced", "Healthy", {
        history: [{ id: 1, revision: COMMIT, deployedAt: "2026-11-20T04:00:00Z" }],
      }),
      { from: "file", file: "apps/guestbook.yaml", line: 1 },
    );
    control.put(
      appWith("payments", "api", "Synced", "Degraded", {
        health: {
          status: "Degraded",
          message: "apps/Deployment shop/api: 0/3 ready, CrashLoopBackOff (exit 1)",
        },
      }),
    );
    control.put(appWith("payments", "web", "OutOfSync", "Progressing", { resources }));
    control.put(
      appWith("shop", "web", "Unknown", "Unknown", {
        conditions: [
          {
            type: "ComparisonError",
            message: "https://git.example.com/shop.git: cannot fetch: it does not answer",
          },
        ],
      }),
    );
    api = startFakeApi(control);
  });
  afterAll(() => api.stop());
  return {
    get control() {
      return control;
    },
    get api() {
      return api;
    },
    run: (argv: string, setting: CliSetting = {}) =>
      cli(argv.split(" "), { server: api.url, now, ...setting }),
  };
}

/** What needs no daemon, answered by heart. */
export const verbs: Partial<OfflineVerbs> = {
  version: () => ({
    version: "0.1.0",
    commit: "abc1234",
    buildDate: "",
    bun: "1.4.5",
    platform: "linux/x64",
    helm: "",
    kustomize: "",
  }),
  validate: async () => ({
    files: [{ file: "config/holdfast.yaml", kind: "config", problems: [] }],
    passedOver: 0,
    unrendered: [],
  }),
  render: async () => ({
    documents: [
      { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "web" } },
      { apiVersion: "v1", kind: "Secret", metadata: { name: "web" } },
    ],
    problems: [],
    applications: 1,
  }),
  health: async (text) =>
    text.split("---").map((part) => ({
      status: part.includes("Deployment") ? ("Degraded" as const) : undefined,
      message: part.includes("Deployment") ? "0 of 1 ready" : "",
      rule: "apps/Deployment",
      because: "status.conditions",
    })),
  doctor: async () => [
    { name: "sandbox", state: "ok", text: "user namespaces" },
    { name: "helm", state: "warning", text: "not found", fix: "Install it" },
  ],
};
