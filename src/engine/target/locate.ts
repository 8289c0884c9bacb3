import { type Application, keyOfApp, type Source, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";
import { Failure } from "../../core/model/failure.ts";
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
      refuseOtherKinds(source, app);
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

function refuseOtherKinds(source: Source, app: Application): void {
  const kind =
    source.chart !== undefined && source.chart !== ""
      ? "a Helm chart repository"
      : source.repoURL.startsWith("oci://")
        ? "an OCI registry"
        : undefined;
  if (kind === undefined) return;
  throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "read its source",
    why: `${source.repoURL} is ${kind}, which is not served yet`,
    fix: "Put the chart into a Git repository and name its folder in spec.source.path",
  });
}
