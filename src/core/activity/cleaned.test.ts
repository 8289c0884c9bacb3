import { describe, expect, test } from "bun:test";
import { cleaned, cleanedPair, cleanedText } from "./cleaned.ts";

const CANARY = "c4n4ry-7f";
const BASE64 = Buffer.from(CANARY).toString("base64");

describe("cleaned()", () => {
  const secret = (more: object): object => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db" },
    ...more,
  });
  test.each<[string, unknown]>([
    ["a Secret", secret({ data: { password: BASE64 } })],
    ["a Secret's texts", secret({ stringData: { password: CANARY, odd: [CANARY, { a: CANARY }], n: 7 } })],
    ["a Secret in a list, deep", { items: [{ a: [secret({ data: { x: BASE64 } })] }] }],
    [
      "what kubectl keeps beside it",
      {
        kind: "ConfigMap",
        metadata: { annotations: { "kubectl.kubernetes.io/last-applied-configuration": CANARY } },
      },
    ],
    [
      "values of charts in a spec",
      { spec: { source: { helm: { parameters: [{ name: "token", value: CANARY }] } } } },
    ],
    [
      "values of charts that a hold keeps",
      { at: { sources: [{ helm: { valuesObject: { password: CANARY } } }] } },
    ],
    ["a password in an address", { repoURL: `https://ana:${CANARY}@git.example.com/x` }],
    ["a password in a sentence", `cannot read https://ana:${CANARY}@git.example.com/x.git: not there`],
  ])("keeps nothing of %s", (_, value) => {
    const kept = JSON.stringify(cleaned(value));
    expect(kept).not.toContain(CANARY);
    expect(kept).not.toContain(BASE64);
  });

  test("keeps words of a detail whose key only sounds like a secret", () => {
    expect(cleaned({ token: "t1", secret: "shop/db" })).toEqual({ token: "t1", secret: "shop/db" });
  });

  test("keeps which keys a Secret has", () => {
    expect(cleaned(secret({ data: { password: BASE64 } }))).toMatchObject({ data: { password: "++++++++" } });
  });

  test("keeps as much as a page, and of the rest how much it was", () => {
    expect(cleaned({ list: Array.from({ length: 70 }, (_, i) => i), text: "x".repeat(9_000) })).toEqual({
      list: [...Array.from({ length: 64 }, (_, i) => i), "… (6 more)"],
      text: `${"x".repeat(1_024)}… (9000 characters)`,
    });
    const huge = Object.fromEntries(Array.from({ length: 5_000 }, (_, i) => [`key${i}`, i]));
    expect(cleaned(huge)).toEqual({
      leftOut: expect.stringMatching(/^\d+ characters$/),
      sha256: expect.any(String),
    });
  });

  test("takes what is no JSON as a text, or leaves it out", () => {
    expect(cleaned({ a: 10n ** 30n, b: Number.NaN, c: undefined, d: () => 1, e: [undefined] })).toEqual({
      ...{ a: String(10n ** 30n), b: "NaN", e: [null] },
    });
    const endless: Record<string, unknown> = {};
    endless["again"] = endless;
    expect(JSON.stringify(cleaned(endless)).length).toBeLessThan(10_000);
    expect(Object.keys(cleaned(JSON.parse('{"__proto__": {"polluted": 1}}')) as object)).toEqual([]);
  });
});

describe("cleanedPair()", () => {
  const spec = (password: string): object => ({
    helm: {
      parameters: [{ name: "db.password", value: password }],
      valuesObject: { db: { adminPassword: password, user: "app", passwordSecretRef: "in-vault" } },
      values: `db:\n  user: app\n  apiToken: ${password}\n- "secret": ${password}\n`,
    },
  });

  test("masks values of charts by the names of their keys, and says which are others now", () => {
    const pair = cleanedPair(spec(CANARY), spec(`${CANARY}-new`));
    expect(JSON.stringify(pair)).not.toContain(CANARY);
    expect(pair).toMatchObject({
      before: {
        helm: {
          valuesObject: { db: { adminPassword: "++++++++", user: "app", passwordSecretRef: "in-vault" } },
        },
      },
      after: {
        helm: {
          parameters: [{ name: "db.password", value: "++++++++ (changed)" }],
          valuesObject: { db: { adminPassword: "++++++++ (changed)", user: "app" } },
        },
      },
    });
    expect(cleanedPair(spec("a"), spec("a")).after).toMatchObject({
      helm: { valuesObject: { db: { adminPassword: "++++++++" } } },
    });
  });

  test("keeps of large ones what differs", () => {
    const filler = "x".repeat(9_000);
    expect(
      cleanedPair({ a: 1, gone: 2, deep: { same: filler, b: 1 } }, { a: 1, deep: { same: filler, b: 2 } }),
    ).toEqual({
      before: { gone: 2, deep: { b: 1 } },
      after: { deep: { b: 2 } },
    });
  });

  test("keeps what was made, and what went", () => {
    expect([cleanedPair(undefined, { a: 1 }), cleanedPair({ a: 1 }, undefined)]).toEqual([
      { after: { a: 1 } },
      { before: { a: 1 } },
    ]);
  });
});

test("cleanedText() takes no control characters, no passwords, and no more than it may", () => {
  expect(cleanedText("a\u001b[31mb\n\u202ec", 100)).toBe("a [31mb c");
  expect(cleanedText(`see https://x:${CANARY}@git.example.com/`, 100)).toBe("see https://git.example.com/");
  expect(cleanedText("x".repeat(50), 10)).toBe(`${"x".repeat(9)}…`);
});
