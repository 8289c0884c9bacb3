import { setOf } from "../../core/manifest/parent-of.ts";
import { type AppKey, appKey } from "../../core/model/application.ts";
import { setKey } from "../../core/model/application-set.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import type { JsonPatchOp } from "../../core/model/json-patch.ts";
import type { KubeObject } from "../../core/model/kube-object.ts";
import { type ObjectRef, refKey, refOf } from "../../core/model/object-ref.ts";
import { type Problem, showProblem } from "../../core/model/problem.ts";
import { HAS_APPLICATIONS } from "../../core/model/project.ts";
import type { KindInfo } from "../../core/ports/cluster.ts";
import type { DeleteOutcome, PatchAs, WriteMode, WriteOutcome } from "../../core/ports/cluster-objects.ts";
import type { ServedObjects } from "../../core/ports/served-objects.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { ApiError } from "../../sandbox/api-error.ts";
import { itemsAt, type Json, type KubeJson, textAt } from "../../sandbox/json.ts";
import type { Kind } from "../../sandbox/kinds/kind.ts";
import { Registry } from "../../sandbox/kinds/registry.ts";
import { jsonPatched } from "../../sandbox/patch/json-patch.ts";
import { KubeApi } from "../../sandbox/rest/kube-api.ts";
import type { WriteOptions } from "../../sandbox/rest/options.ts";
import builtin from "../../sandbox/schema/builtin.json";
import { BuiltinTypes } from "../../sandbox/schema/type.ts";
import { ObjectStore, storeKey } from "../../sandbox/storage/store.ts";
import { errorsIn, readServed } from "./read-served.ts";

const GROUP = "argoproj.io";
const VERSION = "v1alpha1";
const API_VERSION = `${GROUP}/${VERSION}`;
const PLURALS = {
  Application: "applications",
  AppProject: "appprojects",
  ApplicationSet: "applicationsets",
} as const;
const VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];
/** Who writes what an application comes to, so that no apply of a parent takes it away. */
const STATUS_MANAGER = "holdfast-status";

type Refused = Extract<WriteOutcome, { is: "refused" }>;
export type Answer = { is: "done"; object: KubeObject; warnings: string[] } | Refused;

/** What became of an object; absent where it is gone. */
export type OnServed = (
  ref: ObjectRef,
  object: KubeObject | undefined,
  before: KubeObject | undefined,
) => void;

export interface ServedApiParts {
  objects: ServedObjects;
  /** Milliseconds since 1970. */
  now(): number;
  homeNamespace: string;
}

/**
 * An API server of Application, AppProject and ApplicationSet in this process: it merges, owns and refuses as Kubernetes does,
 * and what it answered is on disk. What it takes is what a file may hold.
 */
export class ServedApi {
  readonly #parts: ServedApiParts;
  readonly #store = new ObjectStore(0);
  readonly #registry = new Registry(new BuiltinTypes(builtin));
  readonly #api: KubeApi;
  readonly #listeners = new Set<OnServed>();
  /** By project; undefined: nobody has said yet. */
  #users: ReadonlyMap<string, readonly AppKey[]> | undefined;

