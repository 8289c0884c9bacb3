/** What one application's next sync would do, were a range of commits merged. Writes nothing, and watches nothing more. */
import { type LiveAnswer, migrationOf, NOTHING_IGNORED } from "../../core/compare/index.ts";
import { isAutomated, sourcesOf } from "../../core/model/application.ts";
import type { ApplicationEffect, ObjectEffect } from "../../core/model/blast-report.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import { gvkOf } from "../../core/model/kube-object.ts";
import { groupKind, parseRefKey, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { Step } from "../../core/model/plan.ts";
import { objectEffects, type PlannedEffect } from "../../core/plan/object-effects.ts";
import { preflight } from "../../core/plan/preflight.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import { defined } from "../../lib/defined.ts";
import { Slots } from "../../lib/slots.ts";
import { timestamp } from "../../lib/timestamp.ts";
import { type CompareRooms, refuseUnreachable } from "../compare/compare-now.ts";
import { compareObjects } from "../compare/compare-objects.ts";
import type { Compared } from "../compare/compared.ts";
import type { EnginePorts } from "../engine-ports.ts";
import { refusedBy } from "../limits.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import { managedResources } from "../show/views.ts";
import type { Snapshot, Snapshots } from "../snapshot.ts";
import { refuseContent } from "../sync/may-start.ts";
import { planOperation } from "../sync/plan-operation.ts";
import { askAll } from "../sync/preflight.ts";
import { targetAt } from "../target/find-target.ts";
import { claimantOf, faultsOf } from "../target/place-objects.ts";
import type { Target } from "../target/target.ts";
import { commitsOf } from "../target/tips.ts";
import type { Concerned } from "./concerned.ts";
import type { FoundRange } from "./range.ts";
import { shadowOf } from "./shadow.ts";

export interface EvaluateParts extends CompareRooms {
  ports: EnginePorts;
  snapshots: Snapshots;
}

/** Objects that are read one by one at the same time. */
const READS_AT_ONCE = 8;
const READER = "blast radius";

export async function effectOn(
  { managed, sources }: Concerned,
  range: FoundRange,
  parts: EvaluateParts,
  signal: AbortSignal,
): Promise<ApplicationEffect> {
  const { app, hold } = managed.spec;
  const head = {
    application: managed.key,
    cluster: managed.snapshot?.cluster.name ?? "",
    // What is held waits until a person lets it go on.
    syncs: isAutomated(app.spec) && hold === undefined ? ("by-itself" as const) : ("when-asked" as const),
  };
  try {
    if (managed.seen.is === "never")
      throw new Failure("not-ready", `Application ${managed.key}`, "backoff", {
        cannot: "tell what would change",
        why: "it was not looked at yet",
        fix: "Try again in a moment",
      });
    const snapshot = parts.snapshots.take({ app }, managed.snapshot);
    const effect = await compareAt({ managed, sources }, range, snapshot, parts, signal);
    return { ...head, cluster: snapshot.cluster.name, is: "compared", ...effect };
  } catch (cause) {
    signal.throwIfAborted();
    const { code, object, why, fix } = asFailure(
      cause,
      `Application ${managed.key}`,
      "tell what would change",
    );
    const where = object.startsWith("Application ") ? "" : `${object}: `;
    return { ...head, is: "failed", code, why: where + why, ...defined({ fix }) };
  }
}

type Effect = Omit<
  Extract<ApplicationEffect, { is: "compared" }>,
  "is" | "application" | "cluster" | "syncs"
>;

async function compareAt(
  { managed, sources }: Concerned,
  range: FoundRange,
  snapshot: Snapshot,
  parts: EvaluateParts,
  signal: AbortSignal,
): Promise<Effect> {
  const { ports } = parts;
  const at = (commit: string): Promise<Target> =>
    targetAt(
      snapshot,
      {
        look: "known",
        since: 0,
        known: managed.target,
        records: managed.memory.records,
        revisions: sourcesOf(snapshot.app.spec).map((_, index) =>
          sources.has(index) ? commit : managed.target?.tips[index]?.commit,
        ),
      },
      { git: range.git, renderers: ports.renderers },
      signal,
    );
  const target = await at(range.merged);
  // What cannot be rendered now has wanted nothing that could be told from what is wanted then.
  const before = await at(range.base.commit).catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
  const shadow = shadowOf(managed);
  const { compared, denied } = await comparedWith(managed, shadow, snapshot, target, parts, signal);
  const planned = planOperation(requestOf(snapshot, target), compared, {
    startedAt: timestamp(ports.clock.now()),
    memory: managed.memory,
  });
  if (planned.is === "refused") throw new Error(planned.why);
  const refused = new Map([...denied, ...(await refusedByServer(planned.plan, compared, shadow, signal))]);
  const { differences } = compared.comparison;
  const effects = objectEffects({
    plan: {
      ...planned.plan,
      impossible: [
        ...(planned.plan.impossible ?? []),
        ...[...denied].map(([key, text]) => ({ key, ref: parseRefKey(key), text })),
      ],
    },
    differences,
    refused,
    wanted: hashesOf(target),
    before: before === undefined ? undefined : hashesOf(before),
  });
  return {
    objects: await withFields(effects, compared, shadow),
    same: differences.filter(({ is }) => is === "same").length,
    warnings: warningsOf(target, compared),
    ...defined({ refused: refuseContent(snapshot) }),
  };
}

function hashesOf({ desired }: Target): Map<RefKey, string> {
  return new Map(desired.map(({ key, hash }) => [key, hash]));
}

/** As the application would be synced; one that is synced by hand, as a person would do it. */
function requestOf({ app }: Snapshot, target: Target): SyncOperation {
  const { syncPolicy } = app.spec;
  const isByItself = isAutomated(app.spec);
  return {
    sync: {
      revisions: commitsOf(target),
      prune: isByItself ? syncPolicy?.automated?.prune === true : true,
      ...defined({ syncOptions: syncPolicy?.syncOptions }),
    },
    initiatedBy: isByItself ? { automated: true } : { username: READER },
  };
}

interface Held {
  compared: Compared;
  /** What the project does not permit: it is neither read nor asked about, or whoever writes a commit could look at it. */
  denied: ReadonlyMap<RefKey, string>;
}

async function comparedWith(
  managed: ManagedApplication,
  shadow: ManagedApplication,
  snapshot: Snapshot,
  target: Target,
  { follower, claims, leftToOthers }: EvaluateParts,
  signal: AbortSignal,
): Promise<Held> {
  const { cluster, project } = snapshot;
  refuseUnreachable(cluster);
  const denied = new Map(
    target.desired.flatMap(({ key, ref }): [RefKey, string][] => {
      const why = refusedBy(project, ref, cluster);
      return why === undefined ? [] : [[key, why]];
    }),
  );
  const permitted = { ...target, desired: target.desired.filter(({ key }) => !denied.has(key)) };
  const failed = follower.failedOf(managed);
  const us = claimantOf(snapshot.app, snapshot.settings);
  const found = await compareObjects({
    managed: shadow,
    snapshot,
    target: permitted,
    us,
    memory: shadow.memory,
    drifted: new Map(),
    unwatched: new Map(),
    read: await readOnce(permitted.desired, watchedBy(managed, failed), cluster, signal),
    claims: {
      holder: (live, of, on) => claims.holder(live, of, on, managed),
      otherWanting: (of, on, key) => claims.otherWanting(of, on, key),
    },
    leftToOthers,
    objects: cluster.for({ owner: READER, urgency: "sync" }),
  });
  shadow.memory.keep(found.records);
  const comparison = {
    ...found.comparison,
    differences: found.comparison.differences.filter(({ key }) => !denied.has(key)),
  };
  return {
    compared: { ...found, comparison, snapshot, target: permitted, us, changes: shadow.changes },
    denied,
  };
}

/** `group/Kind` whose objects the cache shows to this application. */
function watchedBy(
  { compared, memory }: ManagedApplication,
  failed: ReadonlyMap<string, string>,
): ReadonlySet<string> {
  const kinds = new Set(
    [
      ...(compared?.target.desired ?? []).map(({ ref }) => ref),
      ...[...memory.records.keys()].map(parseRefKey),
    ].map(groupKind),
  );
  return new Set([...kinds].filter((kind) => !failed.has(kind)));
}

/** Objects of kinds that nobody watches for it. A watch for the sake of a question would stay, and may be of any size. */
async function readOnce(
  desired: readonly DesiredObject[],
  watched: ReadonlySet<string>,
  cluster: Cluster,
  signal: AbortSignal,
): Promise<ReadonlyMap<RefKey, LiveAnswer>> {
  const objects = cluster.for({ owner: READER, urgency: "sync" });
  const slots = new Slots(READS_AT_ONCE);
  const unseen = desired.filter(
    ({ ref, role, object }) =>
      role.is === "ordinary" && object.metadata.name !== undefined && !watched.has(groupKind(ref)),
  );
  const read = await Promise.all(
    unseen.map((want) =>
      slots.hold(async (): Promise<[RefKey, LiveAnswer][]> => {
        if ((await cluster.kind(gvkOf(want.object))).is !== "known") return [];
        const found = await objects.read(want.ref, want.object.apiVersion);
        switch (found.is) {
          case "found":
            return [[want.key, { is: "found", live: found.live }]];
          case "absent":
            return [[want.key, { is: "absent" }]];
          case "forbidden":
          case "unreachable":
            return [[want.key, { is: "unknown", why: found.why }]];
        }
      }, signal),
    ),
  );
  return new Map(read.flat());
}

/** Dry runs of what could be asked before anything else is there. @returns sentences by object */
async function refusedByServer(
  plan: Parameters<typeof preflight>[0] & Parameters<typeof objectEffects>[0]["plan"],
  { snapshot, ignored }: Compared,
  shadow: ManagedApplication,
  signal: AbortSignal,
): Promise<Map<RefKey, string>> {
  const { app, cluster, settings } = snapshot;
  const refused = new Map<RefKey, string>();
  await askAll(
    preflight(plan).now,
    {
      cluster,
      objects: cluster.for({ owner: READER, urgency: "sync" }),
      plan,
      migration: migrationOf(app),
      faultsOf: ({ syncOptions }) => faultsOf(app, settings, syncOptions),
      signal,
      ignoredOf: ({ key }) => ignored.get(key) ?? NOTHING_IGNORED,
      recordOf: (key) => shadow.memory.records.get(key),
      keep: (record) => shadow.memory.keep([record]),
      report: (result) => {
        if (result.outcome === "failed") refused.set(refKey(result.ref), result.message);
      },
      notes: new Map<Step, string>(),
      unasked: new Map<Step, string>(),
    },
    new Set<Step>(),
  );
  return refused;
}

/** With the real objects beside each other, Secrets masked, of those that would be touched alone. */
async function withFields(
  effects: readonly PlannedEffect[],
  compared: Compared,
  shadow: ManagedApplication,
): Promise<ObjectEffect[]> {
  const touched = new Set(effects.map(({ key }) => key));
  const { differences, problems } = compared.comparison;
  const seen = await managedResources(
    {
      ...compared,
      target: { ...compared.target, desired: [] },
      comparison: { problems, differences: differences.filter(({ key }) => touched.has(key)) },
    },
    shadow.memory.records,
  );
  const byKey = new Map(seen.map((resource) => [refKey(resource.ref), resource]));
  return effects.map(({ key, ...effect }): ObjectEffect => {
    const resource = byKey.get(key);
    return {
      ...effect,
      version: resource?.version ?? effect.version,
      fields: resource?.fields ?? [],
      ...defined({ live: resource?.live, predicted: resource?.predicted }),
    };
  });
}

function warningsOf({ problems }: Target, { comparison }: Compared): string[] {
  const foreign = comparison.differences.flatMap((difference) =>
    difference.is === "foreign"
      ? [`${show(difference.desired.ref)} belongs to ${difference.owner}: it is neither written nor deleted.`]
      : [],
  );
  const said = problems.map(({ object, file, text, fix }) => {
    const what = object ?? file;
    return `${what === undefined ? "" : `${what}: `}${text}.${fix === undefined ? "" : ` ${fix}.`}`;
  });
  return [...foreign, ...said];
}
