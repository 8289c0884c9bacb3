/** What a replica answers that does not lead: all of it is asked of the leader, as whoever came to us asks it. */
import type { Server } from "bun";
import type { Clock } from "../../core/ports/clock.ts";
import type { Log } from "../../core/ports/log.ts";
import type { PeersKey } from "../../core/ports/peers-key.ts";
import { ApiError } from "../api-error.ts";
import type { ArrivalOf } from "../arrival.ts";
import { belowBase, pathOf } from "../base-path.ts";
import type { Asset } from "../context.ts";
import { MANIFEST_CAP_BYTES } from "../read-json.ts";
import { withSecurityHeaders } from "../security-headers.ts";
import { IDLE_SECONDS } from "../unhurried.ts";
import { type Attempt, askLeader } from "./ask-leader.ts";
import { Exchange } from "./exchange.ts";
import { untouched, VERSION_HEADER } from "./from-peers.ts";
import type { KnownLeader, Leader } from "./leader.ts";
import { ownPage } from "./own-page.ts";
import { passedBack, passedOn } from "./passed-headers.ts";
import { dialLeader, PipedSocket } from "./piped-socket.ts";
import { SEAL_HEADER, sealOf } from "./seal.ts";
import { SentBody } from "./sent-body.ts";

export interface ForwardLimits {
  /** How long a request waits for somebody who leads, and takes it; so many wait at once. */
  waitMs: number;
  mostWaiting: number;
  /** Between two looks at who leads. */
  pollMs: number;
  connectMs: number;
  /** Until an answer begins; longer than anything that the API works on before it says a word. */
  headersMs: number;
  /** Of a body: refused beyond; kept, to be sent to another leader. */
  bodyBytes: number;
  keptBytes: number;
  /** Between two requests of one connection. */
  idleSeconds: number;
}

const FORWARD_LIMITS: ForwardLimits = {
  // A failover takes 5 s at most.
  ...{ waitMs: 8_000, mostWaiting: 1_000, pollMs: 200 },
  ...{ connectMs: 2_000, headersMs: 150_000 },
  ...{ bodyBytes: MANIFEST_CAP_BYTES, keptBytes: 64 * 1024, idleSeconds: IDLE_SECONDS },
};

export interface ForwardOptions {
  /** Asked for each request, and a few times a second while one is open: who leads now. Never throws, and takes no time. */
  leader(): Leader;
  /** By which this process stands for election. */
  identity: string;
  key: PeersKey;
  /** As whoever leads gives its own to `fromPeers`: of two that say the same, the pages are the same. */
  version: string;
  assets: readonly Asset[];
  /** `/holdfast`, or "". */
  basePath: string;
  /** As the API has it: `arrivalsBehind(server.trustedProxies)`. */
  arrivalOf: ArrivalOf;
  /** What is this replica's own to answer, by a path below the base: probes, metrics. Undefined: it is the leader's. */
  own?(path: string, request: Request, server: Server<unknown> | undefined): Promise<Response> | undefined;
  clock: Clock;
  log: Log;
  limits?: Partial<ForwardLimits>;
}

export interface Forward {
  /** For `listen`; never throws. */
  fetch(request: Request, server?: Server<unknown>): Promise<Response>;
  /** Requests of which something is open: they wait, were asked, are answered in part, or are WebSockets. */
  open(): number;
  /** Nothing more is asked of anybody: what is open is cut, and whoever comes is told to come again. */
  close(): void;
}

/** What changes nothing, and may be asked twice. */
const SAFE: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);
/** https://fetch.spec.whatwg.org/#null-body-status */
const BODILESS: ReadonlySet<number> = new Set([101, 204, 205, 304]);

/**
 * Hands on whatever comes to the leader, whole and in both directions as it comes, streams and WebSockets too, with a seal that
 * says who asks (`fromPeers` believes it). Its own are the page, where the leader is of its version, and what `own` answers.
 *
 * While nobody leads, or whoever does is not reached, a request waits up to `waitMs` for one who is. What was sent and not
 * answered is sent again only where it changes nothing; of all else is said that nobody knows (502). What is open ends as soon
 * as another one leads, so that whoever follows a stream follows it there. A request that was handed on once is answered 503.
 */
