import { defined, filled } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import {
  ApiError,
  alreadyExists,
  badRequest,
  type Cause,
  conflict,
  forbidden,
  forbiddenField,
  invalidValue,
  notFound,
} from "../api-error.ts";
import type { Clock } from "../clock.ts";
import { emptySet, type FieldSet, setOf } from "../fields/field-set.ts";
import { keepTimes, trackApply, trackUpdate, type Versions, type Writer } from "../fields/track.ts";
import {
  isObject,
  itemsAt,
  type Json,
  type JsonObject,
  type KubeJson,
  objectAt,
  textAt,
  textMapAt,
  textsAt,
  withAt,
} from "../json.ts";
import { generationOf } from "../kinds/generation.ts";
import { type Kind, kindKey, tableOf } from "../kinds/kind.ts";
import { annotationCauses, labelCauses, nameCauses } from "../kinds/names.ts";
import type { Registry } from "../kinds/registry.ts";
import { validationByKind } from "../kinds/validate.ts";
import { warnOf } from "../kinds/warn.ts";
import { asStored } from "../schema/decode.ts";
import { type ObjectStore, storeKey } from "../storage/store.ts";
import { admitCreate, admitUpdate, isDeleting, type Sources } from "./admit.ts";
import {
  checkKind,
  customCauses,
  decodeObject,
  emptyObject,
  refuse,
  withoutStatus,
} from "./decode-object.ts";
import { deletionFinalizers, graceSecondsOf, markDeleted } from "./deletion.ts";
import type { DeleteOptions, PatchOptions, WriteOptions } from "./options.ts";

export type Subresource = "" | "status" | "scale";

export interface KubeApiParts {
  store: ObjectStore;
  registry: Registry;
  clock: Pick<Clock, "now">;
  sources: Sources;
}

/** What a delete came to: `gone` at once, or `waiting` for finalizers, dependents or a grace period. */
export type Deleted = { is: "gone"; object: KubeJson } | { is: "waiting"; object: KubeJson };

/** The verbs of the API on objects, without HTTP. Every method is one step: it happens whole, or throws and nothing happened. */
export class KubeApi {
  readonly store: ObjectStore;
  readonly registry: Registry;
  readonly #clock: Pick<Clock, "now">;
  readonly #sources: Sources;

  constructor({ store, registry, clock, sources }: KubeApiParts) {
    this.store = store;
    this.registry = registry;
    this.#clock = clock;
    this.#sources = sources;
  }

  /** RFC 3339, whole seconds, as the server writes times. */
  now(): string {
    return `${new Date(this.#clock.now()).toISOString().slice(0, 19)}Z`;
  }

  find(kind: Kind, namespace: string, name: string): KubeJson | undefined {
    const found = this.store.get(kind.table, storeKey(namespace, name));
    return found === undefined ? undefined : kind.convert(found);
  }

  /** @throws {ApiError} 404 */
  get(kind: Kind, namespace: string, name: string): KubeJson {
    const found = this.find(kind, namespace, name);
    if (found === undefined) throw notFound(kind, name);
    return found;
  }

  create(kind: Kind, namespace: string, body: Json, options: WriteOptions): KubeJson {
    checkKind(body, kind);
    const generateName = textAt(body, "metadata", "generateName") ?? "";
    const given = textAt(body, "metadata", "name") ?? "";
    const name = given === "" && generateName !== "" ? generateName + this.#sources.suffix(5) : given;
    if ((textAt(body, "metadata", "resourceVersion") ?? "") !== "")
      throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
    const named = withAt(body, ["metadata", "name"], name);
    const next = decodeObject(withoutStatus(named, kind), kind, this.registry, options);
    return this.#store(kind, this.#make(kind, namespace, next, options, undefined), options);
  }

