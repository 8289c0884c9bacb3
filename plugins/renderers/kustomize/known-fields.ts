/** Fields by name; `any` holds no field that kustomize knows; a list of one stands for any number of them. */
export type Shape = "any" | readonly [Shape] | { readonly [field: string]: Shape };

export interface UnknownField {
  /** `patches[0].target.Kind`. */
  at: string;
  /** The field that kustomize would take it for. */
  meant?: string;
}

const GVK = { group: "any", version: "any", kind: "any" } as const;
const FIELD_SPECS = [{ ...GVK, path: "any", create: "any" }] as const;
const OBJECT = { ...GVK, name: "any", namespace: "any" } as const;
const SELECTOR = { ...OBJECT, annotationSelector: "any", labelSelector: "any" } as const;
const METADATA = { name: "any", namespace: "any", labels: "any", annotations: "any" } as const;
const GENERATOR_OPTIONS = {
  labels: "any",
  annotations: "any",
  disableNameSuffixHash: "any",
  immutable: "any",
} as const;
const CONFIG_MAP = {
  namespace: "any",
  name: "any",
  behavior: "any",
  literals: "any",
  files: "any",
  envs: "any",
  env: "any",
  options: GENERATOR_OPTIONS,
} as const;
const SECRET = { ...CONFIG_MAP, type: "any" } as const;
const IMAGE = { name: "any", newName: "any", tagSuffix: "any", newTag: "any", digest: "any" } as const;
const REPLICA = { name: "any", count: "any" } as const;
const PATCH = {
  path: "any",
  patch: "any",
  target: SELECTOR,
  options: { allowNameChange: "any", allowKindChange: "any" },
} as const;
const FIELD_OPTIONS = { delimiter: "any", index: "any", encoding: "any", create: "any" } as const;
const REPLACEMENT = {
  source: { ...OBJECT, fieldPath: "any", options: FIELD_OPTIONS },
  targets: [{ select: SELECTOR, reject: [SELECTOR], fieldPaths: "any", options: FIELD_OPTIONS }],
  sourceValue: "any",
  path: "any",
} as const;

const HELM_GLOBALS = { chartHome: "any", configHome: "any" } as const;
const HELM_CHART = {
  name: "any",
  version: "any",
  repo: "any",
  releaseName: "any",
  namespace: "any",
  additionalValuesFiles: "any",
  valuesFile: "any",
  valuesInline: "any",
  valuesMerge: "any",
  includeCRDs: "any",
  skipHooks: "any",
  apiVersions: "any",
  kubeVersion: "any",
  nameTemplate: "any",
  skipTests: "any",
  debug: "any",
  devel: "any",
} as const;
/** As a chart was written before. */
const HELM_CHART_ARGS = {
  chartName: "any",
  chartVersion: "any",
  chartRepoUrl: "any",
  chartHome: "any",
  chartRepoName: "any",
  helmBin: "any",
  helmHome: "any",
  values: "any",
  valuesLocal: "any",
  valuesMerge: "any",
  releaseName: "any",
  releaseNamespace: "any",
  extraArgs: "any",
} as const;

/** What a kustomization may hold. Source: kustomize 5.8, api/types. */
export const KUSTOMIZATION: Shape = {
  apiVersion: "any",
  kind: "any",
  metadata: METADATA,
  openapi: { path: "any", version: "any" },
  namePrefix: "any",
  nameSuffix: "any",
  namespace: "any",
  commonLabels: "any",
  labels: [{ pairs: "any", includeSelectors: "any", includeTemplates: "any", fields: FIELD_SPECS }],
  commonAnnotations: "any",
  patchesStrategicMerge: "any",
  patchesJson6902: [PATCH],
  patches: [PATCH],
  images: [IMAGE],
  imageTags: [IMAGE],
  replacements: [REPLACEMENT],
  replicas: [REPLICA],
  vars: [
    {
      name: "any",
      objref: { apiVersion: "any", ...GVK, name: "any", namespace: "any" },
      fieldref: { fieldPath: "any" },
    },
  ],
  sortOptions: { order: "any", legacySortOptions: { orderFirst: "any", orderLast: "any" } },
  resources: "any",
  components: "any",
  crds: "any",
  bases: "any",
  configMapGenerator: [CONFIG_MAP],
  secretGenerator: [SECRET],
  helmGlobals: HELM_GLOBALS,
  helmCharts: [HELM_CHART],
  helmChartInflationGenerator: [HELM_CHART_ARGS],
  generatorOptions: GENERATOR_OPTIONS,
  configurations: "any",
  generators: "any",
  transformers: "any",
  validators: "any",
  buildMetadata: "any",
};

