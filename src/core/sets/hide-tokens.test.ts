import { expect, test } from "bun:test";
import { hideTokens } from "./hide-tokens.ts";

const app = (source: Record<string, unknown>) => ({ spec: { source } });
const sourceOf = (shown: object | undefined) => (shown as ReturnType<typeof app>).spec.source;

test.each([
  [
    "parameters by their names",
    {
      helm: {
        parameters: [
          { name: "db.password", value: "s3cret" },
          { name: "replicas", value: "3" },
        ],
      },
    },
    {
      helm: {
        parameters: [
          { name: "db.password", value: "++++++++" },
          { name: "replicas", value: "3" },
        ],
      },
    },
  ],
  [
    "values as objects, at any depth, lists too",
    {
      helm: {
        valuesObject: { auth: { apiKey: "s3cret", tokens: [1], user: "web" }, list: [{ token: "s3cret" }] },
      },
    },
    {
      helm: {
        valuesObject: {
          auth: { apiKey: "++++++++", tokens: ["++++++++"], user: "web" },
          list: [{ token: "++++++++" }],
        },
      },
    },
  ],
  [
    "values as text, with what stands below",
    {
      helm: {
        values: "a: 1\ndb:\n  password: s3cret\n  privateKey: |\n    s3cret\n    s3cret\n  port: 5432\n",
      },
    },
    { helm: { values: "a: 1\ndb:\n  password: ++++++++\n  privateKey: ++++++++\n  port: 5432\n" } },
  ],
  [
    "who asks in an address",
    { repoURL: "https://bot:s3cret@git.example.com/shop.git" },
    { repoURL: "https://git.example.com/shop.git" },
  ],
  [
    "a plugin's environment",
    {
      plugin: {
        env: [{ name: "API_TOKEN", value: "s3cret" }],
        parameters: [{ name: "api-key", string: "s3cret" }],
      },
    },
    {
      plugin: {
        env: [{ name: "API_TOKEN", value: "++++++++" }],
        parameters: [{ name: "api-key", string: "++++++++" }],
      },
    },
  ],
  [
    "names of secrets stay, for they hold nothing",
    { helm: { valuesObject: { secretName: "web-tls", existingSecretRef: "db" } } },
    { helm: { valuesObject: { secretName: "web-tls", existingSecretRef: "db" } } },
  ],
])("hideTokens() hides %s", (_, source, shown) => {
  const [before, after] = hideTokens(app(source), app(source));
  expect([sourceOf(before), sourceOf(after)]).toEqual([shown, shown] as never);
  expect(sourceOf(hideTokens(undefined, app(source))[1])).toEqual(shown as never);
  expect(sourceOf(hideTokens(app(source), undefined)[0])).toEqual(shown as never);
});

test("hideTokens() lets it be seen that a secret changes, and which one", () => {
  const of = (password: string, order: "first" | "last") => {
    const secret = { name: "password", value: password };
    const parameters =
      order === "first" ? [secret, { name: "a", value: "1" }] : [{ name: "a", value: "1" }, secret];
    return app({
      helm: { parameters, values: `password: ${password}\ntoken: same\n`, valuesObject: { password } },
    });
  };
  // One is the beginning of the other.
  const [before, after] = hideTokens(of("newer", "first"), of("new", "last"));
  expect(sourceOf(before)).toEqual({
    helm: {
      parameters: [
        { name: "password", value: "++++++++" },
        { name: "a", value: "1" },
      ],
      values: "password: ++++++++\ntoken: ++++++++\n",
      valuesObject: { password: "++++++++" },
    },
  });
  expect(sourceOf(after)).toEqual({
    helm: {
      parameters: [
        { name: "a", value: "1" },
        { name: "password", value: "++++++++ (changed)" },
      ],
      values: "password: ++++++++ (changed)\ntoken: ++++++++\n",
      valuesObject: { password: "++++++++ (changed)" },
    },
  });
});

test("hideTokens() is not led astray by sides of other types", () => {
  expect(hideTokens({ a: { token: "x" } } as object, { a: [{ token: "y" }] })).toEqual([
    { a: { token: "++++++++" } },
    { a: [{ token: "++++++++" }] },
  ]);
  expect(hideTokens({ token: { nested: "x" } } as object, { token: "y" })).toEqual([
    { token: { nested: "++++++++" } },
    { token: "++++++++" },
  ]);
});

test("hideTokens() goes through texts and lists of any length once", () => {
  const many = Array.from({ length: 40_000 }, (_, at) => at);
  const text = (value: string) => many.map((at) => `password${at}: ${value}${at % 2}`).join("\n");
  const [, after] = hideTokens({ values: text("a") }, { values: `${text("a")}\npassword: new` });
  const lines = (after?.values ?? "").split("\n");
  expect([lines.length, lines[0], lines.at(-1)]).toEqual([
    40_001,
    "password0: ++++++++",
    "password: ++++++++ (changed)",
  ]);
  const list = (value: string) => ({ parameters: many.map((at) => ({ name: `token${at}`, value })) });
  const [, parameters] = hideTokens(list("a"), list("b"));
  expect(parameters?.parameters.at(-1)).toEqual({ name: "token39999", value: "++++++++ (changed)" });
});
