import { CliError } from "../cli-error.ts";
import { EXIT } from "../exit-codes.ts";
import { inPlain } from "./in-plain.ts";
import { type ErrorBody, Refused } from "./refusal.ts";
import { type ServerTrust, type TrustOptions, trustOptions } from "./server-trust.ts";
import { Within } from "./within.ts";

export type Query = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface Client {
  /** Without a last slash. */
  readonly url: string;
  get<T>(path: string, query?: Query): Promise<T>;
  /** With the `ETag` of what people wrote of it; undefined where it has none. */
  tagged<T>(path: string): Promise<{ value: T; tag: string | undefined }>;
  /** @param ask.over the tag of what it is written over: where it is another one by then, nothing is written */
  send<T>(
    method: "POST" | "PUT" | "PATCH" | "DELETE",
    path: string,
    ask?: { query?: Query; body?: unknown; over?: string | undefined },
  ): Promise<T>;
  /** The lines of an NDJSON answer as they come, "" for a sign of life. Ends when the server ends it. */
  lines(path: string, query: Query, signal: AbortSignal): AsyncGenerator<string>;
  /** The same of the answer to a POST. */
  answerLines(path: string, body: unknown, signal: AbortSignal): AsyncGenerator<string>;
}

export interface ClientOptions {
  /** As `serverUrl` made it. */
  url: string;
  token: string | undefined;
  /** `no`: any certificate will do. */
  verifyTls: "yes" | "no";
  /** Where it says anything, it counts in place of `verifyTls`. */
  trust?: ServerTrust;
  /** Why: it goes with what writes. */
  reason?: string;
  /** How long an answer may take to begin and, where it is read whole, to end; 0: without end. Default: two minutes. */
  limitMs?: number;
  /** More of every request's, such as a proxy before the daemon wants them. */
  headers?: Readonly<Record<string, string>>;
  signal: AbortSignal;
}

interface Ask {
  query?: Query | undefined;
  body?: unknown;
  over?: string | undefined;
}

export class HttpClient implements Client {
  readonly #options: ClientOptions;
  /** Found out before the first request. */
  #tls: Promise<TrustOptions | { rejectUnauthorized: false }> | undefined;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  get url(): string {
    return this.#options.url;
  }

  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.#json<T>("GET", path, { query })).value;
  }

  async tagged<T>(path: string): Promise<{ value: T; tag: string | undefined }> {
    return this.#json<T>("GET", path, {});
  }

  async send<T>(method: string, path: string, { body, ...ask }: Ask = {}): Promise<T> {
    return (await this.#json<T>(method, path, { ...ask, body: body ?? {} })).value;
  }

  async *lines(path: string, query: Query, stop: AbortSignal): AsyncGenerator<string> {
    yield* this.#linesOf("GET", path, { query }, stop);
  }

  async *answerLines(path: string, body: unknown, stop: AbortSignal): AsyncGenerator<string> {
    yield* this.#linesOf("POST", path, { body }, stop);
  }

  async *#linesOf(method: string, path: string, ask: Ask, stop: AbortSignal): AsyncGenerator<string> {
    using within = new Within(stop, { ms: this.#options.limitMs, answer: "stream" });
    let rest = "";
    const decoder = new TextDecoder();
    try {
      const reply = await this.#request(method, path, ask, within.signal);
      within[Symbol.dispose]();
      for await (const chunk of reply.body ?? []) {
        const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
        rest = lines.pop() ?? "";
        yield* lines;
      }
    } catch (cause) {
      throw within.error(this.url, cause);
    }
  }

  async #json<T>(method: string, path: string, ask: Ask): Promise<{ value: T; tag: string | undefined }> {
    using within = new Within(this.#options.signal, { ms: this.#options.limitMs, answer: "whole" });
    let text: string;
    let tag: string | undefined;
    try {
      const reply = await this.#request(method, path, ask, within.signal);
      tag = reply.headers.get("etag") ?? undefined;
      text = await reply.text();
    } catch (cause) {
      throw within.error(this.url, cause);
    }
    const value = parse(text);
    if (value === undefined) throw notHoldfast(this.url);
    return { value: value as T, tag };
  }

  async #request(
    method: string,
    path: string,
    { query = {}, body, over }: Ask,
    signal: AbortSignal,
  ): Promise<Response> {
    const { url, token, reason } = this.#options;
    this.#tls ??= this.#trusted();
    const tls = await this.#tls;
    const headers = new Headers({ ...this.#options.headers, accept: "application/json" });
    if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
    // Without it a web page could have a browser send the request: the daemon wants it on every write.
    if (method !== "GET") headers.set("content-type", "application/json");
    if (method !== "GET" && reason !== undefined) headers.set("holdfast-reason", encodeURIComponent(reason));
    if (over !== undefined) headers.set("if-match", over);
    const ask = (until: AbortSignal): Promise<Response> =>
      fetch(url + path + queryText(query), {
        method,
        headers,
        redirect: "manual",
        signal: until,
        timeout: false,
        ...(method === "GET" ? {} : { body: JSON.stringify(body) }),
        ...(Object.keys(tls).length === 0 ? {} : { tls }),
      });
    const reply = await (url.startsWith("http:") ? inPlain(url, ask, signal) : ask(signal));
    if (reply.ok) return reply;
    if (reply.status >= 300 && reply.status < 400)
      throw new CliError(
        EXIT.unreachable,
        `${url} sends us on to ${reply.headers.get("location") ?? "another address"}.`,
        ["Name that server with --server or HOLDFAST_SERVER: a token is never sent where a server points."],
      );
    const said = await errorBody(reply);
    if (said === undefined && !OF_PROXIES.has(reply.status)) throw notHoldfast(url);
    throw new Refused(reply.status, said ?? { message: `HTTP ${reply.status} ${reply.statusText}`.trim() }, {
      url,
      token: token === undefined ? "none" : "shown",
    });
  }

  async #trusted(): Promise<TrustOptions | { rejectUnauthorized: false }> {
    const { url, trust = {}, verifyTls } = this.#options;
    if (Object.keys(trust).length > 0) return trustOptions(url, trust);
    return verifyTls === "yes" ? {} : { rejectUnauthorized: false };
  }
}

/** What a proxy says in its own words of a Holdfast behind it: it wants another login, less, or had no answer. */
const OF_PROXIES: ReadonlySet<number> = new Set([401, 403, 407, 408, 413, 429, 431, 500, 502, 503, 504]);

function notHoldfast(url: string): CliError {
  return new CliError(EXIT.unreachable, `What answers at ${url} is not Holdfast.`, [
    "Name the daemon's address with --server or HOLDFAST_SERVER.",
  ]);
}

/** undefined where it is none of ours: the API's answers have all three of `error`, `code` and `message`. */
async function errorBody(reply: Response): Promise<ErrorBody | undefined> {
  const value = parse(await reply.text()) as Partial<ErrorBody & { error: string }> | null | undefined;
  const isOurs =
    typeof value?.message === "string" && typeof value.error === "string" && typeof value.code === "number";
  return isOurs ? (value as ErrorBody) : undefined;
}

/** undefined where the text is no JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw cause;
  }
}

function queryText(query: Query): string {
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    value === undefined ? [] : typeof value === "string" ? [[name, value]] : value.map((one) => [name, one]),
  );
  return pairs.length === 0 ? "" : `?${new URLSearchParams(pairs)}`;
}
