import { describe, expect, test } from "bun:test";
import { readKubeconfig } from "./kubeconfig-choice.ts";

const of = (user: object, cluster: object = {}) =>
  readKubeconfig({
    kind: "Config",
    "current-context": "prod",
    clusters: [{ name: "c", cluster: { server: "https://10.0.0.1:6443", ...cluster } }],
    users: [{ name: "u", user }],
    contexts: [{ name: "prod", context: { cluster: "c", user: "u" } }],
  });
const first = (...asked: Parameters<typeof of>) => {
  const read = of(...asked);
  return read.is === "read" ? read.contexts[0] : read;
};

describe("a context with its credentials in it", () => {
  test("by a token", () => {
    expect(of({ token: "t" }, { "certificate-authority-data": "Y2E=" })).toEqual({
      is: "read",
      current: "prod",
      contexts: [
        {
          ...{ name: "prod", is: "usable", server: "https://10.0.0.1:6443" },
          access: {
            server: "https://10.0.0.1:6443",
            config: { bearerToken: "t", tlsClientConfig: { caData: "Y2E=" } },
          },
        },
      ],
    });
  });

  test("by a certificate, and how the server is reached", () => {
    expect(
      first(
        { "client-certificate-data": "Yw==", "client-key-data": "aw==" },
        {
          "tls-server-name": "kubernetes",
          "proxy-url": "http://proxy:3128",
          "insecure-skip-tls-verify": true,
        },
      ),
    ).toMatchObject({
      access: {
        config: {
          proxyUrl: "http://proxy:3128",
          tlsClientConfig: { insecure: true, serverName: "kubernetes", certData: "Yw==", keyData: "aw==" },
        },
      },
    });
  });
});

test.each([
  ["a program", { exec: { command: "aws" }, token: "t" }, {}, /program \(aws\).*holdfast cluster add/],
  ["a provider", { "auth-provider": { name: "gcp" }, token: "t" }, {}, /auth-provider.*holdfast cluster add/],
  [
    "files of a user",
    { "client-certificate": "/a", "client-key": "/b" },
    {},
    /client-certificate, client-key.*--flatten/,
  ],
  ["a file of a token", { tokenFile: "/var/run/token" }, {}, /tokenFile/],
  [
    "a file of the cluster",
    { token: "t" },
    { "certificate-authority": "ca.crt" },
    /certificate-authority\).*--flatten/,
  ],
  ["somebody else", { token: "t", as: "admin" }, {}, /acts as somebody else/],
  ["nothing", {}, {}, /no credentials/],
])("refused with what to do: %s", (_, user, cluster, why) => {
  expect(first(user, cluster)).toMatchObject({ is: "refused", why: expect.stringMatching(why) });
});

test("what a context names and the file has not is said", () => {
  const read = readKubeconfig({ contexts: [{ name: "a", context: { cluster: "x", user: "y" } }] });
  expect(read).toMatchObject({
    contexts: [{ name: "a", is: "refused", why: "The cluster x that it names is not in the file." }],
  });
});

test.each([
  [null],
  ["text"],
  [[]],
  [{ kind: "Secret" }],
  [{}],
  [{ contexts: "all" }],
  [{ contexts: [null, 1, {}] }],
])("no kubeconfig: %p", (value) => {
  expect(readKubeconfig(value).is).toBe("refused");
});
