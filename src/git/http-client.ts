/** The one road to Git servers over HTTP: redirects within the origin, credentials to their origin, limits on time and size. */

import { Failure } from "../core/model/failure.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import { codeOf, messageOf } from "../lib/caught.ts";
import { defined } from "../lib/defined.ts";
import { printable, unreachable } from "./failures.ts";

const MAX_REDIRECTS = 3;
/** A server may ask for patience, but not for ever. */
const MAX_RETRY_AFTER_MS = 15 * 60_000;

export interface HttpCall {
  method: "GET" | "POST";
  url: string;
  headers?: Record<string, string>;
  body?: Uint8Array<ArrayBuffer>;
  signal: AbortSignal;
  /** Longest silence in the answer's body. */
  idleMs: number;
  /** Longest body, after decompression. */
  maxBytes: number;
}

export interface HttpAnswer {
  /** After redirects. */
  url: string;
  contentType: string;
  headers: Record<string, string>;
  body: AsyncIterable<Uint8Array>;
}

export type GitHttp = (call: HttpCall) => Promise<HttpAnswer>;

/**
 * @param show the repository's URL for failures
 * @throws {Failure} git-unreachable, git-auth; for every answer that is not 200
 */
export function gitHttp(access: RepositoryAccess, origin: string, show: string): GitHttp {
  const authorization = authorizationOf(access);
  return async ({ method, url, headers = {}, body, signal, idleMs, maxBytes }) => {
    let target = url;
    for (let redirects = 0; ; redirects++) {
      if (new URL(target).origin !== origin) throw elsewhere(show, target);
      const response = await send(target, { signal, idleMs }, show, {
        method,
        headers: {
          "User-Agent": "git/holdfast",
          Accept: "*/*",
          // A small answer may become a large one.
          "Accept-Encoding": "identity",
          ...headers,
          ...defined({ Authorization: authorization }),
        },
        redirect: "manual",
        decompress: false,
        ...defined({ body }),
        ...defined({ tls: access.ca === undefined ? undefined : { ca: access.ca } }),
      });
      const location = response.headers.get("location");
      if (response.status >= 300 && response.status < 400 && location !== null) {
        await response.body?.cancel();
        const next = URL.parse(location, target);
        if (next === null || next.origin !== origin) throw elsewhere(show, next?.href ?? location);
        if (redirects >= MAX_REDIRECTS)
          throw unreachable(show, `it redirects more than ${MAX_REDIRECTS} times`, "Correct the URL");
        target = next.href;
        continue;
      }
      if (response.status !== 200) {
        await response.body?.cancel();
        throw refusal(show, response, authorization === undefined ? "none" : "given");
      }
      const encoding = response.headers.get("content-encoding") ?? "identity";
      if (encoding !== "identity") {
        await response.body?.cancel();
        throw unreachable(
          show,
          `it answers in the encoding ${JSON.stringify(printable(encoding).slice(0, 40))}, which nobody asked for`,
          "Look at what lies between here and the server",
        );
      }
      return {
        url: target,
        contentType: (response.headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "",
        headers: Object.fromEntries(response.headers),
        body: limited(response.body, { idleMs, maxBytes, show, signal }),
      };
    }
  };
}

export function authorizationOf({ username, password, bearerToken }: RepositoryAccess): string | undefined {
  if (bearerToken !== undefined) return `Bearer ${bearerToken.reveal()}`;
  if (username === undefined && password === undefined) return undefined;
  // Forges take any user name beside a token.
  const user = username === undefined || username === "" ? "git" : username;
  return `Basic ${Buffer.from(`${user}:${password?.reveal() ?? ""}`).toString("base64")}`;
}

/** Why a request did not get an answer, as a Failure; an abort by the caller goes through as it is. */
function httpFailure(cause: unknown, show: string, signal: AbortSignal): unknown {
  if (cause instanceof Failure) return cause;
  if (signal.aborted) return signal.reason;
  const code = codeOf(cause);
  const message = messageOf(cause);
  if (/CERT|SIGNATURE|ISSUER|ALTNAME/i.test(code) || /certificate/i.test(message)) {
    return unreachable(
      show,
      `its certificate is not trusted (${code === "" ? message : code})`,
      "Give the authority's PEM as this repository's ca, or use the name that the certificate is for",
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
    show,
    words[code] ??
      (isNoHttp ? `its answer is not in HTTP's format (${code})` : `the connection failed (${said})`),
    "Check the URL, the network and the server",
    cause,
  );
}

async function send(
  url: string,
  { signal, idleMs }: { signal: AbortSignal; idleMs: number },
  show: string,
  init: Omit<BunFetchRequestInit, "body" | "tls"> & { body?: Uint8Array<ArrayBuffer>; tls?: { ca: string } },
): Promise<Response> {
  const silence = new AbortController();
  const timer = setTimeout(
    () =>
      silence.abort(
        unreachable(show, `it did not answer within ${idleMs / 1000} s`, "Check the network and the server"),
      ),
    idleMs,
  );
  try {
    const { body, tls, ...rest } = init;
    return await fetch(url, {
      ...rest,
      signal: AbortSignal.any([signal, silence.signal]),
      ...defined({ body }),
      ...defined({ tls }),
    });
  } catch (cause) {
    throw silence.signal.aborted && !signal.aborted
      ? silence.signal.reason
      : httpFailure(cause, show, signal);
  } finally {
    clearTimeout(timer);
  }
}

async function* limited(
  body: ReadableStream<Uint8Array> | null,
  { idleMs, maxBytes, show, signal }: { idleMs: number; maxBytes: number; show: string; signal: AbortSignal },
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
              show,
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
        throw httpFailure(cause, show, signal);
      } finally {
        clearTimeout(timer);
      }
      if (read.done) return;
      bytes += read.value.byteLength;
      if (bytes > maxBytes)
        throw unreachable(
          show,
          `its answer is longer than ${maxBytes} bytes`,
          "Use a smaller repository, or raise the limit",
        );
      yield read.value;
    }
  } finally {
    // The rest is not wanted, and a stream that broke already has nothing to say about it.
    reader.cancel().then(undefined, () => undefined);
  }
}

function refusal(show: string, response: Response, credentials: "none" | "given"): Failure {
  const { status } = response;
  if (status === 401 || status === 403 || status === 407) {
    const why =
      credentials === "none"
        ? `it wants credentials (HTTP ${status})`
        : `it refused the credentials (HTTP ${status})`;
    return new Failure("git-auth", show, "backoff", {
      cannot: "read from Git",
      why,
      fix: "Give this repository a user name and password or token that may read it",
      ...pauseOf(response),
    });
  }
  if (status === 404 || status === 410) {
    const fix =
      credentials === "none"
        ? "Check the URL; many servers answer so for a private repository without credentials"
        : "Check the URL, and that these credentials may read it";
    return unreachable(show, `there is no such repository (HTTP ${status})`, fix);
  }
  const why = status === 429 ? "it asks for fewer requests (HTTP 429)" : `it answered HTTP ${status}`;
  return new Failure("git-unreachable", show, "backoff", {
    cannot: "read from Git",
    why,
    fix: "Wait, or look at the server",
    ...pauseOf(response),
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

function elsewhere(show: string, target: string): Failure {
  const there = URL.parse(target);
  const named = there === null ? "not a URL" : there.origin === "null" ? there.protocol : there.origin;
  return unreachable(
    show,
    `it redirects to another server (${named}), which is not followed`,
    "Use the URL that it redirects to",
  );
}
