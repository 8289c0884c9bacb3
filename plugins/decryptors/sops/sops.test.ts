import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseYaml } from "../../../src/lib/yaml.ts";
import type { DecryptionKeys } from "../../../src/plugin/contract.ts";
import { endingOf, rejectionOf } from "../../../test/lib/ending-of.ts";
import sops from "./index.ts";

/** Encrypted by sops 3.10.2; in `plain` what it decrypts them to. The keys are made for these tests alone. */
const folder = join(import.meta.dir, "testdata");
const read = (file: string): Uint8Array => readFileSync(join(folder, file));
const keys = (age: readonly string[], pgp: readonly string[] = []): DecryptionKeys => {
  const asKey = (file: string) => ({ file, read: () => readFile(join(folder, file)) });
  return { age: age.map(asKey), pgp: pgp.map(asKey) };
};
const all = keys(["other-age.txt", "age.txt"], ["pgp.asc"]);
const opened = async (file: string, content: string | Uint8Array = read(file), by = all): Promise<string> =>
  Buffer.from((await sops.open(file, Buffer.from(content), by)).content).toString();
const values = (text: string | Uint8Array): unknown => parseYaml(text).documents.map(({ value }) => value);

test("a PGP key with a passphrase is named, with what it lacks", async () => {
  const { generateKey } = await import("openpgp");
  const { privateKey } = await generateKey({ userIDs: [{ name: "a" }], passphrase: "geheim" });
  const locked = { file: "locked.asc", read: async () => Buffer.from(privateKey) };
  expect(await endingOf(sops.open("pgp.yaml", read("pgp.yaml"), { age: [], pgp: [locked] }))).toThrow(
    "a key of locked.asc has a passphrase, and nobody is there to give it",
  );
  // Beside one that opens it, it does not matter.
  const both = { age: [], pgp: [locked, ...all.pgp] };
  expect(values(await opened("pgp.yaml", read("pgp.yaml"), both))).toEqual(values(read("plain/pgp.yaml")));
});

