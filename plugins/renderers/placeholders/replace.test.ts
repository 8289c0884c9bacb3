import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { placeholdersInKeys, type ReadSecret, replacePlaceholders } from "./replace.ts";

const STORE: Record<string, Record<string, unknown>> = {
  "secret/data/app": {
    user: "admin",
    password: 'p: "a"\n#x\t\'{[&*!|>%@`',
    port: 9443,
    json: '{"user":"u","hosts":["a","b"],"deep":{"a.b":1}}',
    yaml: "user: u\nlist: [1, 2]\n",
    b64: Buffer.from("plain").toString("base64"),
    pem: "-----BEGIN\nabc\n-----END\n",
    "dash-key": "dashed",
    empty: "",
  },
  "secret/data/app@2": { user: "older" },
};
const read: ReadSecret = async ({ path, version }) => {
  const found = STORE[version === "" ? path : `${path}@${version}`];
  if (found === undefined) throw new Error(`nothing at ${path}`);
  return found;
};
const PATH = { "avp.kubernetes.io/path": "secret/data/app" };
const configMap = (data: Record<string, unknown>, annotations: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", annotations },
  data,
});
async function dataOf(object: Record<string, unknown>): Promise<unknown> {
  const replaced = await replacePlaceholders(object, read);
  if (replaced.is === "refused") throw new Error(replaced.why);
  return replaced.is === "replaced" ? replaced.object["data"] : "untouched";
}

