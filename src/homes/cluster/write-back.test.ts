import { describe, expect, test } from "bun:test";
import type { ApplicationStatus } from "../../core/model/application.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { releasePatch, writeBackPatch } from "./write-back.ts";

const REFRESH = "argocd.argoproj.io/refresh";
const status = (more: Partial<ApplicationStatus> = {}): ApplicationStatus => ({
  sync: { status: "Synced", comparedTo: { destination: {} }, revision: "one" },
  health: { status: "Healthy" },
  reconciledAt: "2026-01-01T00:00:00Z",
  ...more,
});
const object = (more: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata: { name: "shop", namespace: "argocd", uid: "u1", resourceVersion: "7", ...metadata },
  ...more,
});
const UID = { op: "test", path: "/metadata/uid", value: "u1" } as const;

describe("writeBackPatch()", () => {
  test("is empty where it is all said already", () => {
    expect(writeBackPatch(object({ status: status() }), { status: status() })).toEqual([]);
    expect(writeBackPatch(object(), {})).toEqual([]);
  });

  test("is empty where only somebody looked again", () => {
    const later = status({ reconciledAt: "2026-01-01T00:01:00Z" });
    expect(writeBackPatch(object({ status: status() }), { status: later })).toEqual([]);
  });

  test("has the time of the look beside what is news, for this object alone", () => {
    const news = status({ reconciledAt: "2026-01-01T00:01:00Z", health: { status: "Degraded" } });
    expect(writeBackPatch(object({ status: status() }), { status: news })).toEqual([
      UID,
      { op: "add", path: "/status/health", value: { status: "Degraded" } },
      { op: "add", path: "/status/reconciledAt", value: "2026-01-01T00:01:00Z" },
    ]);
  });

  test("writes the whole of a first status, in place of a null too, over nothing that came meanwhile", () => {
    for (const before of [{}, { status: null }])
      expect(writeBackPatch(object(before), { status: status() })).toEqual([
        UID,
        { op: "test", path: "/metadata/resourceVersion", value: "7" },
        { op: "add", path: "/status", value: status() },
      ]);
  });

  test("takes away conditions that hold no more, and leaves what is not ours and what was deployed", () => {
    const before = {
      ...status({ conditions: [{ type: "SyncError", message: "no" }] }),
      history: [{ id: 4, deployedAt: "2026-01-01T00:00:00Z" }],
      observedAt: "2020-01-01T00:00:00Z",
    };
    expect(writeBackPatch(object({ status: before }), { status: status() })).toEqual([
      UID,
      { op: "remove", path: "/status/conditions" },
    ]);
  });

  test("writes over what is said of an operation only where nobody ended it meanwhile", () => {
    const of = (phase: string) => ({ operation: {}, phase, startedAt: "2026-01-01T00:00:00Z" }) as never;
    const before = object({ status: status({ operationState: of("Running") }) });
    const add = { op: "add", path: "/status/operationState", value: of("Succeeded") };
    expect(writeBackPatch(before, { status: status({ operationState: of("Succeeded") }) })).toEqual([
      UID,
      { op: "test", path: "/status/operationState/phase", value: "Running" },
      add as never,
    ]);
    const ending = object({ status: status({ operationState: of("Terminating") }) });
    expect(writeBackPatch(ending, { status: status({ operationState: of("Succeeded") }) })).toEqual([
      UID,
      add as never,
    ]);
  });

  test("takes the operation out that was taken, and none that was written since", () => {
    const taken = { sync: { revision: "main" } };
    const steps = [
      UID,
      { op: "test", path: "/operation", value: taken },
      { op: "remove", path: "/operation" },
    ] as const;
    expect(writeBackPatch(object({ operation: { ...taken } }), { taken })).toEqual([...steps]);
    expect(writeBackPatch(object({ operation: { sync: { revision: "next" } } }), { taken })).toEqual([]);
    expect(writeBackPatch(object(), { taken })).toEqual([]);
  });

  test("takes the refresh away that was done, and no other annotation", () => {
    const path = "/metadata/annotations/argocd.argoproj.io~1refresh";
    const check = { op: "test", path, value: "hard" } as const;
    const asked = (annotations: object) => object({}, { annotations });
    const done = { refreshed: "hard" };
    expect(writeBackPatch(asked({ [REFRESH]: "hard", a: "b" }), done)).toEqual([
      UID,
      check,
      { op: "remove", path },
    ]);
    expect(writeBackPatch(asked({ [REFRESH]: "hard" }), done)).toEqual([
      UID,
      check,
      { op: "remove", path: "/metadata/annotations" },
    ]);
    expect(writeBackPatch(asked({ [REFRESH]: "normal" }), done)).toEqual([]);
  });
});

describe("releasePatch()", () => {
  const FINALIZER = "resources-finalizer.argocd.argoproj.io";
  test("takes ours away at this version, leaves those of others, and touches none that nobody deleted", () => {
    const finalizers = [FINALIZER, "a.example/b", "pre-delete-finalizer.argocd.argoproj.io"];
    const deletionTimestamp = "2026-11-29T00:00:00Z";
    expect(releasePatch(object({}, { finalizers }))).toEqual([]);
    expect(releasePatch(object({}, { finalizers, deletionTimestamp }))).toEqual([
      UID,
      { op: "test", path: "/metadata/resourceVersion", value: "7" },
      { op: "replace", path: "/metadata/finalizers", value: ["a.example/b"] },
    ]);
  });
  test("is empty where nothing of ours holds it", () => {
    expect(releasePatch(object({}, { finalizers: ["a.example/b"] }))).toEqual([]);
    expect(releasePatch(object())).toEqual([]);
  });
});
