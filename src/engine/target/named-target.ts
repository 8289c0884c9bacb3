/** What Git wants at revisions that somebody names. */
import { type Application, type Source, sourcesOf } from "../../core/model/application.ts";
import { Failure } from "../../core/model/failure.ts";
import { sourceKind } from "../../core/model/source.ts";
import { defined } from "../../lib/defined.ts";
import { nearNames } from "../../lib/nearest.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { nameOfProject } from "../limits.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { answeredFor } from "./answered-for.ts";
import { targetAt } from "./find-target.ts";
import { entriesFor, repositoryAccess } from "./repository-access.ts";
import type { Target } from "./target.ts";

/** What a full commit id, or the beginning of one, looks like: it has no neighbours that anybody could mean. */
const COMMIT = /^[0-9a-f]{7,64}$/i;
/** `main~1`, `v1^`; at the beginning both signs are a constraint's. */
const COUNTED = /.[~^]\d*$/;

/**
 * Asks Git now. Who looks delivers nothing, and may name a commit that nobody merged.
 * @param revisions by source; "" and absent are the source's own
 * @throws {Failure} git-revision with the names near it; of Git, rendering, manifests, or the cluster's discovery
 */
export async function namedTarget(
  managed: ManagedApplication,
  snapshot: Snapshot,
  revisions: readonly string[] | undefined,
  ports: EnginePorts,
  signal?: AbortSignal,
): Promise<Target> {
  const { records } = managed.memory;
  const commits = answeredFor(managed, snapshot.app, revisions ?? []);
  const look = { look: "latest", since: ports.clock.now() } as const;
  return sayingNear(snapshot.app, revisions ?? [], ports, () =>
    targetAt(
      snapshot,
      { ...look, known: undefined, records, commits, ...defined({ revisions }) },
      ports,
      signal,
    ),
  );
}

/** Whoever typed a revision that is not there is told what is near it, and not to correct a manifest. */
export async function sayingNear(
  app: Application,
  revisions: readonly string[],
  ports: Pick<EnginePorts, "git" | "settings">,
  find: () => Promise<Target>,
): Promise<Target> {
  try {
    return await find();
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.code !== "git-revision") throw cause;
    throw await withNearNames(cause, app, revisions, ports);
  }
}

async function withNearNames(
  failure: Failure,
  app: Application,
  revisions: readonly string[],
  ports: Pick<EnginePorts, "git" | "settings">,
): Promise<Failure> {
  const near: string[] = [];
  for (const [at, source] of sourcesOf(app.spec).entries()) {
    const revision = revisions[at] ?? "";
    if (revision === "" || COMMIT.test(revision) || sourceKind(source) !== "git") continue;
    near.push(...(await namesNear(revision, source, app, ports)));
  }
  if (near.length === 0 && revisions.every((revision) => revision === "")) return failure;
  const { code, object, retry, cannot, why, retryAfterMs, cause } = failure;
  const counted = revisions.find((revision) => COUNTED.test(revision));
  const fix =
    counted !== undefined
      ? `A Git server does not count back from a name: give the commit that \`git rev-parse ${counted}\` prints`
      : near.length === 0
        ? "Name one that is there, or push the branch or tag"
        : `Near it: ${near.join(", ")}`;
  return new Failure(code, object, retry, { cannot, why, fix, cause, ...defined({ retryAfterMs }) });
}

/** None where it is there, and where its server does not say what there is. */
async function namesNear(
  revision: string,
  { repoURL }: Source,
  app: Application,
  { git, settings }: Pick<EnginePorts, "git" | "settings">,
): Promise<string[]> {
  const access = repositoryAccess(repoURL, entriesFor(settings().repositories, nameOfProject(app)));
  try {
    const { branches, tags } = await git.refs(access);
    const names = [...branches, ...tags];
    return names.includes(revision) ? [] : nearNames(revision, names);
  } catch (cause) {
    if (cause instanceof Failure) return [];
    throw cause;
  }
}
