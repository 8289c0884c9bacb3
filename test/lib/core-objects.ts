/** Small objects for tests of the core: only what a test is about is named, the rest is as it mostly is. */

import type { Application, ApplicationSpec } from "../../src/core/model/application.ts";
import type { Difference, ObjectRecord } from "../../src/core/model/comparison.ts";
import type { DesiredObject } from "../../src/core/model/desired-object.ts";
import type { KubeObject, ObjectMeta } from "../../src/core/model/kube-object.ts";
import type { LiveObject } from "../../src/core/model/live-object.ts";
import { refKey, refOf } from "../../src/core/model/object-ref.ts";
import type { Step } from "../../src/core/model/plan.ts";
import { defined, filled } from "../../src/lib/defined.ts";
import { hashValue } from "../../src/lib/hash.ts";

export interface Sketch {
  apiVersion?: string;
  kind?: string;
  name?: string;
  /** "" for a cluster-scoped object. Default `default`. */
  namespace?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
  metadata?: Partial<ObjectMeta>;
  /** Fields beside metadata. */
  fields?: Record<string, unknown>;
}

export function kubeObject({
  apiVersion = "v1",
  kind = "ConfigMap",
  name = "settings",
  namespace = "default",
  annotations,
  labels,
  metadata,
  fields,
}: Sketch = {}): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...filled({ namespace }),
      ...defined({ annotations, labels }),
      ...metadata,
    },
    ...fields,
  };
}

/** `sync-options` and `sync-wave` annotations are read, as the manifest stage does. */
export function desiredObject(sketch: Sketch = {}, change: Partial<DesiredObject> = {}): DesiredObject {
  const object = kubeObject(sketch);
  const ref = refOf(object);
  const annotations = object.metadata.annotations ?? {};
  return {
    ref,
    key: refKey(ref),
    object,
    hash: hashValue(object),
    origin: { source: 0, file: "app.yaml", line: 1 },
    role: { is: "ordinary" },
    phase: "Sync",
    wave: Number(annotations["argocd.argoproj.io/sync-wave"] ?? 0),
    syncOptions: annotations["argocd.argoproj.io/sync-options"]?.split(",") ?? [],
    compareOptions: annotations["argocd.argoproj.io/compare-options"]?.split(",") ?? [],
    ...change,
  };
}

export const OWN = { apiVersion: "v1", time: "2026-01-01T10:00:00Z", fieldsHash: "ours" };

export function liveObject(sketch: Sketch = {}, change: Partial<LiveObject> = {}): LiveObject {
  const object = kubeObject(sketch);
  const ref = refOf(object);
  const {
    metadata: { managedFields: _, ...metadata },
    ...rest
  } = object;
  return {
    ref,
    key: refKey(ref),
    uid: `uid of ${refKey(ref)}`,
    apiVersion: object.apiVersion,
    resourceVersion: "100",
    generation: 1,
    object,
    own: OWN,
    managers: [],
    tracking: { app: "shop", ref },
    installationId: undefined,
    owners: [],
    contentHash: hashValue({ ...rest, status: undefined, metadata }),
    ...change,
  };
}

export function recordOf(live: LiveObject, change: Partial<ObjectRecord> = {}): ObjectRecord {
  return { key: live.key, uid: live.uid, ...change };
}

export function application(
  spec: Partial<ApplicationSpec> = {},
  metadata: Partial<ObjectMeta> = {},
): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd", ...metadata },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: "." },
      destination: { name: "in-cluster", namespace: "shop" },
      ...spec,
    },
  };
}

export function applyStep(desired: DesiredObject, live?: LiveObject): Extract<Step, { do: "apply" }> {
  return { do: "apply", desired, live, how: "server-side", missingKind: "refuse" };
}

export function missing(sketch: Sketch, change?: Partial<DesiredObject>): Difference {
  const desired = desiredObject(sketch, change);
  return { is: "missing", key: desired.key, desired };
}

export function paired(is: "same" | "changed", sketch: Sketch, liveSketch: Sketch = sketch): Difference {
  const desired = desiredObject(sketch);
  return { is, key: desired.key, desired, live: liveObject(liveSketch) };
}

export function extra(
  sketch: Sketch,
  recorded: "recorded" | "unrecorded" = "recorded",
  change: Partial<LiveObject> = {},
  from?: ObjectRecord["from"],
): Extract<Difference, { is: "extra" }> {
  const live = liveObject(sketch, change);
  return {
    is: "extra",
    key: live.key,
    live,
    recorded: recorded === "recorded",
    ...defined({ from }),
  };
}
