import { describe, expect, test } from "bun:test";
import { parseProject } from "./parse-project.ts";

const project = (spec: Record<string, unknown>) =>
  parseProject(
    { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata: { name: "team" }, spec },
    { homeNamespace: "argocd" },
  );

const account = (defaultServiceAccount: string) => ({ server: "*", namespace: "*", defaultServiceAccount });
const FREEZE = { kind: "deny", schedule: "0 22 * * *", duration: "8h", applications: ["*"] };

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
    ["spec.roles[0].name", { roles: [{ name: "", policies: [] }] }],
    ["spec.roles[0].name", { roles: [{ policies: [] }] }],
    ["spec.roles[0].name", { roles: ["ci"] }],
    ["spec.roles[0].name", { roles: [{ name: "c i" }] }],
    ["spec.roles[1].name", { roles: [{ name: "ci" }, { name: "ci" }] }],
    [
      "spec.syncWindows[0].schedule",
      { syncWindows: [{ kind: "deny", duration: "1h", applications: ["*"] }] },
    ],
    ["spec.syncWindows[0].kind", { syncWindows: [{ ...FREEZE, kind: "freeze" }] }],
    ["spec.syncWindows[0].schedule", { syncWindows: [{ ...FREEZE, schedule: "0 22 * * 7" }] }],
    ["spec.syncWindows[0].schedule", { syncWindows: [{ ...FREEZE, schedule: "0 0 31 2 *" }] }],
    ["spec.syncWindows[0].schedule", { syncWindows: [{ ...FREEZE, schedule: "CRON_TZ=Mars/X 0 1 * * *" }] }],
    ["spec.syncWindows[0].duration", { syncWindows: [{ ...FREEZE, duration: "2 days" }] }],
    ["spec.syncWindows[0].duration", { syncWindows: [{ ...FREEZE, duration: "60" }] }],
    ["spec.syncWindows[0].duration", { syncWindows: [{ ...FREEZE, duration: "0s" }] }],
    [
      "spec.syncWindows[0].timeZone",
      { syncWindows: [{ ...FREEZE, schedule: "TZ=Asia/Tokyo 0 1 * * *", timeZone: "UTC" }] },
    ],
    ["spec.syncWindows[0].clusters[0]", { syncWindows: [{ ...FREEZE, clusters: ["{a"] }] }],
    ["spec.syncWindows[0].manual", { syncWindows: [{ ...FREEZE, manual: true }] }],
    ["spec.syncWindows[1]", { syncWindows: [FREEZE, { ...FREEZE, manualSync: true }] }],
    ["spec.signatureKeys", { signatureKeys: [{ keyID: "x" }] }],
    ["spec.sourceIntegrity", { sourceIntegrity: { git: {} } }],
    ...[
      ["defaultServiceAccount", { server: "*", namespace: "*" }],
      ["defaultServiceAccount", account("a:b:c")],
      ["defaultServiceAccount", account("kube-system:")],
      ["defaultServiceAccount", account(":admin")],
      ["defaultServiceAccount", account("admin\r\nImpersonate-Group: system:masters")],
      ["defaultServiceAccount", account("Admin")],
      ["defaultServiceAccount", account("*")],
      ["server", { ...account("a"), server: "!https://prod" }],
      ["namespace", { ...account("a"), namespace: "!prod" }],
      ["server", { ...account("a"), server: "[[ech*" }],
      ["user", { ...account("a"), user: "root" }],
    ].map(([field, rule]): [string, Record<string, unknown>] => [
      `spec.destinationServiceAccounts[0].${String(field)}`,
      { destinationServiceAccounts: [rule] },
    ]),
    [
      "spec.destinationServiceAccounts[1]",
      {
        destinationServiceAccounts: [
          { ...account("a"), server: "https://prod" },
          { ...account("b"), server: "https://PROD/" },
        ],
      },
    ],
    ["spec.sourceRepo", { sourceRepo: ["*"] }],
    ["spec.destinations[0].namespace", { destinations: [{ server: "*", namespace: "!*" }] }],
    ["spec.destinations[0].namespaces", { destinations: [{ server: "*", namespaces: "x" }] }],
    ["spec.sourceRepos[0]", { sourceRepos: ["!{a"] }],
    ["spec.sourceRepos[1]", { sourceRepos: ["*", "!*"] }],
    ["spec.sourceRepos[0]", { sourceRepos: ["!https://ci:hunter2@git/**"] }],
    ["spec.sourceRepos[2]", { sourceRepos: ["a", "b", "a"] }],
    ["spec.sourceNamespaces[1]", { sourceNamespaces: ["a", "a"] }],
    [
      "spec.destinations[2]",
      {
        destinations: [
          { server: "s", namespace: "a" },
          { server: "s", namespace: "b" },
          { server: "s", namespace: "a", name: "n" },
        ],
      },
    ],
    [
      "spec.destinations[1]",
      {
        destinations: [
          { name: "n", namespace: "a" },
          { name: "n", namespace: "a" },
        ],
      },
    ],
    ["spec.sourceNamespaces[0]", { sourceNamespaces: ["/(/"] }],
    ["spec.clusterResourceWhitelist[0].kind", { clusterResourceWhitelist: [{ group: "*", kind: "[" }] }],
    ["spec.namespaceResourceWhitelist[0].kind", { namespaceResourceWhitelist: [{ group: "*" }] }],
    ["spec.orphanedResources.ignore[0].kind", { orphanedResources: { ignore: [{ kind: "{a" }] } }],
    ["spec.orphanedResources.ignored", { orphanedResources: { ignored: [] } }],
    ["spec.description", { description: "x".repeat(256) }],
  ];
  test("a window in an unknown zone is in UTC, and one that names nothing is for none: both are said", () => {
    expect(project({ syncWindows: [{ ...FREEZE, timeZone: "Mars/X", applications: [] }] })).toMatchObject({
      ok: true,
      warnings: [
        { path: "spec.syncWindows[0].timeZone", text: expect.stringContaining("UTC") },
        { path: "spec.syncWindows[0]", text: expect.stringContaining("for none") },
      ],
    });
  });

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
        orphanedResources: { warn: false },
        roles: [],
      }),
    ).toMatchObject({ ok: true, warnings: [] });
  });
  test.each([{}, { warn: true }, { ignore: [{ kind: "Secret" }] }])(
    "a wish to be told of orphaned resources, %p",
    (orphanedResources) => {
      expect(project({ orphanedResources })).toMatchObject({ ok: true, warnings: [] });
    },
  );
  test.each([{}, { namespace: "a" }, { server: "", name: "", namespace: "*" }])(
    "a destination without a cluster, %p, permits nothing and is a warning",
    (destination) => {
      expect(project({ destinations: [destination] })).toMatchObject({
        ok: true,
        warnings: [{ severity: "warning", path: "spec.destinations[0]" }],
      });
    },
  );
  test("destinations that differ in one thing are no twins", () => {
    const destinations = [
      { server: "a", namespace: "x" },
      { server: "b", namespace: "x" },
      { name: "c", namespace: "x" },
      { name: "d", namespace: "x" },
      { name: "d" },
    ];
    expect(project({ destinations })).toMatchObject({ ok: true, warnings: [] });
  });
  test("roles are kept; which of their policies can be used is said where they are asked", () => {
    expect(project({ roles: [{ name: "dev" }] })).toMatchObject({
      ok: true,
      warnings: [],
    });
  });
});

