import type { Application, Source } from "../model/application.ts";
import type { RenderedDocument } from "../model/desired-object.ts";
import type { Problem } from "../model/problem.ts";
import type { SourceRevision } from "../model/source-revision.ts";
import type { SourceTree } from "./source-tree.ts";

/** One source at its revision. Sources that are a `ref` only are given too: others read from them. */
export interface LocatedSource {
  source: Source;
  revision: SourceRevision;
  tree: SourceTree;
}

export interface RenderAsk {
  app: Application;
  sources: LocatedSource[];
  cluster: { kubeVersion: string; apiVersions: readonly string[] };
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
  /** Whether a renderer ran. */
  from: "cache" | "renderer";
}

export interface Renderers {
  /** @throws {Failure} git-path, path-outside-source, render, render-timeout, tool-missing, manifest */
  render(ask: RenderAsk, signal?: AbortSignal): Promise<Rendered>;
}
