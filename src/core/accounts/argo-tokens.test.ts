import { describe, expect, test } from "bun:test";
import { showProblem } from "../model/problem.ts";
import { type ArgoVerdict, argoTokensOf, judgeArgoToken, readArgoTokens } from "./argo-tokens.ts";

const KEY = "0123456789abcdef0123456789abcdef";
const NOW = Date.parse("2026-11-30T10:00:00Z");
const AT = NOW / 1000;

describe("readArgoTokens()", () => {
  const read = (data: Record<string, string>) => {
    const { tokens, problems } = readArgoTokens(data, "Secret argocd-secret");
    return { ...tokens, said: problems.map(showProblem) };
  };

  test("takes the key to the letter, and the lists of accounts", () => {
    const { key, accounts, said } = read({
      "server.secretkey": `${KEY}\n`,
      "admin.tokens": '[{"id":"a","iat":1583789194}]',
      "accounts.ci.tokens": '[{"id":"b","iat":1583789194,"exp":1583789254},{"id":"c","iat":1}]',
      "accounts.ci.passwordMtime": "2026-11-29T10:00:00Z",
      "accounts.ann.tokens": "null",
      "accounts.bob.tokens": "[]",
      "accounts.eve.tokens": " ",
      // Of nobody: admin's are under another key, and no account's name has a dot.
      "accounts.admin.tokens": '[{"id":"x","iat":1}]',
      "accounts.a.b.tokens": '[{"id":"x","iat":1}]',
      "accounts.proj:x.tokens": '[{"id":"x","iat":1}]',
    });
    expect([key?.reveal(), said]).toEqual([`${KEY}\n`, []]);
    expect(accounts).toEqual([
      { account: "admin", tokens: [{ id: "a", issuedAt: 1583789194 }] },
      {
        account: "ci",
        tokens: [
          { id: "b", issuedAt: 1583789194, expiresAt: 1583789254 },
          { id: "c", issuedAt: 1 },
        ],
        passwordChangedAt: Date.parse("2026-11-29T10:00:00Z"),
      },
    ]);
  });

  test.each([
    ["", "is missing"],
    ["short", "is shorter than 32 bytes"],
    [`${"x".repeat(31)}`, "is shorter than 32 bytes"],
    [`${KEY}\uFFFD`, "is no text"],
  ])("no token is good by the key %j", (key, why) => {
    const listed = read({ "server.secretkey": key, "admin.tokens": '[{"id":"a","iat":1}]' });
    expect(listed.key).toBeUndefined();
    expect(listed.said).toEqual([
      `Secret argocd-secret: server.secretkey: ${why}: tokens that Argo CD issued open nothing. Make tokens of Holdfast's for these accounts`,
    ]);
    // Where there are no tokens, nobody misses it.
    expect(read({ "server.secretkey": key }).said).toEqual([]);
  });

  test.each(["{", "{}", "7", '"x"', "[{]"])(
    "a list that is none, %s, opens nothing and is told without its text",
    (text) => {
      const { accounts, said } = read({ "server.secretkey": KEY, "accounts.ci.tokens": text });
      expect(accounts).toEqual([]);
      expect(said).toEqual([
        "Secret argocd-secret: accounts.ci.tokens: is no list of tokens, and none of this account's opens anything. Write [] or Argo CD's list",
      ]);
    },
  );

  test("an entry that cannot be read is none", () => {
    const text = JSON.stringify([
      ...[null, 1, {}, { id: "a" }, { id: "a", iat: "1" }, { id: 7, iat: 1 }, { id: "a b", iat: 1 }],
      ...[
        { id: "a", iat: 1, exp: "never" },
        { id: "a", iat: 1, exp: -5 },
        { id: "x".repeat(256), iat: 1 },
      ],
      { id: "", iat: 1 },
      { id: "good", iat: 1, exp: 0 },
    ]);
    expect(read({ "server.secretkey": KEY, "accounts.ci.tokens": text }).accounts).toEqual([
      { account: "ci", tokens: [{ issuedAt: 1 }, { id: "good", issuedAt: 1 }] },
    ]);
  });
});

