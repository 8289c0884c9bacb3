import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { makeCertificates } from "../../../test/lib/certificates.ts";
import {
  makeKey,
  type OidcStand,
  type StandKey,
  signByPublicKey,
  signToken,
  startOidcStand,
  unsigned,
} from "../../../test/lib/oidc-stand.ts";
import { Failure } from "../../core/model/failure.ts";
import { Secret } from "../../core/model/secret.ts";
import type { OidcSignOn } from "../../core/model/sign-on.ts";
import type { PendingSignOn } from "../sign-on.ts";
import { Oidc } from "./oidc.ts";

const REDIRECT = "https://cd.example.org/auth/callback";
const never = new AbortController().signal;

let stand: OidcStand;
let nowMs: number;
beforeEach(() => {
  nowMs = Date.now();
  stand = startOidcStand(undefined, () => Math.floor(nowMs / 1_000));
});
afterEach(() => stand.stop());

const clock = { now: () => nowMs, monotonic: () => nowMs, sleep: () => Promise.resolve() };

function settings(changes: Partial<OidcSignOn> = {}): OidcSignOn {
  return {
    by: "oidc",
    name: "Stand",
    issuer: stand.issuer,
    clientId: "holdfast",
    clientSecret: new Secret("secret-canary"),
    scopes: ["openid", "profile", "email", "groups"],
    idTokenClaims: {},
    groupClaims: ["groups"],
    tls: {},
    ...changes,
  };
}

const open = (changes: Partial<OidcSignOn> = {}, graph?: string) =>
  new Oidc(settings(changes), { clock, ...(graph === undefined ? {} : { graph }) });

async function logIn(
  oidc = open(),
  change: (answer: URLSearchParams, pending: PendingSignOn) => void = () => undefined,
) {
  const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
  const answer = stand.agree(location);
  change(answer, pending);
  return await oidc.finish(pending, answer, never);
}

async function refusal(work: Promise<unknown>): Promise<Failure> {
  const caught = await work.then(
    (value) => value,
    (cause: unknown) => cause,
  );
  expect(caught).toBeInstanceOf(Failure);
  const failure = caught as Failure;
  expect(failure.message).toStartWith("Stand (");
  expect(failure.fix ?? "").not.toBe("");
  expect(failure.message).not.toContain("canary");
  return failure;
}