  /** PUT. */
  update(
    kind: Kind,
    namespace: string,
    name: string,
    body: Json,
    options: WriteOptions,
    subresource: Subresource = "",
  ): KubeJson {
    checkKind(body, kind);
    const given = textAt(body, "metadata", "name");
    if (given !== undefined && given !== name)
      throw badRequest(`the name of the object (${given}) does not match the name on the URL (${name})`);
    const old = this.get(kind, namespace, name);
    if (kind.custom !== undefined && (textAt(body, "metadata", "resourceVersion") ?? "") === "")
      refuse({ group: kind.group, kind: kind.resource }, name, [
        invalidValue("metadata.resourceVersion", 0, "must be specified for an update"),
      ]);
    return this.#replace(kind, old, body, options, subresource);
  }

  /**
   * Any patch but apply.
   * @param change makes the new object of the current one
   */
  patch(
    kind: Kind,
    namespace: string,
    name: string,
    change: (current: KubeJson) => JsonObject,
    options: WriteOptions,
    subresource: Subresource = "",
  ): KubeJson {
    const old = this.get(kind, namespace, name);
    return this.#replace(kind, old, change(old), options, subresource, undefined, "patch");
  }

  /** The scale subresource: replicas change, and `scale` is on record as the way they did. */
  scale(
    kind: Kind,
    namespace: string,
    name: string,
    change: (current: KubeJson) => JsonObject,
    options: WriteOptions,
  ): KubeJson {
    const old = this.get(kind, namespace, name);
    return this.#replace(kind, old, change(old), options, "scale");
  }

  /** Server-side apply; makes the object where there is none. */
  apply(
    kind: Kind,
    namespace: string,
    name: string,
    body: Json,
    options: PatchOptions,
    subresource: Subresource = "",
  ): { object: KubeJson; verb: "created" | "changed" } {
    const config = this.#checkConfig(kind, namespace, name, body);
    const old = this.find(kind, namespace, name);
    if (old === undefined && subresource !== "") throw notFound(kind, name);
    const uid = textAt(config, "metadata", "uid");
    if (old === undefined && uid !== undefined)
      throw conflict(
        kind,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    const writer = this.#writer(kind, options.fieldManager, subresource);
    const applied = trackApply(
      old,
      config,
      emptyObject(kind),
      writer,
      options.conflicts,
      this.#versions(kind),
    );
    const next = withAt(applied.object, ["metadata", "managedFields"], undefined);
    if (old === undefined) {
      const decoded = decodeObject(withoutStatus(next, kind), kind, this.registry, options, "apply");
      return {
        object: this.#store(
          kind,
          this.#make(kind, namespace, decoded, options, applied.managedFields),
          options,
        ),
        verb: "created",
      };
    }
    return {
      object: this.#replace(kind, old, next, options, subresource, applied.managedFields),
      verb: "changed",
    };
  }

