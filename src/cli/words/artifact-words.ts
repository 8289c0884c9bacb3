import { type Application, type Source, sourcesOf } from "../../core/model/application.ts";
import { sourceKind } from "../../core/model/source.ts";
import { ago } from "../../lib/ago.ts";
import { appPath } from "../app-path.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";

/** What the API tells of an artifact, as Argo CD's does. */
interface ArtifactSaid {
  createdAt?: string;
  authors?: string;
  sourceUrl?: string;
  description?: string;
  home?: string;
  maintainers?: string[];
}

type Asking = Pick<Client, "get">;

/** What its publisher says of a chart or another artifact; undefined for a commit, and where nobody can tell. */
export async function artifactSaid(
  client: Asking,
  app: Application,
  source: Source | undefined,
  revision: string,
): Promise<ArtifactSaid | undefined> {
  if (source === undefined || revision === "" || sourceKind(source) === "git") return undefined;
  const what = sourceKind(source) === "oci" ? "ocimetadata" : "chartdetails";
  const { path, query } = appPath(app, `/revisions/${encodeURIComponent(revision)}/${what}`);
  try {
    return await client.get<ArtifactSaid>(path, query);
  } catch (cause) {
    // A nicety must not fail a command: it may be gone from where it came from.
    if (cause instanceof Refused) return undefined;
    throw cause;
  }
}

/** Of every source that is one, at the revision of the last comparison: a name, and what stands behind it. */
export async function artifactFactsOf(
  client: Asking,
  app: Application,
  nowMs: number,
): Promise<(readonly [name: string, text: string])[]> {
  const { revision = "", revisions = [revision] } = app.status?.sync ?? {};
  const all = await Promise.all(
    sourcesOf(app.spec).map((source, at) => artifactSaid(client, app, source, revisions[at] ?? "")),
  );
  return all.flatMap((said) => (said === undefined ? [] : factsOf(said, nowMs)));
}

function factsOf(said: ArtifactSaid, nowMs: number): (readonly [string, string])[] {
  const { createdAt, authors, sourceUrl, description, home, maintainers = [] } = said;
  const published = [
    createdAt === undefined ? "" : ago(createdAt, nowMs),
    authors === undefined ? "" : `by ${authors}`,
    sourceUrl === undefined ? "" : `from ${sourceUrl}`,
  ].filter((part) => part !== "");
  const about = [
    description ?? "",
    home ?? "",
    maintainers.length === 0 ? "" : `kept by ${maintainers.join(", ")}`,
  ].filter((part) => part !== "");
  return [
    ...(published.length === 0 ? [] : [["Published", published.join(" ")] as const]),
    ...(about.length === 0 ? [] : [["About", about.join(", ")] as const]),
  ];
}
