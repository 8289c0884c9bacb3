import { describe, expect, test } from "bun:test";
import type { Application } from "../model/application.ts";
import type { Project, ProjectSpec } from "../model/project.ts";
import { checkApplication } from "./check-application.ts";
import { defaultProject } from "./default-project.ts";
import { refuseDestination } from "./refuse-destination.ts";
import { refuseKind } from "./refuse-kind.ts";
import { refuseNamespace } from "./refuse-namespace.ts";
import { refuseObject } from "./refuse-object.ts";
import { refuseSource } from "./refuse-source.ts";

const project = (spec: ProjectSpec): Project => ({
  apiVersion: "argoproj.io/v1alpha1",
  kind: "AppProject",
  metadata: { name: "team", namespace: "argocd" },
  spec,
});

describe("refuseSource()", () => {
  const cases: [name: string, patterns: string[], url: string, permitted: boolean][] = [
    ["a lone star is everything", ["*"], "https://git/a/b", true],
    ["a star in a pattern stops at /", ["https://git/*"], "https://git/a/b", false],
    ["two stars do not", ["https://git/**"], "https://git/a/b", true],
    ["case and .git do not count", ["https://Git/a.git"], "https://git/A", true],
    ["nothing listed permits nothing", [], "https://git/a", false],
    ["a deny that applies wins, before or after", ["!https://git/secret", "*"], "https://git/secret", false],
    ["a deny that applies wins, after a permit", ["*", "!https://git/secret*"], "https://git/secrets", false],
    ["steps up lead out of what is permitted", ["https://git/ours/**"], "https://git/ours/../evil/r", false],
    ["a backslash ends a host", ["https://git/**"], "https://evil.example\\@git/x", false],
    ["a scheme's own port is none", ["https://git/**"], "https://git:443/x", true],
    ["a deny is for a scheme's own port too", ["*", "!https://git/secret"], "https://git:443/secret", false],
    ["a deny is for what is meant", ["*", "!https://git/secret"], "https://git/%73ecret", false],
    ["where all is permitted, all ways to write it are", ["*"], "https://git/%73ecret", true],
    ["an address of ssh is plain", ["git@git:ours/*", "!x"], "git@git:ours/a.git", true],
    ["a path is plain", ["/srv/**", "!x"], "/srv/git/a", true],
    ["a registry is plain", ["registry:5000/**", "!x"], "registry:5000/charts", true],
    ["a deny that does not apply counts as a permit", ["!https://git/secret"], "https://git/a", true],
  ];
  test.each(cases)("%s", (_, sourceRepos, url, permitted) => {
    expect(refuseSource(project({ sourceRepos }), url) === undefined).toBe(permitted);
  });
  test("says what and where", () => {
    expect(refuseSource(project({}), "https://git/a")).toBe(
      "application repo https://git/a is not permitted in project 'team'",
    );
  });
});

describe("refuseDestination()", () => {
  const target = { server: "https://10.0.0.1:6443", name: "prod", namespace: "shop" };
  const cases: [name: string, destinations: ProjectSpec["destinations"], permitted: boolean][] = [
    ["a server and a namespace", [{ server: "https://10.0.0.1:6443", namespace: "shop" }], true],
    ["a last slash does not count", [{ server: "https://10.0.0.1:6443/", namespace: "shop" }], true],
    ["a name and a namespace", [{ name: "prod", namespace: "sh*" }], true],
    ["stars cross slashes", [{ server: "https://*", namespace: "*" }], true],
    ["another namespace", [{ server: "*", namespace: "other" }], false],
    ["no namespace is not every namespace", [{ server: "*" }], false],
    ["nothing listed", [], false],
    [
      "a denied name denies whatever the namespace",
      [
        { server: "*", namespace: "*" },
        { name: "!prod", namespace: "other" },
      ],
      false,
    ],
    [
      "a denied server needs the namespace",
      [
        { server: "*", namespace: "*" },
        { server: "!https://10.0.0.1:6443", namespace: "other" },
      ],
      true,
    ],
    [
      "a denied server in that namespace",
      [
        { server: "*", namespace: "*" },
        { server: "!https://10.0.0.1:6443", namespace: "shop" },
      ],
      false,
    ],
    [
      "a denied namespace with a server",
      [
        { server: "*", namespace: "*" },
        { server: "*", namespace: "!shop" },
      ],
      false,
    ],
    [
      "a denied namespace with a name only",
      [
        { server: "*", namespace: "*" },
        { name: "prod", namespace: "!shop" },
      ],
      true,
    ],
    ["a deny that does not apply counts as a permit", [{ server: "*", namespace: "!other" }], true],
  ];
  test.each(cases)("%s", (_, destinations, permitted) => {
    expect(refuseDestination(project({ destinations: destinations ?? [] }), target) === undefined).toBe(
      permitted,
    );
  });
});

