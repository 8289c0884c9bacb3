/** The one road to other people's servers over HTTP: credentials to their origin alone, limits on time and size. */
import { rootCertificates } from "node:tls";
import { Failure, type FailureCode } from "../core/model/failure.ts";
import type { Secret } from "../core/model/secret.ts";
import { codeOf, messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { isInnerHost } from "../lib/inner-host.ts";
import { isPastProxy } from "../lib/is-past-proxy.ts";
import { printable } from "../lib/printable.ts";
import { type FetchInit, fetchAt, fetchOne } from "./fetch-at.ts";
import { leadsNear } from "./near.ts";
import { type LookUp, lookUpName, type Reach, wayTo } from "./reach.ts";

/** A server may ask for patience, but not for ever. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;
const MAX_REDIRECTS = 3;

/** Who asks, and how failures speak of it. */
export interface HttpTerms {
  /** The only one that gets credentials and the client's certificate. */
  origin: string;
  /**
   * `refused`: what leads to another origin is not followed. `bare`: it is, over HTTPS, without credentials. `bare, far`:
   * only where that is out in the world, never into a network of ours.
   */
  elsewhere: "refused" | "bare" | "bare, far";
  /** Where the origin's name may lead to. Default `anywhere`. */
  reach?: Reach;
  /** Origin of the server that named this one; absent: none did. */
  ledBy?: string;
  lookUp?: LookUp;
  authorization?: string | Authorizer;
  /**
   * PEM. `ca` is in place of the system's authorities; elsewhere it is beside them. `check: "nothing"`: whoever answers at
   * the origin is taken for the right one, and elsewhere nobody is.
   */
  tls?: { ca?: string; cert?: string; key?: string; check?: "nothing" };
  /** Through which everybody is asked, but for those whom `past` names as `NO_PROXY` does. */
  proxy?: { address: Secret; past: string };
  userAgent: string;
  says: {
    /** What failures are about: an address without userinfo. */
    object: string;
    /** "read from Git" */
    cannot: string;
    unreachable: FailureCode;
    auth: FailureCode;
    /** "repository" */
    thing: string;
    /** "read from it" */
    tooLong: string;
    /** What to do where its name leads to a place that is not asked, though it is meant. */
    meantThere?: string;
    /** What to do where it leads to another server that is not followed. */
    ledElsewhere?: string;
    /** How its certificate comes to be trusted. */
    trusted?: string;
  };
}

/** Who is asked for a header `Authorization` before each request to the origin. */
export interface Authorizer {
  /** @throws {Failure} */
  ask(signal: AbortSignal): Promise<string | undefined>;
  /** The origin turned this one away: it is not to be given again. */
  refused(sent: string): void;
}

export interface HttpCall {
  method: "GET" | "HEAD" | "POST" | "PUT" | "PATCH";
  url: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  signal: AbortSignal;
  /** Longest silence before the answer, and in its body. */
  idleMs: number;
  /** Longest body, after decompression. */
  maxBytes: number;
  /** Beside 200: answers that are no failure. */
  statuses?: readonly number[];
}

export interface HttpAnswer {
  /** After redirects. */
  url: string;
  status: number;
  contentType: string;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

export type Http = (call: HttpCall) => Promise<HttpAnswer>;

/** An answer of more bytes than a call takes. */
export class AnswerTooLong extends Failure {}

/** @throws {Failure} for every answer that is neither 200 nor among those expected */
export function httpClient(terms: HttpTerms): Http {
  const { origin, authorization, userAgent } = terms;
  return async ({ method, url, headers = {}, body, signal, idleMs, maxBytes, statuses = [] }) => {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      const isHome = new URL(target).origin === origin;
      if (!isHome) refuseElsewhere(target, terms);
      const reach = isHome ? (terms.reach ?? "anywhere") : reachElsewhere(terms);
      const from = isHome ? terms.ledBy : terms.origin;
      const sent = isHome ? await authorizationFor(authorization, signal) : undefined;
      const response = await send(target, { signal, idleMs, reach, ...defined({ from }) }, terms, {
        method,
        headers: {
          "User-Agent": userAgent,
          Accept: "*/*",
          // A small answer may become a large one.
          "Accept-Encoding": "identity",
          ...headers,
          ...defined({ Authorization: sent }),
        },
        redirect: "manual",
        decompress: false,
        ...defined({ body, tls: isHome ? homeTls(terms) : bareTls(terms), proxy: proxyFor(target, terms) }),
      });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        const next = URL.parse(location, target);
        if (next === null) throw elsewhere(location, terms);
        if (next.origin !== origin) refuseElsewhere(next.href, terms);
        if (redirects >= MAX_REDIRECTS)
          throw unreachable(terms, `it redirects more than ${MAX_REDIRECTS} times`, "Correct the URL");
        target = next.href;
        continue;
      }
      if (sent !== undefined && typeof authorization === "object" && isTurnedAway(response.status))
        authorization.refused(sent);
      if (response.status !== 200 && !statuses.includes(response.status)) {
        await response.body?.cancel();
        throw refusal(terms, response, sent === undefined ? "none" : "given");
      }
      const encoding = response.headers.get("content-encoding") ?? "identity";
      if (encoding !== "identity") {
        await response.body?.cancel();
        throw unreachable(
          terms,
          `it answers in the encoding ${JSON.stringify(printable(encoding).slice(0, 40))}, which nobody asked for`,
          "Look at what lies between here and the server",
        );
      }
      return {
        url: target,
        status: response.status,
        contentType: (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "",
        headers: Object.fromEntries(response.headers),
        body: limited(response.body, { idleMs, maxBytes, signal }, terms),
      };
    }
  };
}

/** @returns the whole body, which its limit holds for */
export async function bytesOf({ body }: HttpAnswer): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

function unreachable(
  { says: { object, cannot, unreachable: code } }: HttpTerms,
  why: string,
  fix: string,
  cause?: unknown,
): Failure {
  return new Failure(code, object, "backoff", { cannot, why, fix, ...defined({ cause }) });
}

function authorizationFor(
  authorization: HttpTerms["authorization"],
  signal: AbortSignal,
): Promise<string | undefined> {
  return typeof authorization === "object" ? authorization.ask(signal) : Promise.resolve(authorization);
}

/** Many servers do not say of what a token may not read that it is there. */
function isTurnedAway(status: number): boolean {
  return status === 401 || status === 403 || status === 404;
}

function proxyFor(target: string, { proxy }: HttpTerms): string | undefined {
  return proxy === undefined || isPastProxy(target, proxy.past) ? undefined : proxy.address.reveal();
}

function homeTls({ tls }: HttpTerms): FetchInit["tls"] {
  if (tls === undefined) return undefined;
  const { check, ...pem } = tls;
  return check === "nothing" ? { ...pem, rejectUnauthorized: false } : pem;
}

/** Who is trusted elsewhere: whoever everybody trusts, and the authority that was given. */
function bareTls({ tls }: HttpTerms): { ca: string[] } | undefined {
  return tls?.ca === undefined ? undefined : { ca: [tls.ca, ...rootCertificates] };
}

/** Why a request did not get an answer, as a Failure; an abort by the caller goes through as it is. */
function httpFailure(cause: unknown, terms: HttpTerms, signal: AbortSignal): unknown {
  if (cause instanceof Failure) return cause;
  if (signal.aborted) return signal.reason;
  const code = codeOf(cause);
  const message = messageOf(cause);
  if (terms.proxy !== undefined && /\b407\b/.test(message)) return proxyRefusal(terms);
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/i.test(code) || /certificate/i.test(message)) {
    return unreachable(
      terms,
      `its certificate is not trusted (${code === "" ? message : code})`,
      `${terms.says.trusted ?? `Give the authority's PEM as this ${terms.says.thing}'s ca`}, or use the name that the certificate is for`,
      cause,
    );
  }
  const words: Record<string, string> = {
    ConnectionRefused: "nothing listens there",
    ECONNREFUSED: "nothing listens there",
    ConnectionClosed: "it closed the connection",
    ECONNRESET: "it closed the connection",
    FailedToOpenSocket: "its host was not found or does not answer",
    ENOTFOUND: "its host was not found",
  };
  const isNoHttp = /HTTP_?Response|ContentLength|TransferEncoding|Chunk|Header/i.test(code);
  // What follows is Bun's advice to those who wrote this program.
  const said = message.replace(/ fetching ".*$/s, "");
  return unreachable(
    terms,
    words[code] ??
      (isNoHttp ? `its answer is not in HTTP's format (${code})` : `the connection failed (${said})`),
    "Check the URL, the network and the server",
    cause,
  );
}

async function send(
  url: string,
  { signal, idleMs, reach, from }: { signal: AbortSignal; idleMs: number; reach: Reach; from?: string },
  terms: HttpTerms,
  init: FetchInit,
): Promise<Response> {
  const silence = new AbortController();
  const timer = setTimeout(
    () =>
      silence.abort(
        unreachable(terms, `it did not answer within ${idleMs / 1000} s`, "Check the network and the server"),
      ),
    idleMs,
  );
  try {
    const ended = AbortSignal.any([signal, silence.signal]);
    const way = await unlessAborted(wayTo(url, reach, from, terms.lookUp ?? lookUpName), ended);
    switch (way.is) {
      case "refused":
        throw leadsThere(way.why, terms);
      case "as named":
        return await fetchOne(url, init, ended);
      case "at":
        return await fetchAt(url, way.addresses, init, ended);
    }
  } catch (cause) {
    throw silence.signal.aborted && !signal.aborted
      ? silence.signal.reason
      : httpFailure(cause, terms, signal);
  } finally {
    clearTimeout(timer);
  }
}

async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = (): void => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

async function* limited(
  body: ReadableStream<Uint8Array> | null,
  { idleMs, maxBytes, signal }: { idleMs: number; maxBytes: number; signal: AbortSignal },
  terms: HttpTerms,
): AsyncGenerator<Uint8Array, void> {
  if (body === null) return;
  const reader = body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { promise: silence, reject } = Promise.withResolvers<never>();
      const timer = setTimeout(
        () =>
          reject(
            unreachable(
              terms,
              `it sent nothing for ${idleMs / 1000} s in the middle of its answer`,
              "Check the network and the server",
            ),
          ),
        idleMs,
      );
      let read: Awaited<ReturnType<typeof reader.read>>;
      try {
        read = await Promise.race([reader.read(), silence]);
      } catch (cause) {
        throw httpFailure(cause, terms, signal);
      } finally {
        clearTimeout(timer);
      }
      if (read.done) return;
      bytes += read.value.byteLength;
      if (bytes > maxBytes)
        throw new AnswerTooLong(terms.says.unreachable, terms.says.object, "backoff", {
          cannot: terms.says.cannot,
          why: `its answer is longer than ${maxBytes} bytes`,
          fix: terms.says.tooLong,
        });
      yield read.value;
    }
  } finally {
    // The rest is not wanted, and a stream that broke already has nothing to say about it.
    reader.cancel().then(undefined, () => undefined);
  }
}

