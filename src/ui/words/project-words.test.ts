import { describe, expect, test } from "bun:test";
import {
  newProjectWords,
  originWords,
  permitted,
  policyWords,
  projectDeed,
  rolesOf,
  windowTargets,
} from "./project-words.ts";

const said = (spec: Parameters<typeof permitted>[0]): Record<string, string[]> =>
  Object.fromEntries(permitted(spec).map(({ name, lines }) => [name, lines]));

describe("permitted()", () => {
  test("says what nothing written permits", () => {
    expect(said({})).toEqual({
      "From repositories": ["none"],
      To: ["nowhere"],
      "Kinds of whole clusters": ["none"],
      "Kinds in namespaces": ["all"],
      "Applications written in": ["the home namespace alone"],
    });
  });

  test("says patterns, and what they leave out", () => {
    expect(
      said({
        sourceRepos: ["*", "!https://git.example.com/secret"],
        destinations: [
          { server: "*", namespace: "*" },
          { name: "prod", namespace: "shop-*" },
          { name: "prod", namespace: "!kube-system" },
        ],
        clusterResourceWhitelist: [
          { group: "", kind: "Namespace", name: "shop-*" },
          { group: "*", kind: "*" },
        ],
        clusterResourceBlacklist: [{ group: "rbac.authorization.k8s.io", kind: "*" }],
        namespaceResourceWhitelist: [],
        namespaceResourceBlacklist: [{ group: "", kind: "Secret" }],
        sourceNamespaces: ["*"],
        permitOnlyProjectScopedClusters: true,
        orphanedResources: { warn: false, ignore: [{ kind: "ConfigMap", name: "kube-*" }] },
      }),
    ).toEqual({
      "From repositories": ["any", "not https://git.example.com/secret"],
      To: [
        "any namespace of any cluster",
        "namespace shop-* on cluster prod",
        "not namespace kube-system on cluster prod",
      ],
      "Kinds of whole clusters": [
        "Namespace named shop-*",
        "all",
        "but not all of rbac.authorization.k8s.io",
      ],
      "Kinds in namespaces": ["none"],
      "Applications written in": ["any namespace"],
      Clusters: ["those alone whose entry names this project"],
      Orphans: ["shown", "but not ConfigMap kube-*"],
    });
  });
});

test("policyWords() says a line, and what is none as it is", () => {
  expect(
    [
      "p, proj:a:ci, applications, sync, a/*, allow",
      "p, x, logs, get, a/*, deny",
      "g, ann, x",
      "p, x, clusters, *, *",
    ].map(policyWords),
  ).toEqual([
    "may sync applications a/*",
    "may not get logs a/*",
    "g, ann, x",
    "may do everything with clusters *",
  ]);
});

test("projectDeed() parts who did it from what was done, and tells what is written otherwise as it is", () => {
  expect(projectDeed({ reason: "project-create", message: "user:local: project-create" })).toEqual({
    ...{ what: "created", who: "user:local", more: "" },
  });
  expect(
    projectDeed({
      ...{ reason: "project-delete", message: "user:ann: project-delete, refused: nothing gives it (no. 7)" },
    }),
  ).toEqual({ what: "deleted", who: "user:ann", more: "refused: nothing gives it (no. 7)" });
  expect(projectDeed({ reason: "Other", message: "<b>said</b>" })).toEqual({
    ...{ what: "Other", who: "", more: "<b>said</b>" },
  });
});

test("newProjectWords() says what it lacks, and who waits for it", () => {
  expect(newProjectWords({}, 0)).toBe(
    "No application of it could be delivered: it permits no repository and no destination. None names it yet.",
  );
  expect(newProjectWords({ sourceRepos: ["*"], destinations: [{ name: "*", namespace: "*" }] }, 1)).toBe(
    "Applications of it could be delivered as follows. 1 application names it already.",
  );
});

test("rolesOf() passes over what is no role", () => {
  expect(rolesOf({ roles: [null, 7, { name: 3 }, { name: "ci", groups: ["g", 1], policies: "p" }] })).toEqual(
    [{ name: "ci", description: "", policies: [], groups: ["g"] }],
  );
});

test("windowTargets() says what a window is for", () => {
  expect(windowTargets({ applications: ["*"] })).toBe("all applications");
  expect(windowTargets({ applications: ["a", "b"], clusters: ["prod"] })).toBe(
    "applications a, b or clusters prod",
  );
  expect(windowTargets({ namespaces: ["x"], clusters: ["prod"], andOperator: true })).toBe(
    "namespaces x and clusters prod",
  );
});

test("originWords() says why it is not edited here, with file and line", () => {
  expect(originWords({ from: "file", file: "projects.yaml", line: 4 }).noEdit).toBe(
    "It is written in projects.yaml:4: change it there.",
  );
  expect(originWords({ from: "api" }).noEdit).toBeUndefined();
  expect(originWords(undefined).noEdit).toContain("as it comes");
});
