/** One source of an application: where its manifests come from and what makes them. Argo CD's shape. */
export interface Source {
  repoURL: string;
  /** Folder in the repository; "" or "." is its root. */
  path?: string;
  /** Branch, tag, SHA, semver constraint over tags; "" or HEAD is the default branch. Of a chart: its version, or a constraint. */
  targetRevision?: string;
  /** Name by which other sources say `$name/path`. A source with a ref and no path renders nothing. */
  ref?: string;
  name?: string;
  /** Name of a chart in the chart repository, or registry, at `repoURL`. */
  chart?: string;
  tagPrefix?: string;
  helm?: HelmSource;
  kustomize?: KustomizeSource;
  directory?: DirectorySource;
  plugin?: PluginSource;
}

export interface HelmSource {
  releaseName?: string;
  valueFiles?: string[];
  ignoreMissingValueFiles?: boolean;
  values?: string;
  valuesObject?: Record<string, unknown>;
  parameters?: { name: string; value?: string; forceString?: boolean }[];
  fileParameters?: { name: string; path: string }[];
  passCredentials?: boolean;
  skipCrds?: boolean;
  skipTests?: boolean;
  skipSchemaValidation?: boolean;
  version?: string;
  namespace?: string;
  kubeVersion?: string;
  apiVersions?: string[];
}

export interface KustomizeSource {
  namePrefix?: string;
  nameSuffix?: string;
  images?: string[];
  replicas?: { name: string; count: number | string }[];
  commonLabels?: Record<string, string>;
  forceCommonLabels?: boolean;
  labelWithoutSelector?: boolean;
  labelIncludeTemplates?: boolean;
  commonAnnotations?: Record<string, string>;
  commonAnnotationsEnvsubst?: boolean;
  forceCommonAnnotations?: boolean;
  namespace?: string;
  patches?: {
    path?: string;
    patch?: string;
    target?: Record<string, string>;
    options?: Record<string, boolean>;
  }[];
  components?: string[];
  ignoreMissingComponents?: boolean;
  version?: string;
  kubeVersion?: string;
  apiVersions?: string[];
}

export interface DirectorySource {
  recurse?: boolean;
  include?: string;
  exclude?: string;
  disableExtensionFilter?: boolean;
  jsonnet?: JsonnetOptions;
}

export interface JsonnetOptions {
  /** Of `std.extVar`. */
  extVars?: JsonnetVariable[];
  /** Arguments of files that are functions. */
  tlas?: JsonnetVariable[];
  /** Folders from the repository's root in which imports are looked for, the last one first. */
  libs?: string[];
}

export interface JsonnetVariable {
  name: string;
  value?: string;
  /** Whether the value is Jsonnet, or a text. */
  code?: boolean;
}

/** What an operator's renderer finds here besides is its own. */
export interface PluginSource {
  name?: string;
  env?: { name: string; value?: string }[];
  /** One of `string`, `array` and `map` each. */
  parameters?: { name: string; string?: string; array?: string[]; map?: Record<string, string> }[];
  [field: string]: unknown;
}

export type SourceKind = "git" | "helm-chart" | "oci";

/**
 * Where its files come from. A chart whose address has no scheme is in a registry. Source: Argo CD.
 */
export function sourceKind({ repoURL, chart = "" }: Pick<Source, "repoURL" | "chart">): SourceKind {
  if (/^oci:\/\//i.test(repoURL)) return "oci";
  if (chart === "") return "git";
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(repoURL) ? "helm-chart" : "oci";
}

export type ToolBlock = "helm" | "kustomize" | "directory" | "plugin";
const BLOCKS: readonly ToolBlock[] = ["helm", "kustomize", "directory", "plugin"];

/** The blocks of a source that name its tool: one that says nothing names none. Source: Argo CD. */
export function namedTools(source: Source): ToolBlock[] {
  return BLOCKS.filter((block) => {
    const { [block]: options } = source;
    // Which files of a plain folder count says nothing of what the folder is.
    if (block === "directory") return says(source.directory?.recurse) || says(source.directory?.jsonnet);
    return says(options);
  });
}

/** The source without blocks that say nothing (`helm: {}`, `directory: {recurse: false}`), as a generator leaves them. */
export function withoutZeroBlocks(source: Source): Source {
  const zero = new Set<string>(BLOCKS.filter((block) => block in source && !says(source[block])));
  if (zero.size === 0) return source;
  return Object.fromEntries(
    Object.entries(source).filter(([field]) => !zero.has(field)),
  ) as unknown as Source;
}

/** Whether a value is more than the zero value of its type. */
function says(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === "object" && value !== null) return Object.values(value).some(says);
  return value !== undefined && value !== null && value !== "" && value !== false && value !== 0;
}