test.each<[of: string | undefined, want: string]>([
  ["team", "permitted"],
  ["other", "refused"],
  [undefined, "refused"],
])(
  "with permitOnlyProjectScopedClusters a cluster of %p is %s, and the lists count all the same",
  (of, want) => {
    const own = { destinations: [{ server: "*", namespace: "shop" }], permitOnlyProjectScopedClusters: true };
    const team = { ...project(own), metadata: { ...project(own).metadata, name: "team" } };
    const target = {
      server: "https://a",
      name: "a",
      namespace: "shop",
      ...(of === undefined ? {} : { project: of }),
    };
    const refused = refuseDestination(team, target);
    expect(refused === undefined ? "permitted" : "refused").toBe(want);
    if (refused !== undefined) expect(refused).toContain("it needs project: team in its entry");
    expect(refuseDestination(team, { ...target, namespace: "kube-system" })).toContain("do not match any");
  },
);

describe("refuseKind()", () => {
  const deployment = { group: "apps", kind: "Deployment", namespace: "shop", name: "cart" };
  const role = {
    group: "rbac.authorization.k8s.io",
    kind: "ClusterRole",
    namespace: "",
    name: "team-reader",
  };
  const cases: [
    name: string,
    spec: ProjectSpec,
    ref: typeof role,
    scope: "namespaced" | "cluster",
    permitted: boolean,
  ][] = [
    ["no list permits every namespaced kind", {}, deployment, "namespaced", true],
    [
      "an empty list permits no namespaced kind",
      { namespaceResourceWhitelist: [] },
      deployment,
      "namespaced",
      false,
    ],
    [
      "a list permits its kinds",
      { namespaceResourceWhitelist: [{ group: "apps", kind: "*" }] },
      deployment,
      "namespaced",
      true,
    ],
    [
      "case counts",
      { namespaceResourceWhitelist: [{ group: "apps", kind: "deployment" }] },
      deployment,
      "namespaced",
      false,
    ],
    [
      "braces are characters",
      { namespaceResourceWhitelist: [{ group: "apps", kind: "{Deployment}" }] },
      deployment,
      "namespaced",
      false,
    ],
    [
      "a deny wins",
      { namespaceResourceBlacklist: [{ group: "*", kind: "Deploy*" }] },
      deployment,
      "namespaced",
      false,
    ],
    ["no list permits no cluster-scoped kind", {}, role, "cluster", false],
    ["an empty list neither", { clusterResourceWhitelist: [] }, role, "cluster", false],
    [
      "a list permits its kinds, cluster-scoped",
      { clusterResourceWhitelist: [{ group: "*", kind: "*" }] },
      role,
      "cluster",
      true,
    ],
    [
      "a rule may name the object",
      { clusterResourceWhitelist: [{ group: "*", kind: "*", name: "team-*" }] },
      role,
      "cluster",
      true,
    ],
    [
      "and then permits no other",
      { clusterResourceWhitelist: [{ group: "*", kind: "*", name: "other-*" }] },
      role,
      "cluster",
      false,
    ],
    [
      "a deny wins, cluster-scoped",
      {
        clusterResourceWhitelist: [{ group: "*", kind: "*" }],
        clusterResourceBlacklist: [{ group: "*", kind: "ClusterRole" }],
      },
      role,
      "cluster",
      false,
    ],
  ];
  test.each(cases)("%s", (_, spec, ref, scope, permitted) => {
    expect(refuseKind(project(spec), ref, scope) === undefined).toBe(permitted);
  });
});

