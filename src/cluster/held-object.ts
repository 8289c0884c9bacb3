import type { KubeObject, ObjectMeta } from "../core/model/kube-object.ts";
import type { ForeignManager, LiveObject, OwnEntry, TrackingId } from "../core/model/live-object.ts";
import type { PodLoad } from "../core/model/node-room.ts";
import { type ObjectRef, parseRefKey, type RefKey } from "../core/model/object-ref.ts";
import { defined } from "../lib/defined.ts";
import { isMapping } from "../lib/is-mapping.ts";

type Fields = Record<string, unknown>;

/** What objects of one owner do not have in common, field by field; the metadata that is here is a member anyway. */
const OWN = {
  metadata: ["name", "namespace", "uid", "resourceVersion", "creationTimestamp"],
  spec: ["nodeName"],
  status: ["containerStatuses", "initContainerStatuses"],
} as const;

interface Common {
  object: Fields;
  managers: readonly Omit<ForeignManager, "time">[];
}

interface Own {
  createdAt?: string | null;
  spec?: Fields;
  status?: Fields;
  /** Of the managers, in their order. */
  times: readonly string[];
}

/**
 * A live object that is not held whole. There may be a hundred thousand of them of which nobody asks anything: what tree
 * and health read is kept as two texts and parsed whenever it is asked for. One is often another's too, and all of it is
 * a handful of values for the collector in place of forty.
 */
export class HeldObject implements LiveObject {
  readonly key: RefKey;
  readonly uid: string;
  readonly apiVersion: string;
  readonly resourceVersion: string;
  readonly generation: number;
  readonly detail: NonNullable<LiveObject["detail"]>;
  readonly own: OwnEntry | undefined;
  readonly tracking: TrackingId | undefined;
  readonly installationId: string | undefined;
  readonly owners: readonly string[];
  readonly load?: PodLoad;
  readonly contentHash: string;
  readonly #common: string;
  readonly #own: string;
  /** The one that was asked for last: whoever asks reads several fields, one after the other. */
  static #parsed: { of: HeldObject; object: KubeObject } | undefined;

  /** @param shared one copy of a text that others have too */
  constructor(live: LiveObject, shared: (text: string) => string) {
    this.key = live.key;
    this.uid = live.uid;
    this.apiVersion = live.apiVersion;
    this.resourceVersion = live.resourceVersion;
    this.generation = live.generation;
    this.detail = live.detail ?? "full";
    this.own = live.own;
    this.tracking = live.tracking;
    this.installationId = live.installationId;
    this.owners = live.owners;
    if (live.load !== undefined) this.load = live.load;
    this.contentHash = live.contentHash;
    const { common, own } = split(live);
    this.#common = shared(JSON.stringify(common));
    this.#own = JSON.stringify(own);
  }

  get ref(): ObjectRef {
    return parseRefKey(this.key);
  }

  get object(): KubeObject {
    const parsed = HeldObject.#parsed;
    if (parsed?.of === this) return parsed.object;
    const object = this.#parse();
    HeldObject.#parsed = { of: this, object };
    return object;
  }

  #parse(): KubeObject {
    const { object } = JSON.parse(this.#common) as Common;
    const { createdAt, spec, status } = JSON.parse(this.#own) as Own;
    const { namespace, name } = this.ref;
    const metadata: ObjectMeta = {
      name,
      ...(namespace === "" ? {} : { namespace }),
      ...(this.uid === "" ? {} : { uid: this.uid }),
      ...(this.resourceVersion === "" ? {} : { resourceVersion: this.resourceVersion }),
      ...defined({ creationTimestamp: createdAt }),
      ...(object["metadata"] as Fields),
    };
    const whole = { ...object, metadata };
    const both = (part: "spec" | "status", more: Fields | undefined): Fields =>
      more === undefined ? {} : { [part]: { ...(object[part] as Fields), ...more } };
    return { ...whole, ...both("spec", spec), ...both("status", status) } as unknown as KubeObject;
  }

  get managers(): readonly ForeignManager[] {
    const { managers } = JSON.parse(this.#common) as Common;
    const { times } = JSON.parse(this.#own) as Own;
    return managers.map((manager, at) => ({ ...manager, time: times[at] ?? "" }));
  }
}

function split({ object, managers }: LiveObject): { common: Common; own: Own } {
  const spec = parted(object["spec"], OWN.spec);
  const status = parted(object["status"], OWN.status);
  const metadata = parted(object.metadata, OWN.metadata);
  const { creationTimestamp } = object.metadata;
  return {
    common: {
      object: {
        ...object,
        metadata: metadata.rest,
        ...("spec" in object ? { spec: spec.rest } : {}),
        ...("status" in object ? { status: status.rest } : {}),
      },
      managers: managers.map(({ time: _, ...manager }) => manager),
    },
    own: {
      ...defined({ createdAt: creationTimestamp, spec: spec.taken, status: status.taken }),
      times: managers.map(({ time }) => time),
    },
  };
}

/** @returns the named fields of it, undefined where it has none of them, and the rest as it is written */
function parted(value: unknown, names: readonly string[]): { taken: Fields | undefined; rest: unknown } {
  if (!isMapping(value)) return { taken: undefined, rest: value };
  let taken: Fields | undefined;
  let rest: Fields | undefined;
  for (const name of names) {
    if (value[name] === undefined) continue;
    taken ??= {};
    taken[name] = value[name];
    // What is undefined is not written; a copy without it would cost several times as much.
    rest ??= { ...value };
    rest[name] = undefined;
  }
  return { taken, rest: rest ?? value };
}
