import { describe, expect, test } from "bun:test";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import { type ClusterEntry, whyNotRun } from "./cluster-entry.ts";
import { parseClusterBody, showClusterEntry } from "./cluster-wire.ts";
import { parseClusterSecret } from "./parse-cluster-secret.ts";
import { printClusterSecret } from "./print-cluster-secret.ts";
import { showProblem } from "./problem.ts";

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const CERT = issueCertificate({
  commonName: "test",
  uses: ["authority"],
  nowMs: Date.UTC(2026, 10, 28),
  days: 1,
});
const OTHER = issueCertificate({
  commonName: "other",
  uses: ["authority"],
  nowMs: Date.UTC(2026, 10, 28),
  days: 1,
});
const CANARY = "canary-83ab1f";

function secret(data: Record<string, string>, metadata: Record<string, unknown> = {}): unknown {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: {
      name: "cluster-prod",
      namespace: "argocd",
      ...metadata,
      labels: { "argocd.argoproj.io/secret-type": "cluster", ...(metadata["labels"] as object) },
    },
    type: "Opaque",
    data: Object.fromEntries(Object.entries(data).map(([key, text]) => [key, base64(text)])),
  };
}
const withConfig = (config: unknown, more: Record<string, string> = {}): unknown =>
  secret({ name: "prod", server: "https://10.0.0.1:6443", config: JSON.stringify(config), ...more });
function read(value: unknown): ClusterEntry {
  const parsed = parseClusterSecret(value);
  if (!parsed.ok) throw new Error(parsed.problems.map(showProblem).join("\n"));
  return parsed.value;
}
function problemsOf(value: unknown): string[] {
  const parsed = parseClusterSecret(value, { file: "clusters/prod.json" });
  return parsed.ok ? [] : parsed.problems.map(showProblem);
}
/** What is written and not a matter of form. */
const meant = (object: any): unknown => ({
  ...object,
  data: Object.fromEntries(
    Object.entries(object.data as Record<string, string>).map(([key, text]) => {
      const decoded = Buffer.from(text, "base64").toString();
      return [key, key === "config" ? JSON.parse(decoded) : decoded];
    }),
  ),
});