function refusal(terms: HttpTerms, response: Response, credentials: "none" | "given"): Failure {
  const { object, cannot, auth, thing } = terms.says;
  const { status } = response;
  if (status === 407 && terms.proxy !== undefined) return proxyRefusal(terms);
  if (status === 401 || status === 403 || status === 407) {
    const why =
      credentials === "none"
        ? `it wants credentials (HTTP ${status})`
        : `it refused the credentials (HTTP ${status})`;
    return new Failure(auth, object, "backoff", {
      cannot,
      why,
      fix: `Give this ${thing} a user name and password or token that may read it`,
      ...pauseOf(response),
    });
  }
  if (status === 404 || status === 410) {
    const fix =
      credentials === "none"
        ? `Check the URL; many servers answer so for a private ${thing} without credentials`
        : "Check the URL, and that these credentials may read it";
    return unreachable(terms, `there is no such ${thing} (HTTP ${status})`, fix);
  }
  const why = status === 429 ? "it asks for fewer requests (HTTP 429)" : `it answered HTTP ${status}`;
  return new Failure(terms.says.unreachable, object, "backoff", {
    cannot,
    why,
    fix: "Wait, or look at the server",
    ...pauseOf(response),
  });
}

function proxyRefusal({ says: { object, cannot, unreachable: code } }: HttpTerms): Failure {
  return new Failure(code, object, "backoff", {
    cannot,
    why: "its proxy wants other credentials (HTTP 407)",
    fix: "Write user and password into the proxy's address: http://user:password@host:port",
  });
}

