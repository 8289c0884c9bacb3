import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type GithubStand, githubStand, pull } from "../../test/lib/github-stand.ts";
import {
  failureOf,
  lookups,
  NOW,
  type ProviderStand,
  providerFacts,
  TOKEN,
} from "../../test/lib/provider-stand.ts";
import { Lru } from "../lib/lru.ts";
import { Api } from "./api.ts";

let hub: GithubStand;
let stand: ProviderStand;
beforeEach(() => {
  hub = githubStand();
  stand = hub.stand;
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const ask = { github: { owner: "acme", repo: "shop", tokenRef: { secretName: "scm", key: "token" } } };
const facts = () => providerFacts({ github: stand.origin });

describe("what a provider answers", () => {
  const limited = (headers: Record<string, string>, status = 403) =>
    Response.json({ message: "API rate limit exceeded for user ID 1." }, { status, headers });
  const seconds = NOW / 1000;
  const wrongs: {
    name: string;
    answer: (url: URL) => Response;
    code?: string;
    says: string;
    waits?: number;
  }[] = [
    {
      name: "401",
      answer: () => Response.json({ message: "Bad credentials" }, { status: 401 }),
      code: "provider-auth",
      says: "it refused the credentials, or they may not read this (HTTP 401: Bad credentials). Give a token (tokenRef) or a GitHub App",
    },
    {
      name: "403",
      answer: () => Response.json({ message: "Resource not accessible by integration" }, { status: 403 }),
      code: "provider-auth",
      says: "may not read this (HTTP 403: Resource not accessible by integration)",
    },
    {
      name: "404",
      answer: () => Response.json({ message: "Not Found" }, { status: 404 }),
      code: "not-found",
      says: "GitHub acme/shop (127.0.0.1:",
    },
    {
      name: "a limit that is used up",
      answer: () =>
        limited({
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(seconds + 600),
          date: new Date(NOW).toUTCString(),
        }),
      says: "it takes no more requests until 2026-11-29T10:10:00Z (HTTP 403: API rate limit exceeded for user ID 1)",
      waits: 600_000,
    },
    {
      name: "a limit for the rest of the week",
      answer: () =>
        limited({
          "x-ratelimit-remaining": "0",
          "x-ratelimit-reset": String(seconds + 100 * 3600),
          date: new Date(NOW).toUTCString(),
        }),
      says: "it takes no more requests until 2026-11-29T11:00:00Z",
      waits: 3_600_000,
    },
    {
      name: "a secondary limit",
      answer: () => limited({ "retry-after": "60" }, 429),
      says: "it takes no more requests until 2026-11-29T10:01:00Z (HTTP 429",
      waits: 60_000,
    },
    { name: "502", answer: () => new Response("<html>", { status: 502 }), says: "it is not well (HTTP 502)" },
    { name: "204", answer: () => new Response(null, { status: 204 }), says: "HTTP 204" },
    {
      name: "422",
      answer: () => Response.json({ message: "Validation Failed" }, { status: 422 }),
      says: "it did not take the question (HTTP 422: Validation Failed)",
    },
    {
      name: "a page for people",
      answer: () => new Response("<html>Sign in</html>", { headers: { "content-type": "text/html" } }),
      says: "it answered text/html with HTTP 200, not JSON",
    },
    {
      name: "half an answer",
      answer: () => new Response('[{"number": 1', { headers: { "content-type": "application/json" } }),
      says: "its answer is no JSON, or only a part of one",
    },
    {
      name: "no list",
      answer: () => Response.json({}),
      says: "of another shape than its API's: it must be a list",
    },
    { name: "null", answer: () => Response.json(null), says: "it must be a list" },
    {
      name: "an element of another shape",
      answer: () => Response.json([pull(1), { ...pull(2), head: null }]),
      says: "[1].head must be a mapping",
    },
    {
      name: "a number that is none",
      answer: () => Response.json([pull(1.5)]),
      says: "[0].number must be a whole number",
    },
    {
      name: "a number that is too large to be kept",
      answer: () => Response.json([pull(2 ** 60)]),
      says: "[0].number must be a whole number",
    },
    { name: "an element that is none", answer: () => Response.json([null]), says: "[0] must be a mapping" },
    {
      name: "an empty page in the middle",
      answer: (url) =>
        Response.json(url.searchParams.get("page") === "2" ? [] : [pull(1)], {
          headers: {
            Link: `<${url.origin}${url.pathname}?page=${url.searchParams.get("page") === "2" ? 3 : 2}>; rel="next"`,
          },
        }),
      says: "page 2 of its list is empty, and more was said to be there",
    },
    {
      name: "an empty page at the end",
      answer: (url) =>
        url.searchParams.get("page") === "2"
          ? Response.json([])
          : Response.json([pull(1)], {
              headers: { Link: `<${url.origin}${url.pathname}?page=2>; rel="next"` },
            }),
      says: "page 2 of its list is empty",
    },
    {
      name: "a page that leads to itself",
      answer: (url) => Response.json([pull(1)], { headers: { Link: `<${url.href}>; rel="next"` } }),
      says: "a page of its list comes again and again",
    },
    {
      name: "a page that leads to itself, with others on it each time",
      answer: (url) =>
        Response.json([pull(stand.asked.length)], { headers: { Link: `<${url.href}>; rel="next"` } }),
      says: "a page of its list comes again and again",
    },
    {
      name: "the same page under other addresses",
      answer: (url) =>
        Response.json([pull(1)], {
          headers: {
            Link: `<${url.origin}${url.pathname}?page=${Number(url.searchParams.get("page") ?? "1") + 1}>; rel="next"`,
          },
        }),
      says: "a page of its list comes again and again",
    },
    {
      name: "pages without an end",
      answer: (url) => {
        const page = Number(url.searchParams.get("page") ?? "1");
        return Response.json([pull(page)], {
          headers: { Link: `<${url.origin}${url.pathname}?page=${page + 1}>; rel="next"` },
        });
      },
      says: "its list has more than 1000 pages",
    },
    {
      name: "a next page elsewhere",
      answer: () =>
        Response.json([pull(1)], {
          headers: { Link: '<https://evil.example.com/pulls?page=2>; rel="next"' },
        }),
      says: "its next page is said to be on another server (https://evil.example.com), which is not asked",
    },
    {
      name: "a redirect elsewhere",
      answer: () => new Response(null, { status: 302, headers: { Location: "https://evil.example.com/" } }),
      says: "it redirects to another server (https://evil.example.com), which is not followed. It may want to know who asks: give a token",
    },
    {
      name: "304 to a question that was none",
      answer: () => new Response(null, { status: 304 }),
      says: "it says that nothing has changed (HTTP 304) where nobody asked for changes",
    },
    {
      name: "more than anybody reads",
      answer: () =>
        new Response(`["${"x".repeat(17 << 20)}"]`, {
          headers: { "content-type": "application/json", "x-no-etag": "" },
        }),
      says: "its answer is longer than 16777216 bytes",
    },
  ];
  test.each(wrongs)("$name is an error", async ({ answer, code = "provider-unreachable", says, waits }) => {
    stand.before.push(answer);
    const failure = await failureOf(facts().pullRequests(ask));
    expect(failure.message).toContain(says);
    expect(failure.message).not.toContain(TOKEN);
    expect(failure.code).toBe(code as typeof failure.code);
    expect(failure.fix).toBeDefined();
    expect(failure.retry).toBe("backoff");
    if (waits !== undefined) expect(failure.retryAfterMs).toBe(waits);
  });

  test("a repository that is not there is none where the set says so, and an outage never is", async () => {
    const lenient = { ...ask, continueOnRepoNotFoundError: true };
    const gone = { github: { ...ask.github, repo: "gone" } };
    expect(await facts().pullRequests({ ...gone, continueOnRepoNotFoundError: true })).toEqual([]);
    expect((await failureOf(facts().pullRequests(gone))).code).toBe("not-found");
    stand.before.push(() => new Response("", { status: 500 }));
    expect((await failureOf(facts().pullRequests(lenient))).code).toBe("provider-unreachable");
  });

  test("nobody listens", async () => {
    const { origin } = stand;
    await stand[Symbol.asyncDispose]();
    expect((await failureOf(providerFacts({ github: origin }).pullRequests(ask))).message).toContain(
      "nothing listens there",
    );
  });

  const terms: { name: string; github: Record<string, unknown>; says: string }[] = [
    { name: "no owner", github: { repo: "shop" }, says: "github.owner must be a text" },
    { name: "a path as a name", github: { owner: "..", repo: "shop" }, says: '".." is no name' },
    { name: "no address", github: { ...ask.github, api: "ftp://x" }, says: "github.api must be an address" },
    {
      name: "a user and a password in the address",
      github: { ...ask.github, api: "https://a:b@ghe.example.com" },
      says: "must be a plain address",
    },
    {
      name: "a user in the address",
      github: { ...ask.github, api: "https://a@ghe.example.com" },
      says: "must be a plain address",
    },
    {
      name: "a Secret without the key",
      github: { ...ask.github, tokenRef: { secretName: "scm", key: "x" } },
      says: "Secret scm (github.tokenRef) has no x",
    },
    {
      name: "no such Secret",
      github: { ...ask.github, tokenRef: { secretName: "none", key: "x" } },
      says: "Secret none: cannot read it",
    },
  ];
  test.each(terms)("$name is said before anybody is asked", async ({ github, says }) => {
    expect((await failureOf(facts().pullRequests({ github }))).message).toContain(says);
    expect(stand.asked).toEqual([]);
  });

  test("a token with a newline is none", async () => {
    const own = lookups({ scm: { token: "a\r\nX-Other: b" } });
    const failure = await failureOf(providerFacts({ github: stand.origin }, { own }).pullRequests(ask));
    expect(failure.message).toContain("github.tokenRef names holds no token under that key");
  });

  test("addresses that are not allowed are not asked, and nothing leads to this machine", async () => {
    const github = { ...ask.github, api: stand.origin };
    const allowed = { terms: { allowedApis: ["https://ghe.example.com/api/v3"] } };
    expect((await failureOf(providerFacts({}, allowed).pullRequests({ github }))).message).toContain(
      "is not among the addresses that are allowed",
    );
    const near = { terms: { reach: "not here" as const } };
    expect((await failureOf(providerFacts({}, near).pullRequests({ github }))).message).toContain(
      "127.0.0.1 is this machine or its own network, and is not asked. Use an address of the provider",
    );
    expect(stand.asked).toEqual([]);
  });

  test("a question that takes more requests than one may ends", async () => {
    hub.pulls = Array.from({ length: 250 }, (_, index) => pull(index + 1));
    const api = (requests: number) =>
      new Api(
        { provider: "GitHub", about: "acme/shop", cannot: "list", needs: "a token", base: stand.origin },
        {
          now: () => NOW,
          reach: "anywhere",
          kept: new Lru(1000),
          budget: { requests, bytes: 1 << 20 },
          signal: new AbortController().signal,
        },
      );
    const url = api(0).url(["repos", "acme", "shop", "pulls"], { per_page: "1" });
    const one = api(1);
    expect((await one.get(url)).body).toHaveLength(1);
    expect((await failureOf(one.get(url))).message).toContain("it takes more requests than one question may");
    const short = api(9);
    await short.get(url);
    short.road.budget.bytes -= (1 << 20) - 300;
    expect((await failureOf(short.get(`${url}&x=1`))).message).toMatch(
      /its answer is longer than \d{2,3} bytes/,
    );
  });
});
