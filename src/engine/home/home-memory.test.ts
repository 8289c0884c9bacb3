import { describe, expect, test } from "bun:test";
import type { Project } from "../../core/model/project.ts";
import { HomeMemory } from "./home-memory.ts";
import { NOTHING_KNOWN, type StockState } from "./take-stock.ts";

function stateWith(description: string): StockState {
  const value: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "team", namespace: "argocd" },
    spec: { description },
  };
  const origin = { from: "file", file: "projects.yaml", line: 1 } as const;
  return { ...NOTHING_KNOWN, projects: new Map([["team", { value, origin }]]) };
}

function memory(values = new Map<string, string>()): HomeMemory {
  return new HomeMemory({
    value: (name) => values.get(name),
    putValue: (name, value) => void (value === undefined ? values.delete(name) : values.set(name, value)),
  });
}

describe("HomeMemory.projects", () => {
  test("is the very same map while no project changes: by it a pass knows that nothing did", () => {
    const home = memory();
    home.keep(stateWith("one"));
    const before = home.projects;
    home.keep(stateWith("one"));
    expect(home.projects).toBe(before);
    home.keep(stateWith("two"));
    expect(home.projects).not.toBe(before);
    expect(home.projects.get("team")?.spec.description).toBe("two");
  });

  test("outlives a restart", () => {
    const values = new Map<string, string>();
    memory(values).keep(stateWith("one"));
    const restarted = memory(values);
    restarted.recall();
    expect(restarted.projects.get("team")?.spec.description).toBe("one");
  });
});