  delete(kind: Kind, namespace: string, name: string, options: DeleteOptions): Deleted {
    const shown = this.get(kind, namespace, name);
    const object = this.store.get(kind.table, storeKey(namespace, name)) ?? shown;
    const { uid, resourceVersion } = object.metadata;
    const asKind = { group: kind.group, resource: kind.kind };
    if (options.uid !== undefined && options.uid !== uid)
      throw conflict(
        asKind,
        name,
        `the UID in the precondition (${options.uid}) does not match the UID in record (${uid}). The object might have been deleted and then recreated`,
      );
    if (options.resourceVersion !== undefined && options.resourceVersion !== resourceVersion)
      throw conflict(
        asKind,
        name,
        `the ResourceVersion in the precondition (${options.resourceVersion}) does not match the ResourceVersion in record (${resourceVersion}). The object might have been modified`,
      );
    const finalizers = deletionFinalizers(kind, object, options);
    const graceSeconds = graceSecondsOf(kind, object, options);
    if (finalizers.length === 0 && graceSeconds === 0) {
      if (options.dryRun === "no") this.store.remove(kind.table, object);
      return { is: "gone", object: shown };
    }
    const marked = markDeleted(kind, object, { finalizers, graceSeconds, nowMs: this.#clock.now() });
    const stored =
      options.dryRun === "all" || equalJson(marked, object) ? marked : this.store.put(kind.table, marked);
    return { is: "waiting", object: kind.convert(stored) };
  }

  /** For the sandbox's controllers: the new status, by their name. Does nothing where nothing changes or the object is gone. */
  writeStatus(
    kind: Kind,
    object: KubeJson,
    status: JsonObject,
    manager: string,
    annotations: JsonObject = {},
  ): void {
    const current = this.find(kind, object.metadata.namespace ?? "", object.metadata.name);
    if (current === undefined || current.metadata.uid !== object.metadata.uid) return;
    const noted = { ...objectAt(current, "metadata", "annotations"), ...annotations };
    const metadata =
      Object.keys(noted).length === 0 ? current.metadata : { ...current.metadata, annotations: noted };
    const next = { ...current, metadata, status };
    if (!equalJson(next, current))
      this.#replace(
        kind,
        current,
        next,
        { fieldManager: manager, dryRun: "no", unknownFields: "ignore", warnings: [] },
        "status",
      );
  }

  // ---- the steps of a write

  #make(
    kind: Kind,
    namespace: string,
    next: KubeJson,
    options: WriteOptions,
    applied: JsonObject[] | undefined,
  ): KubeJson {
    const { name } = next.metadata;
    const given = next.metadata.namespace ?? "";
    if (kind.scope === "namespaced" && given !== "" && given !== namespace)
      throw badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    this.#checkNamespace(kind, namespace, name);
    const stored = this.registry.ofTable(kind.table) ?? kind;
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
        this.#writer(kind, options.fieldManager, ""),
        this.#versions(kind),
      );
    const uid = this.#sources.uid();
    const now = this.now();
    const born: KubeJson = { ...placed, metadata: { ...placed.metadata, name, uid, creationTimestamp: now } };
    const admitted = admitCreate(born, stored, this.store, this.#sources, now);
    const generation = generationOf(stored, admitted, undefined);
    const made: KubeJson = {
      ...settled(stored, admitted),
      metadata: {
        ...admitted.metadata,
        ...defined({ generation }),
        ...filled({ managedFields: claims }),
      },
    };
    this.#validate(stored, made, undefined);
    warnOf(stored, made, options.warnings);
    if (this.store.get(kind.table, storeKey(made.metadata.namespace, name)) !== undefined)
      throw alreadyExists(kind, name);
    return made;
  }

  #store(kind: Kind, object: KubeJson, options: WriteOptions): KubeJson {
    return kind.convert(options.dryRun === "all" ? object : this.store.put(kind.table, object));
  }

  /** @param old at the version of `kind` */
  #replace(
    kind: Kind,
    old: KubeJson,
    body: JsonObject,
    options: WriteOptions,
    subresource: Subresource,
    applied?: JsonObject[],
    from: "request" | "patch" = "request",
  ): KubeJson {
    const { name } = old.metadata;
    const stored = this.registry.ofTable(kind.table) ?? kind;
    const before = this.store.get(kind.table, storeKey(old.metadata.namespace, name)) ?? old;
    const decoded = decodeObject(body, kind, this.registry, options, applied === undefined ? from : "apply");
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
    const admitted = subresource === "status" ? merged : admitUpdate(merged, before, stored, this.store);
    const claims =
      applied ??
      trackUpdate(
        old,
        kind.convert(merged),
        emptyObject(kind),
        this.#writer(kind, options.fieldManager, subresource),
        this.#versions(kind),
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
    this.#validate(stored, next, before);
    // Nothing left to wait for: the last finalizer went.
    if (
      isDeleting(next) &&
      textsAt(next, "metadata", "finalizers").length === 0 &&
      (next.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
      kindKey(kind) !== "Namespace"
    ) {
      if (options.dryRun === "no") this.store.remove(kind.table, next);
      return kind.convert(next);
    }
    if (equalJson(next, before)) return kind.convert(before);
    return this.#store(kind, next, options);
  }

  #validate(kind: Kind, object: KubeJson, old: KubeJson | undefined): void {
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

  #checkConfig(kind: Kind, namespace: string, name: string, body: Json): KubeJson {
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
      throw badRequest(
        "the namespace of the provided object does not match the namespace sent on the request",
      );
    if (itemsAt(metadata, "managedFields").length > 0) throw badRequest("metadata.managedFields must be nil");
    const { managedFields: _, ...rest } = metadata;
    return { ...body, apiVersion: kind.apiVersion, kind: kind.kind, metadata: { ...rest, name } };
  }

  #checkNamespace(kind: Kind, namespace: string, name: string): void {
    if (kind.scope === "cluster") return;
    const found = this.store.get(tableOf("", "namespaces"), storeKey("", namespace));
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

  #writer(kind: Kind, manager: string, subresource: Subresource): Writer {
    return {
      manager,
      apiVersion: kind.apiVersion,
      subresource,
      time: this.now(),
      ignored: ignoredBy(kind, subresource),
      claims: subresource === "scale" && kind.custom !== undefined ? "none" : "tracked",
    };
  }

  #versions(kind: Kind): Versions {
    return {
      at: (apiVersion) => {
        const other = apiVersion === kind.apiVersion ? kind : this.registry.find(apiVersion, kind.resource);
        if (other === undefined || other.table !== kind.table) return undefined;
        return { type: other.type, convert: (object) => other.convert(object) };
      },
    };
  }
}

