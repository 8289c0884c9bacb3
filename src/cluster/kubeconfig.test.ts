import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../core/model/failure.ts";
import { type Endpoint, type KubeconfigTrust, readKubeconfig } from "./kubeconfig.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");

function config(cluster: object, user: object): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "here",
    clusters: [
      { name: "c", cluster: { server: "https://api.example.com:6443/", ...cluster } },
      { name: "d", cluster: { server: "https://other.example.com" } },
    ],
    users: [{ name: "u", user }],
    contexts: [
      { name: "here", context: { cluster: "c", user: "u" } },
      { name: "there", context: { cluster: "d", user: "u" } },
    ],
  });
}
const read = (
  cluster: object,
  user: object,
  trust: KubeconfigTrust = "operator",
  context?: string,
): Endpoint => readKubeconfig({ text: config(cluster, user) }, context, trust);
function failureOf(work: () => unknown): Failure {
  try {
    work();
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error("nothing was thrown");
}

describe("readKubeconfig()", () => {
  const proofs = [
    { name: "a token", user: { token: "t" }, proof: { by: "token", token: "t" } },
    {
      name: "a token file",
      user: { tokenFile: "/run/token" },
      proof: { by: "token-file", file: "/run/token" },
    },
    {
      name: "a password",
      user: { username: "a", password: "b" },
      proof: { by: "password", username: "a", password: "b" },
    },
    {
      name: "a certificate",
      user: { "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") },
      proof: { by: "certificate" },
    },
  ] as const;
  test.each(proofs)("$name proves who we are", ({ user, proof }) =>
    expect(read({}, user).proof).toEqual(proof),
  );

  test("certificates come as data, the server without its slash, the other context when asked for", () => {
    const endpoint = read(
      { "certificate-authority-data": base64("CA"), "tls-server-name": "api" },
      { "client-certificate-data": base64("CERT"), "client-key-data": base64("KEY") },
    );
    expect(endpoint).toMatchObject({
      server: "https://api.example.com:6443",
      tls: { ca: "CA", cert: "CERT", key: "KEY", serverName: "api" },
    });
    expect(read({}, {}, "operator", "there").server).toBe("https://other.example.com");
  });

  test("files are relative to the kubeconfig", () => {
    const dir = mkdtempSync(join(tmpdir(), "holdfast-kubeconfig-"));
    writeFileSync(join(dir, "ca.pem"), "CA");
    writeFileSync(join(dir, "config"), config({ "certificate-authority": "ca.pem" }, { token: "t" }));
    expect(readKubeconfig({ file: join(dir, "config") }, undefined, "operator").tls.ca).toBe("CA");
    rmSync(dir, { recursive: true });
  });

  const reaching: { name: string; cluster: object; user: object }[] = [
    { name: "exec", cluster: {}, user: { exec: { command: "/bin/true" } } },
    { name: "auth-provider", cluster: {}, user: { "auth-provider": { name: "gcp" } } },
    { name: "tokenFile", cluster: {}, user: { tokenFile: "/etc/passwd" } },
    { name: "token-file", cluster: {}, user: { "token-file": "/etc/passwd" } },
    { name: "client-key", cluster: {}, user: { "client-key": "/etc/key" } },
    { name: "certificate-authority", cluster: { "certificate-authority": "/etc/ca" }, user: {} },
    { name: "proxy-url", cluster: { "proxy-url": "http://127.0.0.1:1" }, user: {} },
  ];
  test.each(reaching)("a guest's $name is refused by name", ({ name, cluster, user }) => {
    const failure = failureOf(() => read(cluster, user, "guest"));
    expect([failure.code, failure.why]).toEqual([
      "config",
      `it uses ${name}, which only an operator's own kubeconfig may`,
    ]);
  });

  const faults: { name: string; work: () => unknown; says: string }[] = [
    {
      name: "no such file",
      work: () => readKubeconfig({ file: "/nowhere/config" }, undefined, "operator"),
      says: "no such file",
    },
    {
      name: "no such context",
      work: () => read({}, {}, "operator", "nowhere"),
      says: 'no context "nowhere"',
    },
    {
      name: "no YAML",
      work: () => readKubeconfig({ text: "{a: [" }, undefined, "operator"),
      says: "not YAML",
    },
    {
      name: "another document",
      work: () => readKubeconfig({ text: "- a" }, undefined, "operator"),
      says: "no kubeconfig",
    },
    {
      name: "a cluster without a server",
      work: () =>
        readKubeconfig(
          { text: JSON.stringify({ clusters: [{ name: "c", cluster: {} }] }) },
          undefined,
          "operator",
        ),
      says: "server is missing",
    },
    {
      name: "a removed auth-provider",
      work: () => read({}, { "auth-provider": { name: "gcp" } }),
      says: "auth-provider",
    },
  ];
  test.each(faults)("$name: a sentence", ({ work, says }) => expect(failureOf(work).message).toContain(says));
});