describe("what sops encrypted", () => {
  test.each(["secret.yaml", "several.yaml", "regex.yaml", "suffix.yaml", "mac-only.yaml", "pgp.yaml"])(
    "%s holds what sops says",
    async (file) => {
      expect(sops.recognizes(file, read(file))).toBe("yes");
      expect(values(await opened(file))).toEqual(values(read(`plain/${file}`)));
    },
  );

  test("values.json stays JSON, with its types", async () => {
    expect(sops.recognizes("values.json", read("values.json"))).toBe("yes");
    expect(JSON.parse(await opened("values.json"))).toEqual(
      JSON.parse(Buffer.from(read("plain/values.json")).toString()),
    );
  });

  test("app.env stays dotenv, without its comments", async () => {
    expect(sops.recognizes("app.env", read("app.env"))).toBe("yes");
    const plain = Buffer.from(read("plain/app.env")).toString();
    expect(await opened("app.env")).toBe(plain.replace(/^#.*\n/gm, ""));
  });

  test("whole.txt is itself again, byte by byte", async () => {
    expect(sops.recognizes("whole.txt", read("whole.txt"))).toBe("yes");
    expect(await opened("whole.txt")).toBe(Buffer.from(read("plain/whole.txt")).toString());
  });

  test("the secrets in it are told, in the forms in which a tool may repeat them", async () => {
    const { secrets } = await sops.open("secret.yaml", read("secret.yaml"), all);
    expect(secrets).toContain("correct horse battery staple");
    expect(secrets).toContain(Buffer.from("correct horse battery staple").toString("base64"));
  });
});

test("files that only speak of sops are none of its", () => {
  for (const [file, text] of [
    [
      "a.yaml",
      "apiVersion: v1\nkind: ConfigMap\ndata:\n  file: |\n    a: ENC[AES256_GCM,x]\n    sops:\n      mac: x\n",
    ],
    [".sops.yaml", "creation_rules:\n- age: age1x\n"],
    ["b.json", '{"data": "sops"}'],
    ["c.txt", "sops_version=1"],
  ] as const)
    expect([file, sops.recognizes(file, Buffer.from(text))]).toEqual([file, "no"]);
});

describe("one sentence each", () => {
  const yaml = Buffer.from(read("secret.yaml")).toString();
  const password = /password: (ENC\[.*\])/.exec(yaml)?.[1] ?? "";
  const other = /negative: (ENC\[.*\])/.exec(yaml)?.[1] ?? "";
  const none = keys([]);
  test.each<{ name: string; file: string; content?: string; by?: DecryptionKeys; says: string | RegExp }>([
    { name: "no key at all", file: "secret.yaml", by: none, says: "and the config names no key" },
    {
      name: "another's key",
      file: "secret.yaml",
      by: keys(["other-age.txt"]),
      says: "it is encrypted for age age1suqn570pdf8kpu0w9tv2z28zkpsjas7s4guphkxzr9lcwj402sfqjvzkda, and none of the configured keys is one of them",
    },
    {
      name: "a PGP file without the key",
      file: "pgp.yaml",
      by: keys(["age.txt"]),
      says: /for PGP [0-9A-F]{40}/,
    },
    {
      name: "a key file that is not there",
      file: "secret.yaml",
      by: keys(["missing.txt"]),
      says: "missing.txt cannot be read",
    },
    {
      name: "a key file that is none",
      file: "secret.yaml",
      by: keys(["plain/app.env"]),
      says: "plain/app.env holds a line that is no age identity",
    },
    { name: "a key that is split", file: "shamir.yaml", says: "split over 2 groups of keys (Shamir)" },
    {
      name: "a value that was changed",
      file: "secret.yaml",
      content: yaml.replace(password, password.replace(/data:./, "data:+")),
      says: "the value at stringData.password does not open: it was changed, moved or cut",
    },
    {
      name: "a value that was moved",
      file: "secret.yaml",
      content: yaml.replace(password, other),
      says: "the value at stringData.password does not open",
    },
    {
      name: "a value that was taken away",
      file: "secret.yaml",
      content: yaml.replace(/^ {4}number: .*\n/m, ""),
      says: "its values are not those that were encrypted",
    },
    {
      name: "a plain value that was changed",
      file: "regex.yaml",
      content: Buffer.from(read("regex.yaml")).toString().replace("generation: 3", "generation: 4"),
      says: "its values are not those that were encrypted",
    },
    {
      name: "a plain value among encrypted ones",
      file: "secret.yaml",
      content: yaml.replace(password, "typed in by hand"),
      says: "the value at stringData.password is not encrypted, and should be",
    },
    {
      name: "a check of another file",
      file: "secret.yaml",
      content: yaml.replace(/lastmodified: "?[^"\n]*"?/, 'lastmodified: "2020-01-01T00:00:00Z"'),
      says: "its values are not those that were encrypted",
    },
    {
      name: "a file that is cut",
      file: "secret.yaml",
      content: yaml.slice(0, yaml.indexOf("mac:")),
      says: "what SOPS wrote beside the values is damaged",
    },
    {
      name: "JSON that is cut",
      file: "values.json",
      content: '{"a": "ENC[AES',
      says: "it is cut, or no JSON",
    },
    { name: "an INI file", file: "a.ini", content: "[sops]\nmac=x\n", says: "it is an INI file" },
    {
      name: "a key in the cloud alone",
      file: "a.yaml",
      content: "a: ENC[AES256_GCM,x]\nsops:\n  kms: [{arn: x, enc: y}]\n  mac: z\n",
      says: "only AWS KMS can open it, which is not asked",
    },
  ])("$name", async ({ file, content, by, says }) => {
    const failure = await opened(file, content, by).then(
      () => undefined,
      (cause: unknown) => cause as { why: string; message: string },
    );
    if (typeof says === "string") expect(failure?.why).toContain(says);
    else expect(failure?.why).toMatch(says);
    expect(failure?.message).not.toMatch(/AGE-SECRET-KEY|correct horse|PRIVATE KEY/);
  });

  test("a key that may come is waited for, a file that is damaged is not", async () => {
    expect(await rejectionOf(opened("secret.yaml", undefined, none))).toMatchObject({ retry: "backoff" });
    expect(await rejectionOf(opened("secret.yaml", yaml.replace(password, other)))).toMatchObject({
      retry: "after-edit",
    });
  });
});
