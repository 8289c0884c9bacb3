import { expect, test } from "bun:test";
import { askBudget } from "./removal-budget.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `app-${at}`);
const ask = (due: number, missing: number, total: number, approved: string[] = []) =>
  askBudget({
    due: names(due),
    missing: new Set(names(missing)),
    approved: new Set(approved),
    total,
    budget: { percent: 20, count: 5 },
  });

test.each<{ what: string; due: number; missing: number; total: number; go: number }>([
  { what: "few of few", due: 5, missing: 5, total: 6, go: 5 },
  { what: "more than five, but a small share", due: 6, missing: 6, total: 30, go: 6 },
  { what: "more than five and more than a fifth", due: 6, missing: 6, total: 29, go: 0 },
  { what: "few that are due, with many that are missing too", due: 1, missing: 6, total: 20, go: 0 },
  { what: "all of them", due: 40, missing: 40, total: 40, go: 0 },
  { what: "none", due: 0, missing: 0, total: 0, go: 0 },
])("askBudget() $what: $go go", ({ due, missing, total, go }) => {
  const answer = ask(due, missing, total);
  expect(answer.go.length).toBe(go);
  expect(answer.blocked.length).toBe(go === due ? 0 : missing);
});

test("askBudget() lets go of what a person approved of, and of the rest where it is little", () => {
  expect(ask(6, 8, 20, ["app-0", "app-1"])).toEqual({
    go: ["app-0", "app-1"],
    blocked: ["app-2", "app-3", "app-4", "app-5", "app-6", "app-7"],
  });
  expect(ask(6, 6, 20, ["app-0"]).go).toEqual(names(6));
});
