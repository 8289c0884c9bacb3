/** One look at one application: what Git wants, what the cluster has, and how they differ. Writes nothing to clusters. */

import { type Claimant, owningApp } from "../core/compare/ownership.ts";
import { notedOrigins, recordAdopted } from "../core/compare/records.ts";
import { givenBefore } from "../core/manifest/given-before.ts";
import { normalise, type Scope } from "../core/manifest/normalise.ts";
import { parseManifests } from "../core/manifest/parse-manifests.ts";
import {
  type Application,
  type Condition,
  hasOption,
  keyOfApp,
  trackingName,
} from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { DesiredObject, LeftOutFile } from "../core/model/desired-object.ts";
import { Failure } from "../core/model/failure.ts";
import { type GroupVersionKind, gvkOf } from "../core/model/kube-object.ts";
import { groupKind, parseRefKey, type RefKey } from "../core/model/object-ref.ts";
import { type Problem, showProblem } from "../core/model/problem.ts";
import type { Cluster, Rendered } from "../core/ports.ts";
import { locate, renderAt } from "./aim.ts";
import { clusterFor } from "./destinations.ts";
import type { EnginePorts } from "./engine-ports.ts";
import type { Aim, Look, Seen } from "./look.ts";
import { observe } from "./observe.ts";
import { repositoryAccess } from "./repository-access.ts";
import type { AppSession } from "./session.ts";
import type { Settings } from "./settings.ts";
import { imagesOf } from "./tree.ts";

/** Whether a manifest that server-side apply does not take as it is written is repaired or refused. */
export function faultsOf(app: Application, settings: Settings): "repair" | "refuse" {
  const options = app.spec.syncPolicy?.syncOptions;
  if (hasOption(options, "Validate=true")) return "refuse";
  return hasOption(options, "Validate=false") ? "repair" : settings.faults;
}

export function claimantOf(app: Application, settings: Settings): Claimant {
  return { app: trackingName(keyOfApp(app), settings.namespace), installationId: settings.installationId };
}

/** @throws {Failure} invalid-spec where no such cluster is known */
export function destinationOf(app: Application, ports: EnginePorts): Cluster {
  const reached = clusterFor(app.spec.destination, ports.clusters());
  if (reached.is === "found") return reached.cluster;
  throw new Failure("invalid-spec", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "find its destination",
    why: reached.text,
    fix: reached.fix,
  });
}

/** @throws {Failure} cluster-unreachable: nothing is concluded from a cache that may be old */
export function refuseUnreachable(cluster: Cluster): void {
  const connection = cluster.connection();
  if (connection.is !== "unreachable") return;
  throw new Failure("cluster-unreachable", `cluster ${cluster.name}`, "backoff", {
    cannot: "compare with it",
    why: connection.why,
    fix: "Check its address, its credentials and the network between",
  });
}

export interface AimRequest {
  look: Look;
  /** Milliseconds since 1970: refs that were listed since then are new enough. */
  since: number;
  /** An earlier aim of the same spec, whose objects are kept where nothing that was rendered changed. */
  known: Aim | undefined;
  /** What is remembered of the application's objects. */
  records: ReadonlyMap<RefKey, ObjectRecord>;
  /** In place of the sources' own, by source. */
  revisions?: readonly (string | undefined)[];
}

/**
 * What Git wants.
 * @throws {Failure}
 */
export async function aimAt(
  app: Application,
  cluster: Cluster,
  ports: EnginePorts,
  { look, since, known, records, revisions = [] }: AimRequest,
  signal?: AbortSignal,
): Promise<Aim> {
  const settings = ports.settings();
  const access = (url: string) => repositoryAccess(url, settings.repositories);
  const aimPorts = { git: ports.git, renderers: ports.renderers, access };
  const [located, facts] = await Promise.all([
    locate(app, aimPorts, { look, since, revisions }, signal),
    cluster.facts(),
  ]);
  const rendered = await renderAt(app, located, aimPorts, facts, look, signal);
  // What the settings make of equal documents is equal only under equal settings.
  const renderKey = [
    rendered.key,
    faultsOf(app, settings),
    settings.namespace,
    settings.installationId ?? "",
  ].join(" ");
  const at = { commits: located.commits, refs: located.refs, sourceTypes: rendered.sourceTypes, renderKey };
  if (known?.renderKey === renderKey) return { ...known, ...at };
  const { desired, problems, leftOut } = await objectsOf(app, rendered, cluster, settings, records);
  return {
    ...at,
    desired,
    problems,
    leftOut,
    images: [...new Set(desired.flatMap(({ object }) => imagesOf(object)))].sort(),
  };
}

