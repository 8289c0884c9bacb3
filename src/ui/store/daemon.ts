/** The page's way to the API: requests with the token, and the stream of changes. */
import type { Application } from "../../core/model/application.ts";

/** What the page was asked for below, whoever put it there: this module is in `ui/` of it. */
export const BASE = new URL("../", import.meta.url);
/** One origin may hold several daemons, each below a path of its own. */
const TOKEN_KEY = BASE.pathname === "/" ? "holdfast-token" : `holdfast-token ${BASE.pathname}`;

/** An answer that is no success, in the daemon's words. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export function setToken(token: string): void {
  sessionStorage.setItem(TOKEN_KEY, token);
}

export async function ask<T>(
  method: "GET" | "POST" | "DELETE",
  path: string,
  { body, signal }: { body?: unknown; signal?: AbortSignal } = {},
): Promise<T> {
  return (await (await send(method, path, body, signal)).json()) as T;
}

async function send(
  method: string,
  path: string,
  body: unknown,
  signal: AbortSignal | undefined,
): Promise<Response> {
  const token = sessionStorage.getItem(TOKEN_KEY);
  const reply = await fetch(new URL(path.slice(1), BASE), {
    method,
    headers: {
      accept: "application/json",
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(method === "GET" ? {} : { "content-type": "application/json" }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  if (reply.ok) return reply;
  const { message = reply.statusText } = (await reply.json().catch(() => ({}))) as { message?: string };
  throw new Refused(reply.status, message);
}

export interface Change {
  type: "ADDED" | "MODIFIED" | "DELETED";
  application: Application;
}

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
    yield parts.filter((part) => part !== "").map((part) => JSON.parse(part) as T);
  }
}

const SILENCE_MS = 40_000;

/**
 * Every application first, then each change, until the stream ends; then throws.
 * The stream is open before the list is asked for, so that nothing falls between them.
 */
export async function follow(
  on: { list(apps: Application[]): void; change(change: Change): void },
  signal: AbortSignal,
): Promise<never> {
  const silence = new AbortController();
  // The daemon sends an empty line every 15 s. A machine that slept has a stream that is dead and does not know it.
  let timer = setTimeout(() => silence.abort(), SILENCE_MS);
  const either = AbortSignal.any([signal, silence.signal]);
  try {
    const stream = lines<{ result?: Change }>("/api/v1/stream/applications?resourceVersion=0", either);
    // Asked for before the list is: nothing falls between them. The empty line that it begins with says that it is open.
    let next = await stream.next();
    const { items } = await ask<{ items: Application[] }>("GET", "/api/v1/applications", { signal: either });
    on.list(items);
    for (;;) {
      if (next.done === true) throw new Error("the stream ended");
      clearTimeout(timer);
      timer = setTimeout(() => silence.abort(), SILENCE_MS);
      for (const { result } of next.value) {
        if (result === undefined) throw new Error("the stream was ended");
        on.change(result);
      }
      next = await stream.next();
    }
  } finally {
    clearTimeout(timer);
  }
}
