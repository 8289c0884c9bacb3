import { defined, filled } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { badRequest, conflict, invalidValue } from "../api-error.ts";
import { keepTimes, trackUpdate } from "../fields/track.ts";
import { type JsonObject, type KubeJson, textsAt } from "../json.ts";
import { generationOf } from "../kinds/generation.ts";
import { type Kind, kindKey } from "../kinds/kind.ts";
import { warnOf } from "../kinds/warn.ts";
import { storeKey } from "../storage/store.ts";
import { admitUpdate, isDeleting } from "./admit.ts";
import { checkObject } from "./check-object.ts";
import { decodeObject, emptyObject, refuse } from "./decode-object.ts";
import type { WriteParts } from "./made-object.ts";
import type { Subresource, WriteOptions } from "./options.ts";
import { versionsOf, writerOf } from "./tracking.ts";
import { settled, specOnly, statusOnly } from "./written-parts.ts";

/** What is to become of the stored object. `removed`: the last thing that its deletion waited for went. */
export type Replaced =
  | { is: "changed"; object: KubeJson }
  | { is: "same"; object: KubeJson }
  | { is: "removed"; object: KubeJson };

/**
 * An object with what a write makes of it.
 * @param old at the version of `kind`
 * @param applied its managedFields, where an apply wrote
 * @throws {ApiError} where preconditions, admission or validation refuse it
 */
export function replacedObject(
  parts: WriteParts,
  kind: Kind,
  old: KubeJson,
  body: JsonObject,
  options: WriteOptions,
  subresource: Subresource,
  applied?: JsonObject[],
  from: "request" | "patch" = "request",
): Replaced {
  const { name } = old.metadata;
  const stored = parts.registry.ofTable(kind.table) ?? kind;
  const before = parts.store.get(kind.table, storeKey(old.metadata.namespace, name)) ?? old;
  const decoded = decodeObject(body, kind, parts.registry, options, applied === undefined ? from : "apply");
  if (decoded.metadata.name !== "" && decoded.metadata.name !== name)
    throw badRequest(
      `the name of the object (${decoded.metadata.name}) does not match the name on the URL (${name})`,
    );
  const { resourceVersion, uid } = decoded.metadata;
  if (uid !== undefined && uid !== old.metadata.uid && applied !== undefined)
    refuse(kind, name, [fixedUid(uid), fixedUid(uid)]);
  if (uid !== undefined && uid !== old.metadata.uid)
    throw conflict(
      kind,
      name,
      `StorageError: invalid object, Code: 4, Key: /registry/${kind.resource}/${storeKey(old.metadata.namespace, name)}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid}`,
    );
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
    throw conflict(
      kind,
      name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  const merged =
    subresource === "status" ? statusOnly(decoded, before, stored) : specOnly(decoded, before, stored);
  const admitted = subresource === "status" ? merged : admitUpdate(merged, before, stored, parts.store);
  const claims =
    applied ??
    trackUpdate(
      old,
      kind.convert(merged),
      emptyObject(kind),
      writerOf(kind, options.fieldManager, subresource, parts.now()),
      versionsOf(kind, parts.registry),
    );
  warnOf(stored, admitted, options.warnings);
  const generation = generationOf(stored, admitted, before, subresource === "status" ? "status" : "all");
  const { managedFields: _fields, generation: _generation, ...metadata } = admitted.metadata;
  const kept = claims === undefined ? undefined : keepTimes(before.metadata["managedFields"], claims);
  const next: KubeJson = {
    ...settled(stored, admitted),
    metadata: {
      ...metadata,
      name,
      ...defined({ generation }),
      ...filled({ managedFields: kept }),
    },
  };
  checkObject(stored, next, before);
  // Nothing left to wait for: the last finalizer went.
  if (
    isDeleting(next) &&
    textsAt(next, "metadata", "finalizers").length === 0 &&
    (next.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    kindKey(kind) !== "Namespace"
  )
    return { is: "removed", object: next };
  return equalJson(next, before) ? { is: "same", object: before } : { is: "changed", object: next };
}

const fixedUid = (uid: string) => invalidValue("metadata.uid", uid, "field is immutable");
