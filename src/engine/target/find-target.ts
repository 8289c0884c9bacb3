/** What Git wants of an application: located, rendered, and placed on its cluster. Writes nothing to clusters. */
import { asApplied } from "../../core/compare/index.ts";
import { sourcesOf } from "../../core/model/application.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { RefKey } from "../../core/model/object-ref.ts";
import type { RepositoryType } from "../../core/model/repository-access.ts";
import type { SourceValues } from "../../core/model/source-values.ts";
import type { Standing } from "../../core/model/standing.ts";
import type { BaseRefusal } from "../../core/policy/refuse-base.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { LocatedSource, RenderAsk, UsedBase } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { hashText } from "../../lib/hash.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot } from "../snapshot.ts";
import { accessOfBase, type BaseParts, baseFetcher, refusalOfBase } from "./base-fetcher.ts";
import { accessOfChart, chartFetcher, refusalOfChart } from "./chart-fetcher.ts";
import { askOf, locate, type SourcePlaces } from "./locate.ts";
import { objectsKey, placeObjects, scopesNow } from "./place-objects.ts";
import { repositoryAccess, scopeIn } from "./repository-access.ts";
import type { Look, Target } from "./target.ts";
import { frozen, isSameTips, revisionNamesOf, sharedTips, type Tips } from "./tips.ts";

export interface TargetRequest {
  look: Look;
  /** Milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** An earlier target, whose objects are kept where nothing that makes them changed. */
  known: Target | undefined;
  /** What is remembered of the application's objects. */
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** What they were applied from. Absent: nothing stands in the place of what is rendered. */
  standing?: Standing | undefined;
  /** In place of the sources' own, by source; "" is the source's own too. */
  revisions?: readonly (string | undefined)[];
  /** `anew`: exported and rendered by a run of the renderer, whatever was rendered before. Default: as `look` says. */
  render?: "anew";
  /** Of the revisions. Default `merged`. */
  commits?: RenderAsk["commits"];
}

/** What a target is made with. */
export type TargetPorts = Pick<EnginePorts, "renderers" | "clock"> &
  SourcePlaces &
  Pick<BaseParts, "git"> & {
    /** Why what a kustomization names elsewhere must not be asked, before anybody else says so. */
    refuseBase?(url: string, is: UsedBase["is"]): BaseRefusal | undefined;
  };

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
  const { records, standing } = managed.memory;
  if (known !== undefined && look === "nothing" && known.generation === snapshot.generation) return known;
  const target = await targetAt(
    snapshot,
    { look: look === "nothing" ? "known" : look, since, known, records, standing },
    ports,
  );
  if (look === "hard") managed.memory.proved(undefined);
  // What the server said of other objects says nothing of these.
  if (target.desired !== known?.desired) {
    managed.memory.forgetRefusals();
    managed.memory.sawHooks(target.desired);
  }
  // What is held is at commits of its own: nobody else learns them.
  const isHeld = snapshot.commits !== undefined;
  managed.target = isHeld
    ? target
    : {
        ...target,
        tips: sharedTips(tips, snapshot.app.spec, target.tips, ({ repoURL }) =>
          scopeIn(repoURL, snapshot.settings.repositories),
        ),
      };
  return managed.target;
}

/** What Git wants at the same commits, exported and rendered anew. @throws {Failure} */
export function targetAgain(
  { memory: { records, standing } }: Pick<ManagedApplication, "memory">,
  snapshot: Snapshot,
  target: Target,
  ports: Parameters<typeof targetAt>[2],
  signal?: AbortSignal,
): Promise<Target> {
  const revisions = revisionNamesOf(target);
  const asked = { look: "known", since: 0, known: undefined, records, standing, revisions } as const;
  const { commits } = target;
  return targetAt(snapshot, { ...asked, render: "anew", ...defined({ commits }) }, ports, signal);
}

/** What stood in the place of what is rendered stands no more. */
export function wantedAnew(target: Target): Target {
  const { stands, ...rest } = target;
  return stands === undefined ? target : { ...rest, desired: stands.anew };
}

/** An earlier render of the same commits lacked something: from here on it is wanted as this one has it. */
export function wantInstead(managed: ManagedApplication, { objectsKey }: Target, instead: Target): void {
  const { target, memory } = managed;
  if (target?.objectsKey !== objectsKey) return;
  memory.forgetRefusals();
  memory.sawHooks(instead.desired);
  managed.target = isSameTips(target, instead) ? { ...instead, tips: target.tips } : instead;
}

/** From here on it is wanted as it is rendered now. */
export function wantAnew(managed: ManagedApplication, { objectsKey }: Target): void {
  if (managed.target?.objectsKey === objectsKey) managed.target = wantedAnew(managed.target);
}

/** For whom somebody answers is the request's matter, not what was known before. */
function omitCommits({ commits: _, ...target }: Target): Target {
  return target;
}

/** All that its objects are made of, and where they go, in another process too. */
export function inputsOf(
  { objectsKey }: Pick<Target, "objectsKey">,
  { server }: Pick<Cluster, "server">,
): string {
  return hashText(`${objectsKey} ${server}`);
}

