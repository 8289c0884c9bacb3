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
});