test("parseProject() keeps every field as it is written, also those that it knows nothing of", () => {
  const written = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: {
      name: "team",
      namespace: "argocd",
      labels: { tier: "tenant" },
      annotations: { "notifications.argoproj.io/subscribe.on-sync-failed.slack": "team" },
      finalizers: ["resources-finalizer.argocd.argoproj.io"],
      somethingNew: { a: [1, 2] },
    },
    spec: {
      description: "all of it",
      sourceRepos: ["*", "!https://git.example.com/secret"],
      destinations: [{ server: "*", name: "prod", namespace: "!kube-*" }],
      sourceNamespaces: ["team-*"],
      clusterResourceWhitelist: [{ group: "", kind: "Namespace", name: "team-*" }],
      clusterResourceBlacklist: [{ group: "rbac.authorization.k8s.io", kind: "*" }],
      namespaceResourceWhitelist: [{ group: "apps", kind: "*" }],
      namespaceResourceBlacklist: [{ group: "", kind: "ResourceQuota" }],
      syncWindows: [
        { ...FREEZE, timeZone: "Asia/Tokyo", manualSync: true, syncOverrun: true, andOperator: true },
      ],
      orphanedResources: { warn: false, ignore: [{ group: "", kind: "Secret", name: "sh.helm.*" }] },
      permitOnlyProjectScopedClusters: true,
      destinationServiceAccounts: [
        { server: "*", namespace: "team-*", defaultServiceAccount: "ops:deployer" },
      ],
      roles: [
        {
          name: "ci",
          description: "robots",
          policies: ["p, proj:team:ci, applications, sync, team/*, allow"],
          groups: ["ci"],
          jwtTokens: [{ iat: 1535390316, exp: 1567012716, id: "x" }],
        },
      ],
    },
    status: { jwtTokensByRole: { ci: { items: [{ iat: 1535390316 }] } } },
    somethingElse: true,
  };
  expect(parseProject(structuredClone(written), { homeNamespace: "argocd" })).toMatchObject({
    ok: true,
    value: written,
  });
});
