import { parseTrackingId } from "../core/manifest/tracking-id.ts";
import type { Acting } from "../core/model/acting.ts";
import { ANNOTATION } from "../core/model/application.ts";
import { FIELD_MANAGER } from "../core/model/field-manager.ts";
import { holdsSecrets } from "../core/model/filled-in.ts";
import type { JsonPatchOp } from "../core/model/json-patch.ts";
import { type GroupVersionKind, gvkOf, type KubeObject, parseApiVersion } from "../core/model/kube-object.ts";
import type { LiveObject } from "../core/model/live-object.ts";
import { type ObjectRef, refKey, refOf } from "../core/model/object-ref.ts";
import type { Propagation } from "../core/model/plan.ts";
import type { Errand, KindInfo } from "../core/ports/cluster.ts";
import type {
  ClusterObjects,
  DeleteOutcome,
  Lookup,
  PatchAs,
  WriteMode,
  WriteOutcome,
} from "../core/ports/cluster-objects.ts";
import type { WriteFence } from "../core/ports/write-fence.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";
import type { Answer, ApiClient, Ask } from "./api-client.ts";
import type { Discovery } from "./discovery.ts";
import type { Turn } from "./in-flight.ts";
import type { LiveCache } from "./live-cache.ts";
import { isTracked, observe } from "./observe.ts";
import { collectionPath, objectPath, query } from "./paths.ts";
import { notDone } from "./refusal.ts";
import { asUser, nobodyMay, sayingWho } from "./written-as.ts";

type Prepared = { is: "known"; info: KindInfo } | Exclude<WriteOutcome, { is: "done" }>;

/** One object at a time: read, apply, create, replace, patch, delete. What was written is in the cache before it is told. */
export class Objects implements ClusterObjects {
  /**
   * @param fence absent: nobody else writes
   * @param errand absent: a sync of the application that tracks the object
   */
  constructor(
    readonly client: ApiClient,
    readonly discovery: Discovery,
    readonly cache: LiveCache,
    readonly fence?: WriteFence | undefined,
    readonly errand?: Errand,
  ) {}

  for(errand: Errand): Objects {
    return new Objects(this.client, this.discovery, this.cache, this.fence, errand);
  }

