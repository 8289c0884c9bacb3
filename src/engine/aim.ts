import { type Application, type Source, sourcesOf } from "../core/model/application.ts";
import { Failure } from "../core/model/failure.ts";
import type {
  ClusterFacts,
  CommitSha,
  Git,
  Rendered,
  Renderers,
  RepositoryAccess,
  SourceAtCommit,
} from "../core/ports.ts";
import type { Look } from "./look.ts";

export interface AimPorts {
  git: Git;
  renderers: Renderers;
  access(url: string): RepositoryAccess;
}

/** The sources at their commits, before anything is rendered. */
export interface Located {
  sources: SourceAtCommit[];
  commits: CommitSha[];
  refs: string[];
}

export interface Where {
  look: Look;
  /** Milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** In place of the sources' own, by source (a sync to a given revision). */
  revisions: readonly (string | undefined)[];
}

/**
 * Resolves every source's revision and opens its tree.
 * @throws {Failure} of Git, or invalid-spec for a kind of source that is not served
 */
export async function locate(
  app: Application,
  ports: AimPorts,
  { look, since, revisions }: Where,
  signal?: AbortSignal,
): Promise<Located> {
  const freshness = look === "latest" || look === "hard" ? "latest" : "known";
  const sources = sourcesOf(app.spec);
  const found = await Promise.all(
    sources.map(async (source, at) => {
      refuseOtherKinds(source, app);
      const access = ports.access(source.repoURL);
      const options = {
        freshness,
        asOf: since,
        ...(source.tagPrefix === undefined ? {} : { tagPrefix: source.tagPrefix }),
      } as const;
      const resolved = await ports.git.resolve(access, revisions[at] ?? source.targetRevision ?? "", options);
      return { source, resolved, tree: await ports.git.tree(access, resolved.commit, signal) };
    }),
  );
  return {
    sources: found.map(({ source, resolved, tree }) => ({ source, commit: resolved.commit, tree })),
    commits: found.map(({ resolved }) => resolved.commit),
    refs: found.map(({ resolved }) => resolved.ref),
  };
}

export function renderAt(
  app: Application,
  located: Located,
  ports: AimPorts,
  facts: ClusterFacts,
  look: Look,
  signal?: AbortSignal,
): Promise<Rendered> {
  return ports.renderers.render(
    { app, sources: located.sources, cluster: facts, cache: look === "hard" ? "renew" : "use" },
    signal,
  );
}

function refuseOtherKinds(source: Source, app: Application): void {
  const kind =
    source.chart !== undefined && source.chart !== ""
      ? "a Helm chart repository"
      : source.repoURL.startsWith("oci://")
        ? "an OCI registry"
        : undefined;
  if (kind === undefined) return;
  throw new Failure(
    "invalid-spec",
    `Application ${app.metadata.namespace}/${app.metadata.name}`,
    "after-edit",
    {
      cannot: "read its source",
      why: `${source.repoURL} is ${kind}, which is not served yet`,
      fix: "Put the chart into a Git repository and name its folder in spec.source.path",
    },
  );
}
