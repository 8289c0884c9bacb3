import type { Secret } from "../core/model/secret.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { backoffMs } from "../lib/backoff.ts";
import { messageOf } from "../lib/caught.ts";
import { otlpRequest, type TraceResource } from "./otlp.ts";
import type { Span } from "./span.ts";

/** Spans that wait at most; the oldest give way. */
const MOST_WAITING = 4_096;
const IN_ONE_REQUEST = 512;
/** How long spans gather before they are sent. */
const GATHER_MS = 1_000;
const TIMEOUT_MS = 10_000;
const RETRY = { firstMs: 1_000, mostMs: 60_000 };
/** How long a stop waits for what is left. */
const LAST_MS = 1_000;
/** Answers after which the same may be sent again. Source: the OTLP/HTTP specification. */
const AGAIN = new Set([429, 502, 503, 504]);

export interface TraceTarget {
  /** `http://127.0.0.1:4318/v1/traces` */
  url: string;
  /** What the header `Authorization` says. */
  authorization: Secret | undefined;
}

export interface SpanSenderParts {
  /** As it is now; undefined: nobody wants any. */
  target(): TraceTarget | undefined;
  resource: TraceResource;
  clock: Pick<Clock, "sleep">;
  log: Log;
  /** What became of spans. */
  count(outcome: "sent" | "refused" | "no room", spans: number): void;
}

/** Sends spans when there are some, and never holds up whoever has them: what the other side does not take is lost. */
export class SpanSender {
  #waiting: Span[] = [];
  #sending: Promise<void> | undefined;
  readonly #stopping = new AbortController();
  /** Whether the last try failed: it is said once. */
  #isDown = false;

  constructor(private readonly parts: SpanSenderParts) {}

  add(spans: readonly Span[]): void {
    if (this.#stopping.signal.aborted || this.parts.target() === undefined) return;
    this.#waiting.push(...spans);
    const over = this.#waiting.length - MOST_WAITING;
    if (over > 0) {
      this.#waiting.splice(0, over);
      this.parts.count("no room", over);
    }
    this.#sending ??= this.#sendAll().finally(() => {
      this.#sending = undefined;
    });
  }

  /** Tries once more to send what is left. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Error("the daemon is stopping"));
    await this.#sending;
    const target = this.parts.target();
    if (target === undefined || this.#waiting.length === 0) return;
    await this.#send(target, this.#waiting.splice(0, IN_ONE_REQUEST), AbortSignal.timeout(LAST_MS));
  }

  async #sendAll(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    let pauseMs = GATHER_MS;
    for (;;) {
      await this.parts.clock.sleep(pauseMs, signal).catch(() => undefined);
      const target = this.parts.target();
      if (signal.aborted || this.#waiting.length === 0) return;
      if (target === undefined) {
        this.#waiting = [];
        return;
      }
      const batch = this.#waiting.splice(0, IN_ONE_REQUEST);
      const sent = await this.#send(
        target,
        batch,
        AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
      );
      if (sent.is === "over") {
        failures = 0;
        pauseMs = this.#waiting.length > 0 ? 0 : GATHER_MS;
        continue;
      }
      // In front again, where there is room for it: what came meanwhile is newer.
      const room = Math.max(0, MOST_WAITING - this.#waiting.length);
      this.#waiting.unshift(...batch.slice(Math.max(0, batch.length - room)));
      if (batch.length > room) this.parts.count("no room", batch.length - room);
      pauseMs = Math.min(RETRY.mostMs, Math.max(backoffMs(++failures, RETRY), sent.afterMs));
    }
  }

  /** `over`: it was taken, or never will be. */
  async #send(
    target: TraceTarget,
    spans: readonly Span[],
    signal: AbortSignal,
  ): Promise<{ is: "over" } | { is: "again"; afterMs: number }> {
    try {
      const response = await fetch(target.url, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...(target.authorization === undefined ? {} : { authorization: target.authorization.reveal() }),
        },
        body: JSON.stringify(otlpRequest(spans, this.parts.resource)),
        // Credentials go where they were given for.
        redirect: "manual",
        signal,
      });
      await response.body?.cancel();
      if (response.ok) {
        this.#isDown = false;
        this.parts.count("sent", spans.length);
        return { is: "over" };
      }
      this.#say(`it answered ${response.status}`);
      if (AGAIN.has(response.status))
        return { is: "again", afterMs: retryAfterMs(response.headers.get("retry-after")) };
      this.parts.count("refused", spans.length);
      return { is: "over" };
    } catch (cause) {
      if (!this.#stopping.signal.aborted) this.#say(messageOf(cause));
      return { is: "again", afterMs: 0 };
    }
  }

  #say(why: string): void {
    if (!this.#isDown)
      this.parts.log.warn("traces cannot be sent; what has no room meanwhile is lost", { why });
    this.#isDown = true;
  }
}

/** Seconds; a date, which few send, is as if nothing was said. */
function retryAfterMs(header: string | null): number {
  const seconds = Number(header ?? "0");
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1_000 : 0;
}
