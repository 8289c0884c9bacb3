import { describe, expect, test } from "bun:test";
import { endingOf } from "../../../test/lib/ending-of.ts";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { Secret } from "../../core/model/secret.ts";
import { systemClock } from "../../lib/system-clock.ts";
import { LentLogins } from "../../remote/lent/lent-logins.ts";
import { ociEntry } from "../helm-repository/oci-entry.ts";
import { parseAddress, tagOf, versionOf } from "./address.ts";
import { parseChallenge } from "./challenge.ts";
import { readManifest } from "./manifest.ts";
import { RegistryTokens, scopeOf } from "./registry-tokens.ts";
import { chooseTag, newestTags } from "./tags.ts";

const PARTS = {
  lent: new LentLogins({
    clock: systemClock,
    timeoutMs: 1_000,
    environment: {},
    codes: { unreachable: "artifact-unreachable", auth: "artifact-auth" },
  }),
  folder: "",
  store: { get: async () => undefined, put: async () => undefined },
  clock: systemClock,
  log: recordingLog(),
  timeoutMs: 1_000,
  fetchTimeoutMs: 1_000,
  signal: new AbortController().signal,
  told: () => undefined,
};
const D = (digit: string): string => `sha256:${digit.repeat(64)}`;

describe("parseAddress()", () => {
  test.each<[url: string, chart: string | undefined, origin: string, name: string]>([
    ["oci://registry.example.com/team/shop", undefined, "https://registry.example.com", "team/shop"],
    ["registry.example.com/charts", "shop", "https://registry.example.com", "charts/shop"],
    ["OCI://Registry.Example.com:5000/team", "a/b", "https://registry.example.com:5000", "team/a/b"],
    ["oci://registry.example.com/team/", "shop", "https://registry.example.com", "team/shop"],
    ["oci://[::1]:5000/x", undefined, "https://[::1]:5000", "x"],
    ["docker.io/nginx", undefined, "https://registry-1.docker.io", "library/nginx"],
    ["registry-1.docker.io/bitnamicharts", "redis", "https://registry-1.docker.io", "bitnamicharts/redis"],
  ])("%s with %s", (url, chart, origin, name) => {
    expect(parseAddress(url, chart, "https")).toEqual({ origin, name });
  });

  test.each<[url: string, says: string]>([
    ["oci://registry.example.com", "it names no repository in the registry"],
    ["oci://user:secret@registry.example.com/x", "it holds a user name, a password or a digest"],
    ["oci://registry.example.com/x@sha256:00", "it holds a user name, a password or a digest"],
    ["oci://registry.example.com/x:1.0", '"x:1.0" is no name of a repository'],
    ["oci://registry.example.com/../v2", '"../v2" is no name'],
    ["oci://registry.example.com/x?y=1", '"x?y=1" is no name'],
    ["oci://re gistry/x", '"re gistry" is no name of a host'],
    ["oci://registry.example.com/Shop", '"Shop" is no name'],
  ])("%s is refused, and no password is said", (url, says) => {
    expect(() => parseAddress(url, undefined, "https")).toThrow(says);
    expect(() => parseAddress(url, undefined, "https")).not.toThrow("secret");
  });
});

describe("parseChallenge()", () => {
  test.each<[header: string, challenge: ReturnType<typeof parseChallenge>]>([
    ['Basic realm="Registry"', { is: "basic" }],
    [
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"',
      {
        is: "bearer",
        realm: "https://auth.example.com/token",
        service: "registry.example.com",
        scope: "repository:a/b:pull,push",
      },
    ],
    [
      'Basic realm="x", Bearer realm="https://a/\\"b", service=plain',
      { is: "bearer", realm: 'https://a/"b', service: "plain" },
    ],
    ["bearer", { is: "unknown" }],
    ["Negotiate", { is: "unknown" }],
    ["", { is: "unknown" }],
  ])("%s", (header, challenge) => {
    expect(parseChallenge(header)).toEqual(challenge);
  });
});

test.each<[proposed: string | undefined, asked: string]>([
  [undefined, "repository:a/b:pull"],
  ["repository:a/b:pull,push,delete,*", "repository:a/b:pull"],
  ["repository:a/b:metadata_read", "repository:a/b:pull,metadata_read"],
  ["repository:c:metadata_read registry:catalog:*", "repository:a/b:pull"],
])("of the scope %p it asks for %s", (proposed, asked) => {
  expect(scopeOf(proposed, "a/b")).toBe(asked);
});

