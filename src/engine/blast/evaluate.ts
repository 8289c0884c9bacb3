/** What one application's next sync would do, were a range of commits merged. Writes nothing, and watches nothing more. */
import { migrationOf, NOTHING_IGNORED } from "../../core/compare/index.ts";
import { isAutomated } from "../../core/model/application.ts";
import type { ApplicationEffect, ObjectEffect } from "../../core/model/blast-report.ts";
import { asFailure } from "../../core/model/failure.ts";
import { parseRefKey, type RefKey, refKey, show } from "../../core/model/object-ref.ts";
import type { Step } from "../../core/model/plan.ts";
import { objectEffects, type PlannedEffect } from "../../core/plan/object-effects.ts";
import { preflight } from "../../core/plan/preflight.ts";
import { defined } from "../../lib/defined.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { CompareRooms } from "../compare/compare-now.ts";
import type { Compared } from "../compare/compared.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication, SyncOperation } from "../managed-application.ts";
import { managedResources } from "../show/views.ts";
import type { Snapshot } from "../snapshot.ts";
import { refuseContent } from "../sync/may-start.ts";
import { planProven } from "../sync/plan-proven.ts";
import { askAll } from "../sync/preflight.ts";
import { faultsOf } from "../target/place-objects.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { compareOnce, questionsTo } from "./compare-once.ts";
import type { Prepared, Ready } from "./prepare.ts";
import { effectOfRemoval } from "./removal.ts";
import type { Claims } from "./wanted-then.ts";

export interface EvaluateParts extends Omit<CompareRooms, "claims"> {
  ports: EnginePorts;
  /** As they would be, were the range merged. */
  claims: Claims;
}

export async function effectOn(
  prepared: Prepared,
  parts: EvaluateParts,
  signal: AbortSignal,
): Promise<ApplicationEffect> {
  const { key, managed, app, manifest } = prepared.candidate;
  const head = {
    application: key,
    cluster: managed?.snapshot?.cluster.name ?? "",
    // What a person holds is synced when one lets it go on.
    syncs:
      isAutomated(app.spec) && managed?.spec.hold?.until.is !== "lifted"
        ? ("by-itself" as const)
        : ("when-asked" as const),
    ...defined({ manifest }),
  };
  try {
    if (prepared.is === "failed") throw prepared.failure;
    const effect =
      prepared.is === "going"
        ? await effectOfRemoval(prepared.managed, prepared.snapshot, parts)
        : await compareAt(prepared, parts, signal);
    return { ...head, cluster: prepared.snapshot.cluster.name, is: "compared", ...effect };
  } catch (cause) {
    signal.throwIfAborted();
    const { code, object, cannot, why, fix } = asFailure(
      cause,
      `Application ${key}`,
      "tell what would change",
    );
    const where = object.startsWith("Application ") ? "" : `${object}: `;
    // Which revision it is stands in what cannot be done.
    const what = code === "git-revision" ? `cannot ${cannot}: ` : "";
    return { ...head, is: "failed", code, why: where + what + why, ...defined({ fix }) };
  }
}

type Effect = Omit<
  Extract<ApplicationEffect, { is: "compared" }>,
  "is" | "application" | "cluster" | "syncs"
>;

async function compareAt(
  { candidate: { managed }, snapshot, shadow, target: rendered, again, before }: Ready,
  parts: EvaluateParts,
  signal: AbortSignal,
): Promise<Effect> {
  const { ports } = parts;
  let denied: ReadonlyMap<RefKey, string> = new Map();
  const compare = async (target: Target): Promise<Compared> => {
    const found = await compareOnce(managed, shadow, snapshot, target, parts, signal);
    denied = found.denied;
    return found.compared;
  };
  const first = { target: rendered, compared: await compare(rendered) };
  const { planned, target, compared } = await planProven(requestOf(snapshot, rendered), first, {
    startedAt: timestamp(ports.clock.now()),
    memory: managed?.memory ?? shadow.memory,
    // What a merge would do is asked for the day on which things go on.
    ports: { ...ports, paused: () => undefined },
    renderAnew: again,
    compare,
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
    before: before === "none" ? new Map() : before === undefined ? undefined : hashesOf(before),
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
      revisions: revisionNamesOf(target),
      prune: isByItself ? syncPolicy?.automated?.prune === true : true,
      ...defined({ syncOptions: syncPolicy?.syncOptions }),
    },
    initiatedBy: isByItself ? { automated: true } : { username: "blast radius" },
  };
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
      objects: questionsTo(cluster),
      plan,
      migration: migrationOf(app),
      mustStay: () => undefined,
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
