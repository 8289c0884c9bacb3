import { Failure } from "../../core/model/failure.ts";
import type { Project } from "../../core/model/project.ts";
import type { RepositoryAccess, RepositoryType } from "../../core/model/repository-access.ts";
import type { Source } from "../../core/model/source.ts";
import type { TakenPart } from "../../core/model/taken-part.ts";
import { refuseSource } from "../../core/policy/refuse-source.ts";
import type { ArtifactAsk, Artifacts, ResolvedArtifact } from "../../core/ports/artifacts.ts";
import type { ChartFetcher, ForeignChart, FoundChart } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { isInnerHost } from "../../lib/inner-host.ts";
import { WRITE_PLAINLY, whyNotPlain } from "../../lib/plain-address.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import { artifactReference } from "./locate.ts";
import { entryFor, type RepositoryEntry, repositoryAccess } from "./repository-access.ts";
import { asItWas, takenChart } from "./taken-parts.ts";

export interface ChartRefusal {
  why: string;
  fix: string;
}

export interface FetcherParts {
  artifacts: Pick<Artifacts, "resolve" | "packed">;
  access(url: string, type: RepositoryType): RepositoryAccess;
  entries: readonly RepositoryEntry[];
  /** Why an address must not be asked, and what to do; undefined where it may. */
  refuse(repoURL: string): ChartRefusal | undefined;
  ask: ArtifactAsk;
  /** As a deployment took them: nobody is asked which version it is. */
  taken?: readonly TakenPart[];
}

/** Charts' dependencies by the same road as charts that a source names. */
export function chartFetcher({
  artifacts,
  access,
  entries,
  refuse,
  ask,
  taken = [],
}: FetcherParts): ChartFetcher {
  const resolve = async (chart: ForeignChart): Promise<Resolved> => {
    const repoURL = addressOfChart(chart, entries);
    const refusal = refuse(repoURL);
    if (refusal !== undefined) throw refused(chart, repoURL, refusal);
    const { name, version } = chart;
    const then = takenChart(taken, chart);
    const targetRevision = then?.version ?? version;
    const reference = artifactReference({ repoURL, chart: name, targetRevision }, access);
    if (reference === undefined)
      throw refused(chart, repoURL, { why: "its address is none of a chart repository", fix: PERMIT });
    if (then === undefined) return { repoURL, artifact: await artifacts.resolve(reference, ask) };
    const { digest } = then;
    return {
      repoURL,
      then: "taken",
      artifact: { reference, version: then.version, digest, archive: { digest, holds: "chart" } },
    };
  };
  return {
    async find(chart) {
      return foundOf(await resolve(chart));
    },
    async fetch(chart, signal) {
      const resolved = await resolve(chart);
      const bring = () => artifacts.packed(resolved.artifact, signal);
      const what = `${chart.name} ${resolved.artifact.version}`;
      const archive = await (resolved.then === "taken" ? asItWas(resolved.repoURL, what, bring) : bring());
      return { ...foundOf(resolved), archive };
    },
  };
}

interface Resolved {
  repoURL: string;
  artifact: ResolvedArtifact;
  /** It is what a deployment took. */
  then?: "taken";
}

function foundOf({ repoURL, artifact }: Resolved): FoundChart {
  const { version, archive, old, withdrawn } = artifact;
  return { repoURL, version, digest: archive.digest, ...defined({ old, withdrawn }) };
}

/** `@name` and `alias:name` are names of the config's. Source: Helm. @throws {Failure} for a name that it does not have */
export function addressOfChart(chart: ForeignChart, entries: readonly RepositoryEntry[]): string {
  const [, name] = /^(?:@|alias:)(.*)$/s.exec(chart.repoURL) ?? [];
  if (name === undefined) return chart.repoURL;
  const entry = entries.find((one) => one.type === "helm" && one.name === name);
  if (entry !== undefined) return entry.url;
  throw refused(chart, chart.repoURL, {
    why: `the config has no chart repository of the name ${name}`,
    fix: `Add an entry with type: helm and name: ${name} to repositories in the config, or write the address in its place`,
  });
}

const PERMIT = "Permit it, or put the chart into the charts folder";

/**
 * Of the config, of the application itself, and of the project where there is one. Whoever may push to some repository
 * must not send the daemon to what its network alone can reach: a host near is asked where an entry of `repositories`
 * names it, or a source of the application's.
 */
export function refusalOfChart(
  url: string,
  entries: readonly RepositoryEntry[],
  sources: readonly Pick<Source, "repoURL">[],
  project: Project | undefined,
): ChartRefusal | undefined {
  // An entry's own address is the operator's word, by whichever name it was asked for.
  const unclear = entries.some((entry) => entry.url === url) ? undefined : whyNotPlain(url);
  if (unclear !== undefined) return { why: unclear, fix: WRITE_PLAINLY };
  const host = hostOf(url);
  if (host !== undefined && isInnerHost(host.hostname) && !isNamed(url, entries, sources))
    return {
      why: "its host is in a network of its own, and no entry of repositories in the config names it",
      fix: "Add an entry with its address to repositories in the config, or put the chart into the charts folder",
    };
  const why = project === undefined ? undefined : refuseSource(project, url);
  return why === undefined ? undefined : { why, fix: PERMIT };
}

/** How a chart's address is reached that a repository's content names: whoever nobody else named must lead out. */
export function accessOfChart(
  url: string,
  type: RepositoryType,
  entries: readonly RepositoryEntry[],
  sources: readonly Pick<Source, "repoURL">[],
): RepositoryAccess {
  const access = repositoryAccess(url, entries, type);
  return isNamed(url, entries, sources) ? access : { ...access, reach: "far" };
}

function isNamed(
  url: string,
  entries: readonly RepositoryEntry[],
  sources: readonly Pick<Source, "repoURL">[],
): boolean {
  return (
    entryFor(url, entries, "helm") !== undefined ||
    entryFor(url, entries, "oci") !== undefined ||
    namesHost(sources, url)
  );
}

/** Whether one of the sources is at the same host, which somebody else wrote than whoever writes their content. */
export function namesHost(sources: readonly Pick<Source, "repoURL">[], url: string): boolean {
  const host = hostOf(url)?.host;
  return host !== undefined && sources.some(({ repoURL }) => hostOf(repoURL)?.host === host);
}

/** As it is asked, registries by HTTPS: only of what the web knows does the parser make every way to write a host to one. */
function hostOf(url: string): URL | undefined {
  const isWritten = /^[a-z][a-z0-9+.-]*:\/\//i.test(url);
  return URL.parse(isWritten ? url.replace(/^oci:/i, "https:") : `https://${url}`) ?? undefined;
}

function refused({ name }: ForeignChart, repoURL: string, { why, fix }: ChartRefusal): Failure {
  return new Failure("invalid-spec", `the chart ${name} of ${withoutUserinfo(repoURL)}`, "after-edit", {
    cannot: "fetch it",
    why,
    fix,
  });
}
