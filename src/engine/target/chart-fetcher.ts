import { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import type { ArtifactAsk, Artifacts, ResolvedArtifact } from "../../core/ports/artifacts.ts";
import type { ChartFetcher, ForeignChart } from "../../core/ports/renderers.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { artifactReference } from "./locate.ts";
import type { RepositoryEntry } from "./repository-access.ts";

export interface FetcherParts {
  artifacts: Pick<Artifacts, "resolve" | "packed">;
  access(url: string, type: RepositoryType): RepositoryAccess;
  entries: readonly RepositoryEntry[];
  /** Why an address must not be asked; undefined where it may. */
  refuse(repoURL: string): string | undefined;
  ask: ArtifactAsk;
}

/** Charts' dependencies by the same road as charts that a source names. */
export function chartFetcher({ artifacts, access, entries, refuse, ask }: FetcherParts): ChartFetcher {
  const resolve = async (chart: ForeignChart): Promise<{ repoURL: string; artifact: ResolvedArtifact }> => {
    const repoURL = addressOf(chart, entries);
    const why = refuse(repoURL);
    if (why !== undefined) throw refused(chart, repoURL, why);
    const { name, version } = chart;
    const reference = artifactReference({ repoURL, chart: name, targetRevision: version }, access);
    if (reference === undefined) throw refused(chart, repoURL, "its address is none of a chart repository");
    return { repoURL, artifact: await artifacts.resolve(reference, ask) };
  };
  return {
    async find(chart) {
      const { repoURL, artifact } = await resolve(chart);
      return { repoURL, version: artifact.version, digest: artifact.archive.digest };
    },
    async fetch(chart, signal) {
      const { repoURL, artifact } = await resolve(chart);
      const archive = await artifacts.packed(artifact, signal);
      return { repoURL, version: artifact.version, digest: artifact.archive.digest, archive };
    },
  };
}

/** `@name` and `alias:name` are names of the config's. Source: Helm. */
function addressOf(chart: ForeignChart, entries: readonly RepositoryEntry[]): string {
  const [, name] = /^(?:@|alias:)(.*)$/s.exec(chart.repoURL) ?? [];
  if (name === undefined) return chart.repoURL;
  const entry = entries.find((one) => one.type === "helm" && one.name === name);
  if (entry !== undefined) return entry.url;
  throw refused(
    chart,
    chart.repoURL,
    `the config has no chart repository of the name ${name}`,
    `Add an entry with type: helm and name: ${name} to repositories in the config, or write the address in its place`,
  );
}

function refused(
  { name }: ForeignChart,
  repoURL: string,
  why: string,
  fix = "Permit it, or put the chart into the charts folder",
): Failure {
  return new Failure("invalid-spec", `the chart ${name} of ${withoutUserinfo(repoURL)}`, "after-edit", {
    cannot: "fetch it",
    why,
    fix,
  });
}
