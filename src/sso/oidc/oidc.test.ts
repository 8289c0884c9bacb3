import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { type ChangeAnswer, never, OidcLogins, REDIRECT, refusal } from "../../../test/lib/oidc-logins.ts";
import { makeKey, type StandKey, signToken } from "../../../test/lib/oidc-stand.ts";
import type { Failure } from "../../core/model/failure.ts";
import { Secret } from "../../core/model/secret.ts";
import { ProviderRoad } from "../provider-road.ts";

let at: OidcLogins;
beforeEach(() => {
  at = new OidcLogins();
});
afterEach(() => at.stand.stop());

describe("Oidc", () => {
  test("logs in by a code, with PKCE, state and nonce", async () => {
    const oidc = at.open({ idTokenClaims: { groups: { essential: true } }, domainHint: "example.org" });
    const { location, pending } = await oidc.begin(
      { redirectUri: REDIRECT, returnTo: "/applications" },
      never,
    );
    const asked = new URL(location);
    expect(`${asked.origin}${asked.pathname}`).toBe(`${at.stand.issuer}/authorize`);
    expect(Object.fromEntries(asked.searchParams)).toEqual({
      client_id: "holdfast",
      response_type: "code",
      redirect_uri: REDIRECT,
      scope: "openid profile email groups",
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: "S256",
      claims: '{"id_token":{"groups":{"essential":true}}}',
      domain_hint: "example.org",
    });
    expect(location).not.toContain(pending.verifier);
    const { identity, kept } = await oidc.finish(pending, at.stand.agree(location), never);
    expect(identity).toEqual({
      issuer: at.stand.issuer,
      subject: "user-1",
      name: "ada",
      email: "ada@example.org",
      emailVerified: true,
      groups: ["dev"],
    });
    expect(kept.refreshToken?.reveal()).toBe("refresh-canary");
    const token = at.stand.calls.find(({ path }) => path === "/token");
    expect(token?.form.get("redirect_uri")).toBe(REDIRECT);
    expect(token?.headers.get("authorization")).toBe(`Basic ${btoa("holdfast:secret-canary")}`);
  });

  test("two logins share nothing that could be guessed or used again", async () => {
    const oidc = at.open();
    const begun = await Promise.all(
      Array.from({ length: 50 }, () => oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never)),
    );
    for (const part of ["state", "nonce", "verifier"] as const)
      expect(new Set(begun.map(({ pending }) => pending[part])).size).toBe(50);
    // Fifty people who come at once are one question.
    expect(at.stand.calls.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
  });

  test("lets those alone in whose token says what it must", async () => {
    const within = at.open({ neededClaims: { hd: ["example.org", "example.com"] } });
    at.stand.claims = { hd: "example.com" };
    expect((await at.logIn(within)).identity.subject).toBe("user-1");
    for (const hd of [undefined, "", "evil.org", ["example.org"], "EXAMPLE.ORG", true]) {
      at.stand.claims = { hd };
      const { message } = await refusal(at.logIn(within));
      expect(message).toContain("its token says of them no hd that may come in");
    }
    const told = at.open({ neededClaims: { email_verified: ["true", "false"] } });
    for (const email_verified of [true, false]) {
      at.stand.claims = { email_verified };
      expect((await at.logIn(told)).identity.subject).toBe("user-1");
    }
    at.stand.claims = { email_verified: undefined };
    expect((await refusal(at.logIn(told))).message).toContain("no email_verified");
  });

  test("a client without a secret sends none", async () => {
    const { clientSecret: _, ...rest } = at.settings();
    await at.logIn(at.openWith(rest));
    const token = at.stand.calls.find(({ path }) => path === "/token");
    expect(token?.headers.get("authorization")).toBeNull();
    expect(token?.form.get("client_id")).toBe("holdfast");
    expect(token?.form.has("client_secret")).toBe(false);
  });

  test("a secret is escaped as Go does it", async () => {
    await at.logIn(at.open({ clientSecret: new Secret("a-b_c.d~e:f g!*(ü") }));
    const token = at.stand.calls.find(({ path }) => path === "/token");
    expect(atob((token?.headers.get("authorization") ?? "").slice(6))).toBe(
      "holdfast:a-b_c.d~e%3Af+g%21%2A%28%C3%BC",
    );
  });

  test("a secret goes where the provider wants it", async () => {
    at.stand.metadata = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
    await at.logIn();
    const token = at.stand.calls.find(({ path }) => path === "/token");
    expect(token?.headers.get("authorization")).toBeNull();
    expect(token?.form.get("client_secret")).toBe("secret-canary");
  });

  test("a code is redeemed once", async () => {
    const oidc = at.open();
    const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
    const answer = at.stand.agree(location);
    await oidc.finish(pending, answer, never);
    const failure = await refusal(oidc.finish(pending, answer, never));
    expect(failure.message).toContain("it refused that (invalid_grant, HTTP 400)");
  });

  test.each<[string, ChangeAnswer, string]>([
    ["of another state", (answer) => answer.set("state", "other"), ""],
    ["without a state", (answer) => answer.delete("state"), ""],
    ["with two states", (answer) => answer.append("state", "other"), ""],
    ["without a code", (answer) => answer.delete("code"), ""],
    ["with two codes", (answer) => answer.append("code", "other"), ""],
    ["of another issuer", (answer) => answer.set("iss", "https://evil.example"), ""],
    ["that holds a token", (answer) => answer.set("id_token", "x.y.z"), ""],
    [
      "of another provider's login",
      (_, pending) => {
        pending.provider = "Other";
      },
      'the login was begun at "Other"',
    ],
    [
      "for another verifier",
      (_, pending) => {
        pending.verifier = "x".repeat(43);
      },
      "invalid_grant",
    ],
    [
      "too late",
      (_, pending) => {
        at.nowMs = pending.until;
      },
      "later than 10 minutes",
    ],
    [
      "that it let nobody in",
      (answer) => {
        answer.delete("code");
        answer.set("error", "access_denied");
      },
      "it let nobody in",
    ],
    [
      "with a text for people",
      (answer) => {
        answer.delete("code");
        answer.set("error", "<img src=x>");
        answer.set("error_description", "Call this number");
      },
      "an error that is none of the protocol's",
    ],
  ])("an answer %s is refused", async (_, change, words) => {
    const failure = await refusal(at.logIn(at.open(), change));
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("<img");
    expect(failure.message).not.toContain("Call this");
    if (!["invalid_grant"].includes(words))
      expect(at.stand.calls.some(({ path }) => path === "/token")).toBe(false);
  });

  test("issuers are not mixed up where the provider says whose answers are", async () => {
    at.stand.metadata = { authorization_response_iss_parameter_supported: true };
    await refusal(at.logIn());
    expect((await at.logIn(at.open(), (answer) => answer.set("iss", at.stand.issuer))).identity.subject).toBe(
      "user-1",
    );
  });

  test("keys may change from one login to the next, and an old one counts no more", async () => {
    const oidc = at.open();
    await at.logIn(oidc);
    const old = at.stand.keys;
    at.stand.keys = [makeKey("second", "ES256")];
    expect((await at.logIn(oidc)).identity.subject).toBe("user-1");
    at.stand.makeToken = (claims) => signToken(old[0] as StandKey, claims);
    await refusal(at.logIn(oidc));
  });

  test.each<[string, (path: string) => Response | undefined, string, string]>([
    [
      "discovery leads to another server",
      (path) => (path.startsWith("/.well") ? Response.redirect("https://evil.example/x") : undefined),
      "provider-unreachable",
      "it redirects to another server (https://evil.example), which is not followed",
    ],
    [
      "discovery is a page for people",
      (path) =>
        path.startsWith("/.well")
          ? new Response("<html>", { headers: { "content-type": "text/html" } })
          : undefined,
      "provider-unreachable",
      "something that is not JSON",
    ],
    [
      "discovery is of another issuer",
      (path) =>
        path.startsWith("/.well")
          ? Response.json({ issuer: "https://evil.example", token_endpoint: "https://evil.example/t" })
          : undefined,
      "sign-on",
      "it calls itself by another issuer",
    ],
    [
      "discovery is cut",
      (path) =>
        path.startsWith("/.well")
          ? new Response('{"issuer":', { headers: { "content-type": "application/json" } })
          : undefined,
      "sign-on",
      "not as the protocol wants it",
    ],
    [
      "discovery is a list",
      (path) => (path.startsWith("/.well") ? Response.json([]) : undefined),
      "sign-on",
      "not as the protocol wants it",
    ],
    [
      "discovery is not there",
      (path) => (path.startsWith("/.well") ? new Response("", { status: 404 }) : undefined),
      "provider-unreachable",
      "it answered HTTP 404",
    ],
    [
      "discovery is too long",
      (path) => (path.startsWith("/.well") ? new Response("x".repeat(3 << 20)) : undefined),
      "provider-unreachable",
      "longer than 2097152 bytes",
    ],
    [
      "the token endpoint is broken",
      (path) => (path === "/token" ? new Response("oh", { status: 502 }) : undefined),
      "provider-unreachable",
      "it answered HTTP 502",
    ],
    [
      "the token endpoint is a page for people",
      (path) =>
        path === "/token" ? new Response("<html>", { headers: { "content-type": "text/html" } }) : undefined,
      "provider-unreachable",
      "something that is not JSON",
    ],
    [
      "the client's secret is wrong",
      (path) =>
        path === "/token"
          ? Response.json({ error: "invalid_client", error_description: "bad secret" }, { status: 401 })
          : undefined,
      "sign-on",
      "it does not take this client's secret (invalid_client: bad secret, HTTP 401)",
    ],
    [
      "its keys are a page for people",
      (path) =>
        path === "/keys" ? new Response("<html>", { headers: { "content-type": "text/html" } }) : undefined,
      "provider-unreachable",
      "something that is not JSON",
    ],
    [
      "there are no keys",
      (path) => (path === "/keys" ? Response.json({ keys: [] }) : undefined),
      "sign-on",
      "is signed by a key that is not among the provider's",
    ],
    [
      "there is no token of identity",
      (path) =>
        path === "/token"
          ? Response.json({ access_token: "access-canary", token_type: "Bearer" })
          : undefined,
      "sign-on",
      "not as the protocol wants it",
    ],
  ])("is a failure where %s", async (_, instead, code, words) => {
    at.stand.instead = ({ path }) => instead(path);
    const failure = await refusal(at.logIn());
    expect(failure.message).toContain(words);
    expect(failure.code).toBe(code as Failure["code"]);
  });

  test("what a provider out in the world names must not be this machine", async () => {
    const far = {
      lookUp: async (name: string) => (name === "sso.example.org" ? ["203.0.113.7"] : ["127.0.0.1"]),
    };
    const road = new ProviderRoad({
      shown: { object: "Stand (sso.example.org)" },
      home: "https://sso.example.org",
      tls: {},
      ...far,
    });
    const failure = await refusal(
      road.ask("redeem the code of a login", { method: "GET", url: `${at.stand.issuer}/token` }, never),
    );
    expect(failure.message).toContain("127.0.0.1 is this machine or its own network, and is not asked");
    expect(at.stand.calls).toEqual([]);
  });

  test("nobody listens", async () => {
    await at.stand.stop();
    const failure = await refusal(at.open().begin({ redirectUri: REDIRECT, returnTo: "/" }, never));
    expect(failure.code).toBe("provider-unreachable");
    expect(failure.message).toContain("cannot read its discovery: nothing listens there");
  });
});
