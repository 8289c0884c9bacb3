import { equalJson } from "../../lib/equal-json.ts";
import { badRequest, type Cause, forbidden, forbiddenField, notFound } from "../api-error.ts";
import {
  isObject,
  itemsAt,
  type Json,
  type KubeJson,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
} from "../json.ts";
import { type Kind, kindKey, tableOf } from "../kinds/kind.ts";
import { annotationCauses, labelCauses, nameCauses } from "../kinds/names.ts";
import { validationByKind } from "../kinds/validate.ts";
import { type ObjectStore, storeKey } from "../storage/store.ts";
import { isDeleting } from "./admit.ts";
import { customCauses, refuse } from "./decode-object.ts";

/** @param old undefined for a new object. @throws {ApiError} 422 with every cause */
export function checkObject(kind: Kind, object: KubeJson, old: KubeJson | undefined): void {
  const { name } = object.metadata;
  const causes: Cause[] = [];
  if (old === undefined) causes.push(...nameCauses(kind, name));
  if (
    old === undefined ||
    !equalJson(objectAt(object, "metadata", "labels"), objectAt(old, "metadata", "labels"))
  )
    causes.push(...labelCauses(textMapAt(object, "metadata", "labels"), "metadata.labels"));
  if (
    old === undefined ||
    !equalJson(objectAt(object, "metadata", "annotations"), objectAt(old, "metadata", "annotations"))
  )
    causes.push(...annotationCauses(textMapAt(object, "metadata", "annotations")));
  if (isDeleting(old)) {
    const added = textsAt(object, "metadata", "finalizers").filter(
      (one) => !textsAt(old, "metadata", "finalizers").includes(one),
    );
    const cause = forbiddenField(
      "metadata.finalizers",
      `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((one) => JSON.stringify(one)).join(", ")}}`,
    );
    // The real server checks metadata twice, and lists what it finds twice.
    if (added.length > 0) causes.push(cause, cause);
  }
  causes.push(...(validationByKind[kindKey(kind)]?.(object, old) ?? []), ...customCauses(object, kind));
  refuse(kind, name, causes);
}

/** What is sent to an apply. @throws {ApiError} 400 */
export function checkConfig(kind: Kind, namespace: string, name: string, body: Json): KubeJson {
  if (!isObject(body)) throw badRequest("error decoding YAML: the patch is no object");
  const version = body["apiVersion"];
  if (version === undefined || body["kind"] === undefined)
    throw badRequest(`Object '${version === undefined ? "apiVersion" : "Kind"}' is missing in the patch`);
  if (version !== kind.apiVersion)
    throw badRequest(`invalid object type: ${String(version)}, Kind=${String(body["kind"])}`);
  if (body["kind"] !== kind.kind)
    throw badRequest(`invalid object type: ${String(version)}, Kind=${String(body["kind"])}`);
  const metadata = objectAt(body, "metadata");
  const given = textAt(metadata, "name");
  if (given !== undefined && given !== name)
    throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
  const place = textAt(metadata, "namespace");
  if (kind.scope === "namespaced" && place !== undefined && place !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (itemsAt(metadata, "managedFields").length > 0) throw badRequest("metadata.managedFields must be nil");
  const { managedFields: _, ...rest } = metadata;
  return { ...body, apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...rest, name } };
}

/** @throws {ApiError} where an object's namespace is not there, or is on its way out */
export function checkNamespace(store: ObjectStore, kind: Kind, namespace: string, name: string): void {
  if (kind.scope === "cluster") return;
  const found = store.get(tableOf("", "namespaces"), storeKey("", namespace));
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (!isDeleting(found)) return;
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`;
  throw forbidden(kind, name, why, [
    {
      reason: "NamespaceTerminating",
      message: `namespace ${namespace} is being terminated`,
      field: "metadata.namespace",
    },
  ]);
}
