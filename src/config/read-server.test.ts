import { describe, expect, test } from "bun:test";
import { parseConfig } from "./load-config.ts";

const read = (text: string) =>
  parseConfig(text, "/etc/holdfast.yaml", { env: {}, validateCron: () => undefined });
const saidOf = (text: string): string[] => {
  const parsed = read(text);
  const problems = parsed.ok ? parsed.warnings : parsed.problems;
  return problems.map(({ severity, path = "", text }) => `${severity} ${path}: ${text}`);
};

describe("server", () => {
  test("says by which certificate, and below which path", () => {
    const parsed = read(
      "server: { basePath: /holdfast/, trustedProxies: [10.0.0.0/8], tls: { certFile: ./a, keyFile: /b, minVersion: TLSv1.3, http2: false } }",
    );
    expect(parsed.ok && parsed.value.server).toMatchObject({
      basePath: "/holdfast",
      trustedProxies: ["10.0.0.0/8"],
      tls: {
        certificate: { by: "files", certFile: "/etc/a", keyFile: "/b" },
        minVersion: "TLSv1.3",
        http2: "off",
      },
    });
  });

  test.each([
    ["tls: { certFile: a }", "error server.tls.certFile: needs keyFile beside it"],
    ["tls: { keyFile: a }", "error server.tls.keyFile: needs certFile beside it"],
    ["tls: { selfSigned: true, keyFile: a }", "error server.tls.keyFile: is written beside selfSigned"],
    ["basePath: holdfast", "error server.basePath: is no path of letters"],
    ["basePath: /a/../b", "error server.basePath: is no path of letters"],
    ["basePath: //a", "error server.basePath: is no path of letters"],
    ["basePath: /api", "error server.basePath: begins as a path of Holdfast's own: /api"],
    [
      "trustedProxies: [proxy]",
      'error server.trustedProxies[0]: "proxy" is neither an address nor a network',
    ],
    ["trustedProxies: [10.0.0.0/33]", 'error server.trustedProxies[0]: "10.0.0.0/33" has more than 32 bits'],
    [
      'listen: "0.0.0.0:1", token: t',
      "warning server.listen: other machines send passwords and tokens without TLS",
    ],
  ])("{ %s } is told what is wrong", (written, said) => {
    expect(saidOf(`server: { ${written} }`)[0]).toStartWith(said);
  });

  test("accounts in place of a token are sent without TLS too", () => {
    expect(
      saidOf('{ server: { listen: "0.0.0.0:1" }, accounts: [{ name: admin, may: [login] }] }')[0],
    ).toStartWith("warning server.listen: other machines send passwords and tokens without TLS");
  });

  test.each(["tls: { selfSigned: true }", "trustedProxies: [10.0.0.1]"])(
    "{ %s } is what an open address may rest on",
    (written) => expect(saidOf(`server: { listen: "0.0.0.0:1", token: t, ${written} }`)).toEqual([]),
  );
});

test("metrics that the network may read are a warning without a token", () => {
  expect(saidOf('metrics: { listen: "0.0.0.0:1" }')[0]).toStartWith(
    "warning metrics.listen: whoever reaches it",
  );
  expect(saidOf('metrics: { listen: "0.0.0.0:1", token: t }')).toEqual([]);
  expect(saidOf('metrics: { listen: "127.0.0.1:1" }')).toEqual([]);
  expect(saidOf("metrics: { listen: nowhere }")).toEqual(["error metrics.listen: is no address with a port"]);
});

test.each([
  ["{ applicationLabels: [team, example.com/part-of] }", []],
  ["{ applicationLabels: [a b] }", ['error metrics.applicationLabels[0]: "a b" names no label']],
  [
    "{ applicationLabels: [part.of, part-of] }",
    ["error metrics.applicationLabels[1]: part-of and part.of are both label_part_of in Prometheus"],
  ],
  ["{ applicationConditions: [SyncError] }", []],
  [
    "{ applicationConditions: [SyncErorr] }",
    ['error metrics.applicationConditions[0]: "SyncErorr" is no condition'],
  ],
])("metrics %s", (written, want) => {
  expect(saidOf(`metrics: ${written}`)).toEqual(want);
});

test.each([
  ['{ endpoint: "http://127.0.0.1:4318", authorization: t }', []],
  ['{ endpoint: "http://otel:4318" }', []],
  ['{ endpoint: "https://otel.example.com/otlp/", authorization: t }', []],
  [
    '{ endpoint: "http://otel:4318", authorization: t }',
    ["warning tracing.endpoint: the authorization is sent without TLS, and whoever is between reads it"],
  ],
  [
    '{ endpoint: "https://me:secret@otel" }',
    ["error tracing.endpoint: must be an address such as http://127.0.0.1:4318, without a login in it"],
  ],
  ['{ endpoint: "ftp://otel" }', [expect.stringContaining("error tracing.endpoint: must be an address")]],
])("tracing %s", (written, want) => {
  expect(saidOf(`tracing: ${written}`)).toEqual(want as string[]);
});
