import type { RepositoryAccess } from "../model/repository-access.ts";
import type { Digest } from "../model/source-revision.ts";
import type { SourceTree } from "./source-tree.ts";

/**
 * Something that is asked for by name and version: a chart of a chart repository, what a registry holds, or a file at an
 * address of its own.
 */
export type ArtifactReference =
  | {
      kind: "helm-chart";
      /** The folder of `index.yaml`. */
      repository: RepositoryAccess;
      chart: string;
      /** A version, or a constraint by Masterminds' rules; "" is the newest one that is no pre-release. */
      version: string;
    }
  | {
      kind: "oci";
      /** `oci://host/path`; a host and a path without a scheme are the same. */
      repository: RepositoryAccess;
      /** The last step of the path, where a source names it as its chart. */
      chart?: string;
      /** A tag, a digest, or a constraint over tags. */
      version: string;
    }
  | {
      /** A single file at an http or https address, as it is there now. */
      kind: "file";
      repository: RepositoryAccess;
      chart?: undefined;
      version: "";
    };

/**
 * `known`: what was heard last, where it tells. `latest`: what may have changed is asked again; a version that is
 * known stays what it is. `renewed`: a version that is known is asked again too, for somebody may have published it anew.
 */
export type ArtifactFreshness = "known" | "latest" | "renewed";

export interface ArtifactAsk {
  freshness: ArtifactFreshness;
  /** Milliseconds since 1970: what a server said then or later is new enough. Absent: now. */
  asOf?: number;
}

export interface ResolvedArtifact {
  readonly reference: ArtifactReference;
  /** `1.2.3`, or the tag. */
  readonly version: string;
  /** Of what the version names: of a chart the archive's own, of a registry the manifest's, of a file its content's. */
  readonly digest: Digest;
  readonly archive: {
    readonly digest: Digest;
    /** `chart`: one folder of any name, and all of the chart in it. `files`: as they lie. `itself`: it is no archive. */
    readonly holds: "chart" | "files" | "itself";
  };
  /** As a registry's manifest says them. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The server could not be asked, and what it said then counts. */
  readonly old?: OldAnswer;
  /** The server names this version no more, and what was brought here then counts. */
  readonly withdrawn?: "from its index";
}

export interface OldAnswer {
  /** Milliseconds since 1970: when it answered last. */
  readonly since: number;
  /** Why it could not be asked now, a sentence without a full stop. */
  readonly why: string;
}

/**
 * What answers at an address. `registry`: it lets us in, and holds nothing of that very name. `registry itself`: it lets us
 * in, and no name was asked for.
 */
export type Holding =
  | { is: "charts"; count: number }
  | { is: "tags"; count: number }
  | { is: "registry" }
  | { is: "registry itself" };

/** A chart of a chart repository. */
export interface ListedChart {
  name: string;
  /** Those that are versions, the newest first. */
  versions: readonly string[];
}

/** All that is published at an address. */
export type Catalogue =
  | { is: "charts"; charts: readonly ListedChart[] }
  | { is: "tags"; tags: readonly string[] };

/** Places that hold packed things. What was brought here once is not brought again while its digest is the same. */
export interface Artifacts {
  /**
   * @throws {Failure} artifact-unreachable, artifact-auth (both with `retryAfterMs`), artifact-version, artifact-refused,
   * invalid-spec for an address that is none
   */
  resolve(reference: ArtifactReference, ask: ArtifactAsk): Promise<ResolvedArtifact>;
  /**
   * Asks the repository's server now whether it lets us in; `type` says what it is.
   * @throws {Failure} artifact-unreachable, artifact-auth, artifact-refused where something else answers there,
   * invalid-spec for an address that is none
   */
  look(repository: RepositoryAccess): Promise<Holding>;
  /** What it has, asked for now; `type` says what it is. @throws {Failure} as `look` */
  catalogue(repository: RepositoryAccess): Promise<Catalogue>;
  /**
   * Its content, unpacked within limits; the root is a chart's own folder, or that of the layer. Nothing is brought here
   * before somebody looks into it: the root's `oid` is known at once.
   * @throws {Failure} as `resolve`, at the first look; artifact-refused where the content is not what the digest says, or
   * holds what no archive of manifests needs
   */
  tree(artifact: ResolvedArtifact, signal?: AbortSignal): SourceTree;
  /** The archive as it was published, looked through like its tree. @throws {Failure} as `tree` */
  packed(artifact: ResolvedArtifact, signal?: AbortSignal): Promise<Uint8Array>;
  /** Every request made, for metrics and tests. */
  onRequest(listener: (request: ArtifactRequest) => void): void;
  stop(): Promise<void>;
}

export interface ArtifactRequest {
  /** Of the repository, without userinfo. */
  url: string;
  type: "index" | "chart" | "manifest" | "blob" | "tags" | "token" | "file";
  tookMs: number;
  failed: boolean;
}
