import { defined, filled } from "../../lib/defined.ts";
import { alreadyExists, badRequest } from "../api-error.ts";
import { trackUpdate } from "../fields/track.ts";
import type { JsonObject, KubeJson } from "../json.ts";
import { generationOf } from "../kinds/generation.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";
import { warnOf } from "../kinds/warn.ts";
import { type ObjectStore, storeKey } from "../storage/store.ts";
import { admitCreate, type Sources } from "./admit.ts";
import { checkNamespace, checkObject } from "./check-object.ts";
import { emptyObject } from "./decode-object.ts";
import type { WriteOptions } from "./options.ts";
import { versionsOf, writerOf } from "./tracking.ts";
import { settled } from "./written-parts.ts";

/** What a write looks at and draws from. Nothing here is written to. */
export interface WriteParts {
  store: ObjectStore;
  registry: Registry;
  sources: Sources;
  /** RFC 3339, whole seconds. */
  now(): string;
}

/**
 * A new object as it is stored.
 * @param applied its managedFields, where an apply made it
 * @throws {ApiError} where admission, validation or another object of that name refuse it
 */
export function madeObject(
  parts: WriteParts,
  kind: Kind,
  namespace: string,
  next: KubeJson,
  options: WriteOptions,
  applied: JsonObject[] | undefined,
): KubeJson {
  const { name } = next.metadata;
  const given = next.metadata.namespace ?? "";
  if (kind.scope === "namespaced" && given !== "" && given !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  checkNamespace(parts.store, kind, namespace, name);
  const stored = parts.registry.ofTable(kind.table) ?? kind;
  const {
    namespace: _namespace,
    uid: _uid,
    creationTimestamp: _created,
    deletionTimestamp: _deleted,
    deletionGracePeriodSeconds: _grace,
    generation: _generation,
    resourceVersion: _version,
    managedFields,
    ...metadata
  } = next.metadata;
  const placed: KubeJson = {
    ...next,
    metadata: { ...metadata, name, ...(kind.scope === "namespaced" ? { namespace } : {}) },
  };
  const { status: _status, ...withoutState } = placed;
  const written = kind.subresources.includes("status")
    ? { ...withoutState, apiVersion: placed.apiVersion, kind: placed.kind }
    : placed;
  const claims =
    applied ??
    trackUpdate(
      undefined,
      kind.convert({
        ...written,
        metadata: { ...placed.metadata, ...defined({ managedFields }) },
      }),
      emptyObject(kind, kind.subresources.includes("status") ? "without-status" : "whole"),
      writerOf(kind, options.fieldManager, "", parts.now()),
      versionsOf(kind, parts.registry),
    );
  const uid = parts.sources.uid();
  const now = parts.now();
  const born: KubeJson = { ...placed, metadata: { ...placed.metadata, name, uid, creationTimestamp: now } };
  const admitted = admitCreate(born, stored, parts.store, parts.sources, now);
  const generation = generationOf(stored, admitted, undefined);
  const made: KubeJson = {
    ...settled(stored, admitted),
    metadata: {
      ...admitted.metadata,
      ...defined({ generation }),
      ...filled({ managedFields: claims }),
    },
  };
  checkObject(stored, made, undefined);
  warnOf(stored, made, options.warnings);
  if (parts.store.get(kind.table, storeKey(made.metadata.namespace, name)) !== undefined)
    throw alreadyExists(kind, name);
  return made;
}
