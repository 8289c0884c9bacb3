import { describe, expect, test } from "bun:test";
import type { GlobalProject, Project, ProjectSpec } from "../model/project.ts";
import { defaultProject } from "./default-project.ts";
import { projectsInForce } from "./global-projects.ts";
import { refuseDestination } from "./refuse-destination.ts";
import { refuseKind } from "./refuse-kind.ts";

const project = (name: string, spec: ProjectSpec, labels?: Record<string, string>): [string, Project] => [
  name,
  {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name, namespace: "argocd", ...(labels === undefined ? {} : { labels }) },
    spec,
  },
];
const TENANTS: GlobalProject = {
  projectName: "everywhere",
  labelSelector: { matchLabels: { tier: "tenant" } },
};
const ALL: GlobalProject = { projectName: "everywhere", labelSelector: {} };
const SECRET = { group: "", kind: "Secret", name: "a", namespace: "shop" };
const everywhere = project("everywhere", {
  sourceRepos: ["!https://git.example.com/secret"],
  destinations: [{ name: "!prod", namespace: "*" }],
  clusterResourceBlacklist: [{ group: "rbac.authorization.k8s.io", kind: "*" }],
  namespaceResourceBlacklist: [{ group: "", kind: "Secret" }],
  syncWindows: [{ kind: "deny", schedule: "0 22 * * *", duration: "8h", applications: ["*"] }],
  sourceNamespaces: ["*"],
  description: "theirs",
  permitOnlyProjectScopedClusters: true,
});
const team = project(
  "team",
  {
    sourceRepos: ["*"],
    destinations: [{ server: "*", namespace: "*" }],
    clusterResourceWhitelist: [{ group: "*", kind: "*" }],
    description: "ours",
  },
  { tier: "tenant" },
);
const inForce = (rules: GlobalProject[], ...written: [string, Project][]) =>
  projectsInForce(new Map(written), rules, defaultProject("argocd", "of-every-namespace"));

describe("projectsInForce()", () => {
  test("puts the lists of a global project behind those of each one that its selector takes, and nothing else of it", () => {
    const { projects, from } = inForce([TENANTS], team, everywhere);
    const { sourceNamespaces: _, permitOnlyProjectScopedClusters: __, ...taken } = everywhere[1].spec;
    expect(projects.get("team")?.spec).toEqual({
      ...team[1].spec,
      ...taken,
      sourceRepos: ["*", "!https://git.example.com/secret"],
      destinations: [
        { server: "*", namespace: "*" },
        { name: "!prod", namespace: "*" },
      ],
      description: "ours",
    });
    expect(from.get("team")).toEqual(["everywhere"]);
    expect(projects.get("everywhere")).toBe(everywhere[1]);
  });

  test("enforces what it denies by the functions that enforce the project's own rules", () => {
    const held = inForce([TENANTS], team, everywhere).projects.get("team") as Project;
    expect(refuseKind(held, SECRET, "namespaced")).toContain("Secret a is not permitted in project team");
    expect(refuseDestination(held, { name: "prod", server: "https://prod", namespace: "shop" })).toContain(
      "team",
    );
    expect(
      refuseDestination(held, { name: "dev", server: "https://dev", namespace: "shop" }),
    ).toBeUndefined();
  });

  test("leaves a project alone that the selector does not take, and the global one itself", () => {
    const other = project("other", { sourceRepos: ["*"] }, { tier: "platform" });
    const { projects, from } = inForce([TENANTS], other, everywhere);
    expect(projects.get("other")).toBe(other[1]);
    expect(from.size).toBe(0);
    expect(inForce([ALL], everywhere).projects.get("everywhere")).toBe(everywhere[1]);
  });

  test("an empty selector takes every project, the one that nobody wrote too", () => {
    const { projects } = inForce([ALL], everywhere);
    expect(projects.get("default")?.spec.namespaceResourceBlacklist).toEqual([{ group: "", kind: "Secret" }]);
  });

  test("takes nothing over from what a global project took over", () => {
    const first = project("first", { sourceRepos: ["a"] });
    const second = project("second", { sourceRepos: ["b"] });
    const rules = [
      { projectName: "first", labelSelector: {} },
      { projectName: "second", labelSelector: {} },
    ];
    const { projects } = inForce(rules, first, second, project("team", {}));
    expect(projects.get("team")?.spec.sourceRepos).toEqual(["a", "b"]);
    expect(projects.get("first")?.spec.sourceRepos).toEqual(["a", "b"]);
    expect(projects.get("second")?.spec.sourceRepos).toEqual(["b", "a"]);
  });

  test("permits nothing in a project whose global one is missing, and says why", () => {
    const { projects, withheld } = inForce([TENANTS], team);
    expect(projects.has("team")).toBe(false);
    expect(withheld.get("team")).toMatch(/project everywhere, which does not exist, so nothing is permitted/);
    expect(projects.has("default")).toBe(true);
  });

  test("a list that is absent permits all until a global project has one", () => {
    const narrow = project("narrow", { namespaceResourceWhitelist: [{ group: "apps", kind: "*" }] });
    const rule = { projectName: "narrow", labelSelector: {} };
    const { projects } = inForce(
      [rule],
      narrow,
      project("team", {}),
      project("none", { namespaceResourceWhitelist: [] }),
    );
    expect(refuseKind(projects.get("team") as Project, SECRET, "namespaced")).toBeDefined();
    expect(projects.get("none")?.spec.namespaceResourceWhitelist).toEqual([{ group: "apps", kind: "*" }]);
  });
});
