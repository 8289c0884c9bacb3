/** The reference: which objects an application wants, as a plain function of its spec, a commit, and the kinds there are. */

import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type RefKey, refKey, refOf } from "../../src/core/model/object-ref.ts";
import { defined } from "../../src/lib/defined.ts";
import type { File, Folder, Limits, OrbScope, Spec } from "./script.ts";

export const ORB = { group: "model.example", version: "v1", kind: "Orb", plural: "orbs" } as const;

/** What one commit holds. */
export type Tree = Readonly<Record<Folder, readonly File[]>>;

export interface Wanted {
  key: RefKey;
  /** As Git and the destination make it, without a tracking id. */
  object: KubeObject;
  wave: number;
  /** Whether it can become healthy. */
  state: "good" | "broken";
  scope: OrbScope;
}

export interface Wants {
  objects: ReadonlyMap<RefKey, Wanted>;
  /** Some object's kind is not served where it should go. */
  unknownKinds: "some" | "none";
}

/** @param orb scope of the kind Orb on the destination, undefined where it is not served */
export function wantedOf(
  spec: Pick<Spec, "folder" | "namespace">,
  tree: Tree,
  orb: OrbScope | undefined,
): Wants {
  const objects = new Map<RefKey, Wanted>();
  let unknownKinds: Wants["unknownKinds"] = "none";
  for (const file of tree[spec.folder]) {
    const written = manifestOf(file, spec.folder);
    const scope = written.kind === "ClusterRole" ? "Cluster" : written.kind === ORB.kind ? orb : "Namespaced";
    if (scope === undefined) {
      unknownKinds = "some";
      continue;
    }
    const { namespace: _, ...metadata } = written.metadata;
    const object: KubeObject =
      scope === "Cluster"
        ? { ...written, metadata }
        : { ...written, metadata: { ...metadata, namespace: file.namespace ?? spec.namespace } };
    const key = refKey(refOf(object));
    const state = file.slot === "work" || file.slot === "task" ? file.state : "good";
    objects.set(key, { key, object, wave: file.wave, state, scope });
  }
  return { objects, unknownKinds };
}

/** What stands in the file. */
export function manifestOf(file: File, folder: Folder): KubeObject {
  const metadata = (name: string): KubeObject["metadata"] => ({
    name,
    ...defined({ namespace: file.namespace }),
    annotations: { [ANNOTATION.syncWave]: String(file.wave) },
  });
  const name = `${file.slot}-${folder}`;
  const image = `example/app:${file.state === "broken" ? "broken" : `v${file.version}`}`;
  const template = (more: object) => ({
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "main", image }], ...more },
  });
  switch (file.slot) {
    case "map":
    case "conf":
      return {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: metadata(name),
        data: { version: `${file.version}` },
      };
    case "work":
      return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: metadata(name),
        spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: template({}) },
      };
    case "task":
      // A Job's template cannot be changed: another version is another Job.
      return {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: metadata(`${name}-${file.state === "broken" ? "broken" : `v${file.version}`}`),
        spec: { backoffLimit: 0, template: template({ restartPolicy: "Never" }) },
      };
    case "role":
      return {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: metadata(name),
        rules: [
          { apiGroups: [""], resources: ["pods"], verbs: ["get", "list", "watch"].slice(0, file.version) },
        ],
      };
    case "orb":
      return {
        apiVersion: `${ORB.group}/${ORB.version}`,
        kind: ORB.kind,
        metadata: metadata(name),
        spec: { note: `v${file.version}` },
      };
  }
}

/** What the application's project forbids as a whole: nothing of it may be written or deleted then. */
export function forbidden(spec: Spec, limits: Limits): boolean {
  return (
    spec.project === "team" &&
    ((limits.repositories === "alpha" && spec.repository !== "alpha") ||
      (limits.namespaces === "one" && spec.namespace !== "one"))
  );
}

/** Whether the project permits this object. @param namespace "" for a cluster-scoped one */
export function permits(project: Spec["project"], limits: Limits, namespace: string): boolean {
  if (project === "default") return true;
  return namespace === ""
    ? limits.clusterKinds === "all"
    : limits.namespaces === "all" || namespace === "one";
}

/** Whether everything that is wanted stands in the live object; what others added does not count. */
export function stands(wanted: unknown, live: unknown): boolean {
  if (Array.isArray(wanted))
    return (
      Array.isArray(live) &&
      wanted.length === live.length &&
      wanted.every((item, at) => stands(item, live[at]))
    );
  if (typeof wanted !== "object" || wanted === null) return wanted === live;
  if (typeof live !== "object" || live === null) return false;
  return Object.entries(wanted).every(([name, value]) => stands(value, Reflect.get(live, name)));
}

/** Healthy by the objects' own words; kinds without a rule are as soon as they are there. */
export function isHealthy(live: KubeObject): boolean {
  const status = (live["status"] ?? {}) as Record<string, unknown>;
  const conditions = (status["conditions"] ?? []) as { type: string; status: string }[];
  if (live.kind === "Job")
    return conditions.some(({ type, status: is }) => type === "Complete" && is === "True");
  if (live.kind !== "Deployment") return true;
  const { replicas = 1 } = live["spec"] as { replicas?: number };
  return (
    status["observedGeneration"] === live.metadata["generation"] &&
    (status["updatedReplicas"] ?? 0) === replicas &&
    (status["availableReplicas"] ?? 0) === replicas &&
    (status["replicas"] ?? 0) === replicas
  );
}
