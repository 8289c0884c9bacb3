import type { Clock } from "../core/ports/clock.ts";
import type { Log } from "../core/ports/log.ts";
import { messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { giveWay } from "../lib/in-steps.ts";
import { startTimer } from "../lib/timer.ts";
import type { Access, Passport } from "./access.ts";
import type { Ended } from "./adaptive-limit.ts";
import { answerText } from "./answer-text.ts";
import { type ApiStatus, readStatus } from "./api-status.ts";
import { InFlight, type Turn } from "./in-flight.ts";
import { Liveness, type Probed } from "./liveness.ts";
import { RetryBudget } from "./retry-budget.ts";
import { SpreadBackoff } from "./spread-backoff.ts";
import type { Timings } from "./timings.ts";
import { type Opened, openWebSocket } from "./web-socket/web-socket.ts";

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
  /** Absent: the answer's `body` is what its JSON says. `text`: it is the text, and whoever asked reads it when it is time. */
  read?: "text";
  turn: Turn;
  /** Bytes of the answer that are read. Absent: all of it, as lists of whole clusters are. */
  most?: number;
  /** As whom it is asked: a user's name. Absent: as ourselves. */
  as?: string;
  /**
   * When a reply was cut, the server may have done it: `again` where doing it twice is doing it once,
   * `never` where the caller must look first.
   */
  afterCut: "again" | "never";
  /** Called right before it is sent, each time; what it throws, `ask` throws. */
  before?: (() => void) | undefined;
  /** Aborted: it is sent no more, and what is under way is cut. What the server made of that is not known. */
  signal?: AbortSignal | undefined;
}

export type Answer =
  | { is: "ok"; code: number; body: unknown; headers: Headers }
  | {
      is: "status";
      status: ApiStatus;
      retryAfterMs: number | undefined;
      /** Of the passport that it was asked with. */
      renewals: number;
    }
  /** No answer, or none that is the API server's own. */
  | { is: "unreachable"; why: string; retryAfterMs?: number };

/** https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation */
const IMPERSONATE = "impersonate-user";
const CREDENTIALS_REFUSED = "the API server refuses our credentials (401 Unauthorized)";
const TRIES = 4;
/** Bytes of what is said in place of an answer. */
const LONGEST_REFUSAL = 4 * 1024 * 1024;
/** Longer pauses are the caller's: its queue has other work meanwhile. */
const LONGEST_RETRY_AFTER_MS = 30_000;

/** What the server is asked where nobody needs anything of it; everybody may, also without credentials. */
const PROBE = "/readyz";
/** A server that says that it is not ready is asked once more before it is believed: one of several may be stopping. */
const NOT_READY_PAUSE_MS = 500;
/** A timer that is later than this was held up by work of this process. */
const BUSY_MS = 500;

/** HTTP to one API server: who we are, how many at once, when again. Knows paths and bodies, no kinds. */
export class ApiClient {
  readonly inFlight: InFlight;
  readonly liveness: Liveness;
  readonly #budget = new RetryBudget();
  readonly #counts: Record<string, number> = {};
  readonly #ending = new AbortController();

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
    this.liveness = new Liveness(clock, timings, log, () => this.#probe(), this.ending);
  }

  /** Aborted by `stop`. */
  get ending(): AbortSignal {
    return this.#ending.signal;
  }

