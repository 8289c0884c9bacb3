import type { Clock, Connection, Log } from "../core/ports.ts";
import type { Access } from "./access.ts";
import { type ApiStatus, readStatus } from "./api-status.ts";
import { Backoff } from "./backoff.ts";
import { InFlight } from "./in-flight.ts";
import { RetryBudget } from "./retry-budget.ts";
import type { Timings } from "./timings.ts";

/** One request as metrics and tests see it. `code` 0: no answer. */
export interface ClusterRequest {
  verb: string;
  /** `group/Kind`, or "" for requests about no kind. */
  kind: string;
  code: number;
  tookMs: number;
}

export interface Ask {
  /** Ours: `list`, `get`, `apply-dry-run`, … */
  verb: string;
  kind: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With query. */
  path: string;
  body?: unknown;
  contentType?: string;
  accept?: string;
  etag?: string;
  /**
   * When a reply was cut, the server may have done it: `again` where doing it twice is doing it once,
   * `never` where the caller must look first.
   */
  afterCut: "again" | "never";
}

export type Answer =
  | { is: "ok"; code: number; body: unknown; headers: Headers }
  | { is: "status"; status: ApiStatus; retryAfterMs: number | undefined }
  /** No answer, or none that is the API server's own. */
  | { is: "unreachable"; why: string; retryAfterMs?: number };

const TRIES = 4;
/** Longer pauses are the caller's: its queue has other work meanwhile. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** HTTP to one API server: who we are, how many at once, when again. Knows paths and bodies, no kinds. */
export class ApiClient {
  readonly inFlight: InFlight;
  readonly #budget = new RetryBudget();
  readonly #counts: Record<string, number> = {};
  readonly #ending = new AbortController();
  #connection: Connection = { is: "starting" };
  #probing: "no" | "yes" = "no";
  readonly #back: (() => void)[] = [];

  constructor(
    readonly access: Access,
    readonly clock: Clock,
    readonly random: () => number,
    readonly log: Log,
    readonly timings: Timings,
    requestsInFlight: number,
    readonly onRequest: (request: ClusterRequest) => void,
  ) {
    this.inFlight = new InFlight(requestsInFlight, clock);
  }

