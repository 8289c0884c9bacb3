/** Whole objects of one kind: for applications and projects that live in a cluster, and for the Secrets that speak of them. */
import type { GroupVersionKind, KubeObject } from "../core/model/kube-object.ts";
import { isOlder } from "../core/model/resource-version.ts";
import type { KindInfo, KindLookup } from "../core/ports/cluster.ts";
import type { ObjectWatch, ObjectWatchListener, WatchState } from "../core/ports/object-watch.ts";
import { defined } from "../lib/defined.ts";
import { equalJson } from "../lib/equal-json.ts";
import { type ApiClient, whyNoAnswer } from "./api-client.ts";
import type { Discovery } from "./discovery.ts";
import { ObjectStream } from "./object-stream.ts";
import type { Order, Sink, StreamState } from "./stream-types.ts";

export interface WatchParts {
  client: ApiClient;
  discovery: Pick<Discovery, "kind" | "onChange">;
  /** Calls it when what was seen counts no more, see `LiveCache.onAnother`. */
  onAnother(listener: () => void): () => void;
  gvk: GroupVersionKind;
  /** Empty: everywhere. */
  namespaces: readonly string[];
  /** `a=b,c`; whole objects that it does not select are not sent. */
  labelSelector?: string | undefined;
  /** Of the only one. */
  name?: string | undefined;
  listener: ObjectWatchListener;
}

/** The streams of one kind, one for each namespace, and what they showed. */
export class WatchedObjects implements ObjectWatch {
  readonly #parts: WatchParts;
  readonly #held = new Map<string, KubeObject>();
  readonly #streams = new Map<string, ObjectStream>();
  #served: "unknown" | "absent" | "served" = "unknown";
  #why: string | undefined;
  #said: WatchState = { is: "starting" };
  /** Counts lookups: only the last one that was begun decides. */
  #lookups = 0;
  #path = "";
  #ended = false;
  readonly #endings: (() => void)[];

  constructor(parts: WatchParts) {
    this.#parts = parts;
    const { discovery, client, onAnother } = parts;
    this.#endings = [
      discovery.onChange(() => void this.#lookUp()),
      client.liveness.onBack((failedAt) => {
        for (const stream of this.#streams.values()) stream.renewIfSilent(failedAt);
        void this.#lookUp();
      }),
      onAnother(() => {
        for (const stream of this.#streams.values()) void stream.relist();
      }),
    ];
    void this.#lookUp();
  }

  state(): WatchState {
    return this.#said;
  }

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#held.get(keyOf({ namespace, name }));
  }

  objects(): Iterable<KubeObject> {
    return this.#held.values();
  }

  wrote(object: KubeObject): void {
    const known = this.#held.get(keyOf(object.metadata));
    if (known?.metadata.uid === object.metadata.uid) this.#take(object, "by-version");
  }

  stop(): void {
    this.#ended = true;
    this.#lookups++;
    for (const end of this.#endings) end();
    this.#endStreams();
  }

  // ---------------------------------------------------------------- whether it is served

  async #lookUp(): Promise<void> {
    const lookup = ++this.#lookups;
    const found = await this.#found();
    if (this.#ended || lookup !== this.#lookups) return;
    // A server that cannot tell has not said that it serves it no more.
    if (found.is === "unreachable") {
      this.#why = found.why;
      return this.#say();
    }
    this.#why = undefined;
    this.#served = found.is === "known" ? "served" : "absent";
    if (found.is === "known") this.#open(found.info);
    else {
      this.#endStreams();
      for (const object of [...this.#held.values()]) this.#drop(object);
    }
    this.#say();
  }

  async #found(): Promise<KindLookup> {
    const { discovery, client, gvk } = this.#parts;
    try {
      return await discovery.kind(gvk);
    } catch (cause) {
      // Nobody waits for it: what a closed connection throws here would end the process in the middle of its stop.
      const why = whyNoAnswer(cause);
      if (!client.ending.aborted) client.log.error("discovery fell over", { why });
      return { is: "unreachable", why };
    }
  }

  #open(info: KindInfo): void {
    const path = `${info.group}/${info.version}/${info.resource}/${info.scope}`;
    if (this.#path !== path) this.#endStreams();
    this.#path = path;
    const { namespaces, client, labelSelector, name } = this.#parts;
    const fieldSelector = name === undefined ? undefined : `metadata.name=${name}`;
    for (const namespace of namespaces.length === 0 ? [""] : namespaces) {
      if (this.#streams.has(namespace)) continue;
      const stream = new ObjectStream(
        client,
        info,
        namespace,
        "object",
        this.#sink(namespace),
        () => this.#say(),
        defined({ labelSelector, fieldSelector }),
      );
      this.#streams.set(namespace, stream);
      stream.start();
    }
  }

  #endStreams(): void {
    for (const stream of this.#streams.values()) stream.stop();
    this.#streams.clear();
    this.#path = "";
  }

  #say(): void {
    const now = this.#now();
    if (this.#ended || equalJson(now, this.#said)) return;
    this.#said = now;
    this.#parts.listener.became(now);
  }

  #now(): WatchState {
    if (this.#served === "absent") return { is: "absent" };
    const states = [...this.#streams.values()].map(({ state }) => state);
    const failed = states.find((state): state is StreamState & { is: "failed" } => state.is === "failed");
    if (failed !== undefined) return { is: "unseen", why: failed.why };
    if (states.length > 0 && states.every(({ is }) => is === "live")) return { is: "shown" };
    return this.#why === undefined ? { is: "starting" } : { is: "unseen", why: this.#why };
  }

  // ---------------------------------------------------------------- what there is

  #sink(namespace: string): Sink {
    let listed: Set<string> | undefined;
    return {
      listing: () => {
        listed = new Set();
        return 0;
      },
      knows: () => false,
      put: (object, _, order) => {
        listed?.add(keyOf(object.metadata));
        this.#take(object, order);
      },
      deleted: (object) => {
        const known = this.#held.get(keyOf(object.metadata));
        // One of the same name that was made since is another object.
        if (known !== undefined && known.metadata.uid === object.metadata.uid) this.#drop(object);
      },
      listed: () => {
        const named = listed ?? new Set();
        listed = undefined;
        for (const object of [...this.#held.values()]) {
          const isOurs = namespace === "" || object.metadata.namespace === namespace;
          if (isOurs && !named.has(keyOf(object.metadata))) this.#drop(object);
        }
      },
    };
  }

  #take(object: KubeObject, order: Order): void {
    const key = keyOf(object.metadata);
    const known = this.#held.get(key);
    if (known !== undefined && known.metadata.uid === object.metadata.uid) {
      const [now = "", before = ""] = [object.metadata.resourceVersion, known.metadata.resourceVersion];
      if (now === before) return;
      const isLate = order !== "as-it-is" && isOlder(now, before);
      if (isLate && (order === "by-version" || isOlder(order.listed, before))) return;
    } else if (known !== undefined) this.#drop(known);
    this.#held.set(key, object);
    this.#parts.listener.changed(object);
  }

  #drop(object: KubeObject): void {
    this.#held.delete(keyOf(object.metadata));
    this.#parts.listener.gone(object);
  }
}

/** A namespace has no slash in its name. */
function keyOf({ namespace, name }: { namespace?: string | undefined; name: string }): string {
  return `${namespace ?? ""}/${name}`;
}
