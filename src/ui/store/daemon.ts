/** The page's way to the API: requests with the token, and the stream of changes. */
import { isLinkUrl, type ShownLinks } from "../../core/model/deep-link.ts";
import { TOKEN_PROTOCOL } from "../../core/model/terminal-line.ts";
import type { WholeList } from "./list-state.ts";

/** What the page was asked for below, whoever put it there: this module is in `ui/` of it. */
export const BASE = new URL("../", import.meta.url);
/** One origin may hold several daemons, each below a path of its own. */
const TOKEN_KEY = BASE.pathname === "/" ? "holdfast-token" : `holdfast-token ${BASE.pathname}`;

/** An answer that is no success, in the daemon's words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    /** Of a login that was turned away: brought along, it comes before whoever asked later. */
    readonly turn?: string,
  ) {
    super(message);
  }
}

/** @param token empty: none any more */
export function setToken(token: string): void {
  if (token === "") sessionStorage.removeItem(TOKEN_KEY);
  else sessionStorage.setItem(TOKEN_KEY, token);
}

export async function ask<T>(
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE",
  path: string,
  {
    body,
    signal,
    over,
  }: {
    body?: unknown;
    signal?: AbortSignal;
    /** The tag of what it is written over: where it is another one by then, nothing is written. */
    over?: string | undefined;
  } = {},
): Promise<T> {
  const headers: Record<string, string> = over === undefined ? {} : { "if-match": over };
  return (await (await send(method, path, body, signal, headers)).json()) as T;
}

/**
 * What something would do, or why it cannot be: a browser notes every answer that is an error, and this is none.
 * @throws {Refused} where the asking itself is refused, or fails
 */
export async function askPlan<T extends object>(
  method: "GET" | "POST",
  path: string,
  about: { body?: unknown; signal: AbortSignal },
): Promise<{ is: "answered"; value: T } | { is: "refused"; why: string }> {
  const value = await ask<T | { refused: string }>(method, `${path}?refusal=told`, about);
  return "refused" in value ? { is: "refused", why: value.refused } : { is: "answered", value };
}

/** With the tag of what people wrote of it. @throws {Refused} */
export async function askTagged<T>(path: string): Promise<{ value: T; tag: string | undefined }> {
  const reply = await send("GET", path, undefined, undefined);
  return { value: (await reply.json()) as T, tag: reply.headers.get("etag") ?? undefined };
}

/** What the config's templates make of what is shown. @param path of Argo CD's API, which ends in `/links` */
export async function askLinks(path: string, signal: AbortSignal): Promise<ShownLinks> {
  const { items, holdfast } = await ask<{
    items: ShownLinks["items"] | null;
    holdfast?: Pick<ShownLinks, "wrong">;
  }>("GET", path, { signal });
  // Whatever answers: a page leads to no address that would run something.
  return { items: (items ?? []).filter(({ url }) => isLinkUrl(url)), wrong: holdfast?.wrong ?? [] };
}

/** An answer as it came, whole. @throws {Refused} */
export async function read(path: string): Promise<Blob> {
  return (await send("GET", path, undefined, undefined)).blob();
}

/** Whoever looks is known by a token that requests bear, and links do not. */
export function tokenIsOwn(): boolean {
  return sessionStorage.getItem(TOKEN_KEY) !== null;
}

/** What is known already, by the tag that came with it, is not sent again. @throws {Refused} */
export async function askUnlessKnown<T>(
  path: string,
  tag: string | undefined,
  signal: AbortSignal,
): Promise<{ is: "as-known"; headers: Headers } | { is: "new"; value: T; headers: Headers }> {
  const reply = await send("GET", path, undefined, signal, tag === undefined ? {} : { "if-none-match": tag });
  const { headers } = reply;
  return reply.status === 304
    ? { is: "as-known", headers }
    : { is: "new", value: (await reply.json()) as T, headers };
}

async function send(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const reply = await fetch(new URL(path.slice(1), BASE), {
    method,
    headers: {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (reply.ok || reply.status === 304) return reply;
  const { message = reply.statusText, details } = (await reply.json().catch(() => ({}))) as {
    message?: string;
    details?: { turn?: string };
  };
  throw new Refused(reply.status, message, details?.turn);
}

/**
 * A WebSocket of the API.
 * @param path with query @param protocol the one that is spoken; the token goes beside it, since a page sets no header of one
 */
export function socketTo(path: string, protocol: string): WebSocket {
  const url = new URL(path.slice(1), BASE);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  const token = sessionStorage.getItem(TOKEN_KEY);
  const encoded =
    token === null ? "" : btoa(token).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  return new WebSocket(url, token === null ? [protocol] : [protocol, `${TOKEN_PROTOCOL}${encoded}`]);
}

/** Characters of one line. What is longer is no line of ours, and would fill the memory. */
const LONGEST_LINE = 32_000_000;

/** The lines of JSON of an answer that goes on, as many at a time as came. @throws {Refused} */
export async function* lines<T>(path: string, signal: AbortSignal): AsyncGenerator<T[]> {
  const reply = await send("GET", path, undefined, signal);
  if (reply.body === null) return;
  const reader = reply.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    if (rest.length > LONGEST_LINE) throw new Error("the daemon sent a line without an end");
    yield parts.filter((part) => part !== "").map((part) => JSON.parse(part) as T);
  }
}

const SILENCE_MS = 40_000;

/** What becomes of what the daemon tells. Whatever it throws ends the following. */
export interface Following {
  list(list: WholeList): void;
  /** A line, whatever it is. */
  frame(frame: unknown): void;
  /** It lives, and nothing happened. */
  alive?(): void;
}

/** @throws {Refused} */
export async function readList(signal: AbortSignal): Promise<WholeList> {
  const reply = await send("GET", "/api/holdfast/v1/list", undefined, signal);
  const list = (await reply.json()) as Omit<WholeList, "at">;
  return { ...list, at: Number(reply.headers.get("holdfast-at")) };
}

/** The list of all applications first, then each line of what changes in it, until the stream ends; then throws. @throws {Refused} */
export async function follow(on: Following, signal: AbortSignal): Promise<never> {
  const silence = new AbortController();
  // The daemon sends an empty line every 15 s. A machine that slept has a stream that is dead and does not know it.
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const either = AbortSignal.any([signal, silence.signal]);
  try {
    const stream = lines<unknown>("/api/holdfast/v1/stream/list", either);
    // The empty line that it begins with says that it is open. Whatever changes from here on is told by it or in the list.
    let next = await stream.next();
    on.list(await readList(either));
    for (;;) {
      if (next.done === true) throw new Error("the stream ended");
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      for (const frame of next.value) on.frame(frame);
      if (next.value.length === 0) on.alive?.();
      next = await stream.next();
    }
  } finally {
    clearTimeout(timer);
    // Whatever ended it, nothing more is read of it.
    silence.abort();
  }
}