  /** Asked after all waiting, right before it leaves. */
  #guards(mode: WriteMode): Pick<Ask, "before" | "signal"> {
    const { errand, fence } = this;
    if (mode === "dry-run") return {};
    return {
      before: () => {
        errand?.stillMeant?.();
        const against = fence?.mayWrite();
        if (against !== undefined) throw against;
      },
      ...defined({ signal: fence?.signal }),
    };
  }

  #turn(ref: ObjectRef, object?: KubeObject): Turn {
    if (this.errand !== undefined) return this.errand;
    const tracking =
      object === undefined
        ? this.cache.index.get(refKey(ref))?.tracking
        : parseTrackingId(object.metadata.annotations?.[ANNOTATION.trackingId]);
    return { owner: tracking?.app ?? "", urgency: "sync" };
  }

  /** As whom it is written; reads are always our own. */
  #acting(): Acting {
    return this.errand?.as?.() ?? { is: "itself" };
  }

  async read(ref: ObjectRef, apiVersion: string): Promise<Lookup> {
    const lookup = await this.discovery.kind({ ...parseApiVersion(apiVersion), kind: ref.kind });
    // A kind that is not served has no objects.
    if (lookup.is === "unreachable") return { is: "unreachable", why: lookup.why };
    if (lookup.is === "absent") return lookup;
    const answer = await this.client.ask({
      verb: "get",
      kind: nameOf(lookup.info),
      turn: this.#turn(ref),
      method: "GET",
      path: objectPath(lookup.info, ref.namespace, ref.name),
      afterCut: "again",
    });
    if (answer.is === "ok") {
      const object = objectIn(answer.body, lookup.info);
      // Read as another object, it would say that the one that was asked for is gone.
      if (object?.metadata.name !== ref.name) return NO_OBJECT;
      return { is: "found", live: observe(object, lookup.info, "whole"), object };
    }
    if (answer.is === "unreachable") return { is: "unreachable", why: answer.why };
    const { code, message } = answer.status;
    // Only the API server's own 404 says that the object is not there: a proxy's 404 says nothing.
    if (code === 404 && answer.status.reason === "NotFound") return { is: "absent" };
    return code === 403 ? { is: "forbidden", why: message } : { is: "unreachable", why: message };
  }

  async apply(object: KubeObject, mode: WriteMode): Promise<WriteOutcome> {
    return this.#write(object, mode, ({ info, dryRun }) => ({
      verb: mode === "dry-run" ? "apply-dry-run" : "apply",
      method: "PATCH",
      path:
        objectPath(info, object.metadata.namespace ?? "", object.metadata.name) +
        query({ fieldManager: FIELD_MANAGER, force: "true", dryRun }),
      contentType: "application/apply-patch+yaml",
      afterCut: "again",
    }));
  }

  async create(object: KubeObject, mode: WriteMode): Promise<WriteOutcome> {
    return this.#write(object, mode, ({ info, dryRun }) => ({
      verb: mode === "dry-run" ? "create-dry-run" : "create",
      method: "POST",
      path:
        collectionPath(info, object.metadata.namespace ?? "") +
        query({ fieldManager: FIELD_MANAGER, dryRun }),
      afterCut: mode === "dry-run" ? "again" : "never",
    }));
  }

  async replace(object: KubeObject, mode: WriteMode): Promise<WriteOutcome> {
    return this.#write(object, mode, ({ info, dryRun }) => ({
      verb: mode === "dry-run" ? "replace-dry-run" : "replace",
      method: "PUT",
      path:
        objectPath(info, object.metadata.namespace ?? "", object.metadata.name) +
        query({ fieldManager: FIELD_MANAGER, dryRun }),
      afterCut: mode === "dry-run" ? "again" : "never",
    }));
  }

  async patch(
    ref: ObjectRef,
    apiVersion: string,
    patch: readonly JsonPatchOp[],
    { fieldManager, to, mode = "write" }: PatchAs = { fieldManager: FIELD_MANAGER, to: "object" },
  ): Promise<WriteOutcome> {
    const prepared = await this.#prepare({ ...parseApiVersion(apiVersion), kind: ref.kind });
    if (prepared.is !== "known") return prepared;
    const acting = this.#acting();
    if (acting.is === "refused") return nobodyMay(acting);
    const answer = await this.client.ask({
      ...asUser(acting),
      verb: mode === "dry-run" ? "patch-dry-run" : "patch",
      kind: nameOf(prepared.info),
      turn: this.#turn(ref),
      method: "PATCH",
      body: patch,
      contentType: "application/json-patch+json",
      afterCut: mode === "dry-run" ? "again" : "never",
      ...this.#guards(mode),
      path:
        objectPath(prepared.info, ref.namespace, ref.name) +
        (to === "status" ? "/status" : "") +
        query({ fieldManager, ...(mode === "dry-run" ? { dryRun: "All" } : {}) }),
    });
    return this.#outcome(answer, prepared.info, mode, undefined, acting);
  }

  async delete(
    ref: ObjectRef,
    apiVersion: string,
    {
      uid,
      resourceVersion,
      propagation,
      grace,
    }: { uid: string; resourceVersion?: string; propagation: Propagation; grace?: "none" },
    mode: WriteMode,
  ): Promise<DeleteOutcome> {
    const lookup = await this.discovery.kind({ ...parseApiVersion(apiVersion), kind: ref.kind });
    if (lookup.is === "unreachable") return { is: "unreachable", why: lookup.why };
    if (lookup.is === "absent") return lookup;
    const { info } = lookup;
    const acting = this.#acting();
    if (acting.is === "refused") return nobodyMay(acting);
    const answer = await this.client.ask({
      ...asUser(acting),
      verb: mode === "dry-run" ? "delete-dry-run" : "delete",
      kind: nameOf(info),
      turn: this.#turn(ref),
      method: "DELETE",
      path: objectPath(info, ref.namespace, ref.name),
      body: {
        apiVersion: "v1",
        kind: "DeleteOptions",
        preconditions: { uid, ...defined({ resourceVersion }) },
        propagationPolicy: propagation,
        ...(grace === undefined ? {} : { gracePeriodSeconds: 0 }),
        ...(mode === "dry-run" ? { dryRun: ["All"] } : {}),
      },
      afterCut: "again",
      ...this.#guards(mode),
    });
    if (answer.is === "status" && answer.status.code === 404 && answer.status.reason === "NotFound")
      return { is: "absent" };
    if (answer.is !== "ok") return sayingWho(notDone(answer, info, undefined), answer, acting);
    // A Status: it is gone. The object itself: it waits for its finalizers, its dependants or its grace period.
    const left = objectIn(answer.body, info);
    if (left === undefined && !(isMapping(answer.body) && answer.body["kind"] === "Status")) return NO_OBJECT;
    if (mode === "write" && this.cache.covers(ref.group, ref.kind, ref.namespace)) {
      if (left?.metadata.deletionTimestamp !== undefined)
        this.cache.index.put(observe(left, info, "by-tracking"), "event");
      else this.cache.index.deletedByUs(refKey(ref), uid);
    }
    return { is: "deleted" };
  }

  async #write(
    object: KubeObject,
    mode: WriteMode,
    asks: (of: { info: KindInfo; dryRun: "All" | undefined }) => Omit<Ask, "kind" | "body" | "turn">,
  ): Promise<WriteOutcome> {
    const prepared = await this.#prepare(gvkOf(object));
    if (prepared.is !== "known") return prepared;
    const { info } = prepared;
    const acting = this.#acting();
    if (acting.is === "refused") return nobodyMay(acting);
    const answer = await this.client.ask({
      ...asUser(acting),
      ...asks({ info, dryRun: mode === "dry-run" ? "All" : undefined }),
      kind: nameOf(info),
      turn: this.#turn(refOf(object), object),
      body: object,
      ...this.#guards(mode),
    });
    return this.#outcome(answer, info, mode, object, acting);
  }

  async #prepare(gvk: GroupVersionKind): Promise<Prepared> {
    const lookup = await this.discovery.kind(gvk);
    if (lookup.is === "known") return lookup;
    if (lookup.is === "unreachable") return { is: "unreachable", why: lookup.why };
    const version = gvk.group === "" ? gvk.version : `${gvk.group}/${gvk.version}`;
    return {
      is: "refused",
      status: 404,
      reason: "NotFound",
      message: `the cluster has no kind ${gvk.kind} at ${version}`,
      causes: [],
    };
  }

  #outcome(
    answer: Answer,
    info: KindInfo,
    mode: WriteMode,
    sent: KubeObject | undefined,
    acting: Acting,
  ): WriteOutcome {
    if (answer.is !== "ok") return sayingWho(notDone(answer, info, sent), answer, acting);
    const object = objectIn(answer.body, info);
    if (object === undefined) return NO_OBJECT;
    const whole = new Observed(object, info);
    if (mode === "write" && this.cache.covers(info.group, info.kind, object.metadata.namespace ?? ""))
      this.cache.index.put(
        isTracked(whole.live) ? whole.live : observe(object, info, "by-tracking"),
        "event",
      );
    const secret = holdsSecrets(object) || (sent !== undefined && holdsSecrets(sent));
    return {
      is: "done",
      get live() {
        return whole.live;
      },
      object,
      warnings: secret ? [] : warningsOf(answer.headers),
    };
  }
}

/** An answer as the cache would hold it, made when somebody reads it: a pre-flight asks only whether there is one. */
class Observed {
  #live: LiveObject | undefined;

  constructor(
    private readonly object: KubeObject,
    private readonly info: KindInfo,
  ) {}

  get live(): LiveObject {
    this.#live ??= observe(this.object, this.info, "whole");
    return this.#live;
  }
}

const NO_OBJECT = { is: "unreachable", why: "the answer is no object of its kind" } as const;

/** @returns undefined where it is something else: what a proxy says in the server's place is no object */
function objectIn(body: unknown, { kind }: KindInfo): KubeObject | undefined {
  if (!isMapping(body) || body["kind"] !== kind || !isMapping(body["metadata"])) return undefined;
  return typeof body["metadata"]["name"] === "string" ? (body as unknown as KubeObject) : undefined;
}

function nameOf({ group, kind }: KindInfo): string {
  return `${group}/${kind}`;
}

/** `Warning: 299 - "text"`, several in one header. */
function warningsOf(headers: Headers): string[] {
  return [...(headers.get("warning") ?? "").matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g)].map(([, text = ""]) =>
    text.replace(/\\(.)/g, "$1"),
  );
}
