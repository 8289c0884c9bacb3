import { describe, expect, test } from "bun:test";
import { formsOf, secretValues, withoutSecrets } from "./secret-values.ts";

describe("secretValues()", () => {
  test.each([
    [{ password: "hunter22" }, "hunter22"],
    [{ db: { adminPassword: "hunter22" } }, "hunter22"],
    [{ secrets: { a: ["hunter22"] } }, "hunter22"],
    [{ auth: { api_key: "hunter22" } }, "hunter22"],
    [{ token: 12345678 }, "12345678"],
    [{ privateKey: "-----BEGIN\nabcdefgh\n-----END" }, "abcdefgh"],
    [{ secretData: { k: 'a"b"cdef' } }, 'a\\"b\\"cdef'],
    [{ password: "hunter22" }, Buffer.from("hunter22").toString("base64")],
  ])("%j tells %s", (values, secret) => expect(secretValues(values)).toContain(secret));

  test.each([
    [{ image: "nginx:1.29" }],
    [{ existingSecret: "database" }],
    [{ passwordSecretRef: { name: "database" } }],
    [{ secretName: "database" }],
    [{ auth: { existingPasswordSecret: "database" } }],
    [{ password: "short" }],
    [{ token: { enabled: "whenever" } }],
    [null],
    ["password"],
  ])("%j tells nothing", (values) => expect(secretValues(values)).toEqual([]));

  test("nothing is left where one secret is the beginning of another", () => {
    const secrets = ["hunter", "hunter22"].flatMap(formsOf);
    expect(withoutSecrets("hunter22 and hunter", secrets)).toBe("*** and ***");
  });
});
