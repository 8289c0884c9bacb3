import type { ApplicationSet } from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import type { Problem } from "../../core/model/problem.ts";
import { nearest } from "../../lib/nearest.ts";
import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import type { Client } from "../http/client.ts";
import { Refused } from "../http/refusal.ts";
import type { Origin } from "../words/written-in.ts";

/** A set as the API tells of it, at `/api/holdfast/v1/applicationsets`. Applications are `namespace/name`. */
export interface ToldSet {
  applicationSet: ApplicationSet & { status: ApplicationSetStatus };
  origin: Origin;
  applications: string[];
  /** Deletions that wait for a person. */
  blocked: string[];
  /** Another one has its name, as sentences. */
  clash?: string;
}

/** Flags that choose sets, with the names that `argocd appset` has for them. */
export interface SetSelection {
  selector?: string;
  project?: string[];
  appsetNamespace?: string;
}

export const SETS_PATH = "/api/holdfast/v1/applicationsets";

export const setName = ({ metadata }: ApplicationSet): string => `${metadata.namespace}/${metadata.name}`;

/** Our own path of a set. */
export function setPath({ metadata: { namespace, name } }: ApplicationSet, below = ""): string {
  return `${SETS_PATH}/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}${below}`;
}

export async function listSets(
  client: Client,
  { selector, project, appsetNamespace }: SetSelection = {},
): Promise<{ items: ToldSet[]; problems: Problem[] }> {
  return client.get(SETS_PATH, { selector, projects: project, appsetNamespace });
}

/**
 * One set by `name` or `namespace/name`.
 * @throws {CliError} notFound with the nearest name, usage where several are called so
 */
export async function oneSet(
  client: Client,
  name: string,
  { appsetNamespace }: SetSelection,
): Promise<ToldSet> {
  const slash = name.indexOf("/");
  const namespace = slash < 0 ? appsetNamespace : name.slice(0, slash);
  const short = slash < 0 ? name : name.slice(slash + 1);
  try {
    const found = await client.get<ApplicationSet>(`/api/v1/applicationsets/${encodeURIComponent(short)}`, {
      appsetNamespace: namespace,
    });
    return await client.get<ToldSet>(setPath(found));
  } catch (cause) {
    if (!(cause instanceof Refused) || cause.status !== 404) throw cause;
    const asked = namespace === undefined ? short : `${namespace}/${short}`;
    throw await notFound(client, asked);
  }
}

async function notFound(client: Client, name: string): Promise<CliError> {
  const sets = (await listSets(client)).items.map(({ applicationSet }) => applicationSet);
  const byText = new Map(
    sets.flatMap((set) => [[setName(set), set] as const, [set.metadata.name, set] as const]),
  );
  const meant = byText.get(nearest(name, byText.keys()) ?? "");
  const hint =
    meant !== undefined
      ? `Did you mean ${setName(meant)}?`
      : sets.length === 0
        ? "There are no ApplicationSets yet."
        : "See them all: holdfast appset list";
  return new CliError(EXIT.notFound, `ApplicationSet "${name}" not found, or you may not see it.`, [hint]);
}
