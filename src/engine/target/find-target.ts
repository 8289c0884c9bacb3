/** What Git wants of an application: located, rendered, and placed on its cluster. Writes nothing to clusters. */
import { sourcesOf } from "../../core/model/application.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { Git } from "../../core/ports/git.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { locate } from "./locate.ts";
import { objectsKey, placeObjects, scopesNow } from "./place-objects.ts";
import { repositoryAccess } from "./repository-access.ts";
import type { Look, Target } from "./target.ts";
import { commitsOf, frozen, sharedTips, type Tips } from "./tips.ts";

export interface TargetRequest {
  look: Look;
  /** Milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** An earlier target, whose objects are kept where nothing that makes them changed. */
  known: Target | undefined;
  /** What is remembered of the application's objects. */
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** In place of the sources' own, by source. */
  revisions?: readonly (string | undefined)[];
}

/**
 * The application's target under the snapshot: the one that is known where nothing is to be looked up.
 * @throws {Failure} of Git, rendering, manifests, or the cluster's discovery
 */
export async function findTarget(
  managed: ManagedApplication,
  snapshot: Snapshot,
  { look, since }: Pick<TargetRequest, "look" | "since">,
  ports: EnginePorts,
  tips: Tips,
): Promise<Target> {
  const known = managed.target;
  if (known !== undefined && look === "nothing" && known.generation === snapshot.generation) return known;
  const target = await targetAt(
    snapshot,
    { look: look === "nothing" ? "known" : look, since, known, records: managed.memory.records },
    ports,
  );
  // What the server said of other objects says nothing of these.
  if (target.desired !== known?.desired) {
    managed.memory.forgetRefusals();
    managed.memory.sawHooks(target.desired);
  }
  // What is held is at commits of its own: nobody else learns them.
  const isHeld = snapshot.commits !== undefined;
  managed.target = isHeld
    ? target
    : { ...target, tips: sharedTips(tips, snapshot.app.spec, commitsOf(target)) };
  return managed.target;
}

/** It stays at the commits that it was found at, whatever the others learn. */
export function leaveTips(managed: ManagedApplication): void {
  if (managed.target !== undefined) managed.target = frozen(managed.target);
}

/**
 * What Git wants at the revisions that the sources follow, at the commits that they are held at, or at given ones.
 * @throws {Failure}
 */
export async function targetAt(
  snapshot: Snapshot,
  { look, since, known, records, revisions: asked = [] }: TargetRequest,
  { git, renderers }: Pick<EnginePorts, "renderers"> & { git: Pick<Git, "resolve" | "tree"> },
  signal?: AbortSignal,
): Promise<Target> {
  const { app, cluster, settings, generation, commits = [] } = snapshot;
  const access = (url: string) => repositoryAccess(url, settings.repositories);
  const revisions = sourcesOf(app.spec).map((_, at) => asked[at] ?? commits[at]);
  const [located, facts] = await Promise.all([
    locate(app, git, { look, since, revisions, access }, signal),
    cluster.facts(),
  ]);
  const rendered = await renderers.render(
    { app, sources: located.sources, cluster: facts, cache: look === "hard" ? "renew" : "use" },
    signal,
  );
  const key = objectsKey(rendered.key, snapshot);
  const at = {
    generation,
    tips: located.commits.map((commit) => ({ commit })),
    inputs: rendered.inputs,
    sourceTypes: rendered.sourceTypes,
    renderKey: rendered.key,
    objectsKey: key,
  };
  if (known?.objectsKey === key && (await scopesNow(known.scopes, cluster)) === known.scopes)
    return { ...known, ...at };
  return { ...at, ...(await placeObjects(rendered, snapshot, records.values())) };
}
