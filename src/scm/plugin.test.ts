import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  failureOf,
  lookups,
  type ProviderStand,
  providerFacts,
  providerStand,
  TOKEN,
} from "../../test/lib/provider-stand.ts";

let stand: ProviderStand;
let output: unknown;
beforeEach(() => {
  output = { parameters: [] };
  stand = providerStand((url, { method }) =>
    method === "POST" && url.pathname === "/base/api/v1/getparams.execute"
      ? // As small programs answer: without a word on what it is.
        new Response(JSON.stringify({ output }))
      : undefined,
  );
});
afterEach(async () => {
  await stand[Symbol.asyncDispose]();
});

const home = (more: Record<string, string> = {}) =>
  lookups(
    { plugin: { token: TOKEN }, "argocd-secret": { "plugin.token": "token-of-our-own", bad: "a\nb" } },
    { plugin: { baseUrl: `${stand.origin}/base/`, token: "$plugin:token", ...more } },
  );
const ask = { configMapRef: { name: "plugin" }, input: { parameters: { tier: "web", deep: { a: [1] } } } };

test("plugin() asks as documented, and gives what it says", async () => {
  output = { parameters: [{ name: "a", deep: { n: 1, list: [true, null] } }, {}] };
  expect(await providerFacts({}, { home: home() }).plugin(ask)).toEqual([
    { name: "a", deep: { n: 1, list: [true, null] } },
    {},
  ]);
  const [asked] = stand.asked;
  expect(JSON.parse(asked?.body ?? "")).toEqual({
    applicationSetName: "web",
    input: { parameters: { tier: "web", deep: { a: [1] } } },
  });
  expect(asked?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
  expect(asked?.headers.get("content-type")).toBe("application/json");
});

test("plugin() finds the token in the Secret of Argo CD where none is named; none is an answer", async () => {
  const facts = providerFacts({}, { home: home({ token: "$plugin.token" }) });
  expect(await facts.plugin({ configMapRef: { name: "plugin" } })).toEqual([]);
  expect(stand.asked[0]?.headers.get("authorization")).toBe("Bearer token-of-our-own");
  expect(JSON.parse(stand.asked[0]?.body ?? "").input).toEqual({ parameters: {} });
});

const shapes: [unknown, string][] = [
  [undefined, "output must be a mapping"],
  [{}, "output.parameters must be a list"],
  [{ parameters: null }, "output.parameters must be a list"],
  [{ parameters: { a: 1 } }, "output.parameters must be a list"],
  [{ parameters: [{ a: 1 }, "x"] }, "output.parameters[1] must be a mapping"],
];
test.each(shapes)("plugin() takes %j for no answer", async (given, says) => {
  output = given;
  expect((await failureOf(providerFacts({}, { home: home() }).plugin(ask))).message).toContain(says);
});

const answers: [string, () => Response, string][] = [
  ["an error", () => new Response("no", { status: 500 }), "it is not well (HTTP 500)"],
  ["401", () => new Response("no", { status: 401 }), "it refused the credentials"],
  ["404", () => new Response("no", { status: 404 }), "there is nobody who answers that (HTTP 404)"],
  ["a page", () => new Response("<html>"), "its answer is no JSON"],
  ["nothing", () => new Response(""), "its answer is no JSON"],
  ["204", () => new Response(null, { status: 204 }), "it did not take the question (HTTP 204)"],
  ["a list", () => Response.json([]), "it must be a mapping"],
  ["too much", () => new Response("x".repeat(17 << 20)), "its answer is longer than"],
  [
    "elsewhere",
    () => new Response(null, { status: 307, headers: { Location: "https://evil.example.com" } }),
    "not followed",
  ],
];
test.each(answers)("plugin() that answers %s is an error", async (_, answer, says) => {
  stand.before.push(answer);
  const failure = await failureOf(providerFacts({}, { home: home() }).plugin(ask));
  expect(failure.message).toContain(says);
  expect(failure.message).not.toContain(TOKEN);
});

const configMaps: [Record<string, string>, string][] = [
  [{ baseUrl: "" }, "has no baseUrl"],
  [{ baseUrl: "file:///etc/passwd" }, "has no baseUrl, or one that is no address of HTTP"],
  [{ token: "plain" }, "has a token that is neither $key nor $secret:key"],
  [{ token: "$a:b:c" }, "has a token that is neither $key nor $secret:key"],
  [{ token: "$none" }, "whose none is missing or no token"],
  [{ token: "$bad" }, "whose bad is missing or no token"],
  [{ token: "$gone:x" }, "Secret gone: cannot read it"],
  [{ requestTimeout: "soon" }, "has a requestTimeout that is no number of seconds"],
];
test.each(configMaps)("plugin() with %j asks nobody", async (more, says) => {
  expect((await failureOf(providerFacts({}, { home: home(more) }).plugin(ask))).message).toContain(says);
  expect(stand.asked).toEqual([]);
});

test("plugin() that says nothing is waited for as long as its ConfigMap says", async () => {
  stand.before.push(() => new Promise(() => undefined));
  const failure = await failureOf(providerFacts({}, { home: home({ requestTimeout: "1" }) }).plugin(ask));
  expect(failure.message).toContain("it did not answer within 1 s");
});
