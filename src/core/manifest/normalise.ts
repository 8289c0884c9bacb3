import { hashValue } from "../../lib/hash.ts";
import { atOnce } from "../../lib/in-steps.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { ANNOTATION } from "../model/application.ts";
import type { DesiredObject, Origin } from "../model/desired-object.ts";
import { type GroupVersionKind, gvkOf, type KubeObject } from "../model/kube-object.ts";
import { groupKind, type ObjectRef, type RefKey, refKey, show } from "../model/object-ref.ts";
import type { Problem } from "../model/problem.ts";
import { waveOf } from "../model/sync-wave.ts";
import { annotationList } from "./annotation-list.ts";
import type { Manifest, Normalised } from "./manifest.ts";
import { phaseOf, roleOf } from "./role-of.ts";
import { trackingId } from "./tracking-id.ts";

export type Scope = "namespaced" | "cluster" | "unknown";

export interface Place {
  /** Tracking name of the application, see `trackingName`. */
  app: string;
  /** `spec.destination.namespace`, "" where there is none. */
  destinationNamespace: string;
  /** What the destination knows. Kinds it does not know are looked for among the manifests' own CRDs. */
  scopeOf: (gvk: GroupVersionKind) => Scope;
  /** Written beside the tracking id where it is set. */
  installationId?: string;
}

/**
 * From manifests to desired objects: namespace filled in or taken off by scope, tracking id set, each object once.
 * A kind that nobody knows is taken for namespaced, as Argo CD does. Where one object stands there twice, the last
 * one counts, as the last source counts.
 */
export function normalise(manifests: readonly Manifest[], place: Place): Normalised {
  return atOnce(normaliseInSteps(manifests, place));
}

/** The same with a pause after each object. */
export function* normaliseInSteps(
  manifests: readonly Manifest[],
  place: Place,
): Generator<undefined, Normalised> {
  const ownScopes = scopesOfDefinitions(manifests);
  const problems: Problem[] = [];
  const repeated: Problem[] = [];
  const byKey = new Map<RefKey, DesiredObject>();
  const unnamed: DesiredObject[] = [];
  for (const manifest of manifests) {
    const gvk = gvkOf(manifest.object);
    const known = place.scopeOf(gvk);
    const scope = known === "unknown" ? (ownScopes.get(groupKind(gvk)) ?? "unknown") : known;
    const desired = desire(manifest, scope, place);
    yield;
    if (scope === "namespaced" && desired.ref.namespace === "" && desired.role.is !== "ignored") {
      problems.push({
        ...at(manifest.origin),
        severity: "error",
        object: show(desired.ref),
        path: "metadata.namespace",
        text: "neither the manifest nor spec.destination names a namespace",
        fix: "Set spec.destination.namespace",
      });
    }
    if (desired.object.metadata.name === undefined) {
      unnamed.push(desired);
      continue;
    }
    const before = byKey.get(desired.key);
    if (before !== undefined) {
      repeated.push({
        ...at(manifest.origin),
        severity: "warning",
        object: show(desired.ref),
        text: repeatedText(before.origin, manifest.origin),
      });
      byKey.delete(desired.key);
    }
    byKey.set(desired.key, desired);
  }
  return { desired: [...byKey.values(), ...unnamed], problems, repeated };
}

function desire({ object: written, origin }: Manifest, scope: Scope, place: Place): DesiredObject {
  const { namespace: writtenNamespace, ...metadata } = written.metadata;
  const namespace = scope === "cluster" ? "" : writtenNamespace || place.destinationNamespace;
  const { group, kind } = gvkOf(written);
  // Objects without a name are hooks; what they are named by stands in, and cannot be another object's name: it ends in a dash.
  const ref: ObjectRef = { group, kind, namespace, name: metadata.name ?? metadata.generateName ?? "" };
  const annotations: Record<string, string> = {
    ...metadata.annotations,
    [ANNOTATION.trackingId]: trackingId(place.app, ref, place.destinationNamespace),
  };
  if (place.installationId) annotations[ANNOTATION.installationId] = place.installationId;
  const object: KubeObject = {
    ...written,
    metadata: namespace === "" ? { ...metadata, annotations } : { ...metadata, namespace, annotations },
  };
  const role = roleOf(object);
  return {
    ref,
    key: refKey(ref),
    object,
    hash: hashValue(object),
    origin,
    role,
    phase: phaseOf(role),
    wave: waveOf(object),
    syncOptions: annotationList(object, ANNOTATION.syncOptions),
    compareOptions: annotationList(object, ANNOTATION.compareOptions),
  };
}

/** The scopes that CustomResourceDefinitions among the manifests will give to their kinds, by `group/Kind`. */
function scopesOfDefinitions(manifests: readonly Manifest[]): Map<string, Scope> {
  const scopes = new Map<string, Scope>();
  for (const { object } of manifests) {
    if (
      object.kind !== "CustomResourceDefinition" ||
      !object.apiVersion.startsWith("apiextensions.k8s.io/") ||
      !isMapping(object["spec"])
    )
      continue;
    const { group, names, scope } = object["spec"];
    const kind = isMapping(names) ? names["kind"] : undefined;
    if (typeof group === "string" && typeof kind === "string")
      scopes.set(groupKind({ group, kind }), scope === "Cluster" ? "cluster" : "namespaced");
  }
  return scopes;
}

function at(origin: Origin): { file: string; line: number } {
  return { file: origin.file, line: origin.line };
}

/** Sources are named by their place, from 1, as `--source-positions` has them. */
function repeatedText(before: Origin, now: Origin): string {
  return before.source === now.source
    ? `the object is also in ${placeName(before)}: this one, the last, counts`
    : `the object is also in ${placeName(before)} of source ${before.source + 1}: this one of source ${now.source + 1}, the last, counts`;
}

function placeName({ file, line }: Origin): string {
  return `${file}:${line}`;
}
