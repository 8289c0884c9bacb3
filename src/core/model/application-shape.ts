import { ANYTHING, FLAG, fields, INTEGER, listOf, MAPPING, mapOf, type Shape, TEXT } from "./shape.ts";

/** Every field of an Application that we know, and its type. Source: Argo CD's custom resource definition. */

const NAME_VALUE = fields({ name: TEXT, value: TEXT, forceString: FLAG }, { required: ["name"] });

const HELM = fields(
  {
    releaseName: TEXT,
    valueFiles: listOf(TEXT),
    ignoreMissingValueFiles: FLAG,
    values: TEXT,
    valuesObject: MAPPING,
    parameters: listOf(NAME_VALUE),
    fileParameters: listOf(fields({ name: TEXT, path: TEXT }, { required: ["name", "path"] })),
    passCredentials: FLAG,
    skipCrds: FLAG,
    skipTests: FLAG,
    skipSchemaValidation: FLAG,
    version: TEXT,
    namespace: TEXT,
    kubeVersion: TEXT,
    apiVersions: listOf(TEXT),
  },
  { unknown: "warn" },
);

const KUSTOMIZE = fields(
  {
    namePrefix: TEXT,
    nameSuffix: TEXT,
    images: listOf(TEXT),
    replicas: listOf(
      fields({ name: TEXT, count: { is: "text-or-integer" } }, { required: ["name", "count"] }),
    ),
    commonLabels: mapOf(TEXT),
    forceCommonLabels: FLAG,
    labelWithoutSelector: FLAG,
    labelIncludeTemplates: FLAG,
    commonAnnotations: mapOf(TEXT),
    commonAnnotationsEnvsubst: FLAG,
    forceCommonAnnotations: FLAG,
    namespace: TEXT,
    patches: listOf(fields({ path: TEXT, patch: TEXT, target: mapOf(TEXT), options: mapOf(FLAG) })),
    components: listOf(TEXT),
    ignoreMissingComponents: FLAG,
    version: TEXT,
    kubeVersion: TEXT,
    apiVersions: listOf(TEXT),
  },
  { unknown: "warn" },
);

const JSONNET_VARIABLE = fields({ name: TEXT, value: TEXT, code: FLAG }, { required: ["name"] });

const DIRECTORY = fields(
  {
    recurse: FLAG,
    include: TEXT,
    exclude: TEXT,
    disableExtensionFilter: FLAG,
    jsonnet: fields(
      { extVars: listOf(JSONNET_VARIABLE), tlas: listOf(JSONNET_VARIABLE), libs: listOf(TEXT) },
      { unknown: "warn" },
    ),
  },
  { unknown: "warn" },
);

/** An operator's renderer may want more. */
const PLUGIN = fields({
  name: TEXT,
  env: listOf(fields({ name: TEXT, value: TEXT }, { required: ["name"] })),
  parameters: listOf(
    fields({ name: TEXT, string: TEXT, array: listOf(TEXT), map: mapOf(TEXT) }, { required: ["name"] }),
  ),
});

export const SOURCE: Shape = fields(
  {
    repoURL: TEXT,
    path: TEXT,
    targetRevision: TEXT,
    ref: TEXT,
    name: TEXT,
    chart: TEXT,
    tagPrefix: TEXT,
    helm: HELM,
    kustomize: KUSTOMIZE,
    directory: DIRECTORY,
    plugin: PLUGIN,
  },
  { required: ["repoURL"], unknown: "warn" },
);

const RETRY = fields(
  {
    limit: INTEGER,
    backoff: fields({ duration: TEXT, factor: INTEGER, maxDuration: TEXT }, { unknown: "warn" }),
    refresh: FLAG,
  },
  { unknown: "warn" },
);

const SYNC_POLICY = fields(
  {
    automated: fields({ prune: FLAG, selfHeal: FLAG, allowEmpty: FLAG, enabled: FLAG }, { unknown: "warn" }),
    retry: RETRY,
    managedNamespaceMetadata: fields({ labels: mapOf(TEXT), annotations: mapOf(TEXT) }, { unknown: "warn" }),
    syncOptions: listOf(TEXT),
  },
  { unknown: "warn" },
);

const METADATA = fields(
  { name: TEXT, namespace: TEXT, labels: mapOf(TEXT), annotations: mapOf(TEXT), finalizers: listOf(TEXT) },
  { required: ["name"] },
);

const DESTINATION: Shape = fields({ server: TEXT, name: TEXT, namespace: TEXT }, { unknown: "warn" });