/** It stays at the revisions that it was found at, whatever the others learn. */
export function leaveTips(managed: ManagedApplication): void {
  if (managed.target !== undefined) managed.target = frozen(managed.target);
}

/**
 * What Git wants at the revisions that the sources follow, at the commits that they are held at, or at given ones.
 * @throws {Failure}
 */
export async function targetAt(
  snapshot: Snapshot,
  request: TargetRequest,
  ports: TargetPorts,
  signal?: AbortSignal,
): Promise<Target> {
  const { known, records, standing, render, commits: of } = request;
  const { cluster, generation } = snapshot;
  const { ask, problems, addresses } = await askAt(snapshot, request, ports, signal);
  const rendered = await ports.renderers.render(ask, signal);
  const isAnew = ask.cache === "renew";
  const key = objectsKey(rendered.key, snapshot);
  const at = {
    generation,
    tips: ask.sources.map(({ revision, subject }) => ({ revision, ...defined({ subject }) })),
    sourceProblems: problems,
    charts: rendered.charts,
    bases: rendered.bases,
    addresses: [...addresses],
    inputs: rendered.inputs,
    sourceTypes: rendered.sourceTypes,
    renderKey: rendered.key,
    objectsKey: key,
    ...(of === "not merged" ? { commits: of } : {}),
  };
  // Equal keys are equal inputs: of what was kept of them once it is not known whether it is whole.
  if (!isAnew && known?.objectsKey === key && (await scopesNow(known.scopes, cluster)) === known.scopes)
    return { ...omitCommits(known), ...at };
  // What a file gave before is asked once, of what is found out: not of the same commits again.
  const before = render === "anew" ? [] : records.values();
  const target: Target = { ...at, ...(await placeObjects(rendered, snapshot, before)) };
  const { desired } = target;
  const applied = asApplied({ inputs: inputsOf(target, cluster), desired }, standing, records);
  if (standing === undefined || applied === undefined) return target;
  return {
    ...target,
    contentKey: standing.content,
    desired: applied.desired,
    stands: { keys: applied.stands, anew: desired },
  };
}

/** What the tools of the sources are given as values where `known` was found; nothing is rendered. @throws {Failure} */
export async function valuesAt(
  snapshot: Snapshot,
  known: Target,
  ports: TargetPorts,
  signal?: AbortSignal,
): Promise<{ sources: readonly LocatedSource[]; values: readonly (SourceValues | undefined)[] }> {
  const { commits } = known;
  const revisions = revisionNamesOf(known);
  const asked = {
    look: "known",
    since: 0,
    known,
    records: new Map(),
    revisions,
    ...defined({ commits }),
  } as const;
  const { ask } = await askAt(snapshot, asked, ports, signal);
  return { sources: ask.sources, values: await ports.renderers.values(ask, signal) };
}

/** What renderers are asked, with all sources where they are. @throws {Failure} */
async function askAt(
  snapshot: Snapshot,
  { look, since, known, revisions: asked = [], render, commits: of }: TargetRequest,
  { clock, refuseBase, ...places }: TargetPorts,
  signal?: AbortSignal,
): Promise<{ ask: RenderAsk; problems: Target["sourceProblems"]; addresses: ReadonlySet<string> }> {
  const { app, project, cluster, settings, commits = [], taken = [] } = snapshot;
  const access = (url: string, type: RepositoryType) => repositoryAccess(url, settings.repositories, type);
  const elsewhere = (url: string) => accessOfBase(url, settings, sourcesOf(app.spec));
  const addresses = new Set<string>();
  const refuse = (url: string, is: UsedBase["is"]): BaseRefusal | undefined => {
    const refused = refuseBase?.(url, is) ?? refusalOfBase(url, settings, project);
    if (refused === undefined && is === "tree") addresses.add(url);
    return refused;
  };
  const revisions = sourcesOf(app.spec).map((_, at) => asked[at] || commits[at]);
  const [located, facts] = await Promise.all([
    locate(app, places, { look, since, revisions, access, elsewhere, refuse }, signal),
    cluster.facts(),
  ]);
  const isAnew = look === "hard" || render === "anew";
  const charts = chartFetcher({
    artifacts: places.artifacts,
    access: (url, type) => accessOfChart(url, type, settings.repositories, sourcesOf(app.spec)),
    entries: settings.repositories,
    refuse: (url) => refusalOfChart(url, settings.repositories, sourcesOf(app.spec), project),
    ask: askOf(look, since),
    taken,
  });
  const bases = baseFetcher({
    ...places,
    access: elsewhere,
    look,
    since,
    now: () => clock.now(),
    refuse,
    before: known?.bases ?? [],
    taken,
  });
  return {
    ask: {
      ...{ app, sources: located.sources, cluster: facts, charts, bases },
      ...defined({ commits: of }),
      cache: isAnew ? "renew" : "use",
    },
    problems: located.problems,
    addresses,
  };
}