export function createForward(options: ForwardOptions): Forward {
  const { identity, key, version, basePath, arrivalOf, clock, log } = options;
  const limits = { ...FORWARD_LIMITS, ...options.limits };
  const page = ownPage(options.assets, basePath);
  const open = new Set<Exchange>();
  let waiting = 0;
  let isWatching = false;
  let isClosed = false;
  let seen: { identity: string; version: string | null } | undefined;

  const leaderNow = (): Leader => {
    if (isClosed) return { is: "none", why: "this replica stands by no longer" };
    const leader = options.leader();
    if (leader.is === "none") return leader;
    if (leader.identity === identity) return { is: "none", why: "this replica leads, and is starting" };
    const known = key.now();
    return known.is === "known" ? leader : { is: "none", why: known.why };
  };

  return {
    async fetch(request, server) {
      const path = belowBase(pathOf(request.url), basePath);
      const own = options.own?.(path, request, server);
      if (own !== undefined) return own;
      if (request.headers.has(SEAL_HEADER))
        return untouched(
          new ApiError(
            "Unavailable",
            "this replica does not lead, and hands on nothing that was handed on to it",
          ),
          log,
        );
      const leader = leaderNow();
      const isSame = leader.is === "known" && seen?.identity === leader.identity && seen.version === version;
      const file = page.answer(request, isSame ? "same" : "another");
      if (file !== undefined) return file;
      // A path that `fetch` would fold on its way, and the seal would be of another one. The API has none that begins so.
      if (pathOf(request.url).startsWith("//"))
        return said(new ApiError("NotFound", "there is nothing at a path that begins with //"));
      // It bounds itself how long it waits; a stream is open for as long as somebody reads it.
      server?.timeout(request, 0);
      const exchange = new Exchange(request, (one) => {
        open.delete(one);
        // Its connection outlives it, and would be open for as long as whoever asked likes.
        server?.timeout(request, limits.idleSeconds);
      });
      open.add(exchange);
      watch();
      try {
        const asksSocket = request.headers.get("upgrade")?.toLowerCase() === "websocket";
        return await (asksSocket ? pipe(exchange, request, server) : handOn(exchange, request, server));
      } catch (cause) {
        exchange.cut("closing");
        exchange.end();
        if (cause instanceof ApiError) return said(cause);
        log.error("a request could not be handed on", { cause });
        return said(new ApiError("Internal", "internal error; the daemon's log has the cause"));
      }
    },
    open: () => open.size,
    close() {
      isClosed = true;
      for (const exchange of open) exchange.cut("closing");
    },
  };

  /** @throws {ApiError} where nobody answers; the exchange is open still */
  async function handOn(
    exchange: Exchange,
    request: Request,
    server: Server<unknown> | undefined,
  ): Promise<Response> {
    const { method } = request;
    const body = new SentBody(SAFE.has(method) ? null : request.body, limits);
    const target = targetOf(request.url);
    const attempt = async (leader: KnownLeader): Promise<Attempt> => {
      const headers = headersFor(request, server, leader);
      return askLeader({ method, target, headers, body: body.stream() }, leader, exchange, { clock, limits });
    };
    try {
      const { leader, reply } = await askUntil(exchange, attempt, SAFE.has(method) ? "again" : "once", body);
      seen = { identity: leader.identity, version: reply.headers.get(VERSION_HEADER) };
      return answerOf(exchange, request, reply);
    } catch (cause) {
      body.leave();
      throw body.tooLarge ?? cause;
    }
  }

  async function askUntil(
    exchange: Exchange,
    attempt: (leader: KnownLeader) => Promise<Attempt>,
    where: "again" | "once",
    body: SentBody,
  ): Promise<{ leader: KnownLeader; reply: Response }> {
    const began = clock.monotonic();
    for (;;) {
      const leader = leaderNow();
      let why: string;
      if (leader.is === "known") {
        exchange.leader = leader;
        const became = await attempt(leader);
        if (became.is === "answered") return { leader, reply: became.reply };
        if (became.is === "refused") key.doubted();
        why = `${leader.identity} leads, and ${became.why}`;
        if (body.tooLarge !== undefined) throw body.tooLarge;
        if (became.is === "unknown" && where === "once") {
          if (exchange.wasCut !== "left") log.warn("what became of a request is not known", { why });
          throw new ApiError(
            "Unavailable",
            `it is not known whether this was done: it was sent to ${leader.identity}, which ${became.why}. Look before you ask again`,
            { http: 502 },
          );
        }
        if (!body.isWhole)
          throw new ApiError("Unavailable", `nothing was done: ${why}. Ask again in a moment`);
        exchange.again();
      } else why = leader.why;
      if (exchange.wasCut === "left") throw new ApiError("Unavailable", "whoever asked has left");
      const waitedMs = clock.monotonic() - began;
      if (isClosed || waitedMs >= limits.waitMs || waiting >= limits.mostWaiting) {
        const waited =
          waitedMs < 1_000 ? "" : `, and ${Math.round(waitedMs / 1_000)} s of waiting changed nothing`;
        throw new ApiError("Unavailable", `nothing was done: ${why}${waited}. Ask again in a moment`);
      }
      waiting += 1;
      try {
        await clock.sleep(limits.pollMs, exchange.signal);
      } catch {
        // It was cut, and is told above.
      } finally {
        waiting -= 1;
      }
    }
  }

  /**
   * Asked without an upgrade first: whoever may not is told so by the leader's own answer, which no WebSocket would carry. 426
   * says that all else is as it must be.
   */
  async function pipe(
    exchange: Exchange,
    request: Request,
    server: Server<unknown> | undefined,
  ): Promise<Response> {
    const answered = await handOn(exchange, request, server);
    const { leader } = exchange;
    if (answered.status !== 426 || leader === undefined) return answered;
    await answered.body?.cancel();
    const socketExchange = new Exchange(request, (one) => open.delete(one));
    socketExchange.leader = leader;
    open.add(socketExchange);
    watch();
    try {
      return await dialAndPipe(socketExchange, leader, request, server);
    } catch (cause) {
      socketExchange.cut("closing");
      socketExchange.end();
      throw cause;
    }
  }

  /** @throws {ApiError} */
  async function dialAndPipe(
    exchange: Exchange,
    leader: KnownLeader,
    request: Request,
    server: Server<unknown> | undefined,
  ): Promise<Response> {
    const headers = headersFor(request, server, leader);
    const offered = (headers.get("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
    headers.delete("sec-websocket-protocol");
    const dialled = await dialLeader(leader, {
      ...{ target: targetOf(request.url), headers, protocols: offered.filter((one) => one !== "") },
      ...{ withinMs: limits.connectMs * 5, signal: exchange.signal },
    });
    if (dialled.is === "refused")
      throw new ApiError(
        "Unavailable",
        `${leader.identity} leads, and was asked for a WebSocket: ${dialled.why}`,
      );
    const { socket, early } = dialled;
    const data = new PipedSocket(socket, early, () => exchange.end());
    exchange.signal.addEventListener("abort", () => data.cut(), { once: true });
    if (exchange.signal.aborted) data.cut();
    const headersBack = socket.protocol === "" ? {} : { "sec-websocket-protocol": socket.protocol };
    if (server?.upgrade(request, { data, headers: headersBack }) === true)
      return new Response(null, { status: 101 });
    throw new ApiError("InvalidArgument", "the connection cannot become a WebSocket", { http: 426 });
  }

  function headersFor(request: Request, server: Server<unknown> | undefined, leader: KnownLeader): Headers {
    const { method, url } = request;
    const known = key.now();
    if (known.is === "unknown") throw new ApiError("Unavailable", `nothing was done: ${known.why}`);
    const seal = sealOf(known.key, { leader: leader.identity, method, url }, arrivalOf(request, server));
    return passedOn(request, seal);
  }

  function answerOf(exchange: Exchange, request: Request, reply: Response): Response {
    const headers = passedBack(reply);
    const { status } = reply;
    const reader = reply.body?.getReader();
    if (reader === undefined || request.method === "HEAD" || BODILESS.has(status)) {
      reader?.cancel().catch(() => undefined);
      exchange.end();
      return new Response(null, { status, headers });
    }
    const body = new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            const { done, value } = await reader.read();
            if (!done) return controller.enqueue(value);
            exchange.end();
            controller.close();
          } catch (cause) {
            exchange.end();
            // Half an answer is cut, so that nobody takes it for a whole one.
            controller.error(cause);
          }
        },
        cancel() {
          exchange.cut("left");
          exchange.end();
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { status, headers });
  }

  /** Whoever leads no more may never say so: a stream of theirs would be silent for good. */
  function watch(): void {
    if (isWatching) return;
    isWatching = true;
    void (async () => {
      while (open.size > 0) {
        await clock.sleep(limits.pollMs);
        const now = options.leader();
        if (now.is !== "known") continue;
        for (const exchange of open)
          if (exchange.leader !== undefined && exchange.leader.identity !== now.identity)
            exchange.cut("lost");
      }
      isWatching = false;
    })();
  }
}

/** The path and the query, as they were sent. */
function targetOf(url: string): string {
  const at = url.indexOf("/", url.indexOf("://") + 3);
  return at < 0 ? "/" : url.slice(at).split("#", 1)[0]!;
}

function said(error: ApiError): Response {
  const reply = Response.json(error.body, { status: error.http });
  if (error.http === 503) reply.headers.set("retry-after", "1");
  if (error.http === 413) reply.headers.set("connection", "close");
  return withSecurityHeaders(reply, "left out");
}
