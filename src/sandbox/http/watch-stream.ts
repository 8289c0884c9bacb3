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
const maxWaitingBytes = 32 * 1024 * 1024;

/**
 * The events of a watch, one JSON line each. Without a resourceVersion (or with 0) it starts with all there is; a
 * resourceVersion that is forgotten ends it with a 410 event.
 */
export function watchStream(ask: WatchAsk): ReadableStream<Uint8Array> {
  const { kind, namespace, query, store, clock } = ask;
  const filter = filterOf(query, kind.kind);
  const inNamespace = (object: KubeJson) =>
    namespace === undefined || object.metadata.namespace === namespace;
  const matches = (object: KubeJson | undefined) =>
    object !== undefined && inNamespace(object) && (filter === undefined || filter(object));
  const bookmarks = query.get("allowWatchBookmarks") === "true" || query.get("allowWatchBookmarks") === "1";
  const wantsInitial = query.get("sendInitialEvents") === "true";
  const since = query.get("resourceVersion") ?? "";
  const timeoutSeconds = Number(query.get("timeoutSeconds") ?? "0");
  const ended = new AbortController();
  const stop = AbortSignal.any([ask.signal, ended.signal]);
  const encoder = new TextEncoder();
  let unsubscribe: () => void = () => undefined;

  return new ReadableStream<Uint8Array>(
    {
      start(controller) {
        let open = true;
        const close = () => {
          if (!open) return;
          open = false;
          unsubscribe();
          // A client that left has closed it already.
          if (ended.signal.aborted) return;
          ended.abort();
          controller.close();
        };
        const send = (type: string, object: JsonObject) => {
          if (!open) return;
          controller.enqueue(encoder.encode(`${JSON.stringify({ type, object })}\n`));
          if ((controller.desiredSize ?? 0) < -maxWaitingBytes) close();
        };
        const bookmark = (annotations?: JsonObject) =>
          send("BOOKMARK", {
            kind: kind.kind,
            apiVersion: kind.apiVersion,
            metadata: {
              resourceVersion: String(store.resourceVersion()),
              creationTimestamp: null,
              ...defined({ annotations }),
            },
          });
        const pass = (event: StoreEvent) => {
          const was = matches(event.before);
          const is = event.type === "DELETED" ? false : matches(event.object);
          if (!was && !is) return;
          const object = {
            ...event.object,
            metadata: { ...event.object.metadata, resourceVersion: String(event.resourceVersion) },
          };
          send(is ? (was ? "MODIFIED" : "ADDED") : "DELETED", ask.shape(kind.convert(object)));
        };

        const fresh = since === "" || since === "0";
        const missed = fresh || wantsInitial ? [] : store.since(kind.table, Number(since));
        if (missed === undefined) {
          send("ERROR", expired(`too old resource version: ${since} (${store.resourceVersion()})`).status());
          close();
          return;
        }
        // The headers leave with the first byte: a client of a quiet watch must not wait for them. JSON may start with a space.
        controller.enqueue(encoder.encode(" "));
        if (wantsInitial || fresh)
          for (const object of store.list(kind.table, namespace))
            if (matches(object)) send("ADDED", ask.shape(kind.convert(object)));
        if (wantsInitial) bookmark({ "k8s.io/initial-events-end": "true" });
        for (const event of missed) pass(event);
        const unlisten = store.subscribe(kind.table, pass);
        const unclose = store.onClosed(kind.table, close);
        unsubscribe = () => {
          unlisten();
          unclose();
        };
        stop.addEventListener("abort", close, { once: true });
        if (stop.aborted) close();
        const wait = async (ms: number, then: () => void) => {
          const slept = await clock.sleep(ms, stop).then(
            () => true,
            () => false,
          );
          if (slept) then();
        };
        if (timeoutSeconds > 0)
          void wait(timeoutSeconds * 1000, () => {
            if (bookmarks) bookmark();
            close();
          });
        const beat = () => {
          bookmark();
          void wait(ask.bookmarkMs, beat);
        };
        if (bookmarks) void wait(ask.bookmarkMs, beat);
      },
      cancel() {
        unsubscribe();
        ended.abort();
      },
    },
    new ByteLengthQueuingStrategy({ highWaterMark: 0 }),
  );
}
