import type { Context } from "hono";
import { type ApiError, errorLine } from "./api-error.ts";
import type { Followed } from "./authorised/in-sight.ts";
import type { Env } from "./context.ts";
import { applyFields, FIELDS_SAY } from "./field-mask.ts";
import { LatestEvents, type WatchEvent } from "./latest-events.ts";
import { OpenPlaces } from "./open-places.ts";
import { optional, text } from "./terms/wire.ts";
import { unhurried } from "./unhurried.ts";

const PLACES = { all: 200, each: 20, kept: 20 };
/** So that a chunk stays small enough for a slow client. */
const EVENTS_A_CHUNK = 50;
/** Below the shortest idle limit that proxies are known for (30 s). */
const KEEPALIVE_MS = 15_000;

export const STREAMING = {
  resourceVersion: optional(text({ says: "Whatever it is, what is there already is left out." })),
  fields: optional(text({ says: FIELDS_SAY })),
};

export interface Streamed<E extends WatchEvent> {
  keyOf(event: E): string;
  /** Everything that there is, as ADDED. */
  first(): Iterable<E>;
  /** @param over nothing more may be told, and why */
  follow(listener: (event: E) => void, over: (why: ApiError) => void): Followed<E>;
  wanted(event: E): boolean;
  /**
   * What is written of them, each as JSON.
   *
   * @param events of those that waited, at most so many as `gather` says
   * @param waiting how many wait still
   */
  lines(events: readonly E[], waiting: number): readonly unknown[];
  /** How long what comes is gathered before it is told, and how much at most. Default: at once, 50. */
  gather?: { ms: number; most: number };
}

/** A line for each event, with the fields that the request asks for. */
export function eachAsResult<E>(
  c: Context<Env>,
  result: (event: E) => Record<string, unknown>,
): (events: readonly E[]) => readonly unknown[] {
  const fields = withoutPrefix(c.req.query("fields"));
  return (events) => events.map((event) => ({ result: applyFields(result(event), fields) }));
}

/**
 * Streams of one server, of which so many are open at once: everything as ADDED, then each change. NDJSON, or Server-Sent
 * Events where `Accept` asks for them. With `resourceVersion` (any value) the first part is left out: a client opens the
 * stream, then lists, and misses nothing. Where whoever asks may hear no more, a last line `{"error":{…}}` says why.
 */
export class OpenStreams {
  readonly #places = new OpenPlaces("streams are open", PLACES);

  /** @throws {ApiError} 429 where too many are open */
  open<E extends WatchEvent>(c: Context<Env>, of: Streamed<E>): Response {
    const request = c.req.raw;
    const sse = (request.headers.get("accept") ?? "").includes("text/event-stream");
    const headers = {
      "content-type": sse ? "text/event-stream" : "application/json",
      "x-accel-buffering": "no",
    };
    // Nobody would ever read or cancel the body of a HEAD.
    if (request.method === "HEAD") return c.body(null, 200, headers);
    const { ms: gatherMs, most } = of.gather ?? { ms: 0, most: EVENTS_A_CHUNK };
    const queue = new LatestEvents<E>((event) => of.keyOf(event));
    const put = (event: E): void => {
      if (of.wanted(event)) queue.put(event);
    };

    const { who } = c.env;
    const leave = this.#places.take(who);
    const hurry = unhurried(c.env.server, request);
    let why: ApiError | undefined;
    let followed: Followed<E> | undefined;
    const told = (event: E): E | undefined => followed?.told(event);
    let keepalive: Timer | undefined;
    let ended = false;
    const end = (): void => {
      if (ended) return;
      ended = true;
      leave();
      hurry();
      followed?.stop();
      clearInterval(keepalive);
      queue.close();
    };
    request.signal.addEventListener("abort", end, { once: true });
    try {
      // Then what waits is not sent either: the body is at its end.
      followed = of.follow(put, (reason) => {
        why = reason;
        queue.close();
      });
      if (!c.req.query("resourceVersion")) for (const event of of.first()) put(event);
    } catch (cause) {
      end();
      throw cause;
    }
    // Who left meanwhile reads nothing, and nobody would tell us.
    if (request.signal.aborted) end();

    const encoder = new TextEncoder();
    const encoded = (values: readonly unknown[]): Uint8Array => {
      const lines = values.map((value) => JSON.stringify(value));
      return encoder.encode(
        sse ? lines.map((line) => `data: ${line}\n\n`).join("") : lines.map((line) => `${line}\n`).join(""),
      );
    };
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        if (ended) return controller.close();
        // Sends the headers at once: a client knows that it is connected before anything happens.
        controller.enqueue(encoder.encode(sse ? ": connected\n\n" : "\n"));
        keepalive = setInterval(() => {
          if ((controller.desiredSize ?? 0) > 0)
            controller.enqueue(encoder.encode(sse ? ": ping\n\n" : "\n"));
        }, KEEPALIVE_MS);
      },
      async pull(controller) {
        while (!ended) {
          const events = await queue.take(most, gatherMs);
          if (events.length === 0) {
            if (!ended && why !== undefined) controller.enqueue(encoded([errorLine(why)]));
            if (!ended) controller.close();
            return end();
          }
          // Whoever reads slowly may have lost the right to what waited for them.
          const now = events.flatMap((event) => told(event) ?? []);
          if (now.length === 0) continue;
          return controller.enqueue(encoded(of.lines(now, queue.waiting)));
        }
      },
      cancel: end,
    });
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