  counts(): Record<string, number> {
    return { ...this.#counts };
  }

  stop(): void {
    this.#ending.abort(new Error("the cluster connection was closed"));
    this.access.close();
  }

  /** Asks until there is an answer worth giving. Throws when the connection is closed by `stop`, and what `before` throws. */
  async ask(ask: Ask): Promise<Answer> {
    this.liveness.begin();
    const backoff = new SpreadBackoff(this.timings.firstPauseMs / 4, this.timings.lastPauseMs, this.random);
    const startedAt = this.clock.monotonic();
    const limitMs = this.#limitMs(ask);
    for (let left = TRIES - 1; ; left--) {
      const answer = await this.inFlight.run(ask.turn, () => this.#asked(ask, limitMs), this.ending);
      // Who gave up says nothing about the server.
      if (ask.signal?.aborted) return answer;
      const pauseMs = this.#pauseBefore(ask, answer, backoff);
      // Who waited for a whole deadline waits for no second one: a dead network is told, not retried.
      const patient = this.clock.monotonic() - startedAt < limitMs / 2;
      if (pauseMs === undefined || left === 0 || !patient || !this.#budget.mayRetry()) {
        await this.#note(answer);
        await giveWay();
        return answer;
      }
      // Whoever is told to wait waits with all others.
      if (answer.is === "status" && answer.retryAfterMs !== undefined) this.inFlight.pause(pauseMs);
      else await this.clock.sleep(pauseMs, this.ending);
    }
  }

  /**
   * Opens a stream: not counted among the requests in flight, with a deadline for the first word alone; without one where
   * the server may have nothing to say yet.
   */
  async open(
    ask: Pick<Ask, "verb" | "kind" | "path" | "accept"> & { firstWord?: "soon" | "whenever" },
    signal: AbortSignal,
  ): Promise<Response> {
    this.liveness.begin();
    this.#counts[ask.verb] = (this.#counts[ask.verb] ?? 0) + 1;
    const started = this.clock.monotonic();
    let code = 0;
    const deadline = new Deadline(this.timings.readMs);
    try {
      const { server, headers, session, renewals } = await this.#passport(deadline.signal);
      if (ask.firstWord === "whenever") deadline.met();
      const response = await session.fetch(server + ask.path, {
        headers: { ...headers, accept: ask.accept ?? "application/json" },
        signal: AbortSignal.any([signal, this.ending, deadline.signal]),
        timeout: false,
        redirect: "manual",
      });
      code = response.status;
      if (code === 401) this.access.renew(renewals);
      else if (code < 500) this.liveness.answered();
      if (code === 429)
        this.#ended(
          { is: "refused" },
          started,
          retryAfterMs(response.headers.get("retry-after"), readStatus(code, undefined), code),
        );
      return response;
    } finally {
      deadline.met();
      this.onRequest({ verb: ask.verb, kind: ask.kind, code, tookMs: this.clock.monotonic() - started });
    }
  }

  /** A WebSocket, with a deadline for its opening alone; not counted among the requests in flight. @throws {Error} without an answer */
  async openSocket(
    ask: Pick<Ask, "verb" | "kind" | "path"> & { protocols: readonly string[] },
    signal: AbortSignal,
  ): Promise<Opened> {
    this.liveness.begin();
    this.#counts[ask.verb] = (this.#counts[ask.verb] ?? 0) + 1;
    const started = this.clock.monotonic();
    let code = 0;
    const deadline = new Deadline(this.timings.readMs);
    const opening = new AbortController();
    const give = (): void => opening.abort(deadline.signal.reason);
    deadline.signal.addEventListener("abort", give, { once: true });
    try {
      const passport = await this.#passport(deadline.signal);
      const until = AbortSignal.any([signal, this.ending, opening.signal]);
      const opened = await openWebSocket(passport, ask.path, ask.protocols, until);
      code = opened.is === "open" ? 101 : opened.status;
      if (code === 401) this.access.renew(passport.renewals);
      else if (code < 500) this.liveness.answered();
      return opened;
    } finally {
      deadline.signal.removeEventListener("abort", give);
      deadline.met();
      this.onRequest({ verb: ask.verb, kind: ask.kind, code, tookMs: this.clock.monotonic() - started });
    }
  }

  #limitMs({ method }: Ask): number {
    return method === "GET" ? this.timings.readMs : this.timings.writeMs;
  }