/** Retry-After, in seconds or as a date. */
function pauseOf(response: Response): { retryAfterMs?: number } {
  const text = response.headers.get("retry-after");
  if (text === null) return {};
  const sentAt = Date.parse(response.headers.get("date") ?? "");
  const ms = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - sentAt;
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.min(ms, MAX_RETRY_AFTER_MS) } : {};
}

/** @throws {Failure} where another origin is not asked */
function refuseElsewhere(target: string, terms: HttpTerms): void {
  if (leadsNear(terms.origin, target))
    throw unreachable(
      terms,
      `it leads to ${URL.parse(target)?.host ?? "a place"}, which is this machine or its own network, and is not followed`,
      "Look at the server: it must not send anybody there",
    );
  const isNear = terms.elsewhere === "bare, far" && isInnerHost(new URL(target).hostname);
  if (terms.elsewhere === "refused" || isNear || !target.startsWith("https://"))
    throw elsewhere(target, terms);
}

/** What a server leads to must be no nearer than it is itself. */
function reachElsewhere(terms: HttpTerms): Reach {
  return terms.elsewhere === "bare, far" || terms.reach === "far" ? "far" : "not here";
}

function leadsThere(why: string, terms: HttpTerms): Failure {
  return unreachable(
    terms,
    `${why}, and is not asked`,
    terms.says.meantThere ??
      "Where it is meant to be asked, add an entry with its address to repositories in the config",
  );
}

function elsewhere(target: string, terms: HttpTerms): Failure {
  const there = URL.parse(target);
  const named = there === null ? "not a URL" : there.origin === "null" ? there.protocol : there.origin;
  return unreachable(
    terms,
    `it redirects to another server (${named}), which is not followed`,
    terms.says.ledElsewhere ?? "Use the URL that it redirects to",
  );
}
