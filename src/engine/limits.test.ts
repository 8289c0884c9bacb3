import { describe, expect, test } from "bun:test";
import { application, extra, missing } from "../../test/lib/core-objects.ts";
import type { Project, ProjectSpec } from "../core/model/project.ts";
import { refuseNamespace } from "../core/policy/refuse-namespace.ts";
import { deniedBy, projectOf, unwrittenDefault } from "./limits.ts";

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
  test("default is named also by none, and is none where it does not hold", () => {
    const own = project("default", { description: "ours" });
    for (const name of ["default", ""]) {
      expect(projectOf(application({ project: name }), new Map([own]))).toBe(own[1]);
      expect(projectOf(application({ project: name }), new Map([team]))).toBeUndefined();
    }
  });
  test("any other one must be written", () => {
    expect(projectOf(application({ project: "team" }), new Map())).toBeUndefined();
    expect(projectOf(application({ project: "team" }), new Map([team]))).toBe(team[1]);
  });
});

describe("unwrittenDefault()", () => {
  const elsewhere = { metadata: { namespace: "team-a" } };
  test.each([
    ["of every namespace, where files and the API write them all", undefined, undefined],
    ["of the home namespace alone, where a cluster is the home", {}, expect.stringContaining("'team-a'")],
  ])("permits everything to applications %s", (_, records, want) => {
    const found = unwrittenDefault({ settings: () => settings, records } as never);
    expect(found.spec.destinations).toEqual([{ server: "*", namespace: "*" }]);
    expect(refuseNamespace(found, elsewhere.metadata.namespace, "argocd")).toEqual(want);
    expect(refuseNamespace(found, "argocd", "argocd")).toBeUndefined();
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
    const project = unwrittenDefault({ settings: () => settings } as never);
    expect(deniedBy(project, [inside, outside, wide], cluster).size).toBe(0);
  });
});
