import type { Claimant } from "../../core/compare/index.ts";
import { annotationList } from "../../core/manifest/annotation-list.ts";
import { givenBefore } from "../../core/manifest/given-before.ts";
import type { Manifest } from "../../core/manifest/manifest.ts";
import { normaliseInSteps, type Scope } from "../../core/manifest/normalise.ts";
import { parseManifestsInSteps } from "../../core/manifest/parse-manifests.ts";
import { ANNOTATION, type Application, keyOfApp, trackingName } from "../../core/model/application.ts";
import type { ObjectRecord } from "../../core/model/comparison.ts";
import type { DesiredObject } from "../../core/model/desired-object.ts";
import { Failure } from "../../core/model/failure.ts";
import { type GroupVersionKind, gvkOf, parseApiVersion } from "../../core/model/kube-object.ts";
import { show } from "../../core/model/object-ref.ts";
import { type Problem, showProblem } from "../../core/model/problem.ts";
import { optionSaid } from "../../core/model/sync-options.ts";
import { isFilteredOut } from "../../core/policy/resource-filters.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Rendered } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { hashText, hashValue } from "../../lib/hash.ts";
import { inSlices } from "../../lib/in-steps.ts";
import type { Settings } from "../settings.ts";
import type { Snapshot } from "../snapshot.ts";
import type { Target } from "./target.ts";

type Placed = Pick<Target, "scopes" | "desired" | "contentKey" | "problems" | "leftOut">;

/**
 * Whether a manifest that server-side apply does not take as it is written is repaired or refused: what its object says,
 * then its application, then the config.
 *
 * @param objectOptions absent: of manifests whose object says nothing
 */
export function faultsOf(
  app: Application,
  settings: Settings,
  objectOptions: readonly string[] = [],
): "repair" | "refuse" {
  const said = optionSaid("Validate", objectOptions, app.spec.syncPolicy?.syncOptions ?? []);
  return said === undefined ? settings.faults : said ? "refuse" : "repair";
}

/** Whose mark the application's objects bear. */
export function claimantOf(app: Application, settings: Settings): Claimant {
  return {
    app: trackingName(keyOfApp(app), settings.namespace),
    installationId: settings.installationId,
  };
}

/** Everything besides scopes that makes objects of rendered documents. */
export function objectsKey(renderKey: string, { app, cluster, settings }: Snapshot): string {
  const { namespace = "" } = app.spec.destination;
  const us = claimantOf(app, settings);
  const left = settings.resources;
  const filters = left.exclusions.length + left.inclusions.length === 0 ? "" : ` ${hashValue(left)}`;
  return (
    [renderKey, cluster.name, faultsOf(app, settings), us.app, us.installationId ?? "", namespace].join(" ") +
    filters
  );
}

/**
 * Rendered documents as the objects that Git wants on this cluster.
 * @param records of the application: what a file gave before tells a slip from a removal
 * @throws {Failure} manifest where one of them cannot be used: nothing of such a render may be applied, or pruned because of it
 */
export async function placeObjects(
  rendered: Rendered,
  { app, cluster, settings }: Snapshot,
  records: Iterable<ObjectRecord>,
): Promise<Placed> {
  const validate = faultsOf(app, settings) === "refuse" ? "strict" : "repair";
  const parsed = await inSlices(
    parseManifestsInSteps(rendered.documents, { validate, mostObjects: settings.objectsPerApplication }),
  );
  const names = new Set(parsed.manifests.map(({ object }) => nameOf(gvkOf(object))));
  const scopes = await scopesOf(names, cluster);
  const us = claimantOf(app, settings);
  const placed = await inSlices(
    normaliseInSteps(parsed.manifests, {
      app: us.app,
      destinationNamespace: app.spec.destination.namespace ?? "",
      scopeOf: (gvk) => scopes.get(nameOf(gvk)) ?? "unknown",
      ...defined({ installationId: us.installationId }),
    }),
  );
  const problems = [
    ...rendered.problems,
    ...givenBefore(parsed.leftOut, records),
    ...parsed.problems,
    ...placed.problems,
  ];
  const isRefused = (problem: Problem): boolean =>
    problem.severity === "error" ||
    faultsOf(app, settings, optionsAt(problem, parsed.manifests)) === "refuse";
  refuse(app, problems.filter(isRefused));
  // That an object stands there twice is no fault of a manifest, so strictness does not ask after it.
  problems.push(
    ...placed.repeated.map((problem): Problem => ({ ...problem, path: "RepeatedResourceWarning" })),
  );
  const { resources } = settings;
  const desired = placed.desired.filter(({ ref }) => !isFilteredOut(ref, cluster, resources));
  problems.push(
    ...placed.desired
      .filter(({ ref }) => isFilteredOut(ref, cluster, resources))
      .map(
        ({ ref, origin: { file, line } }): Problem => ({
          severity: "warning",
          path: "ExcludedResourceWarning",
          file,
          line,
          object: show(ref),
          text: "is left out, because its kind is excluded in the config",
          fix: "See resourceExclusions and resourceInclusions, and resource.exclusions of argocd-cm",
        }),
      ),
  );
  return {
    scopes,
    desired,
    contentKey: contentKey(desired, cluster),
    problems,
    leftOut: parsed.leftOut,
  };
}

/** The options of the object that a problem is about: the last one in its file that begins before it. */
function optionsAt({ file, line }: Problem, manifests: readonly Manifest[]): string[] {
  if (file === undefined || line === undefined) return [];
  const about = manifests.findLast(({ origin }) => origin.file === file && origin.line <= line);
  return about === undefined ? [] : annotationList(about.object, ANNOTATION.syncOptions);
}

/** The cluster counts by its address: what it is called here may change. */
function contentKey(desired: readonly DesiredObject[], { server }: Pick<Cluster, "server">): string {
  const objects = desired.map(({ key, hash }) => `${key} ${hash}`).sort();
  return hashText([server, ...objects].join("\n"));
}

/** @returns `known` itself where the cluster still says the same */
export async function scopesNow(known: Target["scopes"], cluster: Cluster): Promise<Target["scopes"]> {
  const now = await scopesOf(known.keys(), cluster);
  return [...known].every(([name, scope]) => now.get(name) === scope) ? known : now;
}

/** @throws {Failure} cluster-unreachable: what is not known now is not "no such kind" */
async function scopesOf(names: Iterable<string>, cluster: Cluster): Promise<Map<string, Scope>> {
  const scopes = new Map<string, Scope>();
  for (const name of names) {
    const found = await cluster.kind(kindNamed(name));
    if (found.is === "unreachable")
      throw new Failure("cluster-unreachable", `cluster ${cluster.name}`, "backoff", {
        cannot: "look up its kinds",
        why: found.why,
      });
    scopes.set(name, found.is === "known" ? found.info.scope : "unknown");
  }
  return scopes;
}

function refuse(app: Application, refused: readonly Problem[]): void {
  const [first] = refused;
  if (first === undefined) return;
  const more = refused.length === 1 ? "" : ` (and ${refused.length - 1} more)`;
  throw new Failure("manifest", `Application ${keyOfApp(app)}`, "after-edit", {
    cannot: "use its manifests",
    why: `${showProblem(first)}${more}`,
  });
}

/** As `apiVersion Kind`. */
function nameOf({ group, version, kind }: GroupVersionKind): string {
  return `${group === "" ? version : `${group}/${version}`} ${kind}`;
}

function kindNamed(name: string): GroupVersionKind {
  const [apiVersion = "", kind = ""] = name.split(" ");
  return { ...parseApiVersion(apiVersion), kind };
}
