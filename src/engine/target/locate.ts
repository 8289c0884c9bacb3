import { type Application, type Source, sourcesOf } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import type { Problem } from "../../core/model/problem.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import { sourceKind } from "../../core/model/source.ts";
import type { SourceRevision } from "../../core/model/source-revision.ts";
import type { BaseRefusal } from "../../core/policy/refuse-base.ts";
import type {
  ArtifactAsk,
  ArtifactReference,
  Artifacts,
  OldAnswer,
  ResolvedArtifact,
} from "../../core/ports/artifacts.ts";
import type { Git } from "../../core/ports/git.ts";
import type { LocatedSource } from "../../core/ports/renderers.ts";
import type { SourceTree } from "../../core/ports/source-tree.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { Look } from "./target.ts";
import { withSubmodules } from "./with-submodules.ts";

/** The sources at their revisions, before anything is rendered. */
export interface Located {
  sources: LocatedSource[];
  /** What is to be known of how they were found. */
  problems: Problem[];
}

/** Where sources come from. */
export interface SourcePlaces {
  git: Pick<Git, "resolve" | "tree">;
  artifacts: Pick<Artifacts, "resolve" | "tree" | "packed">;
}

export interface ResolvingPlaces {
  git: Pick<Git, "resolve">;
  artifacts: Pick<Artifacts, "resolve">;
}

export interface Where {
  look: Look;
  /** Milliseconds since 1970: what was listed since then is new enough. */
  since: number;
  /** In place of the sources' own, by source (a sync to a given revision). */
  revisions: readonly (string | undefined)[];
  access(url: string, type: RepositoryType): RepositoryAccess;
  /** How a submodule's repository is reached. */
  elsewhere(url: string): RepositoryAccess;
  /** Why a submodule's address must not be asked; undefined where it may. */
  refuse(url: string, is: "tree"): BaseRefusal | undefined;
}

/** What a source's revision leads to. */
export type ResolvedSource =
  | { readonly revision: Extract<SourceRevision, { is: "commit" }>; readonly repository: RepositoryAccess }
  | { readonly revision: Extract<SourceRevision, { is: "artifact" }>; readonly artifact: ResolvedArtifact };

/**
 * Resolves every source's revision and opens its tree.
 * @throws {Failure} of Git and of artifacts
 */
export async function locate(
  app: Application,
  places: SourcePlaces,
  where: Where,
  signal?: AbortSignal,
): Promise<Located> {
  const problems: Problem[] = [];
  const sources = await Promise.all(
    sourcesOf(app.spec).map(async (source, at): Promise<LocatedSource> => {
      const found = await resolveSource(source, revisionAt(source, at, where), places, where);
      if ("artifact" in found && found.artifact.old !== undefined)
        problems.push(oldAnswer(found.artifact, found.artifact.old));
      if ("artifact" in found && found.artifact.withdrawn !== undefined)
        problems.push(withdrawn(found.artifact));
      const { revision } = found;
      if ("artifact" in found)
        return { source, revision, tree: await places.artifacts.tree(found.artifact, signal) };
      const commit = await places.git.tree(found.repository, found.revision.commit, signal);
      const tree = await withSubmodulesOf(commit, found.repository, places, where, signal);
      return { source, revision, tree, ...defined({ subject: commit.subject }) };
    }),
  );
  return { sources, problems };
}

/** @throws {Failure} of Git; an artifact is brought here at the first look */
export async function treeOf(
  found: ResolvedSource,
  places: SourcePlaces,
  where: Pick<Where, "elsewhere" | "refuse">,
  signal?: AbortSignal,
): Promise<SourceTree> {
  if ("artifact" in found) return places.artifacts.tree(found.artifact, signal);
  const tree = await places.git.tree(found.repository, found.revision.commit, signal);
  return withSubmodulesOf(tree, found.repository, places, where, signal);
}

function withSubmodulesOf(
  tree: SourceTree,
  { url }: RepositoryAccess,
  { git }: Pick<SourcePlaces, "git">,
  { elsewhere, refuse }: Pick<Where, "elsewhere" | "refuse">,
  signal: AbortSignal | undefined,
): Promise<SourceTree> {
  return withSubmodules(tree, url, { git, access: elsewhere, refuse }, signal);
}

