import type { IgnoreDifferences } from "./application.ts";
import type { ApplicationSetStatus } from "./application-set-status.ts";
import type { ObjectMeta } from "./kube-object.ts";

/** Annotation of a set: whatever it says, everything that its generators read is asked again. */
export const SET_REFRESH = "argocd.argoproj.io/application-set-refresh";

declare const setKeyBrand: unique symbol;
/** `namespace/name` of an ApplicationSet. */
export type SetKey = string & { readonly [setKeyBrand]: true };

export function setKey(namespace: string, name: string): SetKey {
  return `${namespace}/${name}` as SetKey;
}

export function keyOfSet({ metadata: { namespace, name } }: ApplicationSet): SetKey {
  return setKey(namespace, name);
}

/** An Argo CD `ApplicationSet` as its user wrote it. */
export interface ApplicationSet {
  apiVersion: "argoproj.io/v1alpha1";
  kind: "ApplicationSet";
  metadata: ObjectMeta & { namespace: string };
  spec: ApplicationSetSpec;
  status?: ApplicationSetStatus;
}

export interface ApplicationSetSpec {
  generators: Generator[];
  template: ApplicationTemplate;
  /** A template of YAML that is merged into each application. */
  templatePatch?: string;
  /** Absent: `{{name}}` alone is filled in. */
  goTemplate?: boolean;
  /** As Go's text/template takes them: `missingkey=error`. */
  goTemplateOptions?: string[];
  syncPolicy?: {
    preserveResourcesOnDeletion?: boolean;
    applicationsSync?: "create-only" | "create-update" | "create-delete" | "sync";
  };
  strategy?: {
    type?: "AllAtOnce" | "RollingSync";
    rollingSync?: { steps?: RolloutStep[] };
    deletionOrder?: "AllAtOnce" | "Reverse";
  };
  preservedFields?: { annotations?: string[]; labels?: string[] };
  ignoreApplicationDifferences?: (Pick<IgnoreDifferences, "name" | "jsonPointers" | "jqPathExpressions"> &
    Record<string, unknown>)[];
}

export interface RolloutStep {
  matchExpressions?: { key: string; operator: "In" | "NotIn"; values?: string[] }[];
  /** A count, or a share as `25%`. */
  maxUpdate?: number | string;
}

/** Of an Application, before it is filled in: any part may be missing where another template has it. */
export interface ApplicationTemplate {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    finalizers?: string[];
  };
  spec?: Record<string, unknown>;
}

/** A `matchLabels`/`matchExpressions` selector. */
export type Selector = Record<string, unknown>;
export type Values = Readonly<Record<string, string>>;

/** One entry of `generators`: normally one kind of it is set. */
export interface Generator {
  list?: ListGenerator;
  clusters?: ClustersGenerator;
  git?: GitGenerator;
  matrix?: { generators: Generator[]; template?: ApplicationTemplate };
  merge?: { generators: Generator[]; mergeKeys: string[]; template?: ApplicationTemplate };
  scmProvider?: ProviderGenerator;
  pullRequest?: ProviderGenerator;
  clusterDecisionResource?: ClusterDecisionGenerator;
  plugin?: PluginGenerator;
  /** Over the parameters that come out, as texts. */
  selector?: Selector;
}

export interface ListGenerator {
  elements?: unknown[];
  elementsYaml?: string;
  template?: ApplicationTemplate;
}

export interface ClustersGenerator {
  selector?: Selector;
  values?: Values;
  /** One set with all of them as its parameter `clusters`. */
  flatList?: boolean;
  template?: ApplicationTemplate;
}

export interface GitPattern {
  path: string;
  exclude?: boolean;
}

export interface GitGenerator {
  repoURL: string;
  revision?: string;
  directories?: GitPattern[];
  files?: GitPattern[];
  pathParamPrefix?: string;
  values?: Values;
  requeueAfterSeconds?: number;
  template?: ApplicationTemplate;
}

/** scmProvider and pullRequest: which provider is asked, and for what, is its adapter's to read. */
export interface ProviderGenerator {
  values?: Values;
  requeueAfterSeconds?: number;
  continueOnRepoNotFoundError?: boolean;
  template?: ApplicationTemplate;
  [field: string]: unknown;
}

export interface ClusterDecisionGenerator {
  configMapRef: string;
  name?: string;
  labelSelector?: Selector;
  values?: Values;
  requeueAfterSeconds?: number;
  template?: ApplicationTemplate;
}

export interface PluginGenerator {
  configMapRef: { name: string };
  input?: { parameters?: Record<string, unknown> };
  values?: Values;
  requeueAfterSeconds?: number;
  template?: ApplicationTemplate;
}

const GENERATOR_KINDS = [
  "list",
  "clusters",
  "git",
  "matrix",
  "merge",
  "scmProvider",
  "pullRequest",
  "clusterDecisionResource",
  "plugin",
] as const;
export type GeneratorKind = (typeof GENERATOR_KINDS)[number];

/** Which kinds of generator an entry sets. */
export function kindsOf(generator: Generator): GeneratorKind[] {
  return GENERATOR_KINDS.filter((kind) => generator[kind] !== undefined);
}
