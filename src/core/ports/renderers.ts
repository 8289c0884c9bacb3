import type { Application, Source } from "../model/application.ts";
import type { CommitSha } from "../model/commit-sha.ts";
import type { RenderedDocument } from "../model/desired-object.ts";
import type { Problem } from "../model/problem.ts";
import type { Digest, SourceRevision } from "../model/source-revision.ts";
import type { SourceValues } from "../model/source-values.ts";
import type { OldAnswer, ResolvedArtifact } from "./artifacts.ts";
import type { SourceTree } from "./source-tree.ts";

/** One source at its revision. Sources that are a `ref` only are given too: others read from them. */
export interface LocatedSource {
  source: Source;
  revision: SourceRevision;
  tree: SourceTree;
  /** First line of the commit's message; of an artifact there is none. */
  subject?: string;
}

/** A chart that a source needs and that lies elsewhere, as a chart's dependency names it. */
export interface ForeignChart {
  /** Of its chart repository or registry; `@name` and `alias:name` are names that the config gives. */
  repoURL: string;
  name: string;
  /** A version, or a constraint by Masterminds' rules. */
  version: string;
}

export interface FoundChart {
  /** Without a name of the config's. */
  repoURL: string;
  version: string;
  digest: string;
  /** Its repository could not be asked, and what it said then counts. */
  old?: OldAnswer;
  /** Its repository names the version no more: what was fetched of it once is used. */
  withdrawn?: ResolvedArtifact["withdrawn"];
}

export interface FetchedChart extends FoundChart {
  /** Packed, and looked through. */
  archive: Uint8Array;
}

/** Who brings charts from elsewhere for one application: what its project does not permit is not asked. */
export interface ChartFetcher {
  /** Asks nobody where the answer is known. @throws {Failure} */
  find(chart: ForeignChart): Promise<FoundChart>;
  /** @throws {Failure} */
  fetch(chart: ForeignChart, signal?: AbortSignal): Promise<FetchedChart>;
}

/** A chart that was brought for a render. */
export interface UsedChart {
  asked: ForeignChart;
  found: FoundChart;
  /** `locked`: a lock file names the version. `newest`: it is the newest that what is asked for takes, until there is a newer one. */
  version: "locked" | "newest";
  /** The file that asks for it. */
  by: string;
  /** What it is to who asks: a part of a chart, which a lock file can pin, or a chart that is named for itself. Default `part`. */
  as?: "part" | "named";
}

/** A repository at a revision, as a kustomization names one that is not its own. */
export interface ForeignTree {
  repoURL: string;
  /** Branch, tag or commit; "" is its HEAD. */
  revision: string;
}

export interface FoundTree {
  commit: CommitSha;
  /** What it was resolved through: `refs/heads/main`, `refs/tags/v1.2.3`, or "" for a commit. */
  ref: string;
  /** Milliseconds since 1970: when its server was heard last. */
  heardAt: number;
  /** The server could not be asked, and what it said then counts. */
  old?: OldAnswer;
  /** Of a tag: where it is by now, which a hard refresh takes. */
  movedTo?: CommitSha;
  /** Whether those may be had is asked each time. */
  holds?: "submodules";
}

export interface FetchedTree extends FoundTree {
  tree: SourceTree;
}

/** A file at an address of its own. */
export interface FoundFile {
  digest: Digest;
  old?: OldAnswer;
}

export interface FetchedFile extends FoundFile {
  content: Uint8Array;
}

/**
 * Who brings what kustomizations name elsewhere, for one application: what its project or the config does not permit is
 * not asked. What cannot change is asked for once.
 */
export interface BaseFetcher {
  /** @throws {Failure} */
  findTree(asked: ForeignTree): Promise<FoundTree>;
  /** @throws {Failure} */
  fetchTree(asked: ForeignTree, signal?: AbortSignal): Promise<FetchedTree>;
  /** @throws {Failure} */
  findFile(url: string): Promise<FoundFile>;
  /** @throws {Failure} */
  fetchFile(url: string, signal?: AbortSignal): Promise<FetchedFile>;
}

/** What was brought for a render; `by` is the file that names it. */
export type UsedBase =
  | { is: "tree"; asked: ForeignTree; found: FoundTree; by: string }
  | { is: "file"; asked: string; found: FoundFile; by: string };

export interface RenderAsk {
  app: Application;
  sources: LocatedSource[];
  cluster: { kubeVersion: string; apiVersions: readonly string[] };
  /** Absent: nothing is brought from elsewhere. */
  charts?: ChartFetcher;
  /** Absent: what a kustomization names elsewhere is a failure. */
  bases?: BaseFetcher;
  /**
   * Whether somebody answers for these commits. For what is `not merged` no secret store is asked, nothing that is
   * encrypted is opened, and no command has variables or mounts of this machine. Default `merged`.
   */
  commits?: "merged" | "not merged";
  /** Skips the cache ("hard refresh"). */
  cache: "use" | "renew";
}

/** A file or folder; `source` is the index of the source in whose tree it lies. */
export interface RenderedInput {
  source: number;
  path: string;
}

export interface Rendered {
  /** Equal keys are equal documents: the engine does no work where the key is the one it has. */
  key: string;
  /** By source, in the order of `sources`. */
  documents: { source: number; documents: RenderedDocument[] }[];
  /**
   * Renderer's name by source, in Argo CD's words: `Helm`, `Kustomize`, `Directory`; "" for a ref-only
   * source.
   */
  sourceTypes: string[];
  problems: Problem[];
  /**
   * Everything in the sources' trees that the key depends on: while none of it changes, another revision
   * has the same key. `unknown`: the revision itself is part of what was rendered, or nobody can say.
   */
  inputs: readonly RenderedInput[] | "unknown";
  /** Brought from elsewhere, for all sources. */
  charts: readonly UsedChart[];
  bases: readonly UsedBase[];
  /** Whether a renderer ran. */
  from: "cache" | "renderer";
}

export interface Renderers {
  /** @throws {Failure} git-path, path-outside-source, render, render-timeout, tool-missing, manifest */
  render(ask: RenderAsk, signal?: AbortSignal): Promise<Rendered>;
  /**
   * What the tool of each source is given as values; undefined of one whose tool is given none. Runs no tool, and opens
   * nothing that is encrypted. @throws {Failure} as `render`
   */
  values(ask: RenderAsk, signal?: AbortSignal): Promise<(SourceValues | undefined)[]>;
}