async function objectsOf(
  app: Application,
  rendered: Rendered,
  cluster: Cluster,
  settings: Settings,
  records: AimRequest["records"],
): Promise<{ desired: DesiredObject[]; problems: Problem[]; leftOut: LeftOutFile[] }> {
  const validate = faultsOf(app, settings) === "refuse" ? "strict" : "repair";
  const parsed = parseManifests(rendered.documents, { validate });
  const scopes = await scopesOf(
    parsed.manifests.map(({ object }) => gvkOf(object)),
    cluster,
  );
  const placed = normalise(parsed.manifests, {
    app: claimantOf(app, settings).app,
    destinationNamespace: app.spec.destination.namespace ?? "",
    scopeOf: (gvk) => scopes.get(nameOf(gvk)) ?? "unknown",
    ...(settings.installationId === undefined ? {} : { installationId: settings.installationId }),
  });
  const problems = [
    ...rendered.problems,
    ...givenBefore(parsed.leftOut, records.values()),
    ...parsed.problems,
    ...placed.problems,
  ];
  refuseErrors(
    app,
    validate === "strict" ? problems : problems.filter(({ severity }) => severity === "error"),
  );
  // That an object stands there twice is no fault of a manifest, so strictness does not ask after it.
  problems.push(
    ...placed.repeated.map((problem): Problem => ({ ...problem, path: "RepeatedResourceWarning" })),
  );
  return { desired: placed.desired, problems, leftOut: parsed.leftOut };
}

/** One error in one file is enough: nothing of such a render may be applied, and nothing may be pruned because of it. */
function refuseErrors(app: Application, refused: readonly Problem[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const more = refused.length === 1 ? "" : ` (and ${refused.length - 1} more)`;
  throw new Failure("manifest", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "use its manifests",
    why: `${showProblem(first)}${more}`,
  });
}

async function scopesOf(kinds: readonly GroupVersionKind[], cluster: Cluster): Promise<Map<string, Scope>> {
  const scopes = new Map<string, Scope>();
  for (const gvk of kinds) {
    if (scopes.has(nameOf(gvk))) continue;
    const found = await cluster.kind(gvk);
    if (found.is === "unreachable")
      throw new Failure("cluster-unreachable", `cluster ${cluster.name}`, "backoff", {
        cannot: "look up its kinds",
        why: found.why,
      });
    scopes.set(nameOf(gvk), found.is === "known" ? found.info.scope : "unknown");
  }
  return scopes;
}

function nameOf({ group, version, kind }: GroupVersionKind): string {
  return `${group}/${version}/${kind}`;
}

/**
 * Looks: resolves and renders as far as `session.look` asks, follows the kinds, compares.
 * @throws {Failure}
 */
export async function lookAt(session: AppSession, ports: EnginePorts, signal?: AbortSignal): Promise<Seen> {
  const { app } = session;
  const look = session.look;
  const cluster = destinationOf(app, ports);
  session.look = "nothing";
  try {
    if (session.aim === undefined || look !== "nothing") {
      const aim = await aimAt(
        app,
        cluster,
        ports,
        {
          look: look === "nothing" ? "known" : look,
          since: session.lookSince,
          known: session.aim,
          records: session.records,
        },
        signal,
      );
      // What the server said of other objects says nothing of these.
      if (aim.desired !== session.aim?.desired) session.refusals.clear();
      session.aim = aim;
    }
  } catch (cause) {
    session.need(look === "nothing" ? "known" : look, session.lookSince);
    throw cause;
  }
  return compareWith(session, session.aim, cluster, ports);
}

/**
 * Holds an aim against the cluster. Keeps new records.
 * @throws {Failure}
 */
