/** Stand-ins for other people's APIs, on the loopback: they answer as the providers document. */

import { Failure } from "../../src/core/model/failure.ts";
import type { Lookups } from "../../src/scm/provider.ts";
import { type ProviderFacts, Providers, type ProvidersTerms } from "../../src/scm/providers.ts";

export interface AskedOf {
  method: string;
  /** Path and question. */
  path: string;
  headers: Headers;
  body: string;
}

export type AnswerWith = (url: URL, request: AskedOf) => Response | undefined | Promise<Response | undefined>;

export interface ProviderStand extends AsyncDisposable {
  origin: string;
  asked: AskedOf[];
  /** Replaced by a test that wants other answers; undefined: the one before. */
  answer: AnswerWith;
  /** Answers of the first one that has one. */
  before: AnswerWith[];
}

/** @param answer of what it is there for; nothing is 404 in JSON */
export function providerStand(answer: AnswerWith): ProviderStand {
  const stand: Omit<ProviderStand, "origin"> = {
    asked: [],
    answer,
    before: [],
    [Symbol.asyncDispose]: async () => {
      await server.stop(true);
    },
  };
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      const asked = {
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: request.headers,
        body: await request.text(),
      };
      stand.asked.push(asked);
      for (const each of [...stand.before, stand.answer]) {
        const response = await each(url, asked);
        if (response !== undefined) return withETag(request, response);
      }
      return Response.json({ message: "Not Found" }, { status: 404 });
    },
  });
  return Object.assign(stand, { origin: `http://127.0.0.1:${server.port}` });
}

/** As a server that compares what it says, without what its headers say beside that: 304 where that has not changed. */
async function withETag(request: Request, response: Response): Promise<Response> {
  if (response.status !== 200 || response.headers.get("x-no-etag") !== null) return response;
  const text = await response.text();
  const etag = `"${Bun.hash(text).toString(16)}"`;
  const headers = new Headers(response.headers);
  headers.set("etag", etag);
  if (request.headers.get("if-none-match") === etag)
    return new Response(null, { status: 304, headers: { etag } });
  return new Response(text, { status: 200, headers });
}

/** One page of a list, by `page` and `per_page`, and whether there are more. */
export function pageOf<T>(all: readonly T[], url: URL, perPage = "per_page", page = "page") {
  const size = Number(url.searchParams.get(perPage) ?? "30");
  const number = Number(url.searchParams.get(page) ?? "1");
  const items = all.slice((number - 1) * size, number * size);
  return { items, number, size, hasMore: number * size < all.length };
}

export function lookups(
  secrets: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
  configMaps: Readonly<Record<string, Readonly<Record<string, string>>>> = {},
): Lookups {
  const gone = (what: string): Failure =>
    new Failure("not-found", what, "backoff", { cannot: "read it", why: "it is not there" });
  return {
    async secret(name, key) {
      const secret = secrets[name];
      if (secret === undefined) throw gone(`Secret ${name}`);
      return secret[key];
    },
    async configMap(name) {
      const found = configMaps[name];
      if (found === undefined) throw gone(`ConfigMap ${name}`);
      return found;
    },
  };
}

export const TOKEN = "secret-token-of-a-test";
export const NOW = Date.parse("2026-11-29T10:00:00Z");

/** What a set asks by, with the token in Secret `scm` under `token`. */
export function providerFacts(
  usual: Readonly<Record<string, string>>,
  {
    own = lookups({ scm: { token: TOKEN } }),
    home = lookups(),
    terms = {},
    providers = new Providers({ now: () => NOW, reach: "anywhere", usual, ...terms }),
  }: { own?: Lookups; home?: Lookups; terms?: Partial<ProvidersTerms>; providers?: Providers } = {},
): ProviderFacts {
  return providers.factsFor({ set: "web", own, home, signal: new AbortController().signal });
}

/** What a question that must fail says; the test fails where it does not. */
export async function failureOf(asked: Promise<unknown>): Promise<Failure> {
  const answer = await asked.then(
    (value) => new Error(`it answered ${JSON.stringify(value)}`),
    (cause: unknown) => cause,
  );
  if (!(answer instanceof Failure)) throw answer;
  return answer;
}