const PREFIX = { prefix: "any" } as const;
const SUFFIX = { suffix: "any" } as const;
/** The plugins that are part of kustomize. Source: kustomize 5.8, api/internal/builtins. */
const PLUGINS: Readonly<Record<string, Readonly<Record<string, Shape>>>> = {
  AnnotationsTransformer: { annotations: "any", fieldSpecs: FIELD_SPECS },
  ConfigMapGenerator: CONFIG_MAP,
  HashTransformer: {},
  HelmChartInflationGenerator: { ...HELM_GLOBALS, ...HELM_CHART },
  IAMPolicyGenerator: {
    cloud: "any",
    kubernetesService: { name: "any", namespace: "any" },
    serviceAccount: { name: "any", projectId: "any" },
  },
  ImageTagTransformer: { imageTag: IMAGE, fieldSpecs: FIELD_SPECS },
  LabelTransformer: { labels: "any", fieldSpecs: FIELD_SPECS },
  NamespaceTransformer: { fieldSpecs: FIELD_SPECS, unsetOnly: "any", setRoleBindingSubjects: "any" },
  PatchJson6902Transformer: { target: SELECTOR, path: "any", jsonOp: "any" },
  PatchStrategicMergeTransformer: { paths: "any", patches: "any" },
  PatchTransformer: PATCH,
  PrefixSuffixTransformer: { ...PREFIX, ...SUFFIX, fieldSpecs: FIELD_SPECS },
  PrefixTransformer: { ...PREFIX, fieldSpecs: FIELD_SPECS },
  ReplacementTransformer: { replacements: [REPLACEMENT] },
  ReplicaCountTransformer: { replica: REPLICA, fieldSpecs: FIELD_SPECS },
  SecretGenerator: SECRET,
  SuffixTransformer: { ...SUFFIX, fieldSpecs: FIELD_SPECS },
  ValueAddTransformer: {
    value: "any",
    targets: [{ selector: SELECTOR, fieldPath: "any", filePathPosition: "any" }],
    targetFilePath: "any",
  },
};

/**
 * The first field, at any depth, that is not spelled exactly as kustomize's own. Kustomize reads names without regard
 * to case, by Go's rules: what is read here by other rules would be read by it all the same.
 */
export function unknownField(kustomization: unknown): UnknownField | undefined {
  return unknownIn(kustomization, KUSTOMIZATION, "");
}

/** The same for the configuration of a plugin; undefined for the kind too where kustomize has no such plugin. */
export function unknownPluginField(kind: string, config: unknown): UnknownField | undefined {
  return Object.hasOwn(PLUGINS, kind)
    ? unknownIn(config, { apiVersion: "any", kind: "any", metadata: METADATA, ...PLUGINS[kind] }, "")
    : { at: "kind" };
}

function unknownIn(value: unknown, shape: Shape, at: string): UnknownField | undefined {
  if (shape === "any" || typeof value !== "object" || value === null) return undefined;
  if (isListShape(shape)) {
    if (!Array.isArray(value)) return undefined;
    for (const [index, item] of value.entries()) {
      const found = unknownIn(item, shape[0], `${at}[${index}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (Array.isArray(value)) return undefined;
  for (const [field, held] of Object.entries(value)) {
    const path = at === "" ? field : `${at}.${field}`;
    const next = Object.hasOwn(shape, field) ? shape[field] : undefined;
    if (next === undefined) {
      const meant = Object.keys(shape).find((name) => folded(name) === folded(field));
      return meant === undefined ? { at: path } : { at: path, meant };
    }
    const found = unknownIn(held, next, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isListShape(shape: Shape): shape is readonly [Shape] {
  return Array.isArray(shape);
}

/** Names that Go's decoder takes for one: two letters outside ASCII fold into it. */
function folded(name: string): string {
  return name.replaceAll("\u017f", "s").replaceAll("\u212a", "k").toLowerCase();
}
