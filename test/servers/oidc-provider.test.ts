/** Logins at a provider of OpenID Connect that others wrote: PKCE, refresh, logout, other keys, another clock. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { OidcSignOn } from "../../src/core/model/sign-on.ts";
import { Oidc } from "../../src/sso/oidc/oidc.ts";
import type { SignedOn } from "../../src/sso/sign-on.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { type OidcPeer, startOidcPeer } from "../lib/oidc-peer.ts";

setDefaultTimeout(60_000);
const redirectUri = "https://cd.example.org/auth/callback";
const logoutUri = "https://cd.example.org/";
const never = new AbortController().signal;
let aheadMs = 0;
const clock = {
  now: () => Date.now() + aheadMs,
  monotonic: () => performance.now(),
  sleep: () => Promise.resolve(),
};

let peer: OidcPeer;
beforeAll(async () => {
  peer = await startOidcPeer({ kid: "first", redirectUri, logoutUri });
});
afterAll(() => peer?.stop());

const open = (changes: Partial<OidcSignOn> = {}): Oidc =>
  openWith({ clientSecret: new Secret("secret-canary"), ...changes });
const openWith = (changes: Partial<OidcSignOn>): Oidc =>
  new Oidc(
    {
      by: "oidc",
      name: "Peer",
      issuer: peer.issuer,
      clientId: "holdfast",
      scopes: ["openid", "profile", "email", "groups"],
      idTokenClaims: { groups: { essential: true } },
      groupClaims: ["groups"],
      tls: {},
      ...changes,
    },
    { clock },
  );

async function logIn(oidc = open(), person = "ada"): Promise<SignedOn> {
  const { location, pending } = await oidc.begin({ redirectUri, returnTo: "/" }, never);
  return await oidc.finish(pending, await peer.browse(location, person), never);
}

test("logs in, with groups", async () => {
  const { identity, kept } = await logIn();
  expect(identity).toEqual({
    issuer: peer.issuer,
    subject: "ada",
    name: "ada",
    email: "ada@example.org",
    emailVerified: true,
    groups: ["dev", "ops"],
  });
  expect(kept.refreshToken).toBeDefined();
});

test("logs in as a public client, by PKCE alone", async () => {
  const { identity } = await logIn(openWith({ clientId: "public" }));
  expect(identity.subject).toBe("ada");
});

test("a code counts once, and not without its verifier", async () => {
  const oidc = open();
  const first = await oidc.begin({ redirectUri, returnTo: "/" }, never);
  const answer = await peer.browse(first.location, "ada");
  await oidc.finish(first.pending, answer, never);
  expect(await endingOf(oidc.finish(first.pending, answer, never))).toThrow(
    /it refused that \(invalid_grant/,
  );
  const second = await oidc.begin({ redirectUri, returnTo: "/" }, never);
  const other = await peer.browse(second.location, "ada");
  const stolen = { ...second.pending, verifier: first.pending.verifier };
  expect(await endingOf(oidc.finish(stolen, other, never))).toThrow(/it refused that \(invalid_grant/);
});

test("another secret, and another client, are told of", async () => {
  const said = String(await rejectionOf(logIn(open({ clientSecret: new Secret("wrong-canary") }))));
  expect(said).toContain("it does not take this client's secret (HTTP 401)");
  expect(said).not.toContain("wrong-canary");
});

test("asks again, and is told of nobody by a token that was not given", async () => {
  const oidc = open();
  const before = await logIn(oidc);
  const after = await oidc.again(before, never);
  expect(after.identity).toEqual(before.identity);
  const gone = { ...before, kept: { refreshToken: new Secret("never-given") } };
  const caught = await oidc.again(gone, never).catch((cause: unknown) => cause);
  expect(caught).toBeInstanceOf(Failure);
  expect(caught).toMatchObject({ code: "sign-on" });
});

test("logs out there", async () => {
  const oidc = open();
  const { kept } = await logIn(oidc);
  const location = await oidc.logoutLocation(kept, logoutUri, never);
  const page = await peer.get(location ?? "");
  expect(page.status).toBe(200);
  expect(await page.text()).toContain("/session/end/confirm");
  const refused = await peer.get((await oidc.logoutLocation(kept, "https://evil.example/", never)) ?? "");
  expect(refused.status).toBe(400);
});

test("a clock that is wrong by more than a minute is told of, and one by less is not", async () => {
  aheadMs = 50_000;
  expect((await logIn()).identity.subject).toBe("ada");
  aheadMs = 2 * 3_600_000;
  expect(await endingOf(logIn())).toThrow(/the token is not of now \(exp\), by more than a minute/);
  aheadMs = 0;
});

test("other keys count from the next login on", async () => {
  const oidc = open();
  await logIn(oidc);
  const { port } = peer;
  await peer.stop();
  expect(await oidc.logoutLocation({}, logoutUri, never)).toContain("/session/end");
  peer = await startOidcPeer({ port, kid: "second", redirectUri, logoutUri });
  expect((await logIn(oidc, "eve")).identity).toMatchObject({
    subject: "eve",
    emailVerified: false,
    groups: ["dev"],
  });
});
