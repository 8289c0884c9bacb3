import { equalJson } from "../../lib/equal-json.ts";
import { ApiError, badRequest, conflict, invalidValue, notFound } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import { trackApply } from "../fields/track.ts";
import { inOrder, type Json, type JsonObject, type KubeJson, objectAt, textAt, withAt } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import type { Registry } from "../kinds/registry.ts";
import { type ObjectStore, storeKey } from "../storage/store.ts";
import type { Sources } from "./admit.ts";
import { checkConfig } from "./check-object.ts";
import { checkKind, decodeObject, emptyObject, refuse, withoutStatus } from "./decode-object.ts";
import { deletionFinalizers, graceSecondsOf, markDeleted } from "./deletion.ts";
import { madeObject, type WriteParts } from "./made-object.ts";
import type { DeleteOptions, PatchOptions, Subresource, WriteOptions } from "./options.ts";
import { replacedObject } from "./replaced-object.ts";
import { versionsOf, writerOf } from "./tracking.ts";

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
  readonly #parts: WriteParts;

  constructor({ store, registry, clock, sources }: KubeApiParts) {
    this.store = store;
    this.registry = registry;
    this.#clock = clock;
    this.#parts = { store, registry, sources, now: () => this.now() };
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
    const name = given === "" && generateName !== "" ? generateName + this.#parts.sources.suffix(5) : given;
    if ((textAt(body, "metadata", "resourceVersion") ?? "") !== "")
      throw new ApiError(500, "", "resourceVersion should not be set on objects to be created");
    const named = withAt(body, ["metadata", "name"], name);
    const next = decodeObject(withoutStatus(named, kind), kind, this.registry, options);
    return this.#store(kind, madeObject(this.#parts, kind, namespace, next, options, undefined), options);
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
    const config = checkConfig(kind, namespace, name, body);
    const old = this.find(kind, namespace, name);
    if (old === undefined && subresource !== "") throw notFound(kind, name);
    const uid = textAt(config, "metadata", "uid");
    if (old === undefined && uid !== undefined)
      throw conflict(
        kind,
        name,
        `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`,
      );
    const writer = writerOf(kind, options.fieldManager, subresource, this.now());
    const applied = trackApply(
      old,
      config,
      emptyObject(kind),
      writer,
      options.conflicts,
      versionsOf(kind, this.registry),
    );
    const next = withAt(applied.object, ["metadata", "managedFields"], undefined);
    if (old === undefined) {
      const decoded = decodeObject(withoutStatus(next, kind), kind, this.registry, options, "apply");
      return {
        object: this.#store(
          kind,
          madeObject(this.#parts, kind, namespace, decoded, options, applied.managedFields),
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
    const marked = inOrder(markDeleted(kind, object, { finalizers, graceSeconds, nowMs: this.#clock.now() }));
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

  #store(kind: Kind, object: KubeJson, options: WriteOptions): KubeJson {
    const ordered = inOrder(object);
    return kind.convert(options.dryRun === "all" ? ordered : this.store.put(kind.table, ordered));
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
    const next = replacedObject(this.#parts, kind, old, body, options, subresource, applied, from);
    if (next.is === "changed") return this.#store(kind, next.object, options);
    if (next.is === "removed" && options.dryRun === "no") this.store.remove(kind.table, next.object);
    return kind.convert(next.object);
  }
}
