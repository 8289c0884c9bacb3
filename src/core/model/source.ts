/** One source of an application: where its manifests come from and what makes them. Argo CD's shape. */
export interface Source {
  repoURL: string;
  /** Folder in the repository; "" or "." is its root. */
  path?: string;
  /** Branch, tag, SHA, semver constraint over tags; "" or HEAD is the default branch. */
  targetRevision?: string;
  /** Name by which other sources say `$name/path`. A source with a ref and no path renders nothing. */
  ref?: string;
  name?: string;
  chart?: string;
  tagPrefix?: string;
  helm?: HelmSource;
  kustomize?: KustomizeSource;
  directory?: DirectorySource;
  plugin?: Record<string, unknown>;
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
  jsonnet?: Record<string, unknown>;
}