  /** @throws {Failure} store */
  constructor(parts: ServedApiParts) {
    this.#parts = parts;
    this.#api = new KubeApi({
      store: this.#store,
      registry: this.#registry,
      clock: { now: () => parts.now() },
      sources: { uid: () => crypto.randomUUID(), suffix: () => crypto.randomUUID().slice(0, 5) },
    });
    for (const [kind, plural] of Object.entries(PLURALS)) this.#registry.define(definitionOf(kind, plural));
    for (const object of parts.objects.servedObjects()) this.#restore(object);
    this.#releaseOwners();
  }

  /** Told in the same step, when it is on disk. */
  onChange(listener: OnServed): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** By kind and key. */
  all(): KubeObject[] {
    return Object.values(PLURALS).flatMap((plural) =>
      this.#store.list(`${plural}.${GROUP}`).map((object) => object as unknown as KubeObject),
    );
  }

  get(ref: ObjectRef): KubeObject | undefined {
    const kind = this.#kindOf(ref);
    const found = kind === undefined ? undefined : this.#api.find(kind, ref.namespace, ref.name);
    return found as KubeObject | undefined;
  }

  // ---------------------------------------------------------------- as an API server's clients write

  apply(object: KubeObject, mode: WriteMode): Answer {
    return this.#write(refOf(object), mode, (kind, { namespace, name }, options) => {
      const asked = { ...options, conflicts: "force" } as const;
      return this.#api.apply(kind, namespace, name, object as unknown as KubeJson, asked).object;
    });
  }

  create(object: KubeObject, mode: WriteMode): Answer {
    return this.#write(refOf(object), mode, (kind, { namespace }, options) =>
      this.#api.create(kind, namespace, object as unknown as KubeJson, options),
    );
  }

  replace(object: KubeObject, mode: WriteMode): Answer {
    const ref = refOf(object);
    // Without a version it replaces whatever is there.
    const { resourceVersion = this.get(ref)?.metadata.resourceVersion } = object.metadata;
    const body = { ...object, metadata: { ...object.metadata, resourceVersion } } as unknown as KubeJson;
    return this.#write(ref, mode, (kind, { namespace, name }, options) =>
      this.#api.update(kind, namespace, name, body, options),
    );
  }

  patch(
    ref: ObjectRef,
    patch: readonly JsonPatchOp[],
    { fieldManager, to, mode = "write" }: PatchAs,
  ): Answer {
    if (to === "status") return notServed(ref);
    return this.#write(
      ref,
      mode,
      (kind, { namespace, name }, options) =>
        this.#api.patch(kind, namespace, name, (now) => jsonPatched(now, patch as unknown as Json), options),
      fieldManager,
    );
  }

  /**
   * One with finalizers stays, marked, until they are taken away; a project or a set with applications stays until they are
   * gone. What holds it and its mark are on disk together: a daemon that ends in between leaves neither.
   * @param finalizers that it is to go with, in place of its own
   */
  delete(
    ref: ObjectRef,
    {
      uid,
      resourceVersion,
      finalizers,
    }: { uid: string; resourceVersion?: string | undefined; finalizers?: readonly string[] },
    mode: WriteMode,
  ): DeleteOutcome {
    const kind = this.#kindOf(ref);
    const object = this.get(ref);
    if (kind === undefined || object === undefined) return { is: "absent" };
    const remove = (how: WriteMode, precondition: { resourceVersion: string | undefined }) =>
      this.#api.delete(kind, ref.namespace, ref.name, {
        dryRun: how === "dry-run" ? "all" : "no",
        gracePeriodSeconds: undefined,
        propagation: "Background",
        uid,
        ...precondition,
        warnings: [],
      });
    const trial = this.#step(ref, () => remove("dry-run", { resourceVersion }));
    if ("refused" in trial) return trial.refused;
    if (mode === "dry-run") return { is: "deleted" };
    const { finalizers: own = [] } = object.metadata;
    // What is deleted of its applications, it says itself: so it goes after them.
    const held = this.#isInUse(ref) ? [HAS_APPLICATIONS] : [];
    const all = [...new Set([...(finalizers ?? own), ...held])];
    const done = this.#step(ref, () => {
      if (!equalJson(all, own)) this.#setFinalizers(kind, ref, all);
      return remove("write", { resourceVersion: undefined });
    });
    return "refused" in done ? done.refused : { is: "deleted" };
  }

  // ---------------------------------------------------------------- as who serves it writes

  /** Nothing happens where it says the same already, or where the object is gone. */
  putStatus(ref: ObjectRef, status: Record<string, unknown>): void {
    const kind = this.#kindOf(ref);
    const now = this.get(ref);
    if (kind === undefined || now === undefined) return;
    this.#step(ref, () =>
      this.#api.writeStatus(kind, now as unknown as KubeJson, status as KubeJson, STATUS_MANAGER),
    );
  }

  /** @param finalizers that it is to have; where it is being deleted and has none left, it goes */
  putFinalizers(ref: ObjectRef, finalizers: readonly string[]): void {
    const kind = this.#kindOf(ref);
    if (kind === undefined || this.get(ref) === undefined) return;
    this.#step(ref, () => this.#setFinalizers(kind, ref, finalizers));
  }

  #setFinalizers(kind: Kind, ref: ObjectRef, finalizers: readonly string[]): void {
    const change = (now: KubeJson): KubeJson => {
      const { finalizers: _, ...metadata } = now.metadata;
      return {
        ...now,
        metadata: {
          ...metadata,
          name: now.metadata.name,
          ...(finalizers.length > 0 ? { finalizers: [...finalizers] } : {}),
        },
      };
    };
    this.#api.patch(kind, ref.namespace, ref.name, change, optionsFor(FIELD_MANAGER, "write"));
  }

  // ---------------------------------------------------------------- what goes after its applications

  /** Applications of each project, whatever made them. @throws {Failure} store */
  noteUsers(byProject: ReadonlyMap<string, readonly AppKey[]>): void {
    this.#users = byProject;
    this.#releaseOwners();
  }

  usersOf(project: string): AppKey[] {
    const served = this.#applications(
      (object) => (textAt(object, "spec", "project") || "default") === project,
    );
    return [...new Set([...(this.#users?.get(project) ?? []), ...served])];
  }

  /** What is not known of a project yet may be. */
  #isInUse({ kind, namespace, name }: ObjectRef): boolean {
    if (kind === "AppProject") return this.#users === undefined || this.usersOf(name).length > 0;
    if (kind !== "ApplicationSet") return false;
    const set = setKey(namespace, name);
    return this.#applications((object) => setOf(object as unknown as KubeObject) === set).length > 0;
  }

  #applications(is: (object: KubeJson) => boolean): AppKey[] {
    return this.#store
      .list(`${PLURALS.Application}.${GROUP}`)
      .filter(is)
      .map(({ metadata: { namespace = "", name } }) => appKey(namespace, name));
  }

  /** What else holds one is nobody's who could take it away. */
  #releaseOwners(): void {
    const owners = [PLURALS.AppProject, PLURALS.ApplicationSet].flatMap((plural) =>
      this.#store.list(`${plural}.${GROUP}`),
    );
    for (const { metadata, kind } of owners) {
      const { namespace = "", name, deletionTimestamp } = metadata;
      const ref: ObjectRef = { group: GROUP, kind, namespace, name };
      if (deletionTimestamp !== undefined && !this.#isInUse(ref)) this.putFinalizers(ref, []);
    }
  }

  // ---------------------------------------------------------------- one step

  #write(
    ref: ObjectRef,
    mode: WriteMode,
    work: (kind: Kind, ref: ObjectRef, options: WriteOptions) => KubeJson,
    fieldManager = FIELD_MANAGER,
  ): Answer {
    const kind = this.#kindOf(ref);
    if (kind === undefined) return notServed(ref);
    const { homeNamespace } = this.#parts;
    // Whoever may write to a namespace of their own must not make applications of everybody's projects there.
    if (ref.namespace !== homeNamespace)
      return refusedAs(
        403,
        "Forbidden",
        `an ${ref.kind} that another application renders lives in the namespace ${homeNamespace}, and ${ref.namespace === "" ? "this one names none" : `this one is of ${ref.namespace}`}. Set its metadata.namespace, or the destination of its parent`,
      );
    this.#admit(homeNamespace);
    const warnings: string[] = [];
    // What would come of it is read before any of it is kept.
    const trial = this.#step(ref, () =>
      work(kind, ref, { ...optionsFor(fieldManager, "dry-run"), warnings }),
    );
    if ("refused" in trial) return trial.refused;
    const wanted = trial.done as unknown as KubeObject;
    const parsed = readServed(wanted, homeNamespace);
    const errors = errorsIn(parsed);
    if (errors.length > 0) return invalid(errors);
    if (parsed.ok) warnings.push(...parsed.warnings.map(showProblem));
    if (mode === "dry-run") return { is: "done", object: wanted, warnings };
    const done = this.#step(ref, () => work(kind, ref, optionsFor(fieldManager, "write")));
    return "refused" in done
      ? done.refused
      : { is: "done", object: done.done as unknown as KubeObject, warnings };
  }

  /** Happens whole, on disk and here, or not at all. @throws {Failure} store */
  #step<T>(ref: ObjectRef, work: () => T): { done: T } | { refused: Refused } {
    const before = this.get(ref);
    const undo = () => {
      if (this.get(ref) === before) return;
      if (before === undefined) this.#store.forget(tableOf(ref), storeKey(ref.namespace, ref.name));
      else this.#restore(before);
    };
    let done: T;
    try {
      done = work();
    } catch (cause) {
      undo();
      if (!(cause instanceof ApiError)) throw cause;
      return { refused: refusedBy(cause) };
    }
    const after = this.get(ref);
    if (after === before) return { done };
    try {
      if (after === undefined) this.#parts.objects.deleteServedObject(refKey(ref));
      else this.#parts.objects.putServedObject(refKey(ref), after);
    } catch (cause) {
      undo();
      throw cause;
    }
    for (const listener of this.#listeners) listener(ref, after, before);
    this.#releaseOwners();
    return { done };
  }

  #restore(object: KubeObject): void {
    this.#store.restore(tableOf(refOf(object)), object as unknown as KubeJson);
  }

  /** Which namespaces a cluster has is nobody's matter here. */
  #admit(namespace: string): void {
    if (this.#store.get("namespaces.", storeKey("", namespace)) !== undefined) return;
    const object: KubeJson = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    this.#store.restore("namespaces.", object);
  }

  #kindOf({ group, kind }: Pick<ObjectRef, "group" | "kind">): Kind | undefined {
    return isServed({ group, kind })
      ? this.#registry.find(API_VERSION, PLURALS[kind as keyof typeof PLURALS])
      : undefined;
  }
}

