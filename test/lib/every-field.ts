/** An Application and an AppProject in which every field stands that we know, and some that nobody knows. */
import type { Shape } from "../../src/core/model/shape.ts";

const repoURL = "https://git.example.com/shop.git";
const UNKNOWN = { ofTomorrow: { deep: [1, "two", { three: false }] } };

/** A source may be of one kind: each has one of its own. */
export const EVERY_SOURCE = [
  {
    repoURL,
    path: "chart",
    targetRevision: "main",
    ref: "values",
    name: "first",
    tagPrefix: "v",
    helm: {
      releaseName: "shop",
      valueFiles: ["a.yaml"],
      ignoreMissingValueFiles: true,
      values: "a: 1\n",
      valuesObject: { deep: { list: [1, "two", { three: false }] } },
      parameters: [{ name: "image.tag", value: "1.0", forceString: true }],
      fileParameters: [{ name: "config", path: "files/config.json" }],
      passCredentials: false,
      skipCrds: true,
      skipTests: true,
      skipSchemaValidation: true,
      version: "v3",
      namespace: "shop",
      kubeVersion: "1.30.0",
      apiVersions: ["apps/v1"],
      ...UNKNOWN,
    },
    ...UNKNOWN,
  },
  { repoURL: "https://charts.example.com", chart: "shop", targetRevision: "1.2.3" },
  {
    repoURL,
    path: "base",
    kustomize: {
      namePrefix: "a-",
      nameSuffix: "-z",
      images: ["shop=shop:1.2"],
      replicas: [
        { name: "one", count: 2 },
        { name: "two", count: "3" },
      ],
      commonLabels: { team: "shop" },
      forceCommonLabels: true,
      labelWithoutSelector: true,
      labelIncludeTemplates: true,
      commonAnnotations: { note: "x" },
      commonAnnotationsEnvsubst: true,
      forceCommonAnnotations: true,
      namespace: "shop",
      patches: [
        {
          path: "patch.yaml",
          patch: "- op: remove\n  path: /a\n",
          target: { kind: "Deployment", labelSelector: "a=b" },
          options: { allowNameChange: true },
        },
      ],
      components: ["../part"],
      ignoreMissingComponents: true,
      version: "v5",
      kubeVersion: "1.30.0",
      apiVersions: ["apps/v1"],
      ...UNKNOWN,
    },
  },
  {
    repoURL,
    path: "plain",
    directory: {
      recurse: true,
      include: "*.yaml",
      exclude: "x*.yaml",
      disableExtensionFilter: true,
      jsonnet: {
        extVars: [{ name: "a", value: "1", code: true }],
        tlas: [{ name: "b", value: "2", code: false }],
        libs: ["lib"],
        ...UNKNOWN,
      },
      ...UNKNOWN,
    },
  },
  {
    repoURL,
    path: "tool",
    plugin: {
      name: "vault",
      env: [{ name: "A", value: "b" }],
      parameters: [{ name: "p", string: "s", array: ["x"], map: { k: "v" } }],
      ...UNKNOWN,
    },
  },
];

export const EVERY_SPEC = {
  project: "default",
  sources: EVERY_SOURCE,
  destination: { server: "https://kubernetes.default.svc", namespace: "shop", ...UNKNOWN },
  syncPolicy: {
    automated: { prune: true, selfHeal: true, allowEmpty: false, enabled: false, ...UNKNOWN },
    retry: {
      limit: -1,
      refresh: true,
      backoff: { duration: "5s", factor: 2, maxDuration: "3m", ...UNKNOWN },
      ...UNKNOWN,
    },
    managedNamespaceMetadata: { labels: { a: "b" }, annotations: { c: "d" }, ...UNKNOWN },
    syncOptions: ["CreateNamespace=true"],
    ...UNKNOWN,
  },
  ignoreDifferences: [
    {
      group: "apps",
      kind: "Deployment",
      name: "web",
      namespace: "shop",
      jsonPointers: ["/spec/replicas"],
      jqPathExpressions: [".spec.template"],
      managedFieldsManagers: ["hpa"],
      ...UNKNOWN,
    },
  ],
  info: [{ name: "url", value: "https://shop.example.com" }],
  revisionHistoryLimit: 7,
  ...UNKNOWN,
};

/** What nobody knows is refused in a project, but in what is kept as it stands. */
export const EVERY_PROJECT = {
  description: "theirs",
  sourceRepos: ["*"],
  destinations: [
    { server: "*", namespace: "*" },
    { name: "prod", namespace: "shop" },
  ],
  sourceNamespaces: ["team-*"],
  clusterResourceWhitelist: [{ group: "*", kind: "*", name: "a*" }],
  clusterResourceBlacklist: [{ group: "", kind: "Node", name: "b*" }],
  namespaceResourceWhitelist: [{ group: "*", kind: "*", name: "*" }],
  namespaceResourceBlacklist: [{ group: "", kind: "ResourceQuota", name: "c*" }],
  syncWindows: [
    {
      kind: "allow",
      schedule: "0 22 * * *",
      duration: "8h",
      applications: ["*"],
      namespaces: ["shop"],
      clusters: ["prod"],
      andOperator: true,
      manualSync: true,
      syncOverrun: true,
      timeZone: "Europe/Berlin",
      description: "nights",
    },
  ],
  destinationServiceAccounts: [{ server: "*", namespace: "shop", defaultServiceAccount: "deployer" }],
  orphanedResources: { warn: true, ignore: [{ group: "", kind: "ConfigMap", name: "kube-*" }] },
  permitOnlyProjectScopedClusters: true,
  roles: [{ name: "ci", policies: ["p, proj:all:ci, applications, sync, all/*, allow"], ...UNKNOWN }],
};

/** Paths of a shape that stand nowhere in the values, list items passed over. */
export function missingFields(shape: Shape, values: readonly unknown[], path = ""): string[] {
  const there = values.filter((value) => value !== undefined);
  if (there.length === 0) return [path];
  switch (shape.is) {
    case "list":
      return missingFields(
        shape.of,
        there.flatMap((value) => (Array.isArray(value) ? value : [])),
        path,
      );
    case "fields":
      return Object.entries(shape.fields).flatMap(([name, field]) =>
        missingFields(
          field,
          there.map((value) => (value as Record<string, unknown>)[name]),
          path === "" ? name : `${path}.${name}`,
        ),
      );
    default:
      return [];
  }
}