test("argoTokensOf() takes a role's from the status, and what is old from the role", () => {
  const project = {
    spec: { roles: [{ name: "ci", jwtTokens: [{ iat: 1 }, { iat: 2, id: "b" }] }, { name: "cd" }, null] },
    status: { jwtTokensByRole: { ci: { items: [{ id: "c", iat: 3, exp: 4 }] }, cd: { items: "x" } } },
  };
  expect(argoTokensOf(project, "ci")).toEqual([
    { id: "c", issuedAt: 3, expiresAt: 4 },
    { issuedAt: 1 },
    { id: "b", issuedAt: 2 },
  ]);
  for (const role of ["cd", "xx", "toString", "__proto__", ""])
    expect(argoTokensOf(project, role)).toEqual([]);
  expect(argoTokensOf({ spec: {} }, "ci")).toEqual([]);
});

describe("judgeArgoToken()", () => {
  const listed = { tokens: [{ id: "a", issuedAt: AT - 100 }] };
  const claims = { iss: "argocd", sub: "ci:apiKey", jti: "a", iat: AT - 100, nbf: AT - 100 };
  const judge = (
    change: Record<string, unknown> = {},
    of: Parameters<typeof judgeArgoToken>[2] = () => listed,
  ): ArgoVerdict => judgeArgoToken({ ...claims, ...change }, NOW, of);
  const ci = { kind: "account", name: "ci" };

  test.each([
    [{}, "a"],
    // As Argo CD wrote them once.
    [{ sub: "ci" }, "a"],
    [{ exp: AT + 1 }, "a"],
    [{ nbf: AT + 60, iat: AT + 60 }, "a"],
    [{ nbf: undefined }, "a"],
  ])("%j is the account's", (change, id) => {
    expect(judge(change)).toMatchObject({ is: "good", owner: ci, id });
  });

  test("a token of a role is the role's, told by its id, or in old lists by when it was issued", () => {
    const owner = { kind: "project-role", project: "shop", role: "ci" };
    const role = { sub: "proj:shop:ci" };
    expect(judge(role)).toMatchObject({ is: "good", owner, id: "a" });
    const old = () => ({ tokens: [{ issuedAt: AT - 100 }] });
    expect(judge({ ...role, jti: undefined }, old)).toMatchObject({ owner, id: `issued at ${AT - 100}` });
    expect(judge(role, old).is).toBe("good");
    expect(judge({ ...role, iat: AT - 99 }, old).is).toBe("refused");
    // An id that is listed is looked at, also where the times are the same.
    expect(judge({ ...role, jti: "b" }).is).toBe("refused");
  });

  test.each([
    [{ iss: "https://id.example.com" }, "not issued by Argo CD"],
    [{ iss: undefined }, "not issued by Argo CD"],
    [{ sub: "admin:login" }, "this is a session of Argo CD's, which opens nothing here: log in again"],
    ...["", "ci:admin", "ci:apiKey:x", "role:admin", "proj:shop", "proj::ci", "proj:shop:ci:x", "a b", 7].map(
      (sub) => [{ sub }, "of nobody that there can be"] as const,
    ),
    [{ jti: "b" }, "was revoked"],
    [{ jti: "" }, "has no id"],
    [{ jti: undefined }, "has no id"],
    [{ jti: ["a"] }, "has no id"],
    [{ iat: undefined }, "when it was issued"],
    [{ iat: "1" }, "when it was issued"],
    [{ iat: AT + 61 }, "when it was issued"],
    [{ nbf: AT + 61 }, "does not count yet"],
    [{ nbf: "soon" }, "does not count yet"],
    [{ exp: AT }, "has expired"],
    [{ exp: "never" }, "has expired"],
    [{ exp: null }, "has expired"],
  ])("%j is refused: %s", (change, why) => {
    const verdict = judge(change);
    expect(verdict.is === "refused" && verdict.why).toContain(why);
  });

  test("what is listed says too until when, and a changed password ends what was before it", () => {
    expect(judge({}, () => ({ tokens: [{ id: "a", issuedAt: 1, expiresAt: AT }] })).is).toBe("refused");
    const changed = (at: number) => judge({}, () => ({ ...listed, passwordChangedAt: at })).is;
    // Argo CD writes the time of a change to the second, as it does a token's.
    expect([changed(NOW - 100_000 + 999), changed(NOW - 99_000)]).toEqual(["good", "refused"]);
    for (const what of [undefined, null, 7, "x", []])
      expect(judgeArgoToken(what, NOW, () => listed).is).toBe("refused");
  });
});
