import { type Application, type Source, sourcesOf } from "../core/model/application.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import type {
  BaseFetcher,
  ChartFetcher,
  LocatedSource,
  Rendered,
  Renderers,
} from "../core/ports/renderers.ts";
import { defined } from "../lib/defined.ts";
import { folderTree } from "./folder-tree.ts";

export interface OfflineSources {
  /** A local folder that stands for the repository of every source without an own one. */
  folder?: string;
  /** Local folders by the source's `ref` or `name`. */
  folderByRef?: Readonly<Record<string, string>>;
  /** Where a source has no local folder: fetches it. Absent: such a source is a failure. */
  fetch?: (source: Source) => Promise<LocatedSource>;
  /** Brings what charts ask for. */
  charts?: ChartFetcher;
  bases?: BaseFetcher;
}

/** What a cluster would say of itself; charts that ask get this. */
export interface OfflineCluster {
  kubeVersion: string;
  apiVersions: readonly string[];
}

/** Renders an application without a cluster and, where local folders stand for its repositories, without Git. @throws {Failure} */
export async function renderOffline(
  renderers: Renderers,
  app: Application,
  sources: OfflineSources,
  cluster: OfflineCluster,
  signal?: AbortSignal,
): Promise<Rendered> {
  const at: LocatedSource[] = [];
  for (const source of sourcesOf(app.spec)) {
    at.push(await locate(source, sources));
  }
  return renderers.render(
    { app, sources: at, cluster, cache: "use", ...defined({ charts: sources.charts, bases: sources.bases }) },
    signal,
  );
}

/** What a commit is where there is no Git. */
const NO_COMMIT = "0".repeat(40) as CommitSha;

async function locate(
  source: Source,
  { folder, folderByRef, fetch }: OfflineSources,
): Promise<LocatedSource> {
  const own =
    [source.ref, source.name]
      .map((name) => (name === undefined ? undefined : folderByRef?.[name]))
      .find((found) => found !== undefined) ?? folder;
  if (own !== undefined) {
    const tree = await folderTree(own);
    const path = source.path ?? "";
    if (path === "" || (await tree.entry(path)) !== undefined)
      return { source, revision: { is: "commit", commit: NO_COMMIT }, tree };
    throw new Failure("git-path", own, "after-edit", {
      cannot: "render",
      why: `there is no ${path} in it`,
      fix: "It stands for the root of the repository: name the folder in which the source's path begins",
    });
  }
  if (fetch !== undefined) return fetch(source);
  throw new Failure("git-path", source.repoURL, "after-edit", {
    cannot: "render",
    why: "no local folder stands for this source",
    fix: "Name one with --source FOLDER, or --source NAME=FOLDER for a source with that ref",
  });
}
