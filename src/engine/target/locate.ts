import { type Application, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { refuseSourceKind } from "../../core/model/refuse-source-kind.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";
import type { Git } from "../../core/ports/git.ts";
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
  { look, since, revisions, access }: Where,
  signal?: AbortSignal,
): Promise<Located> {
  const freshness = look === "latest" || look === "hard" ? "latest" : "known";
  const found = await Promise.all(
    sourcesOf(app.spec).map(async (source, at) => {
      refuseSourceKind(source, app);
      const repository = access(source.repoURL);
      const options = {
        freshness,
        asOf: since,
        ...defined({ tagPrefix: source.tagPrefix }),
      } as const;
      const resolved = await git.resolve(repository, revisions[at] ?? source.targetRevision ?? "", options);
      return { source, resolved, tree: await git.tree(repository, resolved.commit, signal) };
    }),
  );
  return {
    sources: found.map(({ source, resolved, tree }) => ({ source, commit: resolved.commit, tree })),
    commits: found.map(({ resolved }) => resolved.commit),
  };
}