/** Whether it is one of the kinds that Holdfast serves. */
export function isServed({ group, kind }: { group: string; kind: string }): boolean {
  return group === GROUP && Object.hasOwn(PLURALS, kind);
}

/** @param version "" stands for the one that is served; undefined where another one is asked for */
export function servedKind({ kind, version }: { kind: string; version: string }): KindInfo | undefined {
  if (version !== "" && version !== VERSION) return undefined;
  return {
    group: GROUP,
    version: VERSION,
    kind,
    resource: PLURALS[kind as keyof typeof PLURALS],
    scope: "namespaced",
    verbs: VERBS,
    namespaces: "any",
  };
}

function tableOf({ kind }: ObjectRef): string {
  return `${PLURALS[kind as keyof typeof PLURALS]}.${GROUP}`;
}

/** Any field is kept: what it means, and what is wrong with it, the readers of manifests say. */
function definitionOf(kind: string, plural: string): KubeJson {
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${GROUP}` },
    spec: {
      group: GROUP,
      names: { kind, plural },
      scope: "Namespaced",
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          subresources: { status: {} },
        },
      ],
    },
  };
}

function optionsFor(fieldManager: string, mode: WriteMode): WriteOptions {
  return {
    fieldManager,
    dryRun: mode === "dry-run" ? "all" : "no",
    unknownFields: "ignore",
    warnings: [],
  };
}

function refusedBy({ code, reason, message, details }: ApiError): Refused {
  return {
    ...refusedAs(code, reason, message),
    causes: itemsAt(details, "causes").map((cause) => ({
      field: textAt(cause, "field") ?? "",
      reason: textAt(cause, "reason") ?? "",
      message: textAt(cause, "message") ?? "",
    })),
  };
}

function invalid(problems: readonly Problem[]): Refused {
  return {
    ...refusedAs(422, "Invalid", problems.map(showProblem).join("; ")),
    // Whoever shows a cause names object and field himself.
    causes: problems.map(({ path = "", text, fix }) => ({
      field: path,
      message: fix === undefined ? text : `${text}. ${fix}`,
      reason: "FieldValueInvalid",
    })),
  };
}

function notServed({ kind }: ObjectRef): Refused {
  return refusedAs(404, "NotFound", `Holdfast serves no such endpoint of ${kind}`);
}

function refusedAs(status: number, reason: string, message: string): Refused {
  return { is: "refused", status, reason, message, causes: [] };
}
