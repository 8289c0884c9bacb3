import { controllingSet, parentOf, setOf } from "../../core/manifest/parent-of.ts";
import { type AppKey, type Application, appKey } from "../../core/model/application.ts";
import {
  type ApplicationSet,
  keyOfSet,
  SET_REFRESH,
  type SetKey,
  setKey,
} from "../../core/model/application-set.ts";
import type { ApplicationSetStatus } from "../../core/model/application-set-status.ts";
import type { KubeObject, OwnerReference } from "../../core/model/kube-object.ts";
import { type ObjectRef, refOf, show } from "../../core/model/object-ref.ts";
import type { Parsed, Problem } from "../../core/model/problem.ts";
import type { DeleteOutcome } from "../../core/ports/cluster-objects.ts";
import type { RecordAnswer } from "../../core/ports/custom-resources.ts";
import type { ServedSetObjects } from "../../core/ports/served-set-objects.ts";
import type { Children, KnownSet, SetChild, WrittenOver } from "../../core/ports/sets-home.ts";
import { ChildIndex } from "../../core/sets/child-index.ts";
import { overtaken } from "../../core/sets/overtaken.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { errorsIn, type ServedManifest } from "./read-served.ts";
import type { Answer, ServedApi } from "./served-api.ts";

const API_VERSION = "argoproj.io/v1alpha1";

/** ApplicationSets that are served, and every application that is: what sets make stands among them. */
export class ServedSets implements ServedSetObjects {
  readonly #children = new ChildIndex();
  readonly #sets = new Map<SetKey, { object: KubeObject; known: KnownSet | undefined }>();
  readonly #listeners = new Set<() => void>();