describe("a cluster Secret", () => {
  const configs: [what: string, config: Record<string, unknown>, by: ClusterEntry["credential"]["by"]][] = [
    ["a token", { bearerToken: CANARY }, "token"],
    ["a password", { username: "admin", password: CANARY }, "password"],
    [
      "a certificate",
      { tlsClientConfig: { certData: base64(CERT.certificate), keyData: base64(CERT.key) } },
      "certificate",
    ],
    ["AWS", { awsAuthConfig: { clusterName: "eks", roleARN: "arn:aws:iam::1:role/x", profile: "p" } }, "aws"],
    [
      "a program",
      {
        execProviderConfig: {
          command: "argocd-k8s-auth",
          args: ["gcp"],
          env: { AAD_LOGIN_METHOD: "workloadidentity" },
          apiVersion: "client.authentication.k8s.io/v1beta1",
          installHint: "install it",
        },
      },
      "exec",
    ],
    ["nothing", {}, "nothing"],
  ];
  test.each(configs)(
    "with %s is read, and printed as it was, with what is not known here",
    (_, config, by) => {
      const { tlsClientConfig, ...rest } = config as { tlsClientConfig?: object };
      const value = secret(
        {
          name: "prod",
          server: "https://10.0.0.1:6443",
          config: JSON.stringify({
            ...rest,
            tlsClientConfig: {
              insecure: false,
              serverName: "kubernetes",
              caData: base64(CERT.certificate),
              nextProtos: ["h2"],
              ...tlsClientConfig,
            },
            disableCompression: true,
            proxyUrl: "http://proxy.example.com:3128",
          }),
          namespaces: "one,two",
          clusterResources: "true",
          project: "team",
          shard: "3",
          ofTomorrow: "kept",
        },
        {
          labels: { env: "prod" },
          annotations: { note: "mine" },
          finalizers: ["x/y"],
          creationTimestamp: "2026-01-01T00:00:00Z",
        },
      );
      const entry = read(value);
      expect(entry).toMatchObject({
        name: "prod",
        credential: { by },
        tls: { ca: CERT.certificate, serverName: "kubernetes", check: "certificate" },
        scope: { is: "namespaces", namespaces: ["one", "two"], clusterResources: "included" },
        project: "team",
        labels: { env: "prod" },
        annotations: { note: "mine" },
        createdAt: "2026-01-01T00:00:00Z",
      });
      expect(meant(printClusterSecret(entry))).toEqual(meant(value));
      expect(read(printClusterSecret(entry))).toEqual(entry);
    },
  );

  test("takes a slash behind the address away, and its address for its name where it has none", () => {
    expect(read(secret({ server: "https://10.0.0.1:6443//", config: "{}" }))).toMatchObject({
      name: "https://10.0.0.1:6443",
      server: "https://10.0.0.1:6443",
      scope: { is: "whole" },
    });
  });

  test("of the cluster around us, without a credential, means the Pod's account", () => {
    const inside = { name: "in-cluster", server: "https://kubernetes.default.svc" };
    expect(read(secret({ ...inside, config: "{}" })).credential).toEqual({ by: "service-account" });
    expect(read(secret({ ...inside, config: JSON.stringify({ bearerToken: "t" }) })).credential.by).toBe(
      "token",
    );
  });

  test("in namespaced mode leaves kinds without a namespace out unless it says otherwise", () => {
    const of = (more: Record<string, string>) => read(withConfig({}, more)).scope;
    expect(of({ namespaces: "a" })).toMatchObject({ clusterResources: "left-out" });
    expect(of({ namespaces: " a , b,a", clusterResources: "true" })).toEqual({
      is: "namespaces",
      namespaces: ["a", "b"],
      clusterResources: "included",
    });
    expect(of({ clusterResources: "false" })).toEqual({ is: "whole" });
  });

  test("shows the copy of itself that kubectl apply leaves to nobody", () => {
    const entry = read(
      secret(
        { name: "prod", server: "https://10.0.0.1", config: "{}" },
        { annotations: { "kubectl.kubernetes.io/last-applied-configuration": CANARY, a: "b" } },
      ),
    );
    expect(entry.annotations).toEqual({ a: "b" });
    expect(JSON.stringify([entry, showClusterEntry(entry)])).not.toContain(CANARY);
  });

  const wrong: [what: string, value: unknown, says: RegExp][] = [
    [
      "no Secret",
      { kind: "ConfigMap" },
      /is no Secret with the label argocd.argoproj.io\/secret-type: cluster/,
    ],
    [
      "a repository's Secret",
      secret({}, { labels: { "argocd.argoproj.io/secret-type": "repository" } }),
      /is no Secret/,
    ],
    ["no address", secret({ name: "prod", config: "{}" }), /cluster prod: server: must not be empty/],
    ...(
      [
        ["https://169.254.169.254/latest", /where a cloud tells its machines/],
        ["https://[fd00:ec2::254]", /where a cloud tells/],
        ["https://metadata.google.internal", /where a cloud tells/],
        ["https://0xa9fea9fe", /where a cloud tells/],
        [`https://user:${CANARY}@10.0.0.1`, /holds a user/],
        ["https://10.0.0.1/?a=b", /holds a query/],
        ["https://10.0.0.1/#a", /holds a query/],
        ["https://10.0.0.1/a/../b", /holds a step/],
        ["https://10.0.0.1\\@x", /backslash/],
        ["ftp://10.0.0.1", /no https address/],
        ["http://10.0.0.1", /is not https/],
        [`https://${"a".repeat(3000)}`, /longer than 2048/],
      ] as [string, RegExp][]
    ).map(([server, says]): [string, unknown, RegExp] => [
      server.slice(0, 60),
      secret({ name: "prod", server, config: "{}" }),
      says,
    ]),
    [
      "a name with a line break",
      secret({ name: "a\nb", server: "https://x", config: "{}" }),
      /name: holds a space/,
    ],
    [
      "a name that prints backwards",
      secret({ name: "a\u202eb", server: "https://x", config: "{}" }),
      /name: holds a space/,
    ],
    [
      "a name without end",
      secret({ name: "a".repeat(300), server: "https://x", config: "{}" }),
      /longer than 253/,
    ],
    [
      "config that is no JSON",
      secret({ name: "prod", server: "https://x", config: `{"bearerToken":"${CANARY}` }),
      /config: is not JSON/,
    ],
    [
      "config that is a list",
      secret({ name: "prod", server: "https://x", config: "[]" }),
      /config: must be a mapping/,
    ],
    [
      "two ways",
      withConfig({ bearerToken: CANARY, username: "a", password: CANARY }),
      /more than one way who asks: bearerToken and username/,
    ],
    ["a token with a line break", withConfig({ bearerToken: `${CANARY}\nx` }), /bearerToken: holds a sign/],
    [
      "a CA that is none",
      withConfig({ tlsClientConfig: { caData: base64(CANARY) } }),
      /caData: holds no certificate in PEM/,
    ],
    [
      "a CA with rubbish in it",
      withConfig({
        tlsClientConfig: { caData: base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----") },
      }),
      /caData: holds a certificate that cannot be read/,
    ],
    [
      "a CA that is no base64",
      withConfig({ tlsClientConfig: { caData: CERT.certificate } }),
      /caData: is not written in base64/,
    ],
    [
      "insecure with a CA",
      withConfig({ tlsClientConfig: { insecure: true, caData: base64(CERT.certificate) } }),
      /insecure: is true beside caData/,
    ],
    [
      "a key without its certificate",
      withConfig({ tlsClientConfig: { keyData: base64(CERT.key) } }),
      /a certificate without its key/,
    ],
    [
      "another's key",
      withConfig({ tlsClientConfig: { certData: base64(CERT.certificate), keyData: base64(OTHER.key) } }),
      /keyData: is not the key of the certificate/,
    ],
    [
      "no key",
      withConfig({ tlsClientConfig: { certData: base64(CERT.certificate), keyData: base64(CANARY) } }),
      /keyData: holds no key in PEM/,
    ],
    ["namespaces that name none", withConfig({}, { namespaces: " , " }), /namespaces: names none/],
    [
      "a namespace that is none",
      withConfig({}, { namespaces: "a,../b" }),
      /namespaces: "\.\.\/b" is no name/,
    ],
    ["a proxy with a password", withConfig({ proxyUrl: `http://u:${CANARY}@p` }), /proxyUrl: is no http/],
    [
      "a program without a name",
      withConfig({ execProviderConfig: { args: ["x"] } }),
      /command: must not be empty/,
    ],
    [
      "data that is not base64",
      { ...(secret({}) as object), data: { name: "%" } },
      /data.name: is not written in base64/,
    ],
  ];
  test.each(wrong)(
    "that is %s is refused with a sentence, and no value of it is repeated",
    (_, value, says) => {
      const problems = problemsOf(value);
      expect(problems.join("\n")).toMatch(says);
      expect(problems.every((problem) => problem.startsWith("clusters/prod.json: cluster"))).toBe(true);
      expect(problems.join("\n")).not.toContain(CANARY);
    },
  );
});

describe("a cluster of the API", () => {
  test("is read as its Secret is, and shown without a secret", () => {
    const parsed = parseClusterBody({
      name: "prod",
      server: "https://10.0.0.1",
      config: { bearerToken: CANARY, tlsClientConfig: { insecure: true } },
      namespaces: ["a"],
      labels: { env: "prod" },
      connectionState: { status: "Successful" },
    });
    if (!parsed.ok) throw new Error("refused");
    expect(showClusterEntry(parsed.value)).toEqual({
      name: "prod",
      server: "https://10.0.0.1",
      config: { tlsClientConfig: { insecure: true } },
      namespaces: ["a"],
      labels: { env: "prod" },
    });
    expect(JSON.stringify(parsed.value)).not.toContain(CANARY);
    expect(Bun.inspect(parsed.value, { depth: 9 })).not.toContain(CANARY);
  });

  test.each([
    ["a text", "prod"],
    ["namespaces that are a text", { name: "a", server: "https://x", namespaces: "a" }],
    ["two namespaces in one", { name: "a", server: "https://x", namespaces: ["a,b"] }],
    ["config that is a list", { name: "a", server: "https://x", config: [] }],
    ["labels that are a list", { name: "a", server: "https://x", labels: ["a"] }],
  ])("that is %s is refused", (_, body) => {
    expect(parseClusterBody(body).ok).toBe(false);
  });
});

describe("whyNotRun()", () => {
  const exec = (command: string, env: Record<string, string> = {}) =>
    read(withConfig({ execProviderConfig: { command, env } })).credential;
  test("lets a program run that the config names, and no other one", () => {
    expect(whyNotRun(exec("aws"), ["aws"])).toBeUndefined();
    expect(whyNotRun(exec("./aws"), ["aws"])?.why).toContain("does not allow");
    expect(whyNotRun(exec("aws"), [])?.fix).toContain("clusterPrograms");
    const aws = read(withConfig({ awsAuthConfig: { clusterName: "eks" } })).credential;
    expect(whyNotRun(aws, [])?.why).toContain("argocd-k8s-auth");
    expect(whyNotRun(aws, ["argocd-k8s-auth"])).toBeUndefined();
  });
  test.each(["PATH", "LD_PRELOAD", "AWS_CONFIG_FILE", "AZURE_AUTHORITY_HOST", "HTTPS_PROXY"])(
    "refuses one that is given %s",
    (name) => expect(whyNotRun(exec("aws", { [name]: "x" }), ["aws"])?.why).toContain(name),
  );
  test("asks nobody about a token", () => {
    expect(whyNotRun(read(withConfig({ bearerToken: "t" })).credential, [])).toBeUndefined();
  });
});
