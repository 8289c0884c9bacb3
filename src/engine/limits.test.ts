import { describe, expect, test } from "bun:test";
import { application, extra, missing } from "../../test/lib/core-objects.ts";
import type { Project, ProjectSpec } from "../core/model/project.ts";
import { deniedBy, projectOf } from "./limits.ts";

const settings = { namespace: "argocd" };
const cluster = { name: "in-cluster", server: "https://kubernetes.default.svc" };
const project = (name: string, spec: ProjectSpec = {}): [string, Project] => [
  name,
  { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name, namespace: "argocd" }, spec },
];
const team = project("team", {
  sourceRepos: ["https://git.example.com/*"],
  destinations: [{ server: "*", namespace: "shop" }],
});

describe("projectOf()", () => {
  test("default exists without being written, under its name and under none", () => {
    for (const name of ["default", ""])
      expect(projectOf(application({ project: name }), new Map(), settings)?.spec.destinations).toEqual([
        { server: "*", namespace: "*" },
      ]);
  });
  test("one that somebody wrote takes its place", () => {
    const own = project("default", { description: "ours" });
    expect(projectOf(application({ project: "" }), new Map([own]), settings)).toBe(own[1]);
  });
  test("any other one must be written", () => {
    expect(projectOf(application({ project: "team" }), new Map(), settings)).toBeUndefined();
    expect(projectOf(application({ project: "team" }), new Map([team]), settings)).toBe(team[1]);
  });
});

describe("deniedBy()", () => {
  const inside = missing({ namespace: "shop" }),
    outside = missing({ namespace: "bank" }),
    wide = missing({ kind: "Namespace", name: "new", namespace: "" }),
    leftover = extra({ namespace: "bank", name: "old" });
  test("names each object that the project lets be neither written nor deleted", () => {
    const denied = deniedBy(team[1], [inside, outside, wide, leftover], cluster);
    expect([...denied.keys()]).toEqual([outside.key, wide.key, leftover.key]);
    expect(denied.get(outside.key)).toMatch(/bank/);
    expect(denied.get(wide.key)).toMatch(/Namespace/);
  });
  test("denies nothing in the default project", () => {
    const project = projectOf(application(), new Map(), settings) as Project;
    expect(deniedBy(project, [inside, outside, wide], cluster).size).toBe(0);
  });
});
