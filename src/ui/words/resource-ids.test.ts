import { describe, expect, test } from "bun:test";
import type { Application } from "../../core/model/application.ts";
import { besideOf, withLogs } from "./resource-ids.ts";

const app = (resources: object[]): Application => ({ status: { resources } }) as unknown as Application;
const one = (group: string, kind: string, name: string, status?: string) => ({
  ...{ group, kind, namespace: "shop", name, version: "v1" },
  ...(status === undefined ? {} : { health: { status } }),
});

describe("besideOf()", () => {
  test("goes round the ends, and begins at one where nothing is open, or what is open is gone", () => {
    const ids = ["a", "b", "c"];
    expect(besideOf(ids, "a", "next")).toBe("b");
    expect(besideOf(ids, "c", "next")).toBe("a");
    expect(besideOf(ids, "a", "previous")).toBe("c");
    expect(besideOf(ids, undefined, "next")).toBe("a");
    expect(besideOf(ids, "gone", "previous")).toBe("c");
    expect(besideOf([], undefined, "next")).toBeUndefined();
  });
});

describe("withLogs()", () => {
  test("is what is open where that writes logs, else what is worst of those that do", () => {
    const all = app([
      one("", "ConfigMap", "c", "Degraded"),
      one("apps", "Deployment", "well", "Healthy"),
      one("apps", "StatefulSet", "bad", "Degraded"),
    ]);
    expect(withLogs(all, "apps/Deployment/shop/well")).toBe("apps/Deployment/shop/well");
    expect(withLogs(all, "/ConfigMap/shop/c")).toBe("apps/StatefulSet/shop/bad");
    expect(withLogs(all, undefined)).toBe("apps/StatefulSet/shop/bad");
    // Another group's kind of that name is none of these.
    expect(withLogs(app([one("example.com", "Deployment", "x")]), undefined)).toBeUndefined();
  });
  test("is none that is not there", () => {
    const all = app([one("apps", "Deployment", "a", "Missing"), one("apps", "Deployment", "b", "Healthy")]);
    expect(withLogs(all, undefined)).toBe("apps/Deployment/shop/b");
    expect(withLogs(app([one("apps", "Deployment", "a", "Missing")]), undefined)).toBeUndefined();
  });
  test.each([
    ["Failed", "Failed", "batch/Job/shop/migrate"],
    ["Error", "Failed", "batch/Job/shop/migrate"],
    ["Running", "Running", "batch/Job/shop/migrate"],
    ["Running", "Failed", "apps/Deployment/shop/web"],
    ["Succeeded", "Failed", "apps/Deployment/shop/web"],
    ["Failed", "Succeeded", "apps/Deployment/shop/web"],
  ])("of a run that is %s, with a hook that is %s, it is %s", (phase, hookPhase, id) => {
    const { status } = app([one("apps", "Deployment", "web", "Degraded")]);
    const resources = [
      { ...one("", "ConfigMap", "told"), hookType: "PreSync", hookPhase },
      { ...one("batch", "Job", "plain"), hookPhase },
      { ...one("batch", "Job", "migrate"), hookType: "PreSync", hookPhase },
    ];
    const run = {
      status: { ...status, operationState: { operation: {}, phase, syncResult: { resources } } },
    };
    expect(withLogs(run as unknown as Application, undefined)).toBe(id);
    // What is open comes before it.
    expect(withLogs(run as unknown as Application, "/Pod/shop/one")).toBe("/Pod/shop/one");
  });
});
