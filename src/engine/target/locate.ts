import { type Application, type Source, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { refuseSourceKind } from "../../core/model/refuse-source-kind.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Git, Resolved } from "../../core/ports/git.ts";
import type { SourceAtCommit } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import type { Look } from "./target.ts";

/** The sources at their commits, before anything is rendered. */
export interface Located {
  sources: SourceAtCommit[];
  commits: CommitSha[];
}

export interface Where {
  look: Look;
  /** Milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** In place of the sources' own, by source (a sync to a given revision). */
  revisions: readonly (string | undefined)[];
  access(url: string): RepositoryAccess;
}

/**
 * Resolves every source's revision and opens its tree.
 * @throws {Failure} of Git, or invalid-spec for a kind of source that is not served
 */
export async function locate(
  app: Application,
  git: Pick<Git, "resolve" | "tree">,
  where: Where,
  signal?: AbortSignal,
): Promise<Located> {
  const sources = await Promise.all(
    sourcesOf(app.spec).map(async (source, at): Promise<SourceAtCommit> => {
      const { commit } = await resolveSource(source, at, app, git, where);
      return { source, commit, tree: await git.tree(where.access(source.repoURL), commit, signal) };
    }),
  );
  return { sources, commits: sources.map(({ commit }) => commit) };
}

/** What every source's revision leads to, in their order; nothing is fetched. @throws {Failure} as `locate` */
export function resolveSources(
  app: Application,
  git: Pick<Git, "resolve">,
  where: Where,
): Promise<Resolved[]> {
  return Promise.all(sourcesOf(app.spec).map((source, at) => resolveSource(source, at, app, git, where)));
}

async function resolveSource(
  source: Source,
  at: number,
  app: Application,
  git: Pick<Git, "resolve">,
  { look, since, revisions, access }: Where,
): Promise<Resolved> {
  refuseSourceKind(source, app);
  return git.resolve(access(source.repoURL), revisions[at] ?? source.targetRevision ?? "", {
    freshness: look === "latest" || look === "hard" ? "latest" : "known",
    asOf: since,
    ...defined({ tagPrefix: source.tagPrefix }),
  });
}
