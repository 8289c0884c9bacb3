import { showApiVersion } from "../../core/model/kube-object.ts";
import type { JsonObject, KubeJson } from "../json.ts";
import type { StructuralSchema } from "../schema/structural.ts";
import type { ResourceRow, StructType } from "../schema/type.ts";

/** One served resource at one version. */
export interface Kind {
  group: string;
  version: string;
  apiVersion: string;
  kind: string;
  /** Plural, as in paths. */
  resource: string;
  singular: string;
  listKind: string;
  scope: "namespaced" | "cluster";
  shortNames: readonly string[];
  categories: readonly string[];
  subresources: readonly string[];
  use: ResourceRow["use"];
  type: StructType;
  /** Where its objects are kept, whatever the version: `resource.group`. */
  table: string;
  /** The version that objects are kept at. */
  storedAt: string;
  /** The same object at this kind's version. */
  convert(object: KubeJson): KubeJson;
  /** Set for custom resources. */
  custom?: CustomKind;
}

export interface CustomKind {
  schema: StructuralSchema | undefined;
  /** `.spec.replicas` and such; undefined without a scale subresource. */
  scale: { specPath: string; statusPath: string; selectorPath: string | undefined } | undefined;
  columns: readonly JsonObject[];
  preserveUnknown: boolean;
}

export function tableOf(group: string, resource: string): string {
  return `${resource}.${group}`;
}

/** `group/Kind`, `Kind` in the core group: the key of the tables by kind. */
export function kindKey({ group, kind }: { group: string; kind: string }): string {
  return group === "" ? kind : `${group}/${kind}`;
}

export function showGroupVersion(group: string, version: string): string {
  return showApiVersion({ group, version });
}
