import type {
  ClusterDecisionGenerator,
  PluginGenerator,
  ProviderGenerator,
} from "../model/application-set.ts";
import type { KubeObject } from "../model/kube-object.ts";
import type { SourceTree } from "./source-tree.ts";

export interface KnownCluster {
  name: string;
  server: string;
  project?: string;
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
}

export interface PullRequest {
  number: number;
  title: string;
  branch: string;
  targetBranch: string;
  headSHA: string;
  labels?: readonly string[];
  author: string;
}

export interface FoundRepository {
  organization: string;
  repository: string;
  repositoryId?: number | string;
  url: string;
  branch: string;
  sha: string;
  labels?: readonly string[];
}

/** What a ConfigMap says of the kind that is looked at, and its objects. */
export interface Decisions {
  resources: readonly KubeObject[];
  statusListKey: string;
  matchKey: string;
}

/**
 * What generators need of the outside world. Each throws a Failure where it could not be learned: an answer that is empty
 * was given, and nothing is ever taken for one.
 */
export interface GeneratorFacts {
  /** `local`: the cluster that manifests call in-cluster, which needs no entry among the others. */
  clusters(): Promise<{ known: readonly KnownCluster[]; local: KnownCluster | undefined }>;
  tree(source: { repoURL: string; revision: string }): Promise<SourceTree>;
  pullRequests(ask: ProviderGenerator): Promise<readonly PullRequest[]>;
  repositories(ask: ProviderGenerator): Promise<readonly FoundRepository[]>;
  decisions(ask: ClusterDecisionGenerator): Promise<Decisions>;
  /** The answer's `output.parameters`. */
  plugin(ask: PluginGenerator): Promise<readonly Record<string, unknown>[]>;
}
