import type { Context } from "hono";
import { ApiError } from "./api-error.ts";
import type { Env } from "./context.ts";
import { applyFields } from "./field-mask.ts";
import { LatestEvents, type WatchEvent } from "./latest-events.ts";

const STREAM_CAP = 100;
/** So that a chunk stays small enough for a slow client. */
const EVENTS_A_CHUNK = 50;
/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;
/** Whoever is logged out is told nothing any more after so long at most. */
const HOLDS_EVERY_MS = 5_000;

export interface Streamed<E extends WatchEvent> {
  keyOf(event: E): string;
  /** Everything that there is, as ADDED. */
  first(): Iterable<E>;
  /** @returns ends it */
  follow(listener: (event: E) => void): () => void;
  wanted(event: E): boolean;
  result(event: E): Record<string, unknown>;
}

/**
 * Streams of one server, of which so many are open at once: everything as ADDED, then each change. NDJSON, or Server-Sent
 * Events where `Accept` asks for them. With `resourceVersion` (any value) the first part is left out: a client opens the
 * stream, then lists, and misses nothing.
 */
export class OpenStreams {
  #open = 0;

  /** @throws {ApiError} 429 where too many are open */
  open<E extends WatchEvent>(c: Context<Env>, of: Streamed<E>): Response {
    if (this.#open >= STREAM_CAP)
      throw new ApiError("ResourceExhausted", `${STREAM_CAP} streams are open already`);
    const request = c.req.raw;
    const sse = (request.headers.get("accept") ?? "").includes("text/event-stream");
    const headers = {
      "content-type": sse ? "text/event-stream" : "application/json",
      "x-accel-buffering": "no",
    };
    // Nobody would ever read or cancel the body of a HEAD.
    if (request.method === "HEAD") return c.body(null, 200, headers);
    const fields = withoutPrefix(c.req.query("fields"));
    const queue = new LatestEvents<E>((event) => of.keyOf(event));
    const put = (event: E): void => {
      if (of.wanted(event)) queue.put(event);
    };

    this.#open += 1;
    const unsubscribe = of.follow(put);
    let keepalive: Timer | undefined;
    const { who } = c.env;
    // Then what waits is not sent either: the body is at its end.
    const holding = setInterval(() => {
      if (!who.holds()) queue.close();
    }, HOLDS_EVERY_MS);
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      this.#open -= 1;
      unsubscribe();
      clearInterval(keepalive);
      clearInterval(holding);
      queue.close();
    };
    request.signal.addEventListener("abort", end, { once: true });
    if (!c.req.query("resourceVersion")) for (const event of of.first()) put(event);

    const encoder = new TextEncoder();
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        // Sends the headers at once: a client knows that it is connected before anything happens.
        controller.enqueue(encoder.encode(sse ? ": connected\n\n" : "\n"));
        keepalive = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0)
            controller.enqueue(encoder.encode(sse ? ": ping\n\n" : "\n"));
        }, KEEPALIVE_MS);
      },
      async pull(controller) {
        const events = await queue.take(EVENTS_A_CHUNK);
        if (events.length === 0) {
          if (!ended) controller.close();
          return end();
        }
        const lines = events.map((event) =>
          JSON.stringify({ result: applyFields(of.result(event), fields) }),
        );
        controller.enqueue(
          encoder.encode(sse ? lines.map((line) => `data: ${line}\n\n`).join("") : `${lines.join("\n")}\n`),
        );
      },
      cancel: end,
    });
    c.env.server?.timeout(request, 0);
    return new Response(body, { headers });
  }
}

/** In a stream Argo CD's clients write `result.application.metadata.name`. */
function withoutPrefix(fields: string | undefined): string | undefined {
  return fields
    ?.split(",")
    .map((path) => path.trim().replace(/^(-?)result\./, "$1"))
    .join(",");
}