/** What every source's revision leads to, in their order; nothing is fetched. @throws {Failure} as `locate` */
export function resolveSources(
  app: Application,
  places: ResolvingPlaces,
  where: Omit<Where, "elsewhere" | "refuse">,
): Promise<ResolvedSource[]> {
  return Promise.all(
    sourcesOf(app.spec).map((source, at) =>
      resolveSource(source, revisionAt(source, at, where), places, where),
    ),
  );
}

function revisionAt(
  { targetRevision }: Source,
  at: number,
  { revisions }: Pick<Where, "revisions">,
): string | undefined {
  return revisions[at] ?? targetRevision;
}

/** @param asked in place of the source's own */
export async function resolveSource(
  source: Source,
  asked = "",
  { git, artifacts }: ResolvingPlaces,
  { look, since, access }: Omit<Where, "revisions" | "elsewhere" | "refuse">,
): Promise<ResolvedSource> {
  const reference = artifactReference({ ...source, targetRevision: asked }, access);
  if (reference !== undefined) {
    if (asked === "") throw withoutVersion(source);
    const artifact = await artifacts.resolve(reference, askOf(look, since));
    return { revision: revisionOf(artifact), artifact };
  }
  const repository = access(source.repoURL, "git");
  const { commit } = await git.resolve(repository, asked, {
    freshness: look === "latest" || look === "hard" ? "latest" : "known",
    asOf: since,
    ...defined({ tagPrefix: source.tagPrefix }),
  });
  return { revision: { is: "commit", commit }, repository };
}

/** How far artifacts must look. */
export function askOf(look: Look, since: number): ArtifactAsk {
  return { freshness: look === "hard" ? "renewed" : look === "latest" ? "latest" : "known", asOf: since };
}

function revisionOf({ version, digest }: ResolvedArtifact): Extract<SourceRevision, { is: "artifact" }> {
  return { is: "artifact", version, digest };
}

/** What a source asks of a chart repository or a registry; undefined where it is in Git. */
export function artifactReference(
  source: Pick<Source, "repoURL" | "chart" | "targetRevision">,
  access: Where["access"],
): ArtifactReference | undefined {
  const { repoURL, chart, targetRevision: version = "" } = source;
  switch (sourceKind(source)) {
    case "git":
      return undefined;
    case "helm-chart":
      return { kind: "helm-chart", repository: access(repoURL, "helm"), chart: chart ?? "", version };
    case "oci":
      return {
        kind: "oci",
        repository: access(repoURL, "oci"),
        version,
        ...defined({ chart: chart || undefined }),
      };
  }
}

function withoutVersion({ repoURL, chart = "" }: Source): Failure {
  return new Failure("invalid-spec", withoutUserinfo(repoURL), "after-edit", {
    cannot: "tell what to deploy",
    why: `no version${chart === "" ? "" : ` of the chart ${chart}`} is named`,
    fix: 'Name one in targetRevision, or "*" for the newest',
  });
}

function withdrawn({ reference, version }: ResolvedArtifact): Problem {
  return {
    severity: "warning",
    object: withoutUserinfo(reference.repository.url),
    ...withdrawnWords(`${reference.chart} ${version}`),
  };
}

/** @param version with its chart: `redis 17.3.0` */
export function withdrawnWords(version: string): Pick<Problem, "text" | "fix"> {
  return {
    text: `its index does not name ${version} any more: what was fetched of it before is used, for as long as it is kept here`,
    fix: "Name a version that it has, or have this one published again",
  };
}

function oldAnswer({ reference, version }: ResolvedArtifact, old: OldAnswer): Problem {
  const { chart } = reference;
  return {
    severity: "warning",
    object: withoutUserinfo(reference.repository.url),
    text: silentWords(`${chart === undefined ? "Version" : `${chart} in version`} ${version}`, old),
  };
}

/** @param version a sentence's beginning: `redis in version 17.3.0` */
export function silentWords(version: string, { since, why }: OldAnswer): string {
  return `it cannot be asked since ${timestamp(since)}: ${why}. ${version} is what it said then, and stays until it answers`;
}