test("refuseObject() checks the object's own namespace", () => {
  const cluster = { server: "https://x", name: "x" };
  const team = project({ destinations: [{ server: "*", namespace: "team" }] });
  const ref = { group: "", kind: "ConfigMap", namespace: "team", name: "a" };
  expect(refuseObject(team, ref, "namespaced", cluster)).toBeUndefined();
  expect(refuseObject(team, { ...ref, namespace: "kube-system" }, "namespaced", cluster)).toContain(
    "namespace 'kube-system'",
  );
  expect(refuseObject(team, { ...ref, namespace: "" }, "unknown", cluster)).toBe(
    "cluster resource ConfigMap a is not permitted in project team",
  );
  expect(refuseObject(team, ref, "unknown", cluster)).toBeUndefined();
});

test.each<[string[] | undefined, string, boolean]>([
  [undefined, "argocd", true],
  [undefined, "team", false],
  [["team-*"], "team-a", true],
  [["team-*"], "other", false],
  [["/^team-(?!x)/"], "team-a", true],
  [["/^team-(?!x)/"], "team-x", false],
  [["/eam/"], "team", true],
])("refuseNamespace() %p for %p: permitted %p", (patterns, namespace, permitted) => {
  expect(
    refuseNamespace(
      project(patterns === undefined ? {} : { sourceNamespaces: patterns }),
      namespace,
      "argocd",
    ) === undefined,
  ).toBe(permitted);
});

describe("checkApplication()", () => {
  const app: Application = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd" },
    spec: {
      project: "team",
      source: { repoURL: "https://git/a", path: "." },
      destination: { name: "prod", namespace: "shop" },
    },
  };
  const cluster = { server: "https://10.0.0.1:6443", name: "prod" };

  test("the default project permits everything, everywhere", () => {
    const elsewhere = { ...app, metadata: { ...app.metadata, namespace: "team-a" } };
    expect(
      checkApplication(elsewhere, {
        project: defaultProject("argocd", "of-every-namespace"),
        cluster,
        clusters: [],
        homeNamespace: "argocd",
      }),
    ).toEqual([]);
    expect(
      refuseObject(
        defaultProject("argocd", "of-every-namespace"),
        { group: "", kind: "Namespace", namespace: "", name: "x" },
        "cluster",
        cluster,
      ),
    ).toBeUndefined();
  });
  test("an unknown project is an InvalidSpecError", () => {
    expect(
      checkApplication(app, { project: undefined, cluster, clusters: [], homeNamespace: "argocd" }),
    ).toEqual([
      { type: "InvalidSpecError", message: "Application referencing project team which does not exist" },
    ]);
  });
  test("an unknown cluster is an InvalidSpecError", () => {
    expect(
      checkApplication(app, {
        project: defaultProject("argocd", "of-every-namespace"),
        cluster: undefined,
        clusters: [],
        homeNamespace: "argocd",
      }),
    ).toMatchObject([{ type: "InvalidSpecError", message: expect.stringContaining("the name prod") }]);
  });
  test("every refusal is named, each repository once", () => {
    const twice = {
      ...app,
      spec: {
        ...app.spec,
        sources: [
          { repoURL: "https://git/a", path: "x" },
          { repoURL: "https://git/a", ref: "v" },
        ],
      },
    };
    expect(
      checkApplication(twice, { project: project({}), cluster, clusters: [], homeNamespace: "argocd" }).map(
        ({ message }) => message,
      ),
    ).toEqual([
      "application repo https://git/a is not permitted in project 'team'",
      "application destination server 'https://10.0.0.1:6443' and namespace 'shop' do not match any of the allowed destinations in project 'team'",
    ]);
  });
});
