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

const NOW = Date.parse("2026-11-23T04:30:00Z");

describe("order", () => {
  test("what progresses for too long stands above what merely differs, once it does", () => {
    const slow = app("c", "Progressing");
    (slow.status as { health: object }).health = {
      status: "Progressing",
      lastTransitionTime: "2026-11-23T04:30:00Z",
    };
    const apps = [app("d", "Healthy", "OutOfSync"), slow];
    const at = (minutes: number): string[] => names(sorted(apps, parseSort(null), NOW + minutes * 60_000));
    expect([at(10), at(11), at(12)]).toEqual([
      ["d", "c"],
      ["c", "d"],
      ["c", "d"],
    ]);
  });

  test("the worst first, then by name", () => {
    expect(names(sorted(APPS, parseSort(null), NOW))).toEqual(["b", "e", "d", "c", "f", "a"]);
  });

  test("by a column, and the other way", () => {
    expect(names(sorted(APPS, parseSort("name"), NOW))).toEqual(["a", "b", "c", "d", "e", "f"]);
    expect(names(sorted(APPS, parseSort("-name"), NOW))).toEqual(["f", "e", "d", "c", "b", "a"]);
    expect(names(sorted(APPS, parseSort("sync"), NOW))).toEqual(["d", "e", "a", "b", "c", "f"]);
  });

  test.each(["name", "-synced", undefined])("%p of the address is what it was", (text) =>
    expect(sortWord(parseSort(text ?? null))).toBe(text as string),
  );
  test("what cannot be compared stands with the worst, whatever its health was before", () => {
    const lost = app("z", "Healthy", "Unknown");
    const conditions = [{ type: "ComparisonError", message: "cannot render" }];
    lost.status = { ...lost.status, conditions } as never;
    expect(names(sorted([...APPS, lost], parseSort(null), NOW))).toEqual(["b", "z", "e", "d", "c", "f", "a"]);
  });

  test("what is no order is the worst first", () =>
    expect(parseSort("constructor")).toEqual({ by: "worst", order: "rising" }));

  test("stands as before while somebody points at it, with what is new at the end", () => {
    const before = ["argocd/a", "argocd/gone", "argocd/b", "argocd/c"];
    const { apps, moved } = asBefore(before, sorted(APPS.slice(0, 4), parseSort(null), NOW));
    expect(names(apps)).toEqual(["a", "b", "c", "d"]);
    expect(moved).toBe(3);
    expect(asBefore(["argocd/a"], [APPS[0] as ListedApplication]).moved).toBe(0);
  });
});