  /** Past the queue, which may be what hangs. */
  async #probe(): Promise<Probed> {
    for (let tries = 1; ; tries++) {
      const startedAt = this.clock.monotonic();
      const answer = await this.#once(
        {
          verb: "probe",
          kind: "",
          method: "GET",
          path: PROBE,
          accept: "*/*",
          afterCut: "never",
          turn: { owner: "", urgency: "heal" },
          most: LONGEST_REFUSAL,
        },
        this.timings.probeMs,
      );
      const tookMs = this.clock.monotonic() - startedAt;
      // The deadline itself came late: it was us who did not listen.
      if (answer.is === "unreachable" && tookMs > this.timings.probeMs + BUSY_MS && tries === 1) continue;
      if (answer.is === "unreachable") return { is: "failed", why: answer.why };
      if (answer.is === "ok" || (answer.status.code < 500 && answer.status.code !== 401))
        return { is: "answered" };
      if (answer.status.code === 401) return { is: "failed", why: CREDENTIALS_REFUSED };
      if (tries === 2) return { is: "failed", why: `the API server is not ready: ${answer.status.message}` };
      await this.clock.sleep(NOT_READY_PAUSE_MS, this.ending);
    }
  }

  /** What one answer says about the others; resolves when that is known. */
  async #note(answer: Answer): Promise<void> {
    if (answer.is === "unreachable" || (answer.is === "status" && answer.status.code === 401))
      await this.liveness.suspect();
    else if (answer.is === "ok" || answer.status.code < 500) this.liveness.answered();
  }

  /** @returns undefined where the answer stands */
  #pauseBefore(ask: Ask, answer: Answer, backoff: SpreadBackoff): number | undefined {
    if (answer.is === "ok") return undefined;
    if (answer.is === "unreachable") return ask.afterCut === "again" ? backoff.nextMs() : undefined;
    const { code } = answer.status;
    if (code === 401) return this.access.renew(answer.renewals) === "renewed" ? 0 : undefined;
    if (answer.retryAfterMs !== undefined && answer.retryAfterMs > LONGEST_RETRY_AFTER_MS) return undefined;
    // With 429 and Retry-After the server says that it has not begun. Other faults may have come after the deed.
    if (code === 429 || (code === 503 && answer.retryAfterMs !== undefined))
      return answer.retryAfterMs ?? backoff.nextMs();
    if ((code === 502 || code === 503 || code === 504) && ask.afterCut === "again") return backoff.nextMs();
    return undefined;
  }

  async #asked(ask: Ask, limitMs: number): Promise<Answer> {
    ask.before?.();
    const startedAt = this.clock.monotonic();
    const answer = await this.#once(ask, limitMs);
    const ended = endOf(ask, answer, this.clock.monotonic() - startedAt, limitMs);
    if (ended !== undefined)
      this.#ended(ended, startedAt, "retryAfterMs" in answer ? answer.retryAfterMs : 0);
    return answer;
  }

  /** What it says of how many the server takes, and what it said about when. */
  #ended(ended: Ended, startedAt: number, retryAfterMs = 0): void {
    this.inFlight.ended(ended, startedAt);
    if (ended.is === "refused" && retryAfterMs <= LONGEST_RETRY_AFTER_MS) this.inFlight.pause(retryAfterMs);
  }

  async #once(ask: Ask, limitMs: number): Promise<Answer> {
    this.#budget.requested();
    this.#counts[ask.verb] = (this.#counts[ask.verb] ?? 0) + 1;
    const started = this.clock.monotonic();
    let code = 0;
    const deadline = new Deadline(limitMs);
    try {
      const { server, headers, session, renewals } = await this.#passport(deadline.signal);
      // Whom the kubeconfig acts as may not act as others; who stands behind it may, and was not meant.
      if (ask.as !== undefined && headers[IMPERSONATE] !== undefined)
        return { is: "status", status: actsAlready(headers[IMPERSONATE]), retryAfterMs: undefined, renewals };
      const response = await session.fetch(server + ask.path, {
        method: ask.method,
        headers: {
          ...headers,
          accept: ask.accept ?? "application/json",
          ...defined({ "if-none-match": ask.etag }),
          ...(ask.body === undefined ? {} : { "content-type": ask.contentType ?? "application/json" }),
          ...defined({ [IMPERSONATE]: ask.as }),
        },
        ...(ask.body === undefined ? {} : { body: JSON.stringify(ask.body) }),
        signal: AbortSignal.any([
          deadline.signal,
          this.ending,
          ...(ask.signal === undefined ? [] : [ask.signal]),
        ]),
        redirect: "manual",
      });
      code = response.status;
      if (response.ok) {
        const { most } = ask;
        const isText = ask.accept === "*/*" || ask.read === "text";
        if (isText || most !== undefined) {
          const text = most === undefined ? await response.text() : await answerText(response, most);
          const body: unknown = isText ? text : JSON.parse(text);
          return { is: "ok", code, body, headers: response.headers };
        }
        const body = await response.json();
        return { is: "ok", code, body, headers: response.headers };
      }
      if (code === 304) return { is: "ok", code, body: undefined, headers: response.headers };
      const text = await answerText(response, LONGEST_REFUSAL);
      const status = readStatus(code, parsed(text));
      return {
        is: "status",
        status,
        retryAfterMs: retryAfterMs(response.headers.get("retry-after"), status, code),
        renewals,
      };
    } catch (cause) {
      this.ending.throwIfAborted();
      const why = ask.signal?.aborted ? messageOf(ask.signal.reason) : whyNoAnswer(cause);
      return { is: "unreachable", why };
    } finally {
      deadline.met();
      this.onRequest({ verb: ask.verb, kind: ask.kind, code, tookMs: this.clock.monotonic() - started });
    }
  }

  /** Who we are, no later than the deadline: what is waited for then is a plugin. */
  async #passport(deadline: AbortSignal): Promise<Passport> {
    const passport = this.access.passport();
    if (!(passport instanceof Promise)) return passport;
    const late = Promise.withResolvers<never>();
    const abort = (): void =>
      late.reject(this.access.waitsFor === undefined ? deadline.reason : new Error(this.access.waitsFor));
    deadline.addEventListener("abort", abort, { once: true });
    try {
      return await Promise.race([passport, late.promise]);
    } finally {
      deadline.removeEventListener("abort", abort);
    }
  }
}

/** @returns undefined where it says nothing about how much the server has to do */
function endOf(ask: Ask, answer: Answer, tookMs: number, limitMs: number): Ended | undefined {
  if (ask.signal?.aborted) return undefined;
  if (answer.is === "unreachable") return tookMs >= limitMs ? { is: "no-answer" } : undefined;
  if (answer.is === "status") {
    const { code } = answer.status;
    if (code === 429 || (code === 503 && answer.retryAfterMs !== undefined)) return { is: "refused" };
  }
  // How long a list takes is a matter of how much there is.
  const key = ask.turn.urgency === "list" ? undefined : `${ask.verb} ${ask.kind}`;
  return { is: "answered", tookMs, ...defined({ key }) };
}

function actsAlready(user: string): ApiStatus {
  return readStatus(403, {
    kind: "Status",
    reason: "Forbidden",
    message: `the kubeconfig of this cluster acts as ${user} already, who cannot act as a service account: give the cluster a kubeconfig without as`,
  });
}

/** Aborts after so long, unless it was met before. */
class Deadline {
  readonly #controller = new AbortController();
  readonly #timer;

  constructor(ms: number) {
    this.#timer = startTimer(ms, () => this.#controller.abort(new Error(`no answer within ${ms / 1000} s`)));
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  met(): void {
    this.#timer.cancel();
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
