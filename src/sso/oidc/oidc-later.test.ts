import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { makeCertificates } from "../../../test/lib/certificates.ts";
import { never, OidcLogins, REDIRECT, refusal } from "../../../test/lib/oidc-logins.ts";
import { type OidcStand, startOidcStand } from "../../../test/lib/oidc-stand.ts";
import { Secret } from "../../core/model/secret.ts";
import type { OidcSignOn } from "../../core/model/sign-on.ts";

let at: OidcLogins;
beforeEach(() => {
  at = new OidcLogins();
});
afterEach(() => at.stand.stop());

describe("Oidc, after a login and beside it", () => {
  describe("again", () => {
    test("tells what somebody is now", async () => {
      const oidc = at.open();
      const before = await at.logIn(oidc);
      at.stand.claims = { groups: ["ops"] };
      const after = await oidc.again(before, never);
      expect(after.identity).toEqual({ ...before.identity, groups: ["ops"] });
      at.stand.tokenAnswer = { id_token: undefined, refresh_token: undefined };
      const third = await oidc.again(after, never);
      expect(third.identity).toEqual(after.identity);
      expect(third.kept.refreshToken?.reveal()).toBe("refresh-canary");
    });

    test("somebody who is gone is gone, and a provider that is not well says nothing of them", async () => {
      const oidc = at.open();
      const before = await at.logIn(oidc);
      at.stand.claims = { sub: "user-2" };
      expect((await refusal(oidc.again(before, never))).message).toContain("somebody else's token");
      const gone = { ...before, kept: { refreshToken: new Secret("old") } };
      expect(await refusal(oidc.again(gone, never))).toMatchObject({ code: "sign-on" });
      expect(await refusal(oidc.again({ ...before, kept: {} }, never))).toMatchObject({ code: "sign-on" });
      at.stand.instead = ({ path }) => (path === "/token" ? new Response("", { status: 503 }) : undefined);
      expect(await refusal(oidc.again(before, never))).toMatchObject({ code: "provider-unreachable" });
    });
  });

  test("logs out there, by discovery or as it is written", async () => {
    const oidc = at.open();
    const { kept } = await at.logIn(oidc);
    const url = new URL((await oidc.logoutLocation(kept, "https://cd.example.org/", never)) ?? "");
    expect(`${url.origin}${url.pathname}`).toBe(`${at.stand.issuer}/logout`);
    expect(url.searchParams.get("post_logout_redirect_uri")).toBe("https://cd.example.org/");
    expect(url.searchParams.get("id_token_hint")).toBe(kept.idToken?.reveal() ?? "");
    const written = at.open({
      logoutUrl: "https://sso.example.org/out?h={{token}}&to={{logoutRedirectURL}}",
    });
    expect(
      await written.logoutLocation({ idToken: new Secret("$&x") }, "https://cd.example.org/?a=b&c", never),
    ).toBe("https://sso.example.org/out?h=%24%26x&to=https%3A%2F%2Fcd.example.org%2F%3Fa%3Db%26c");
    await refusal(at.open({ logoutUrl: "javascript:alert(1)" }).logoutLocation(kept, "/", never));
    at.stand.metadata = { end_session_endpoint: "javascript:alert(1)" };
    expect((await refusal(at.open().logoutLocation(kept, "/", never))).message).toContain(
      "an address without TLS",
    );
    at.stand.metadata = { end_session_endpoint: undefined };
    expect(await at.open().logoutLocation(kept, "/", never)).toBeUndefined();
  });

  test("no browser is sent to a script", async () => {
    at.stand.metadata = { authorization_endpoint: "javascript:alert(1)//" };
    const begun = at.open().begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
    expect((await refusal(begun)).message).toContain("cannot begin a login: it names an address without TLS");
  });

  describe("groups that the token leaves out", () => {
    const overage = {
      groups: undefined,
      _claim_names: { groups: "src1" },
      _claim_sources: { src1: { endpoint: "https://evil.example/users/x/getMemberObjects" } },
    };

    test("are asked of Microsoft Graph, and never of the address in the token", async () => {
      at.stand.claims = overage;
      at.stand.instead = ({ path, headers }) =>
        path === "/v1.0/me/getMemberObjects"
          ? Response.json({
              value: headers.get("authorization") === "Bearer access-canary" ? ["g1", "g2"] : [],
            })
          : undefined;
      expect((await at.logIn(at.open({}, at.stand.issuer))).identity.groups).toEqual(["g1", "g2"]);
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
      at.stand.claims = overage;
      at.stand.instead = ({ path }) => (path.startsWith("/v1.0") ? answer : undefined);
      expect((await refusal(at.logIn(at.open({}, at.stand.issuer)))).message).toContain(words);
    });

    test("nobody is let in without them where the provider is another one", async () => {
      at.stand.claims = overage;
      expect((await refusal(at.logIn())).message).toContain(
        "the token leaves groups out because there are too many",
      );
    });
  });

  describe("groups beside the token", () => {
    test("are read there, of the same person alone", async () => {
      const oidc = at.open({ userInfo: { path: "/userinfo" } });
      let sub = "user-1";
      at.stand.instead = ({ path, headers }) =>
        path === "/userinfo" && headers.get("authorization") === "Bearer access-canary"
          ? Response.json({
              sub,
              groups: ["from-there"],
              email: "boss@example.org",
              preferred_username: "boss",
            })
          : undefined;
      expect((await at.logIn(oidc)).identity).toMatchObject({
        name: "ada",
        email: "ada@example.org",
        groups: ["from-there"],
      });
      sub = "user-2";
      expect((await refusal(at.logIn(oidc))).message).toContain("speaks of somebody else");
    });

    test("are a failure where they cannot be read", async () => {
      expect(await refusal(at.logIn(at.open({ userInfo: { path: "userinfo" } })))).toMatchObject({
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
      at.open({ issuer: secure.issuer, tls }).begin({ redirectUri: REDIRECT, returnTo: "/" }, never);

    test("is looked at, by the authority that is given, or not at all", async () => {
      const failure = await refusal(begin({}));
      expect(failure.message).toContain("its certificate is not trusted");
      const other = await makeCertificates(["localhost"]);
      await refusal(begin({ ca: other.ca }));
      expect((await begin({ ca })).location).toStartWith(secure.issuer);
      expect((await begin({ ca: other.ca, check: "nothing" })).location).toStartWith(secure.issuer);
    });

    test("and none of its endpoints is asked without", async () => {
      secure.metadata = { token_endpoint: `${at.stand.issuer}/token` };
      const oidc = at.open({ issuer: secure.issuer, tls: { ca } });
      const { location, pending } = await oidc.begin({ redirectUri: REDIRECT, returnTo: "/" }, never);
      const failure = await refusal(oidc.finish(pending, secure.agree(location), never));
      expect(failure.message).toContain("an address without TLS, which is not asked");
      expect(at.stand.calls).toEqual([]);
    });
  });
});