  constructor(
    private readonly api: ServedApi,
    private readonly homeNamespace: string,
    /** Of an object, which is never changed in place: the very same answer each time. */
    private readonly parsed: (object: KubeObject) => Parsed<ServedManifest>,
  ) {
    for (const object of api.all()) this.#note(refOf(object), object);
    api.onChange((ref, object) => {
      if (!this.#note(ref, object)) return;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Told in the same step. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Applications by key, the very same map for good. */
  get children(): Children {
    return this.#children;
  }

  /** Sets that parents render, or that were made through the API. */
  sets(): { sets: KnownSet[]; unreadable: Set<SetKey>; problems: Problem[] } {
    const sets: KnownSet[] = [];
    const unreadable = new Set<SetKey>();
    const problems: Problem[] = [];
    for (const [key, { object, known }] of this.#sets) {
      if (known !== undefined) {
        sets.push(known);
        continue;
      }
      unreadable.add(key);
      problems.push(
        ...errorsIn(this.parsed(object)).map((problem) => ({ ...problem, object: show(refOf(object)) })),
      );
    }
    return { sets, unreadable, problems };
  }

  put(set: ApplicationSet, over: WrittenOver): RecordAnswer {
    const ref = refOfSet(set.metadata.namespace, set.metadata.name);
    const now = this.api.get(ref);
    if (now !== undefined && over === "nothing")
      return { is: "conflict", why: `there is an ApplicationSet ${keyOfSet(set)} already` };
    const late = overtaken(set, over, this.#sets.get(keyOfSet(set))?.known?.set);
    if (late !== undefined) return late;
    const { labels, annotations, finalizers } = set.metadata;
    const object = {
      ...now,
      apiVersion: API_VERSION,
      kind: "ApplicationSet",
      metadata: {
        ...now?.metadata,
        name: ref.name,
        namespace: ref.namespace,
        ...defined({ labels, annotations, finalizers }),
      },
      spec: set.spec,
    } as KubeObject;
    return recordAnswer(
      now === undefined ? this.api.create(object, "write") : this.api.replace(object, "write"),
      ref,
    );
  }

  delete(key: SetKey): RecordAnswer {
    return this.#delete(placeOf(key));
  }

  make({ key, uid }: Pick<KnownSet, "key" | "uid">, app: Application): RecordAnswer {
    const { apiVersion, kind, metadata, spec } = app;
    const ownerReferences: OwnerReference[] = [
      {
        apiVersion: API_VERSION,
        kind: "ApplicationSet",
        name: placeOf(key).name,
        uid,
        controller: true,
        blockOwnerDeletion: true,
      },
    ];
    const object = { apiVersion, kind, metadata: { ...metadata, ownerReferences }, spec } as KubeObject;
    return recordAnswer(this.api.create(object, "write"), refOf(object));
  }

  change(child: SetChild, { metadata, spec }: Application): RecordAnswer {
    const now = this.#children.get(child.key);
    const ref = refOfApp(child.key);
    const object = this.api.get(ref);
    if (now === undefined || object === undefined) return { is: "absent" };
    if (now !== child) return { is: "conflict", why: `${show(ref)} is not what it was` };
    const { labels: _, annotations: __, finalizers: ___, ...rest } = object.metadata;
    const { labels, annotations, finalizers } = metadata;
    const changed = {
      ...object,
      metadata: { ...rest, ...defined({ labels, annotations, finalizers }) },
      spec,
    } as KubeObject;
    return recordAnswer(this.api.replace(changed, "write"), ref);
  }

  /** @param objects `stay`: what it delivered is left as it is */
  remove({ key, uid }: Pick<SetChild, "key" | "uid">, objects: "as-it-says" | "stay"): RecordAnswer {
    const ref = refOfApp(key);
    return this.#delete(ref, uid, objects === "stay" ? [] : undefined);
  }

  show(key: SetKey, status: ApplicationSetStatus): void {
    const object = this.#sets.get(key)?.object;
    if (object === undefined || equalJson(object.status, status)) return;
    this.api.putStatus(placeOf(key), status as Record<string, unknown>);
  }

  refreshed(key: SetKey, written: string): void {
    const object = this.#sets.get(key)?.object;
    if (object?.metadata.annotations?.[SET_REFRESH] !== written) return;
    const { [SET_REFRESH]: _, ...annotations } = object.metadata.annotations;
    this.api.replace({ ...object, metadata: { ...object.metadata, annotations } } as KubeObject, "write");
  }

  release(key: SetKey, applications: "nobodys" | "of-the-name"): void {
    if (this.#sets.get(key)?.known?.goingSince === undefined) return;
    if (applications === "nobodys") this.disown(key);
    this.api.putFinalizers(placeOf(key), []);
  }

  /** It stays for good: another set that gets the name would take it for its own. */
  disown(set: SetKey): void {
    for (const { key, isGoing } of this.#children.ownedBy(set)) {
      const object = isGoing ? undefined : this.api.get(refOfApp(key));
      if (object === undefined) continue;
      const owner = controllingSet(object);
      const others = object.metadata.ownerReferences?.filter(({ uid }) => uid !== owner?.uid) ?? [];
      const { ownerReferences: _, ...metadata } = object.metadata;
      this.api.replace(
        {
          ...object,
          metadata: { ...metadata, ...(others.length === 0 ? {} : { ownerReferences: others }) },
        } as KubeObject,
        "write",
      );
    }
  }

  /** @param finalizers that it is to go with, in place of its own: both is one write */
  #delete(ref: ObjectRef, uid?: string, finalizers?: readonly string[]): RecordAnswer {
    const object = this.api.get(ref);
    if (object === undefined) return { is: "absent" };
    const how = { uid: uid ?? object.metadata.uid ?? "", ...defined({ finalizers }) };
    const answer = this.api.delete(ref, how, "write");
    if (answer.is === "absent") return { is: "absent" };
    return answer.is === "deleted" ? { is: "written" } : { is: "conflict", why: whyOf(answer) };
  }

  /** @returns whether somebody may want to know */
  #note(ref: ObjectRef, object: KubeObject | undefined): boolean {
    if (ref.kind === "Application") return this.#noteChild(appKey(ref.namespace, ref.name), object);
    return ref.kind === "ApplicationSet" && this.#noteSet(setKey(ref.namespace, ref.name), object);
  }

  #noteChild(key: AppKey, object: KubeObject | undefined): boolean {
    const before = this.#children.get(key);
    const parsed = object === undefined ? undefined : this.parsed(object);
    // One that cannot be read keeps its name, as it was.
    if (object !== undefined && (parsed?.ok !== true || parsed.value.kind !== "Application")) return false;
    if (object === undefined || parsed?.ok !== true) return this.#children.delete(key);
    const child: SetChild = {
      key,
      uid: object.metadata.uid ?? "",
      app: parsed.value as Application,
      ownedBy: setOf(object),
      isGoing: object.metadata.deletionTimestamp !== undefined,
    };
    if (before !== undefined && equalJson(before, child)) return false;
    this.#children.set(child);
    return true;
  }

  #noteSet(key: SetKey, object: KubeObject | undefined): boolean {
    if (object === undefined) return this.#sets.delete(key);
    const before = this.#sets.get(key)?.known;
    const known = this.#knownOf(key, object, before);
    this.#sets.set(key, { object, known });
    return known === undefined || !isSameBesideStatus(before, known);
  }

  #knownOf(key: SetKey, object: KubeObject, before: KnownSet | undefined): KnownSet | undefined {
    const parsed = this.parsed(object);
    if (!parsed.ok || parsed.value.kind !== "ApplicationSet") return undefined;
    const parent = parentOf(object, this.homeNamespace);
    const { uid = "", deletionTimestamp: goingSince, annotations } = object.metadata;
    const set = before !== undefined && equalJson(before.set, parsed.value) ? before.set : parsed.value;
    return {
      key,
      uid,
      set,
      origin: parent === undefined ? { from: "api" } : { from: "parent", parent },
      goingSince,
      status: object.status as ApplicationSetStatus | undefined,
      refresh: annotations?.[SET_REFRESH],
    };
  }
}

function isSameBesideStatus(a: KnownSet | undefined, b: KnownSet): boolean {
  return a !== undefined && equalJson({ ...a, status: undefined }, { ...b, status: undefined });
}

function recordAnswer(answer: Answer, ref: ObjectRef): RecordAnswer {
  if (answer.is === "done") return { is: "written" };
  if (answer.status === 404) return { is: "absent" };
  const why = whyOf(answer);
  return answer.status === 422
    ? { is: "invalid", problem: { severity: "error", object: show(ref), text: why } }
    : { is: "conflict", why };
}

function whyOf(answer: Exclude<DeleteOutcome, { is: "absent" | "deleted" }>): string {
  return answer.is === "refused" ? answer.message.replace(/\.$/, "") : answer.why;
}

function placeOf(key: SetKey): ObjectRef {
  const slash = key.indexOf("/");
  return refOfSet(key.slice(0, slash), key.slice(slash + 1));
}

function refOfSet(namespace: string, name: string): ObjectRef {
  return { group: "argoproj.io", kind: "ApplicationSet", namespace, name };
}

function refOfApp(key: AppKey): ObjectRef {
  const slash = key.indexOf("/");
  return {
    group: "argoproj.io",
    kind: "Application",
    namespace: key.slice(0, slash),
    name: key.slice(slash + 1),
  };
}
