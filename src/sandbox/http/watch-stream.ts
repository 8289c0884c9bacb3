import { defined } from "../../lib/defined.ts";
import { expired } from "../api-error.ts";
import type { Clock } from "../clock.ts";
import type { JsonObject, KubeJson } from "../json.ts";
import type { Kind } from "../kinds/kind.ts";
import { filterOf } from "../storage/selectors.ts";
import type { ObjectStore, StoreEvent } from "../storage/store.ts";

export interface WatchAsk {
  kind: Kind;
  namespace: string | undefined;
  query: URLSearchParams;
  store: ObjectStore;
  clock: Clock;
  bookmarkMs: number;
  /** Aborted when the client leaves or the server stops. */
  signal: AbortSignal;
  /** How an object goes out: itself, or as a table. */
  shape(object: KubeJson): JsonObject;
}

/** What a slow watcher may have waiting, in bytes, before it is cut off: it lists again and resumes. */
const MAX_WAITING_BYTES = 32 * 1024 * 1024;

/**
 * The events of a watch, one JSON line each. Without a resourceVersion (or with 0) it starts with all there is; a
 * resourceVersion that is forgotten ends it with a 410 event.
 */
export function watchStream(ask: WatchAsk): ReadableStream<Uint8Array> {
  return new ReadableStream(new Watch(ask), new ByteLengthQueuingStrategy({ highWaterMark: 0 }));
}

class Watch implements UnderlyingDefaultSource<Uint8Array> {
  readonly #ask: WatchAsk;
  readonly #filter: ReturnType<typeof filterOf>;
  readonly #since: string;
  readonly #bookmarks: "asked for" | "not";
  readonly #initialEvents: "asked for" | "not";
  readonly #timeoutSeconds: number;
  /** Aborted by the client that leaves. */
  readonly #left = new AbortController();
  readonly #stop: AbortSignal;
  readonly #encoder = new TextEncoder();
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #unsubscribe: () => void = () => undefined;

  constructor(ask: WatchAsk) {
    const { query, kind, signal } = ask;
    this.#ask = ask;
    this.#filter = filterOf(query, kind.kind);
    this.#since = query.get("resourceVersion") ?? "";
    this.#bookmarks = ["true", "1"].includes(query.get("allowWatchBookmarks") ?? "") ? "asked for" : "not";
    this.#initialEvents = query.get("sendInitialEvents") === "true" ? "asked for" : "not";
    this.#timeoutSeconds = Number(query.get("timeoutSeconds") ?? "0");
    this.#stop = AbortSignal.any([signal, this.#left.signal]);
  }

  start(controller: ReadableStreamDefaultController<Uint8Array>): void {
    this.#controller = controller;
    const { kind, namespace, store, shape } = this.#ask;
    const fresh = this.#since === "" || this.#since === "0";
    const wantsAll = fresh || this.#initialEvents === "asked for";
    const missed = wantsAll ? [] : store.since(kind.table, Number(this.#since));
    if (missed === undefined) {
      const why = `too old resource version: ${this.#since} (${store.resourceVersion()})`;
      this.#send("ERROR", expired(why).status());
      this.#close();
      return;
    }
    // The headers leave with the first byte: a client of a quiet watch must not wait for them. JSON may start with a space.
    controller.enqueue(this.#encoder.encode(" "));
    if (wantsAll)
      for (const object of store.list(kind.table, namespace))
        if (this.#matches(object)) this.#send("ADDED", shape(kind.convert(object)));
    if (this.#initialEvents === "asked for") this.#bookmark({ "k8s.io/initial-events-end": "true" });
    for (const event of missed) this.#pass(event);
    const ends = [
      store.subscribe(kind.table, (event) => this.#pass(event)),
      store.onClosed(kind.table, () => this.#close()),
    ];
    this.#unsubscribe = () => {
      for (const end of ends) end();
    };
    this.#stop.addEventListener("abort", () => this.#close(), { once: true });
    if (this.#stop.aborted) this.#close();
    this.#keepTime();
  }

  cancel(): void {
    this.#unsubscribe();
    this.#left.abort();
  }

  #close(): void {
    const controller = this.#controller;
    if (controller === undefined) return;
    this.#controller = undefined;
    this.#unsubscribe();
    // A client that left has closed it already.
    if (this.#left.signal.aborted) return;
    this.#left.abort();
    controller.close();
  }

  #send(type: string, object: JsonObject): void {
    if (this.#controller === undefined) return;
    this.#controller.enqueue(this.#encoder.encode(`${JSON.stringify({ type, object })}\n`));
    if ((this.#controller.desiredSize ?? 0) < -MAX_WAITING_BYTES) this.#close();
  }

  #bookmark(annotations?: JsonObject): void {
    const { kind, store } = this.#ask;
    this.#send("BOOKMARK", {
      kind: kind.kind,
      apiVersion: kind.apiVersion,
      metadata: {
        resourceVersion: String(store.resourceVersion()),
        creationTimestamp: null,
        ...defined({ annotations }),
      },
    });
  }

  #pass(event: StoreEvent): void {
    const { kind, shape } = this.#ask;
    // As a real server does where it is asked from a place that it has not reached.
    if (event.resourceVersion <= Number(this.#since)) return;
    const was = this.#matches(event.before);
    const is = event.type === "DELETED" ? false : this.#matches(event.object);
    if (!was && !is) return;
    const object = {
      ...event.object,
      metadata: { ...event.object.metadata, resourceVersion: String(event.resourceVersion) },
    };
    this.#send(is ? (was ? "MODIFIED" : "ADDED") : "DELETED", shape(kind.convert(object)));
  }

  #matches(object: KubeJson | undefined): boolean {
    const { namespace } = this.#ask;
    if (object === undefined || (namespace !== undefined && object.metadata.namespace !== namespace))
      return false;
    return this.#filter === undefined || this.#filter(object);
  }

  /** Bookmarks, and the end that was asked for. */
  #keepTime(): void {
    const isMarked = this.#bookmarks === "asked for";
    if (this.#timeoutSeconds > 0)
      void this.#after(this.#timeoutSeconds * 1000, () => {
        if (isMarked) this.#bookmark();
        this.#close();
      });
    const beat = (): void => {
      this.#bookmark();
      void this.#after(this.#ask.bookmarkMs, beat);
    };
    if (isMarked) void this.#after(this.#ask.bookmarkMs, beat);
  }

  async #after(ms: number, then: () => void): Promise<void> {
    const slept = await this.#ask.clock.sleep(ms, this.#stop).then(
      () => true,
      () => false,
    );
    if (slept) then();
  }
}
