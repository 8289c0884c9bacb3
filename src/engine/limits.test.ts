import { describe, expect, test } from "bun:test";
import { application, desiredObject } from "../../test/lib/core-objects.ts";
import type { Project, ProjectSpec } from "../core/model/project.ts";
import { deniedBy, projectOf, refuseInvalid } from "./limits.ts";

const settings = { namespace: "argocd" };
const clusters = [{ name: "in-cluster", server: "https://kubernetes.default.svc" }];
const [cluster] = clusters as [(typeof clusters)[0]];
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

describe("refuseInvalid()", () => {
  const refuse = (spec: Parameters<typeof application>[0]) => () =>
    refuseInvalid(application(spec), new Map([team]), clusters, settings);
  test("permits what the project permits", () => {
    expect(refuse({ project: "team" })).not.toThrow();
  });
  test.each<{ what: string; spec: Parameters<typeof application>[0]; says: RegExp }>([
    {
      what: "a project that is not there",
      spec: { project: "nobody" },
      says: /^Application argocd\/shop: cannot use its spec: .*nobody/,
    },
    {
      what: "a repository outside",
      spec: { project: "team", source: { repoURL: "https://other.example.com/x.git", path: "." } },
      says: /other\.example\.com/,
    },
    {
      what: "a namespace outside",
      spec: { project: "team", destination: { name: "in-cluster", namespace: "bank" } },
      says: /bank/,
    },
    {
      what: "a cluster that is not there",
      spec: { project: "default", destination: { name: "nowhere", namespace: "shop" } },
      says: /nowhere/,
    },
  ])("refuses $what", ({ spec, says }) => {
    expect(refuse(spec)).toThrow(says);
  });
  test("says all reasons at once", () => {
    expect(
      refuse({
        project: "team",
        source: { repoURL: "https://other.example.com/x.git", path: "." },
        destination: { name: "in-cluster", namespace: "bank" },
      }),
    ).toThrow(/other\.example\.com.*; .*bank/);
  });
});

describe("deniedBy()", () => {
  const inside = desiredObject({ namespace: "shop" }),
    outside = desiredObject({ namespace: "bank" }),
    wide = desiredObject({ kind: "Namespace", name: "new", namespace: "" });
  test("names each object that the project does not let be written", () => {
    const denied = deniedBy(
      application({ project: "team" }),
      [inside, outside, wide],
      cluster,
      new Map([team]),
      settings,
    );
    expect([...denied.keys()]).toEqual([outside.key, wide.key]);
    expect(denied.get(outside.key)).toMatch(/bank/);
    expect(denied.get(wide.key)).toMatch(/Namespace/);
  });
  test("denies everything where the project is gone", () => {
    expect([
      ...deniedBy(application({ project: "team" }), [inside, wide], cluster, new Map(), settings).values(),
    ]).toEqual(["there is no project team", "there is no project team"]);
  });
  test("denies nothing in the default project", () => {
    expect(deniedBy(application(), [inside, outside, wide], cluster, new Map(), settings).size).toBe(0);
  });
});
