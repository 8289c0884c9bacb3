import { describe, expect, test } from "bun:test";
import type { ListedApplication } from "../../core/model/listed-application.ts";
import { asBefore, parseSort, sorted, sortWord } from "./order.ts";

const app = (name: string, health: string, sync = "Synced"): ListedApplication =>
  ({
    metadata: { name, namespace: "argocd" },
    spec: { project: "default", destination: { name: "east" } },
    status: { sync: { status: sync }, health: { status: health } },
  }) as unknown as ListedApplication;
const names = (apps: readonly ListedApplication[]): string[] => apps.map(({ metadata }) => metadata.name);

const APPS = [
  app("a", "Healthy"),
  app("b", "Degraded"),
  app("c", "Progressing"),
  app("d", "Healthy", "OutOfSync"),
  app("e", "Missing", "OutOfSync"),
  app("f", "Suspended"),
];

describe("order", () => {
  test("the worst first, then by name", () => {
    expect(names(sorted(APPS, parseSort(null)))).toEqual(["b", "e", "d", "c", "f", "a"]);
  });

  test("by a column, and the other way", () => {
    expect(names(sorted(APPS, parseSort("name")))).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(names(sorted(APPS, parseSort("-name")))).toEqual(["f", "e", "d", "c", "b", "a"]);
    expect(names(sorted(APPS, parseSort("sync")))).toEqual(["d", "e", "a", "b", "c", "f"]);
  });

  test.each(["name", "-synced", undefined])("%p of the address is what it was", (text) =>
    expect(sortWord(parseSort(text ?? null))).toBe(text as string),
  );
  test("what is no order is the worst first", () =>
    expect(parseSort("constructor")).toEqual({ by: "worst", order: "rising" }));

  test("stands as before while somebody points at it, with what is new at the end", () => {
    const before = ["argocd/a", "argocd/gone", "argocd/b", "argocd/c"];
    const { apps, moved } = asBefore(before, sorted(APPS.slice(0, 4), parseSort(null)));
    expect(names(apps)).toEqual(["a", "b", "c", "d"]);
    expect(moved).toBe(3);
    expect(asBefore(["argocd/a"], [APPS[0] as ListedApplication]).moved).toBe(0);
  });
});
