import { describe, expect, test } from "bun:test";
import { type Application, appKey } from "../model/application.ts";
import type { NotificationMessage } from "../model/notification.ts";
import type { Transition, TransitionKind } from "../model/transition.ts";
import { digestOf } from "./digest.ts";
import { makeMessage } from "./make-message.ts";

const AT = "2026-11-30T10:00:00Z";
const OLD = "a".repeat(40);
const NEW = "b".repeat(40);

const app = (status: object = {}, repoURL = "https://github.com/acme/shop.git"): Application => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd" },
  spec: {
    project: "payments",
    source: { repoURL, path: "." },
    destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
  },
  status: { sync: { status: "Synced" }, health: { status: "Healthy" }, ...status } as never,
});
const told = (
  kind: TransitionKind,
  more: Partial<Transition> = {},
  of: Application | undefined = app(),
): NotificationMessage =>
  makeMessage(
    { ...{ seq: 1, count: 1, first: AT, at: AT, kind, app: appKey("argocd", "shop") }, ...more },
    "id",
    { app: of, homeNamespace: "argocd" },
  );
const factOf = ({ facts }: NotificationMessage, label: string): string | undefined =>
  facts.find((fact) => fact.label === label)?.text;

describe("makeMessage() tells which commit", () => {
  const deployed = [
    { id: 1, revision: OLD, deployedAt: "2026-11-30T09:00:00Z" },
    { id: 2, revision: NEW, deployedAt: "2026-11-30T09:30:00Z" },
  ];
  const run = (startedAt: string, phase: string, dryRun = false): object => ({
    operationState: { startedAt, phase, operation: { sync: { dryRun } }, syncResult: { revision: NEW } },
  });
  const history = deployed.slice(0, 1);
  test.each([
    ["what is degraded was synced last", "health-degraded", { history: deployed }, {}, NEW],
    [
      "a sync that is under way",
      "health-degraded",
      { history, ...run("2026-11-30T09:59:00Z", "Running") },
      {},
      NEW,
    ],
    [
      "one that came later is not meant",
      "health-degraded",
      { history, ...run("2026-11-30T10:01:00Z", "Running") },
      {},
      OLD,
    ],
    [
      "nor one that only looked",
      "drift-found",
      { history, ...run("2026-11-30T09:59:00Z", "Succeeded", true) },
      {},
      OLD,
    ],
    [
      "nor a deployment that came later",
      "drift-found",
      { history: deployed },
      { at: "2026-11-30T09:10:00Z" },
      OLD,
    ],
    [
      "what is well again was synced",
      "health-recovered",
      { history, ...run("2026-11-30T09:59:00Z", "Succeeded") },
      {},
      NEW,
    ],
    [
      "and not where the sync failed",
      "health-recovered",
      { history, ...run("2026-11-30T09:59:00Z", "Failed") },
      {},
      undefined,
    ],
    ["at which it is held", "hold-set", { history: deployed }, { deployment: 1 }, OLD],
    ["of a hold of which nobody knows", "hold-set", { history: deployed }, { deployment: 9 }, undefined],
    ["the event's own before all", "sync-failed", { history: deployed }, { revisions: [OLD] }, OLD],
    ["none of what was deleted", "deleted", { history: deployed }, {}, undefined],
  ] as const)("%s", (_name, kind, status, more, want) => {
    const { revision } = told(kind, more as Partial<Transition>, app(status));
    expect(revision).toBe(want);
  });
});

test.each([
  [{ by: "user:ana", cause: "manual" }, "Asked for", "by ana"],
  [{ by: "ana", cause: "rollback to 3" }, "Asked for", "by ana, as a rollback"],
  [{ cause: "automated" }, "Started", "automatically"],
  [{ cause: "self-heal" }, "Started", "automatically, to heal drift"],
] as const)("makeMessage() of %j says who or what began it", (more, label, text) => {
  expect(factOf(told("sync-running", more), label)).toBe(text);
});

test("makeMessage() tells no password of a repository's address", () => {
  const message = told("created", {}, app({}, "https://cd:canary@git.example.com/shop.git"));
  expect(JSON.stringify(message)).not.toContain("canary");
  expect([message.repository, factOf(message, "Source")]).toEqual([
    "https://git.example.com/shop.git",
    "https://git.example.com/shop.git, folder .",
  ]);
});

test.each(["", " \n\t", "\u202e\u200b"])("makeMessage() has no reason where that is %j", (why) => {
  expect(told("sync-failed", { why })).not.toHaveProperty("why");
});

test("digestOf() says what is wrong before what is often", () => {
  const many = [
    ...Array.from({ length: 9 }, () => told("created")),
    ...Array.from({ length: 5 }, () => told("sync-succeeded")),
    ...Array.from({ length: 2 }, () => told("prune-blocked")),
    told("health-degraded"),
    ...Array.from({ length: 3 }, () => told("sync-failed")),
  ];
  expect(digestOf(many, "id", undefined).title).toBe(
    "20 events: 3 failed syncs, 1 degraded, 2 blocked prunes, 5 syncs, and more",
  );
});