describe("Oidc", () => {
  test("logs in by a code, with PKCE, state and nonce", async () => {
    const oidc = open({ idTokenClaims: { groups: { essential: true } }, domainHint: "example.org" });
    const { location, pending } = await oidc.begin(
      { redirectUri: REDIRECT, returnTo: "/applications" },
      never,
    );
    const asked = new URL(location);
    expect(`${asked.origin}${asked.pathname}`).toBe(`${stand.issuer}/authorize`);
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
    const { identity, kept } = await oidc.finish(pending, stand.agree(location), never);
    expect(identity).toEqual({
      issuer: stand.issuer,
      subject: "user-1",
      name: "ada",
      email: "ada@example.org",
      emailVerified: true,
      groups: ["dev"],
    });
    expect(kept.refreshToken?.reveal()).toBe("refresh-canary");
    const token = stand.calls.find(({ path }) => path === "/token");
    expect(token?.form.get("redirect_uri")).toBe(REDIRECT);
    expect(token?.headers.get("authorization")).toBe(`Basic ${btoa("holdfast:secret-canary")}`);
  });

  test("two logins share nothing that could be guessed or used again", async () => {
    const oidc = open();
    const begun = await Promise.all(
      Array.from({ length: 50 }, () => oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never)),
    );
    for (const part of ["state", "nonce", "verifier"] as const)
      expect(new Set(begun.map(({ pending }) => pending[part])).size).toBe(50);
    // Fifty people who come at once are one question.
    expect(stand.calls.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
  });

  test("a client without a secret sends none", async () => {
    const { clientSecret: _, ...rest } = settings();
    await logIn(new Oidc(rest, { clock }));
    const token = stand.calls.find(({ path }) => path === "/token");
    expect(token?.headers.get("authorization")).toBeNull();
    expect(token?.form.get("client_id")).toBe("holdfast");
    expect(token?.form.has("client_secret")).toBe(false);
  });

  test("a secret is escaped as Go does it", async () => {
    await logIn(open({ clientSecret: new Secret("a-b_c.d~e:f g!*(ü") }));
    const token = stand.calls.find(({ path }) => path === "/token");
    expect(atob((token?.headers.get("authorization") ?? "").slice(6))).toBe(
      "holdfast:a-b_c.d~e%3Af+g%21%2A%28%C3%BC",
    );
  });

  test("a secret goes where the provider wants it", async () => {
    stand.metadata = { token_endpoint_auth_methods_supported: ["client_secret_post"] };
    await logIn();
    const token = stand.calls.find(({ path }) => path === "/token");
    expect(token?.headers.get("authorization")).toBeNull();
    expect(token?.form.get("client_secret")).toBe("secret-canary");
  });

  const forged = (): StandKey => makeKey("first");
  test.each<[string, OidcStand["makeToken"], string]>([
    ["is not signed", (claims) => unsigned(claims), "is not signed"],
    [
      "is signed by the public key as a password",
      (claims, key) => signByPublicKey(key, claims),
      "proves nothing",
    ],
    ["is signed by another key of that name", (claims) => signToken(forged(), claims), ""],
    [
      "names a key that the provider has not",
      (claims, key) => signToken({ ...key, kid: "other" }, claims),
      "is signed by a key that is not among the provider's",
    ],
    [
      "brings its own key",
      (claims) => {
        const own = forged();
        return signToken({ ...own, kid: "own" }, claims, { jwk: own.publicKey.export({ format: "jwk" }) });
      },
      "is signed by a key that is not among the provider's",
    ],
    ["has its signature cut off", (claims, key) => signToken(key, claims).replace(/[^.]*$/, ""), ""],
    [
      "is changed after it was signed",
      (claims, key) => {
        const [head, , signature] = signToken(key, claims).split(".");
        const body = Buffer.from(JSON.stringify({ ...claims, groups: ["admins"] })).toString("base64url");
        return `${head}.${body}.${signature}`;
      },
      "",
    ],
    [
      "wants an extension to be understood",
      (claims, key) => signToken(key, claims, { crit: ["x"], x: 1 }),
      "",
    ],
    ["is no token", () => "not-a-token", ""],
  ])("a token that %s is refused", async (_, makeToken, words) => {
    stand.makeToken = makeToken;
    const failure = await refusal(logIn());
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
  });

  test("a token that is not signed is refused where the provider says that it signs none", async () => {
    stand.metadata = { id_token_signing_alg_values_supported: ["none", "HS256", "RS256"] };
    stand.makeToken = (claims) => unsigned(claims);
    expect((await refusal(logIn())).code).toBe("sign-on");
    stand.makeToken = (claims, key) => signByPublicKey(key, claims);
    expect((await refusal(logIn())).code).toBe("sign-on");
  });

  const s = (): number => Math.floor(nowMs / 1_000);
  test.each<[string, () => Record<string, unknown>, string]>([
    ["of another issuer", () => ({ iss: "https://evil.example" }), "of another issuer (iss)"],
    ["of an issuer that begins alike", () => ({ iss: `${stand.issuer}/` }), "of another issuer (iss)"],
    [
      "for another client",
      () => ({ aud: "other" }),
      "is not for us, not of this login, or of another issuer (aud)",
    ],
    ["for nobody", () => ({ aud: [] }), "(aud)"],
    ["for us and others, by others", () => ({ aud: ["holdfast", "other"], azp: "other" }), "(azp)"],
    ["for us and others, by nobody", () => ({ aud: ["holdfast", "other"] }), "(aud)"],
    ["for us, given to another client", () => ({ azp: "other" }), "(azp)"],
    ["of another login", () => ({ nonce: "other" }), "(nonce)"],
    ["of no login", () => ({ nonce: undefined }), ""],
    ["that is over by more than a minute", () => ({ exp: s() - 61 }), "is not of now (exp)"],
    ["that begins in more than a minute", () => ({ nbf: s() + 61 }), "is not of now (nbf)"],
    ["that never ends", () => ({ exp: undefined }), ""],
    ["whose end is a text", () => ({ exp: `${s() + 300}` }), ""],
    ["about nobody", () => ({ sub: "" }), ""],
    ["about no text", () => ({ sub: 5 }), ""],
    ["about a role", () => ({ sub: "role:admin" }), "which is how roles"],
    [
      "with groups that are a mapping",
      () => ({ groups: { admins: 1 } }),
      "neither a list of names nor one name",
    ],
    [
      "with ten thousand groups",
      () => ({ groups: Array.from({ length: 10_000 }, (_, at) => `group-${at}`) }),
      "more than 5000 groups",
    ],
  ])("a token %s is refused", async (_, claims, words) => {
    stand.claims = claims();
    const failure = await refusal(logIn());
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
  });

  test("clocks may be a minute apart, and a token may be for others too where it was given to us", async () => {
    stand.claims = { exp: s() - 50, nbf: s() + 50, iat: s() + 50 };
    expect((await logIn()).identity.subject).toBe("user-1");
    stand.claims = { aud: ["holdfast", "other"], azp: "holdfast" };
    expect((await logIn()).identity.subject).toBe("user-1");
  });

  test("groups as one name are one group", async () => {
    stand.claims = { groups: "admins" };
    expect((await logIn()).identity.groups).toEqual(["admins"]);
  });

  test("a code is redeemed once", async () => {
    const oidc = open();
    const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
    const answer = stand.agree(location);
    await oidc.finish(pending, answer, never);
    const failure = await refusal(oidc.finish(pending, answer, never));
    expect(failure.message).toContain("it refused that (invalid_grant, HTTP 400)");
  });

  test.each<[string, (answer: URLSearchParams, pending: PendingSignOn) => void, string]>([
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
        nowMs = pending.until;
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
    const failure = await refusal(logIn(open(), change));
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
    expect(failure.message).not.toContain("<img");
    expect(failure.message).not.toContain("Call this");
    if (!["invalid_grant"].includes(words))
      expect(stand.calls.some(({ path }) => path === "/token")).toBe(false);
  });

  test("issuers are not mixed up where the provider says whose answers are", async () => {
    stand.metadata = { authorization_response_iss_parameter_supported: true };
    await refusal(logIn());
    expect((await logIn(open(), (answer) => answer.set("iss", stand.issuer))).identity.subject).toBe(
      "user-1",
    );
  });

  test("keys may change from one login to the next, and an old one counts no more", async () => {
    const oidc = open();
    await logIn(oidc);
    const old = stand.keys;
    stand.keys = [makeKey("second", "ES256")];
    expect((await logIn(oidc)).identity.subject).toBe("user-1");
    stand.makeToken = (claims) => signToken(old[0] as StandKey, claims);
    await refusal(logIn(oidc));
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
    stand.instead = ({ path }) => instead(path);
    const failure = await refusal(logIn());
    expect(failure.message).toContain(words);
    expect(failure.code).toBe(code as Failure["code"]);
  });

  test("what a provider out in the world names must not be this machine", async () => {
    const far = {
      clock,
      lookUp: async (name: string) => (name === "sso.example.org" ? ["203.0.113.7"] : ["127.0.0.1"]),
    };
    const { ProviderRoad } = await import("../provider-road.ts");
    const road = new ProviderRoad({
      shown: { object: "Stand (sso.example.org)" },
      home: "https://sso.example.org",
      tls: {},
      ...far,
    });
    const failure = await refusal(
      road.ask("redeem the code of a login", { method: "GET", url: `${stand.issuer}/token` }, never),
    );
    expect(failure.message).toContain("127.0.0.1 is this machine or its own network, and is not asked");
    expect(stand.calls).toEqual([]);
  });

  test("nobody listens", async () => {
    await stand.stop();
    const failure = await refusal(open().begin({ redirectUri: REDIRECT, returnTo: "/" }, never));
    expect(failure.code).toBe("provider-unreachable");
    expect(failure.message).toContain("cannot read its discovery: nothing listens there");
  });

  describe("again", () => {
    test("tells what somebody is now", async () => {
      const oidc = open();
      const before = await logIn(oidc);
      stand.claims = { groups: ["ops"] };
      const after = await oidc.again(before, never);
      expect(after.identity).toEqual({ ...before.identity, groups: ["ops"] });
      stand.tokenAnswer = { id_token: undefined, refresh_token: undefined };
      const third = await oidc.again(after, never);
      expect(third.identity).toEqual(after.identity);
      expect(third.kept.refreshToken?.reveal()).toBe("refresh-canary");
    });

    test("somebody who is gone is gone, and a provider that is not well says nothing of them", async () => {
      const oidc = open();
      const before = await logIn(oidc);
      stand.claims = { sub: "user-2" };
      expect((await refusal(oidc.again(before, never))).message).toContain("somebody else's token");
      const gone = { ...before, kept: { refreshToken: new Secret("old") } };
      expect(await refusal(oidc.again(gone, never))).toMatchObject({ code: "sign-on" });
      expect(await refusal(oidc.again({ ...before, kept: {} }, never))).toMatchObject({ code: "sign-on" });
      stand.instead = ({ path }) => (path === "/token" ? new Response("", { status: 503 }) : undefined);
      expect(await refusal(oidc.again(before, never))).toMatchObject({ code: "provider-unreachable" });
    });
  });

  test("logs out there, by discovery or as it is written", async () => {
    const oidc = open();
    const { kept } = await logIn(oidc);
    const url = new URL((await oidc.logoutLocation(kept, "https://cd.example.org/", never)) ?? "");
    expect(`${url.origin}${url.pathname}`).toBe(`${stand.issuer}/logout`);
    expect(url.searchParams.get("post_logout_redirect_uri")).toBe("https://cd.example.org/");
    expect(url.searchParams.get("id_token_hint")).toBe(kept.idToken?.reveal() ?? "");
    const written = open({ logoutUrl: "https://sso.example.org/out?h={{token}}&to={{logoutRedirectURL}}" });
    expect(
      await written.logoutLocation({ idToken: new Secret("$&x") }, "https://cd.example.org/?a=b&c", never),
    ).toBe("https://sso.example.org/out?h=%24%26x&to=https%3A%2F%2Fcd.example.org%2F%3Fa%3Db%26c");
    await refusal(open({ logoutUrl: "javascript:alert(1)" }).logoutLocation(kept, "/", never));
    stand.metadata = { end_session_endpoint: undefined };
    expect(await open().logoutLocation(kept, "/", never)).toBeUndefined();
  });

  describe("groups that the token leaves out", () => {
    const overage = {
      groups: undefined,
      _claim_names: { groups: "src1" },
      _claim_sources: { src1: { endpoint: "https://evil.example/users/x/getMemberObjects" } },
    };

    test("are asked of Microsoft Graph, and never of the address in the token", async () => {
      stand.claims = overage;
      stand.instead = ({ path, headers }) =>
        path === "/v1.0/me/getMemberObjects"
          ? Response.json({
              value: headers.get("authorization") === "Bearer access-canary" ? ["g1", "g2"] : [],
            })
          : undefined;
      expect((await logIn(open({}, stand.issuer))).identity.groups).toEqual(["g1", "g2"]);
    });

    test.each<[string, Response, string]>([
      [
        "it may not be asked",
        Response.json(
          { error: { code: "Authorization_RequestDenied", message: "Insufficient privileges" } },
          { status: 403 },
        ),
        "it refused that (HTTP 403): Insufficient privileges",
      ],
      ["it is not well", new Response("", { status: 503 }), "it answered HTTP 503"],
      [
        "there is another page",
        Response.json({ value: ["g1"], "@odata.nextLink": "https://evil.example" }),
        "there are more than 5000 groups",
      ],
      ["it is another answer", Response.json({ groups: [] }), "holds no list of groups"],
      [
        "it is a page for people",
        new Response("<html>", { headers: { "content-type": "text/html" } }),
        "not JSON",
      ],
    ])("nobody is let in without them where %s", async (_, answer, words) => {
      stand.claims = overage;
      stand.instead = ({ path }) => (path.startsWith("/v1.0") ? answer : undefined);
      expect((await refusal(logIn(open({}, stand.issuer)))).message).toContain(words);
    });

    test("nobody is let in without them where the provider is another one", async () => {
      stand.claims = overage;
      expect((await refusal(logIn())).message).toContain(
        "the token leaves groups out because there are too many",
      );
    });
  });

  describe("groups beside the token", () => {
    test("are read there, of the same person alone", async () => {
      const oidc = open({ userInfo: { path: "/userinfo" } });
      let sub = "user-1";
      stand.instead = ({ path, headers }) =>
        path === "/userinfo" && headers.get("authorization") === "Bearer access-canary"
          ? Response.json({
              sub,
              groups: ["from-there"],
              email: "boss@example.org",
              preferred_username: "boss",
            })
          : undefined;
      expect((await logIn(oidc)).identity).toMatchObject({
        name: "ada",
        email: "ada@example.org",
        groups: ["from-there"],
      });
      sub = "user-2";
      expect((await refusal(logIn(oidc))).message).toContain("speaks of somebody else");
    });

    test("are a failure where they cannot be read", async () => {
      expect(await refusal(logIn(open({ userInfo: { path: "userinfo" } })))).toMatchObject({
        code: "provider-unreachable",
      });
    });
  });

  describe("its certificate", () => {
    let secure: OidcStand;
    let ca: string;
    beforeEach(async () => {
      const made = await makeCertificates(["localhost"]);
      ca = made.ca;
      secure = startOidcStand({ cert: made.cert, key: made.key });
    });
    afterEach(() => secure.stop());
    const begin = (tls: OidcSignOn["tls"]) =>
      open({ issuer: secure.issuer, tls }).begin({ redirectUri: REDIRECT, returnTo: "/" }, never);

    test("is looked at, by the authority that is given, or not at all", async () => {
      const failure = await refusal(begin({}));
      expect(failure.message).toContain("its certificate is not trusted");
      const other = await makeCertificates(["localhost"]);
      await refusal(begin({ ca: other.ca }));
      expect((await begin({ ca })).location).toStartWith(secure.issuer);
      expect((await begin({ ca: other.ca, check: "nothing" })).location).toStartWith(secure.issuer);
    });

    test("and none of its endpoints is asked without", async () => {
      secure.metadata = { token_endpoint: `${stand.issuer}/token` };
      const oidc = open({ issuer: secure.issuer, tls: { ca } });
      const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
      const failure = await refusal(oidc.finish(pending, secure.agree(location), never));
      expect(failure.message).toContain("an address without TLS, which is not asked");
      expect(stand.calls).toEqual([]);
    });
  });
});
