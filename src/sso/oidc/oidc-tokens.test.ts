import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { OidcLogins, refusal } from "../../../test/lib/oidc-logins.ts";
import {
  makeKey,
  type OidcStand,
  type StandKey,
  signByPublicKey,
  signToken,
  unsigned,
} from "../../../test/lib/oidc-stand.ts";

let at: OidcLogins;
beforeEach(() => {
  at = new OidcLogins();
});
afterEach(() => at.stand.stop());

describe("tokens of Oidc", () => {
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
    at.stand.makeToken = makeToken;
    const failure = await refusal(at.logIn());
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
  });

  test("a token that is not signed is refused where the provider says that it signs none", async () => {
    at.stand.metadata = { id_token_signing_alg_values_supported: ["none", "HS256", "RS256"] };
    at.stand.makeToken = (claims) => unsigned(claims);
    expect((await refusal(at.logIn())).code).toBe("sign-on");
    at.stand.makeToken = (claims, key) => signByPublicKey(key, claims);
    expect((await refusal(at.logIn())).code).toBe("sign-on");
  });

  const s = (): number => at.nowS();
  test.each<[string, () => Record<string, unknown>, string]>([
    ["of another issuer", () => ({ iss: "https://evil.example" }), "of another issuer (iss)"],
    ["of an issuer that begins alike", () => ({ iss: `${at.stand.issuer}/` }), "of another issuer (iss)"],
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
    ["that is over by more than a minute", () => ({ exp: s() - 90 }), "is not of now (exp)"],
    ["that begins in more than a minute", () => ({ nbf: s() + 90 }), "is not of now (nbf)"],
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
    at.stand.claims = claims();
    const failure = await refusal(at.logIn());
    expect(failure.code).toBe("sign-on");
    expect(failure.message).toContain(words);
  });

  test("clocks may be a minute apart, and a token may be for others too where it was given to us", async () => {
    at.stand.claims = { exp: s() - 30, nbf: s() + 30, iat: s() + 30 };
    expect((await at.logIn()).identity.subject).toBe("user-1");
    at.stand.claims = { aud: ["holdfast", "other"], azp: "holdfast" };
    expect((await at.logIn()).identity.subject).toBe("user-1");
  });

  test("groups as one name are one group", async () => {
    at.stand.claims = { groups: "admins" };
    expect((await at.logIn()).identity.groups).toEqual(["admins"]);
  });
});
