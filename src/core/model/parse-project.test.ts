import { describe, expect, test } from "bun:test";
import { parseProject } from "./parse-project.ts";

const project = (spec: Record<string, unknown>) =>
  parseProject(
    { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name: "team" }, spec },
    { homeNamespace: "argocd" },
  );

describe("parseProject()", () => {
  test("takes the limits that are enforced", () => {
    expect(
      project({
        description: "x",
        sourceRepos: ["https://git/**", "!https://git/secret"],
        destinations: [
          { server: "*", namespace: "team-*" },
          { name: "!prod", namespace: "*" },
        ],
        sourceNamespaces: ["team-*", "/^team-(?!x)/"],
        clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "team-*" }],
        namespaceResourceBlacklist: [{ group: "*", kind: "Secret" }],
      }),
    ).toMatchObject({ ok: true, warnings: [], value: { metadata: { namespace: "argocd" } } });
  });

  const refused: [path: string, spec: Record<string, unknown>][] = [
    ["spec.syncWindows", { syncWindows: [{ kind: "deny" }] }],
    ["spec.signatureKeys", { signatureKeys: [{ keyID: "x" }] }],
    ["spec.sourceIntegrity", { sourceIntegrity: { git: {} } }],
    ["spec.destinationServiceAccounts", { destinationServiceAccounts: [{ server: "*" }] }],
    ["spec.permitOnlyProjectScopedClusters", { permitOnlyProjectScopedClusters: true }],
    ["spec.orphanedResources", { orphanedResources: { warn: false } }],
    ["spec.sourceRepo", { sourceRepo: ["*"] }],
    ["spec.destinations[0]", { destinations: [{ namespace: "*" }] }],
    ["spec.destinations[0].namespace", { destinations: [{ server: "*", namespace: "!*" }] }],
    ["spec.destinations[0].namespaces", { destinations: [{ server: "*", namespaces: "x" }] }],
    ["spec.sourceRepos[0]", { sourceRepos: ["!{a"] }],
    ["spec.sourceNamespaces[0]", { sourceNamespaces: ["/(/"] }],
    ["spec.clusterResourceWhitelist[0].kind", { clusterResourceWhitelist: [{ group: "*", kind: "[" }] }],
    ["spec.namespaceResourceWhitelist[0].kind", { namespaceResourceWhitelist: [{ group: "*" }] }],
    ["spec.description", { description: "x".repeat(256) }],
  ];
  test.each(refused)("refuses %s", (path, spec) => {
    expect(project(spec)).toMatchObject({
      ok: false,
      problems: [{ severity: "error", path, object: "AppProject argocd/team" }],
    });
  });

  test("fields that set no limit are harmless", () => {
    expect(
      project({
        syncWindows: [],
        signatureKeys: [],
        permitOnlyProjectScopedClusters: false,
        orphanedResources: {},
        roles: [],
      }),
    ).toMatchObject({ ok: true, warnings: [] });
  });
  test("roles are a warning until accounts exist", () => {
    expect(project({ roles: [{ name: "dev" }] })).toMatchObject({
      ok: true,
      warnings: [{ severity: "warning", path: "spec.roles" }],
    });
  });
});