export async function compareWith(
  session: AppSession,
  aim: Aim,
  cluster: Cluster,
  ports: EnginePorts,
): Promise<Seen> {
  refuseUnreachable(cluster);
  const { app, records } = session;
  const settings = ports.settings();
  const unwatched = await follow(session, aim, cluster);
  const us = claimantOf(app, settings);
  tidyInventory(session, aim, { cluster, us, unwatched }, ports);
  const observation = await observe({
    app,
    cluster,
    us,
    desired: aim.desired,
    records,
    refusals: session.refusals,
    drifted: session.drifted,
    unwatched,
    faults: faultsOf(app, settings),
  });
  session.drifted = observation.drifted;
  for (const record of observation.records) records.set(record.key, record);
  const noted = notedOrigins(records, aim.desired);
  for (const record of noted) records.set(record.key, record);
  const fresh = new Map([...observation.records, ...noted].map((record) => [record.key, record]));
  if (fresh.size > 0) ports.store.putRecords(session.key, [...fresh.values()]);
  return { cluster, aim, us, observation };
}

/**
 * Records of what Git does not want any more: an object that an unfinished sync made joins the inventory, so that it can
 * be pruned, and one that is gone leaves it. Of a kind that cannot be watched nothing is concluded.
 */
function tidyInventory(
  { key, records }: AppSession,
  aim: Aim,
  { cluster, us, unwatched }: { cluster: Cluster; us: Claimant; unwatched: ReadonlyMap<string, string> },
  { store }: EnginePorts,
): void {
  if (records.size === 0) return;
  const wanted = new Set(aim.desired.map((desired) => desired.key));
  const gone: RefKey[] = [],
    made: ObjectRecord[] = [];
  for (const record of records.values()) {
    if (wanted.has(record.key) || unwatched.has(groupKind(parseRefKey(record.key)))) continue;
    const live = cluster.get(record.key);
    if (live === undefined) gone.push(record.key);
    else if (record.uid === "" && owningApp(live, us).is === "us") made.push(recordAdopted(live, record));
  }
  if (gone.length > 0) store.deleteRecords(key, gone);
  for (const each of gone) records.delete(each);
  if (made.length > 0) store.putRecords(key, made);
  for (const record of made) records.set(record.key, record);
}

async function follow(session: AppSession, aim: Aim, cluster: Cluster): Promise<ReadonlyMap<string, string>> {
  const kinds = new Map<string, GroupVersionKind>();
  const namespaces = new Set<string>([session.app.spec.destination.namespace ?? ""]);
  for (const { object, ref } of aim.desired) {
    kinds.set(`${ref.group}/${ref.kind}`, gvkOf(object));
    namespaces.add(ref.namespace);
  }
  // What was applied once is followed too, or an object whose kind left Git would never be seen again.
  for (const key of session.records.keys()) {
    const { group, kind, namespace } = parseRefKey(key);
    // Without a version the cluster takes its preferred one.
    if (!kinds.has(`${group}/${kind}`)) kinds.set(`${group}/${kind}`, { group, version: "", kind });
    namespaces.add(namespace);
  }
  if (hasOption(session.app.spec.syncPolicy?.syncOptions, "CreateNamespace=true"))
    kinds.set("/Namespace", { group: "", version: "v1", kind: "Namespace" });
  namespaces.delete("");
  const text = `${[...kinds.keys()].sort().join(" ")} in ${[...namespaces].sort().join(" ")}`;
  const before = session.following;
  if (before !== undefined && before.cluster === cluster && before.text === text && before.failed.size === 0)
    return before.failed;
  // What it had on another cluster stays there, and is none of its business any more.
  if (before !== undefined && before.cluster !== cluster) before.cluster.unfollow(session.key);
  const { failed } = await cluster.follow(session.key, [...kinds.values()], [...namespaces]);
  session.following = { cluster, text, failed };
  return failed;
}

/** Argo CD's condition type for a failure. */
export function conditionType(failure: Failure): Condition["type"] {
  switch (failure.code) {
    case "invalid-spec":
      return "InvalidSpecError";
    case "internal":
    case "store":
      return "UnknownError";
    default:
      return "ComparisonError";
  }
}