const fixedUid = (uid: string) => invalidValue("metadata.uid", uid, "field is immutable");

/** Objects of built-in kinds as they come back from storage. */
function settled(kind: Kind, object: KubeJson): KubeJson {
  return kind.custom === undefined
    ? {
        ...asStored(object, kind.type),
        apiVersion: object.apiVersion,
        kind: object.kind,
        metadata: object.metadata,
      }
    : object;
}

/** What an apply to this endpoint never owns. */
function ignoredBy(kind: Kind, subresource: Subresource): FieldSet {
  if (subresource === "status") return setOf(["f:spec"], ["f:metadata"], ["f:data"]);
  return kind.subresources.includes("status") ? setOf(["f:status"]) : emptySet();
}

/** An update through the status endpoint: the status alone, and annotations of built-in kinds, where controllers keep a revision. */
function statusOnly(next: KubeJson, old: KubeJson, kind: Kind): KubeJson {
  const annotations = kind.custom === undefined ? next.metadata["annotations"] : old.metadata["annotations"];
  const { annotations: _, ...metadata } = old.metadata;
  return {
    ...old,
    ...defined({ status: next["status"] }),
    metadata: { ...metadata, name: old.metadata.name, ...defined({ annotations }) },
  };
}

/** An update through the main endpoint: the server's own metadata stays, and the status where it has its own endpoint. */
function specOnly(next: KubeJson, old: KubeJson, kind: Kind): KubeJson {
  const {
    uid,
    creationTimestamp,
    deletionTimestamp,
    deletionGracePeriodSeconds,
    generation,
    resourceVersion,
    generateName,
    namespace,
  } = old.metadata;
  const {
    deletionTimestamp: _a,
    deletionGracePeriodSeconds: _b,
    generation: _c,
    generateName: _d,
    ...metadata
  } = next.metadata;
  const kept = Object.fromEntries(
    Object.entries({
      uid,
      creationTimestamp,
      deletionTimestamp,
      deletionGracePeriodSeconds,
      generation,
      resourceVersion,
      generateName,
      namespace,
    }).filter(([, value]) => value !== undefined),
  );
  const status = kind.subresources.includes("status") ? { status: old["status"] } : {};
  const { status: _status, ...rest } = next;
  const body = kind.subresources.includes("status") ? rest : next;
  return {
    ...body,
    ...(status.status === undefined ? {} : status),
    apiVersion: next.apiVersion,
    kind: next.kind,
    metadata: { ...metadata, ...kept, name: old.metadata.name },
  };
}