describe("replacePlaceholders()", () => {
  test.each<[string, string, unknown]>([
    ["a path", "<path:secret/data/app#user>", "admin"],
    ["a version", "<path:secret/data/app#user#2>", "older"],
    [
      "a place in a longer text",
      "u=<path:secret/data/app#user>;p=<path:secret/data/app#port>",
      "u=admin;p=9443",
    ],
    ["a key with a dash, and spaces", "< path:x><path:secret/data/app#dash-key >", "< path:x>dashed"],
    ["signs that YAML would read", "<path:secret/data/app#password>", STORE["secret/data/app"]?.["password"]],
    ["an empty value", "[<path:secret/data/app#empty>]", "[]"],
    ["base64encode", "<path:secret/data/app#user | base64encode>", "YWRtaW4="],
    ["base64decode", "<path:secret/data/app#b64 | base64decode>", "plain"],
    [
      "sha256sum",
      "<path:secret/data/app#user|sha256sum>",
      "8c6976e5b5410415bde908bd4dee15dfb167a9c873fc4bb8a81f6f2ab448a918",
    ],
    ["indent", "a:\n  <path:secret/data/app#pem | indent 2>", "a:\n  -----BEGIN\n  abc\n  -----END"],
    ["jsonPath", "<path:secret/data/app#json | jsonPath {.user}{':'}{.hosts[1]}>", "u:b"],
    ["jsonPath of a quoted name", "<path:secret/data/app#json | jsonPath {.deep['a.b']}>", "1"],
    ["jsonPath and more", "<path:secret/data/app#json | jsonPath {.hosts[*]} | base64encode>", "YSBi"],
    ["yamlParse and jsonPath", "<path:secret/data/app#yaml | yamlParse | jsonPath {.list[0]}>", "1"],
    [
      "an object, which a ConfigMap holds as text",
      "<path:secret/data/app#json | jsonParse>",
      STORE["secret/data/app"]?.["json"],
    ],
  ])("fills in %s", async (_, written, value) => {
    expect(await dataOf(configMap({ v: written }))).toEqual({ v: value });
  });

  test("keeps types outside of texts: a number is a number, an object an object", async () => {
    const replaced = await replacePlaceholders(
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "<path:secret/data/app#port>" },
        spec: {
          replicas: "<path:secret/data/app#port>",
          extra: "<path:secret/data/app#json | jsonParse>",
          args: ["--port=<path:secret/data/app#port>", 1, null],
        },
      },
      read,
    );
    expect(replaced).toMatchObject({
      object: {
        metadata: { name: "9443" },
        spec: {
          replicas: 9443,
          extra: { user: "u", hosts: ["a", "b"], deep: { "a.b": 1 } },
          args: ["--port=9443", 1, null],
        },
      },
    });
  });

  test("fills in keys without a path where the annotation says of which secret, and its version", async () => {
    expect(await dataOf(configMap({ v: "<user>:<dash-key>" }, PATH))).toEqual({ v: "admin:dashed" });
    expect(
      await dataOf(configMap({ v: "<user>" }, { ...PATH, "avp.kubernetes.io/secret-version": "2" })),
    ).toEqual({ v: "older" });
    expect(await dataOf(configMap({ v: "<user>" }))).toBe("untouched");
  });

  test("looks into the base64 of a Secret, and writes it so again; of nothing else", async () => {
    const base64 = (text: string): string => Buffer.from(text).toString("base64");
    const url = base64("postgres://<path:secret/data/app#user>@h?a=<b>");
    const data = { url, plain: base64("<b>"), stays: "YWJj", port: base64("<path:secret/data/app#port>") };
    const secret = { ...configMap(data), kind: "Secret" };
    expect(await dataOf(secret)).toEqual({
      ...data,
      url: base64("postgres://admin@h?a=<b>"),
      port: base64("9443"),
    });
    expect(await dataOf(configMap(data))).toBe("untouched");
  });

  test("leaves out what is missing where the annotation says so, of Secrets and ConfigMaps alone", async () => {
    const annotations = { ...PATH, "avp.kubernetes.io/remove-missing": "true" };
    const object = configMap({ a: "<user>", b: "<none>" }, annotations);
    expect(await dataOf(object)).toEqual({ a: "admin" });
    // In what base64 hides, and in lists too.
    const hidden = Buffer.from("x<none>").toString("base64");
    const secret = { ...configMap({ a: hidden, b: "<user>" }, annotations), kind: "Secret" };
    expect(await dataOf(secret)).toEqual({ b: "admin" });
    expect(await dataOf(configMap({ a: ["<none>", "<user>"] }, annotations))).toEqual({ a: ["admin"] });
    expect(await endingOf(dataOf({ ...object, kind: "Deployment" }))).toThrow("Secrets and ConfigMaps only");
    expect(await endingOf(dataOf(configMap({ a: "<path:secret/data/app#none>" }, annotations)))).toThrow(
      "secret/data/app has no key none",
    );
  });

  test("leaves an object alone that is to be ignored, and keys, which it names", async () => {
    const ignored = configMap({ v: "<path:secret/data/none#x>" }, { "avp.kubernetes.io/ignore": "true" });
    expect(await dataOf(ignored)).toBe("untouched");
    const key = "<path:secret/data/app#user>";
    expect(await dataOf(configMap({ [key]: "x" }))).toBe("untouched");
    expect(placeholdersInKeys(configMap({ [key]: "x" }))).toEqual([`data.${key}`]);
  });

  test.each([
    ["a key that is not there", "<path:secret/data/app#none>", "secret/data/app has no key none"],
    ["one that every object has", "<path:secret/data/app#toString>", "secret/data/app has no key toString"],
    ["no key", "<path:secret/data/app>", "<path:secret/data/app> says no path and key"],
    ["a modifier that nobody knows", "<path:secret/data/app#user | rot13>", 'there is no modifier "rot13"'],
    [
      "one that every object has as modifier",
      "<path:secret/data/app#user | constructor>",
      "there is no modifier",
    ],
    ["what is no JSON", "<path:secret/data/app#user | jsonPath {.a}>", "jsonPath: the value is no JSON"],
    [
      "a path in it that is not there",
      "<path:secret/data/app#json | jsonPath {.none}>",
      "the value has nothing at {.none}",
    ],
    [
      "a path that is not read",
      "<path:secret/data/app#json | jsonPath {range .x}>",
      "is no JSONPath that is read here",
    ],
    [
      "a number that is to be a text",
      "<path:secret/data/app#port | base64encode>",
      "base64encode: the value is no text",
    ],
  ])("refuses %s, without a word of the value", async (_, written, says) => {
    const replaced = await replacePlaceholders(configMap({ v: written }), read);
    if (replaced.is !== "refused") throw new Error(`it is ${replaced.is}`);
    expect(replaced.why).toContain(says);
    expect(replaced.why).not.toContain("admin");
  });
});