describe("readManifest()", () => {
  const FILES = "application/vnd.oci.image.layer.v1.tar+gzip";
  const CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";
  const layer = (mediaType: string, more: object = {}): object => ({
    mediaType,
    digest: D("a"),
    size: 10,
    ...more,
  });
  const manifest = (value: object): ReturnType<typeof readManifest> =>
    readManifest(JSON.stringify({ schemaVersion: 2, ...value }));

  test("a folder, a chart, and a chart with what vouches for it", () => {
    expect(manifest({ layers: [layer(FILES)], annotations: { a: "b", c: 1 } })).toEqual({
      is: "manifest",
      layer: { digest: D("a") as never, size: 10, holds: "files" },
      annotations: { a: "b" },
    });
    const config = { mediaType: "application/vnd.cncf.helm.config.v1+json" };
    const provenance = layer("application/vnd.cncf.helm.chart.provenance.v1.prov", { digest: D("b") });
    expect(manifest({ config, layers: [provenance, layer(CHART)] })).toMatchObject({
      layer: { digest: D("a"), holds: "chart" },
    });
  });

  test("an index of one, with statements about its build beside it", () => {
    const manifests = [
      { digest: D("1"), platform: { architecture: "unknown", os: "unknown" } },
      { digest: D("2"), mediaType: "application/vnd.oci.image.manifest.v1+json" },
    ];
    expect(manifest({ manifests })).toEqual({ is: "index", manifest: D("2") as never });
  });

  test.each<[name: string, value: object, why: string]>([
    ["another version", { schemaVersion: 1 }, "of no version that is known"],
    ["nothing in it", { layers: [] }, "it has no content"],
    [
      "a program's image",
      { layers: [layer("application/x-program")] },
      "its content is application/x-program",
    ],
    ["two folders", { layers: [layer(FILES), layer(FILES)] }, "in 2 layers, where one is expected"],
    ["another kind of digest", { layers: [layer(FILES, { digest: "sha512:00" })] }, "no sha256 digest"],
    ["a size that is none", { layers: [layer(FILES, { size: "10" })] }, "has no size"],
    ["what is too large", { layers: [layer(FILES, { size: 2 ** 40 })] }, "larger than 64 MiB"],
    [
      "several meant",
      { manifests: [{ digest: D("1") }, { digest: D("2") }] },
      "an index of 2 manifests, and one is expected",
    ],
    ["what is two things", { layers: [layer(FILES)], manifests: [{ digest: D("1") }] }, "an index and none"],
    ["an index of nothing", { manifests: [] }, "an index of 0 manifests"],
  ])("refuses %s", (_, value, why) => {
    expect(manifest(value)).toMatchObject({ is: "refused", why: expect.stringContaining(why) });
  });
});

test("an authority near to us gives no tokens for a registry that is far", async () => {
  const address = { origin: "https://registry.example.com", name: "team/shop" };
  const tokens = new RegistryTokens({ url: "oci://registry.example.com/team/shop" }, address, PARTS, "it");
  tokens.challenged({ is: "bearer", realm: "https://169.254.169.254/token" }, undefined);
  expect(await endingOf(tokens.token())).toThrow(
    "it wants a token from 169.254.169.254, which is this machine or its own network",
  );
});

describe("an address in an index", () => {
  const access = { url: "https://charts.example.com", username: "ci", password: new Secret("x") };
  test.each<[address: string, url: string, chart: string, version: string]>([
    [
      "oci://registry-1.docker.io/bitnamicharts/redis:17.3.2",
      "oci://registry-1.docker.io/bitnamicharts",
      "redis",
      "17.3.2",
    ],
    ["oci://registry.example.com:5000/a/b/shop", "oci://registry.example.com:5000/a/b", "shop", "1.0.0"],
    [`oci://registry.example.com/a/shop:1.0@${D("1")}`, "oci://registry.example.com/a", "shop", D("1")],
  ])("%s is one of a registry", (address, url, chart, version) => {
    expect(ociEntry(address, "1.0.0", access)).toEqual({
      kind: "oci",
      repository: { url, type: "oci", reach: "not here" },
      chart,
      version,
    });
  });

  test("no other is; credentials go to the same host, or where it was asked for", () => {
    expect(ociEntry("https://charts.example.com/shop-1.0.0.tgz", "1.0.0", access)).toBeUndefined();
    expect(ociEntry("oci://shop", "1.0.0", access)).toBeUndefined();
    const login = { username: "ci", password: access.password };
    expect(ociEntry("oci://charts.example.com/shop", "1", access)?.repository).toMatchObject(login);
    expect(
      ociEntry("oci://other.example.com/shop", "1", { ...access, passCredentials: true })?.repository,
    ).toMatchObject(login);
  });
});

describe("tags", () => {
  test("a version's + is a _ in its tag", () => {
    expect([tagOf("1.0.0+a.b"), versionOf("1.0.0_a.b")]).toEqual(["1.0.0_a.b", "1.0.0+a.b"]);
    expect(chooseTag(["1.0.0", "1.1.0_7", "2.0.0-rc.1", "main"], "*")).toBe("1.1.0_7");
  });

  test("what there is in place of a tag: the newest versions first", () => {
    const tags = ["main", "1.0.0", "1.10.0", "1.9.0", "a", "b"];
    expect(newestTags(tags, "a tag")).toBe("It has 1.10.0, 1.9.0, 1.0.0, main, a and 1 more");
    expect(newestTags(tags, "a constraint")).toBe(
      "It has 1.10.0, 1.9.0, 1.0.0, main, a and 1 more; pre-releases count only where the constraint names one, such as >=1.0.0-0",
    );
  });
});
