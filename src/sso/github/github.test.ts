import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Failure } from "../../core/model/failure.ts";
import { Secret } from "../../core/model/secret.ts";
import type { GithubSignOn } from "../../core/model/sign-on.ts";
import type { PendingSignOn } from "../sign-on.ts";
import { Github } from "./github.ts";

const REDIRECT = "https://cd.example.org/auth/callback";
const never = new AbortController().signal;
let nowMs = 1_800_000_000_000;
const clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => Promise.resolve() };

type Answer = (request: Request, url: URL) => Response | undefined | Promise<Response | undefined>;
let server: ReturnType<typeof Bun.serve>;
let instead: Answer;
let calls: { path: string; authorization: string | null }[];
let challenges: Map<string, string>;
const teams = Array.from({ length: 250 }, (_, at) => ({
  slug: `team-${at}`,
  name: `Team ${at}`,
  organization: { login: "Acme" },
}));

beforeEach(() => {
  nowMs = 1_800_000_000_000;
  instead = () => undefined;
  calls = [];
  challenges = new Map();
  server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    async fetch(request) {
      const url = new URL(request.url);
      calls.push({
        path: `${url.pathname}${url.search}`,
        authorization: request.headers.get("authorization"),
      });
      const other = await instead(request, url);
      if (other !== undefined) return other;
      if (url.pathname === "/login/oauth/access_token") {
        const form = new URLSearchParams(await request.text());
        const code = form.get("code") ?? "";
        const hash = new Bun.CryptoHasher("sha256")
          .update(form.get("code_verifier") ?? "")
          .digest("base64url");
        const isRight = challenges.get(code) === hash && form.get("client_secret") === "secret-canary";
        challenges.delete(code);
        return Response.json(
          isRight
            ? { access_token: "token-canary", token_type: "bearer" }
            : { error: "bad_verification_code" },
        );
      }
      if (request.headers.get("authorization") !== "Bearer token-canary")
        return Response.json({ message: "Bad credentials" }, { status: 401 });
      switch (url.pathname) {
        case "/api/v3/user":
          return Response.json({ id: 4711, login: "ada", name: "Ada" });
        case "/api/v3/user/emails":
          return Response.json([{ email: "ada@x.org", verified: true, primary: true }]);
        case "/api/v3/user/orgs":
          return Response.json([{ login: "Acme" }, { login: "evil" }]);
        case "/api/v3/user/teams": {
          const page = Number(url.searchParams.get("page") ?? "1");
          const next = `${url.origin}/api/v3/user/teams?per_page=100&page=${page + 1}`;
          return Response.json(teams.slice((page - 1) * 100, page * 100), {
            headers: page < 3 ? { link: `<${url.origin}/x>; rel="prev", <${next}>; rel="next"` } : {},
          });
        }
        default:
          return new Response("no", { status: 404 });
      }
    },
  });
});
afterEach(() => server.stop(true));

const open = (changes: Partial<GithubSignOn> = {}) =>
  new Github(
    {
      by: "github",
      name: "GitHub",
      url: `http://127.0.0.1:${server.port}`,
      clientId: "holdfast",
      clientSecret: new Secret("secret-canary"),
      organizations: [{ name: "acme", teams: ["team-249", "team-0"] }],
      tls: {},
      ...changes,
    },
    { clock },
  );

async function logIn(
  github = open(),
  change: (answer: URLSearchParams, pending: PendingSignOn) => void = () => undefined,
) {
  const { location, pending } = await github.begin({ redirectUri: REDIRECT, returnTo: "/" });
  const asked = new URL(location).searchParams;
  challenges.set("code-1", asked.get("code_challenge") ?? "");
  const answer = new URLSearchParams({ code: "code-1", state: asked.get("state") ?? "" });
  change(answer, pending);
  return await github.finish(pending, answer, never);
}

async function refusal(work: Promise<unknown>): Promise<Failure> {
  const caught = await work.then(
    (value) => value,
    (cause: unknown) => cause,
  );
  expect(caught).toBeInstanceOf(Failure);
  const failure = caught as Failure;
  expect(failure.message).toStartWith("GitHub (127.0.0.1");
  expect(failure.message).not.toContain("canary");
  expect(failure.fix ?? "").not.toBe("");
  return failure;
}

