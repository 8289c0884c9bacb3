import { describe, expect, test } from "bun:test";
import { generateKeyPairSync, sign } from "node:crypto";
import { argoToken, part, SECRET_KEY } from "../../test/lib/argo-token.ts";
import type { ArgoTokens, ListedToken } from "../core/accounts/argo-tokens.ts";
import type { CredentialOwner } from "../core/model/credential-owner.ts";
import { Secret } from "../core/model/secret.ts";
import { ArgoTokenCheck } from "./argo-tokens.ts";

const NOW = Date.parse("2026-11-30T10:00:00Z");
const AT = NOW / 1000;
const CLAIMS = { iss: "argocd", sub: "ci:apiKey", jti: "a", iat: AT - 100, nbf: AT - 100 };
const LISTED = [{ account: "ci", tokens: [{ id: "a", issuedAt: AT - 100 }] }];

class Stand {
  now = NOW;
  held: ArgoTokens | undefined = { key: new Secret(SECRET_KEY), accounts: LISTED };
  ofRole: ListedToken[] = [];
  readonly out = new Set<string>();
  readonly check = new ArgoTokenCheck({
    clock: { now: () => this.now },
    accounts: { stands: (owner: { kind: string }) => !this.out.has(owner.kind) },
    held: () => this.held,
    ofRole: (project, role) => (`${project}/${role}` === "shop/ci" ? this.ofRole : []),
  });
  key(key: string): this {
    this.held = { key: new Secret(key), accounts: LISTED };
    return this;
  }
}
const answer = (text: string, stand = new Stand()) => stand.check.check(text);
const NOT_OURS = { is: "refused" } as const;

describe("ArgoTokenCheck.check()", () => {
  const owner: CredentialOwner = { kind: "account", name: "ci" };

  test("a token that Argo CD issued is its account's, as long as it is listed", async () => {
    const token = await argoToken(CLAIMS);
    const stand = new Stand();
    expect(stand.check.check(token)).toEqual({ is: "good", owner, id: "a" });
    stand.held = { key: new Secret(SECRET_KEY), accounts: [] };
    expect(stand.check.check(token)).toMatchObject({
      is: "refused",
      why: expect.stringContaining("was revoked"),
    });
    stand.held = undefined;
    expect(stand.check.check(token)).toEqual(NOT_OURS);
  });

  test("it ends by the clock, and with its account", async () => {
    const token = await argoToken({ ...CLAIMS, exp: AT + 10 });
    const stand = new Stand();
    stand.now = NOW + 9_999;
    expect(stand.check.check(token).is).toBe("good");
    stand.now = NOW + 10_000;
    expect(stand.check.check(token)).toMatchObject({ why: "this token of Argo CD's has expired" });
    stand.now = NOW;
    stand.out.add("account");
    expect(stand.check.check(token)).toMatchObject({
      why: "the account ci is disabled or may not have tokens; it needs apiKey",
    });
  });

  test("a token of a role is looked for where the project lists it, and in no account's list", async () => {
    const token = await argoToken({ ...CLAIMS, sub: "proj:shop:ci" });
    const stand = new Stand();
    expect(stand.check.check(token).is).toBe("refused");
    stand.ofRole = [{ id: "a", issuedAt: 1 }];
    expect(stand.check.check(token)).toMatchObject({
      owner: { kind: "project-role", project: "shop", role: "ci" },
    });
    expect(answer(await argoToken({ ...CLAIMS, sub: "proj:blog:ci" }), stand).is).toBe("refused");
    stand.out.add("project-role");
    expect(stand.check.check(token)).toMatchObject({ why: "the project shop has no role ci" });
  });

  test("another install's key, and none, sign nothing, and whoever shows it is told no reason", async () => {
    for (const key of ["another-installs-key-of-44-characters-long==", `${SECRET_KEY} `, SECRET_KEY.slice(1)])
      expect(answer(await argoToken(CLAIMS, key))).toEqual(NOT_OURS);
    const [head, body] = (await argoToken(CLAIMS)).split(".");
    // By a key of nothing, where Argo CD never wrote one.
    const empty = new Bun.CryptoHasher("sha256", "").update(`${head}.${body}`).digest("base64url");
    for (const stand of [new Stand(), new Stand().key("")])
      expect(answer(`${head}.${body}.${empty}`, stand)).toEqual(NOT_OURS);
    const keyless = new Stand();
    keyless.held = { accounts: LISTED };
    expect(answer(`${head}.${body}.${empty}`, keyless)).toEqual(NOT_OURS);
    // A session that was not signed here is told nothing about sessions.
    expect(answer(await argoToken({ ...CLAIMS, sub: "admin:login" }, "x".repeat(44)))).toEqual(NOT_OURS);
  });

  test.each(
    ["none", "None", "HS384", "HS512", "RS256", "hs256", "", null, undefined, 1, { HS256: true }].map(
      (alg) => ({ alg, shown: JSON.stringify(alg) ?? "nothing" }),
    ),
  )(
    "what says that it is signed by $shown: refused, with a signature, without and with the right one",
    async ({ alg }) => {
      const token = await argoToken(CLAIMS, SECRET_KEY, { alg });
      const [head, body] = token.split(".");
      for (const text of [token, `${head}.${body}.`, `${head}.${body}`, `${head}.${body}.${"A".repeat(43)}`])
        expect(answer(text)).toEqual(NOT_OURS);
    },
  );

  test("a public key is no secret: one that was signed by its private half, or by its text, is refused", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    });
    const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part(CLAIMS)}`;
    const signature = sign("sha256", Buffer.from(signed), privateKey).toString("base64url");
    const byText = await argoToken(CLAIMS, publicKey, { alg: "RS256" });
    for (const text of [`${signed}.${signature}`, byText])
      expect([answer(text), answer(text, new Stand().key(publicKey))]).toEqual([NOT_OURS, NOT_OURS]);
    expect(answer(await argoToken(CLAIMS, SECRET_KEY, { crit: ["exp"] }))).toEqual(NOT_OURS);
  });

  test("nothing in it can be changed, and nothing is read of what is no token or too long", async () => {
    const token = await argoToken(CLAIMS);
    const [head = "", , signature = ""] = token.split(".");
    const other = `${head}.${part({ ...CLAIMS, sub: "admin:apiKey" })}.${signature}`;
    const huge = await argoToken({ ...CLAIMS, more: "x".repeat(5_000) });
    const endless = `${"a".repeat(10_000_000)}.${"b".repeat(10)}.${signature}`;
    const bad = [
      other,
      huge,
      endless,
      `${token}.x`,
      ` ${token}`,
      token.slice(0, -1),
      `${token}=`,
      "",
      "..",
      "a.b.c",
    ];
    for (const text of bad) expect(answer(text)).toEqual(NOT_OURS);
    // Signed, and no JSON.
    const noJson = `${part({ alg: "HS256" })}.${Buffer.from("{").toString("base64url")}`;
    const right = new Bun.CryptoHasher("sha256", SECRET_KEY).update(noJson).digest("base64url");
    expect(answer(`${noJson}.${right}`).is).toBe("refused");
  });
});