/** A request to sync, as it is written into an Application. */
export const OPERATION: Shape = fields({
  initiatedBy: fields({ username: TEXT, automated: FLAG }),
  info: listOf(fields({ name: TEXT, value: TEXT })),
  retry: RETRY,
  sync: fields({
    revision: TEXT,
    revisions: listOf(TEXT),
    prune: FLAG,
    dryRun: FLAG,
    source: MAPPING,
    sources: listOf(MAPPING),
    resources: listOf(
      fields(
        { group: TEXT, kind: TEXT, name: TEXT, namespace: TEXT, exclude: FLAG },
        { required: ["kind", "name"] },
      ),
    ),
    syncStrategy: fields({ apply: fields({ force: FLAG }), hook: fields({ force: FLAG }) }),
    syncOptions: listOf(TEXT),
    manifests: listOf(TEXT),
  }),
});

/** How fields that are left alone are named. */
export const IGNORE_DIFFERENCE_NAMES = {
  jsonPointers: listOf(TEXT),
  jqPathExpressions: listOf(TEXT),
} as const;

const SPEC_FIELDS: Readonly<Record<string, Shape>> = {
  project: TEXT,
  source: SOURCE,
  sources: listOf(SOURCE),
  destination: DESTINATION,
  syncPolicy: SYNC_POLICY,
  ignoreDifferences: listOf(
    fields(
      {
        group: TEXT,
        kind: TEXT,
        name: TEXT,
        namespace: TEXT,
        ...IGNORE_DIFFERENCE_NAMES,
        managedFieldsManagers: listOf(TEXT),
      },
      { required: ["kind"], unknown: "warn" },
    ),
  ),
  info: listOf(fields({ name: TEXT, value: TEXT })),
  revisionHistoryLimit: INTEGER,
  sourceHydrator: ANYTHING,
};

/** Of a template: what is missing may come from another one, and what a field must be is seen once it is filled in. */
export const APPLICATION_SPEC: Shape = withoutRequired(fields(SPEC_FIELDS, { unknown: "warn" }));

function withoutRequired(shape: Shape): Shape {
  switch (shape.is) {
    case "list":
    case "map":
      return { ...shape, of: withoutRequired(shape.of) };
    case "fields":
      return {
        ...shape,
        required: [],
        fields: Object.fromEntries(
          Object.entries(shape.fields).map(([name, field]) => [name, withoutRequired(field)]),
        ),
      };
    default:
      return shape;
  }
}

export const APPLICATION: Shape = fields(
  {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: METADATA,
    spec: fields(SPEC_FIELDS, { required: ["destination"], unknown: "warn" }),
    operation: MAPPING,
  },
  { required: ["metadata", "spec"] },
);

const KIND_RULE = fields({ group: TEXT, kind: TEXT, name: TEXT }, { required: ["kind"], unknown: "refuse" });

const ORPHANS = fields(
  {
    warn: FLAG,
    ignore: listOf(fields({ group: TEXT, kind: TEXT, name: TEXT }, { unknown: "refuse" })),
  },
  { unknown: "refuse" },
);

const SYNC_WINDOW = fields(
  {
    kind: TEXT,
    schedule: TEXT,
    duration: TEXT,
    applications: listOf(TEXT),
    namespaces: listOf(TEXT),
    clusters: listOf(TEXT),
    andOperator: FLAG,
    manualSync: FLAG,
    syncOverrun: FLAG,
    timeZone: TEXT,
    description: TEXT,
  },
  { required: ["kind", "schedule", "duration"], unknown: "refuse" },
);

/** Fields that nobody knows are refused here: a limit with a slip in its name would be no limit. */
export const PROJECT: Shape = fields(
  {
    apiVersion: TEXT,
    kind: TEXT,
    metadata: METADATA,
    spec: fields(
      {
        description: TEXT,
        sourceRepos: listOf(TEXT),
        destinations: listOf(fields({ server: TEXT, name: TEXT, namespace: TEXT }, { unknown: "refuse" })),
        sourceNamespaces: listOf(TEXT),
        clusterResourceWhitelist: listOf(KIND_RULE),
        clusterResourceBlacklist: listOf(KIND_RULE),
        namespaceResourceWhitelist: listOf(KIND_RULE),
        namespaceResourceBlacklist: listOf(KIND_RULE),
        syncWindows: listOf(SYNC_WINDOW),
        signatureKeys: listOf(ANYTHING),
        sourceIntegrity: ANYTHING,
        destinationServiceAccounts: listOf(
          fields({ server: TEXT, namespace: TEXT, defaultServiceAccount: TEXT }, { unknown: "refuse" }),
        ),
        orphanedResources: ORPHANS,
        permitOnlyProjectScopedClusters: FLAG,
        roles: listOf(ANYTHING),
      },
      { unknown: "refuse" },
    ),
  },
  { required: ["metadata", "spec"] },
);