describe("Github", () => {
  test("calls teams as a connector of Dex does, from every page", async () => {
    const organizations = [{ name: "acme", teams: ["Team 249", "team-0"] }];
    const { identity } = await logIn(open({ dexTeams: "name", organizations }));
    expect(identity.groups).toEqual(["acme:Team 249"]);
  });

  test("logs in, and reads every page of the teams", async () => {
    const { identity, kept } = await logIn();
    expect(identity).toEqual({
      issuer: `http://127.0.0.1:${server.port}`,
      subject: "4711",
      name: "ada",
      email: "ada@x.org",
      emailVerified: true,
      groups: ["acme", "acme:team-0", "acme:team-249"],
    });
    expect(kept.accessToken?.reveal()).toBe("token-canary");
    expect(calls.filter(({ path }) => path.startsWith("/api/v3/user/teams"))).toHaveLength(3);
  });

  test("GitHub's own API is on another server than its pages", async () => {
    const { location, pending } = await open({ url: "https://github.com" }).begin({
      redirectUri: REDIRECT,
      returnTo: "/x",
    });
    const url = new URL(location);
    expect(`${url.origin}${url.pathname}`).toBe("https://github.com/login/oauth/authorize");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: "holdfast",
      redirect_uri: REDIRECT,
      scope: "read:org user:email",
      state: pending.state,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
      allow_signup: "false",
    });
    expect(pending.state).toMatch(/^[\w-]{43}$/);
  });

  test.each([
    ["https://github.com", "api.github.com"],
    ["https://acme.ghe.com", "api.acme.ghe.com"],
  ])("the API of %s is at %s", async (url, api) => {
    const asked: string[] = [];
    const settings = { ...open().settings, url };
    const lookUp = async (name: string) => {
      asked.push(name);
      return ["127.0.0.1"];
    };
    const kept = { accessToken: new Secret("token-canary") };
    const identity = {
      issuer: url,
      subject: "1",
      name: "ada",
      email: undefined,
      emailVerified: false,
      groups: [],
    };
    const failed = await new Github(settings, { clock, lookUp })
      .again({ identity, kept }, never)
      .catch((cause: unknown) => cause);
    expect(failed).toMatchObject({ code: "provider-unreachable" });
    expect(asked[0]).toBe(api);
  });

  test.each<[string, (answer: URLSearchParams, pending: PendingSignOn) => void, string]>([
    ["of another login", (answer) => answer.set("state", "other"), "it belongs to another login (state)"],
    ["of no login", (answer) => answer.delete("state"), "it belongs to another login (state)"],
    ["of two logins", (answer) => answer.append("state", "x"), "it belongs to another login (state)"],
    ["without a code", (answer) => answer.delete("code"), "it holds no code, or several"],
    ["with two codes", (answer) => answer.append("code", "x"), "it holds no code, or several"],
    ["with another code", (answer) => answer.set("code", "x"), "it refused that (bad_verification_code)"],
    [
      "of another verifier",
      (_, pending) => {
        pending.verifier = "x";
      },
      "it refused that (bad_verification_code)",
    ],
    [
      "of another provider",
      (_, pending) => {
        pending.provider = "Okta";
      },
      'the login was begun at "Okta"',
    ],
    [
      "too late",
      (_, pending) => {
        nowMs = pending.until;
      },
      "later than 10 minutes",
    ],
    ["that it was refused", (answer) => answer.set("error", "access_denied"), "it let nobody in"],
    ["with words of a stranger", (answer) => answer.set("error", "<b>call us"), "none of the protocol's"],
  ])("an answer %s is refused", async (_, change, words) => {
    const failure = await refusal(logIn(open(), change));
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("<b>");
  });

  test("a code is redeemed once", async () => {
    const github = open();
    const { location, pending } = await github.begin({ redirectUri: REDIRECT, returnTo: "/" });
    const asked = new URL(location).searchParams;
    challenges.set("code-1", asked.get("code_challenge") ?? "");
    const answer = new URLSearchParams({ code: "code-1", state: pending.state });
    await github.finish(pending, answer, never);
    expect((await refusal(github.finish(pending, answer, never))).message).toContain("bad_verification_code");
  });

  test("who is in none of them is not let in", async () => {
    const failure = await refusal(
      logIn(open({ organizations: [{ name: "acme", teams: ["owners"] }, { name: "other" }] })),
    );
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain("they are in none of the organizations and teams that may come in");
  });

  test.each<[string, Answer, string, string]>([
    [
      "a page is missing",
      (_, url) => (url.searchParams.get("page") === "2" ? new Response("", { status: 502 }) : undefined),
      "provider-unreachable",
      "it answered HTTP 502",
    ],
    [
      "the next page is another server's",
      (_, url) =>
        url.pathname.endsWith("/teams")
          ? Response.json([], { headers: { link: '<https://evil.example/t>; rel="next"' } })
          : undefined,
      "provider-unreachable",
      "on another server, which is not asked",
    ],
    [
      "pages never end",
      (_, url) =>
        url.pathname.endsWith("/teams")
          ? Response.json([], { headers: { link: `<${url.href}>; rel="next"` } })
          : undefined,
      "provider-unreachable",
      "more than 50 pages",
    ],
    [
      "teams are no list",
      (_, url) => (url.pathname.endsWith("/teams") ? Response.json({ teams: [] }) : undefined),
      "provider-unreachable",
      "it must be a list",
    ],
    [
      "a team has no slug",
      (_, url) =>
        url.pathname.endsWith("/teams") ? Response.json([{ organization: { login: "acme" } }]) : undefined,
      "provider-unreachable",
      "slug is missing",
    ],
    [
      "nobody logged in",
      (_, url) => (url.pathname.endsWith("/user") ? Response.json({ login: "ada" }) : undefined),
      "provider-unreachable",
      "id and login of the person are missing",
    ],
    [
      "the id is a text",
      (_, url) => (url.pathname.endsWith("/user") ? Response.json({ id: "4711", login: "ada" }) : undefined),
      "provider-unreachable",
      "id and login of the person are missing",
    ],
    [
      "it is a page for people",
      (_, url) =>
        url.pathname.endsWith("/user")
          ? new Response("<html>", { headers: { "content-type": "text/html" } })
          : undefined,
      "provider-unreachable",
      "not JSON",
    ],
    [
      "it leads to another server",
      (_, url) =>
        url.pathname.endsWith("/orgs") ? Response.redirect("https://evil.example/orgs") : undefined,
      "provider-unreachable",
      "which is not followed",
    ],
    [
      "the scope is missing",
      (_, url) =>
        url.pathname.endsWith("/teams")
          ? Response.json({ message: "Resource not accessible" }, { status: 403 })
          : undefined,
      "sign-on",
      "it refused that (HTTP 403): Resource not accessible",
    ],
    [
      "it is asked too often",
      (_, url) =>
        url.pathname.endsWith("/teams")
          ? Response.json(
              { message: "API rate limit exceeded" },
              { status: 403, headers: { "x-ratelimit-remaining": "0" } },
            )
          : undefined,
      "provider-unreachable",
      "it answered HTTP 403: API rate limit exceeded",
    ],
    [
      "the code gives nothing",
      (_, url) => (url.pathname.endsWith("access_token") ? Response.json({}) : undefined),
      "provider-unreachable",
      "it holds no access_token",
    ],
  ])("nobody is let in where %s", async (_, answer, code, words) => {
    instead = answer;
    const failure = await refusal(logIn());
    expect(failure.message).toContain(words);
    expect(failure.code).toBe(code as Failure["code"]);
  });

  test("a token that was taken back says that they are gone", async () => {
    const github = open();
    const before = await logIn(github);
    expect((await github.again(before, never)).identity).toEqual(before.identity);
    instead = (_, url) =>
      url.pathname.endsWith("/user") ? Response.json({ id: 1, login: "eve" }) : undefined;
    expect((await refusal(github.again(before, never))).message).toContain("somebody else's");
    instead = () => undefined;
    const revoked = { ...before, kept: { accessToken: new Secret("old") } };
    expect(await refusal(github.again(revoked, never))).toMatchObject({ code: "sign-on" });
    expect(await refusal(github.again({ ...before, kept: {} }, never))).toMatchObject({ code: "sign-on" });
    expect(await github.logoutLocation()).toBeUndefined();
  });
});