  /** Aborted by `stop`. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  connection(): Connection {
    return this.#connection;
  }

  counts(): Record<string, number> {
    return { ...this.#counts };
  }

  stop(): void {
    this.#ending.abort(new Error("the cluster connection was closed"));
    this.access.close();
  }

  /** Asks until there is an answer worth giving. Throws only when the connection is closed by `stop`. */
  async ask(ask: Ask): Promise<Answer> {
    const backoff = new Backoff(this.timings.firstPauseMs / 4, this.timings.lastPauseMs, this.random);
    const startedAt = this.clock.now();
    for (let left = TRIES - 1; ; left--) {
      const answer = await this.inFlight.run(() => this.#once(ask), this.ending);
      const pauseMs = this.#pauseBefore(ask, answer, backoff);
      // Who waited for a whole deadline waits for no second one: a dead network is told, not retried.
      const patient =
        this.clock.now() - startedAt <
        (ask.method === "GET" ? this.timings.readMs : this.timings.writeMs) / 2;
      if (pauseMs === undefined || left === 0 || !patient || !this.#budget.mayRetry()) {
        this.#note(answer);
        return answer;
      }
      if (answer.is === "status" && answer.retryAfterMs !== undefined) this.inFlight.pause(pauseMs);
      else await this.clock.sleep(pauseMs, this.ending);
    }
  }

  /** Opens a stream: not counted among the requests in flight, and without a deadline of its own. */
  async open(ask: Pick<Ask, "verb" | "kind" | "path" | "accept">, signal: AbortSignal): Promise<Response> {
    this.#counts[ask.verb] = (this.#counts[ask.verb] ?? 0) + 1;
    const started = this.clock.now();
    let code = 0;
    try {
      const { server, headers, session } = await this.access.passport();
      const response = await session.fetch(server + ask.path, {
        headers: { ...headers, accept: ask.accept ?? "application/json" },
        signal: AbortSignal.any([signal, this.ending]),
        timeout: false,
        redirect: "manual",
      });
      code = response.status;
      if (code === 401) this.access.renew();
      return response;
    } finally {
      this.onRequest({ verb: ask.verb, kind: ask.kind, code, tookMs: this.clock.now() - started });
    }
  }

  /** Called when the server answers again after it did not. */
  onBack(listener: () => void): void {
    this.#back.push(listener);
  }

  /** The state of the connection follows what requests and streams meet. */
  reached(): void {
    const { is } = this.#connection;
    if (is === "connected") return;
    this.#connection = { is: "connected", since: this.clock.now() };
    this.log.info("cluster connected");
    if (is === "unreachable") for (const listener of this.#back) listener();
  }

  failed(why: string): void {
    if (this.ending.aborted) return;
    if (this.#connection.is === "unreachable") this.#connection = { ...this.#connection, why };
    else {
      this.#connection = { is: "unreachable", since: this.clock.now(), why };
      this.log.warn("cluster unreachable", { why });
      if (this.#probing === "no") void this.#probe();
    }
  }

  /** Nobody asks a server for anything that does not answer: we do, ever more seldom, until it does. */
  async #probe(): Promise<void> {
    const backoff = new Backoff(this.timings.firstPauseMs, this.timings.lastPauseMs, this.random);
    this.#probing = "yes";
    try {
      while (this.#connection.is === "unreachable") {
        await this.clock.sleep(backoff.nextMs(), this.ending);
        if (this.#connection.is === "unreachable")
          await this.ask({ verb: "probe", kind: "", method: "GET", path: "/version", afterCut: "never" });
      }
    } catch (cause) {
      if (!this.ending.aborted) throw cause;
    } finally {
      this.#probing = "no";
    }
  }

  #note(answer: Answer): void {
    if (answer.is === "unreachable") this.failed(answer.why);
    else if (answer.is === "status" && answer.status.code === 401)
      this.failed("the API server refuses our credentials (401 Unauthorized)");
    else if (answer.is === "ok" || answer.status.code < 500) this.reached();
  }

  /** @returns undefined where the answer stands */
  #pauseBefore(ask: Ask, answer: Answer, backoff: Backoff): number | undefined {
    if (answer.is === "ok") return undefined;
    if (answer.is === "unreachable") return ask.afterCut === "again" ? backoff.nextMs() : undefined;
    const { code } = answer.status;
    if (code === 401) return this.access.renew() === "renewed" ? 0 : undefined;
    if (answer.retryAfterMs !== undefined && answer.retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
    // With 429 and Retry-After the server says that it has not begun. Other faults may have come after the deed.
    if (code === 429 || (code === 503 && answer.retryAfterMs !== undefined))
      return answer.retryAfterMs ?? backoff.nextMs();
    if ((code === 502 || code === 503 || code === 504) && ask.afterCut === "again") return backoff.nextMs();
    return undefined;
  }

  async #once(ask: Ask): Promise<Answer> {
    this.#budget.requested();
    this.#counts[ask.verb] = (this.#counts[ask.verb] ?? 0) + 1;
    const started = this.clock.now();
    let code = 0;
    const deadline = new AbortController();
    const limitMs = ask.method === "GET" ? this.timings.readMs : this.timings.writeMs;
    const timer = setTimeout(
      () => deadline.abort(new Error(`no answer within ${limitMs / 1000} s`)),
      limitMs,
    );
    try {
      const { server, headers, session } = await this.access.passport();
      const response = await session.fetch(server + ask.path, {
        method: ask.method,
        headers: {
          ...headers,
          accept: ask.accept ?? "application/json",
          ...(ask.etag === undefined ? {} : { "if-none-match": ask.etag }),
          ...(ask.body === undefined ? {} : { "content-type": ask.contentType ?? "application/json" }),
        },
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        signal: AbortSignal.any([deadline.signal, this.ending]),
        redirect: "manual",
      });
      code = response.status;
      if (response.ok) return { is: "ok", code, body: await response.json(), headers: response.headers };
      if (code === 304) return { is: "ok", code, body: undefined, headers: response.headers };
      const text = await response.text();
      const status = readStatus(code, parsed(text));
      return {
        is: "status",
        status,
        retryAfterMs: retryAfterMs(response.headers.get("retry-after"), status, code),
      };
    } catch (cause) {
      this.ending.throwIfAborted();
      return { is: "unreachable", why: whyNoAnswer(cause) };
    } finally {
      clearTimeout(timer);
      this.onRequest({ verb: ask.verb, kind: ask.kind, code, tookMs: this.clock.now() - started });
    }
  }
}

function parsed(text: string): unknown {
  if (!text.startsWith("{")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    // A proxy's error page may begin like JSON: then it is text.
    if (cause instanceof SyntaxError) return text;
    throw cause;
  }
}

/** Only 429 and 5xx ask for a pause: a Status of another code may carry seconds that mean something else. */
function retryAfterMs(header: string | null, status: ApiStatus, code: number): number | undefined {
  if (code !== 429 && code < 500) return undefined;
  const seconds = header !== null && /^\d+$/.test(header) ? Number(header) : status.retryAfterSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}

/** A sentence about a request that had no answer. */
export function whyNoAnswer(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  // Bun begins some messages with the code itself, and ends some with advice to whoever wrote the call.
  const message = cause.message.replace(/ ?For more information, pass `verbose: true`.*$/, "");
  const code =
    "code" in cause && typeof cause.code === "string" && !message.startsWith(cause.code)
      ? `${cause.code}: `
      : "";
  return `${code}${message}`;
}
