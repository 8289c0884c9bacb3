/** Debian's docker-registry, open and closed, and one that lies: what is read of it, who gets credentials, one sentence for what is wrong. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { ArtifactAsk, ResolvedArtifact } from "../../src/core/ports/artifacts.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { bomb, chartArchive } from "../lib/chart-repository.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { recordingLog } from "../lib/recording-log.ts";
import {
  CHART_LAYER,
  HELM_CONFIG,
  type LyingRegistry,
  startLiar,
  startRegistry,
  type TestRegistry,
} from "../lib/registry.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { tgz } from "../lib/tgz.ts";

const FILES = { "map.yaml": "kind: ConfigMap\n", "base/kustomization.yaml": "resources: [../map.yaml]\n" };
const log = recordingLog();
let open: TestRegistry, basic: TestRegistry, tokened: TestRegistry, liar: LyingRegistry;
let dir: string, places: ArtifactPlaces;
let ahead = 0;
const clock = { ...systemClock, now: () => systemClock.now() + ahead };

const fresh = (limits: { timeoutMs?: number; fetchTimeoutMs?: number } = {}): ArtifactPlaces =>
  new ArtifactPlaces({ dataDir: dir, clock, log, ...limits });

interface Which {
  chart?: string;
  path?: string;
  host?: string;
}

const resolve = (
  version: string,
  { chart, path = "team/shop", host = open.host }: Which = {},
  access: Partial<RepositoryAccess> = {},
  ask: ArtifactAsk = { freshness: "latest" },
): Promise<ResolvedArtifact> =>
  places.resolve(
    {
      kind: "oci",
      repository: { url: `oci://${host}/${path}`, type: "oci", plainHttp: true, ...access },
      version,
      ...(chart === undefined ? {} : { chart }),
    },
    ask,
  );
const read = async (file: string, ...which: Parameters<typeof resolve>): Promise<string> =>
  new TextDecoder().decode(await places.tree(await resolve(...which)).read(file));
const kept = (): string[] => readdirSync(join(dir, "artifacts", "archives"));
const pushChart = (registry: TestRegistry, version: string, tag = version): Promise<string> =>
  registry.push({
    name: "team/charts/shop",
    tag,
    layers: [{ content: chartArchive("shop", version), mediaType: CHART_LAYER }],
    config: { mediaType: HELM_CONFIG, text: JSON.stringify({ name: "shop", version }) },
  });
/** Every file below the data folder, as text. */
const onDisk = (): string =>
  (readdirSync(dir, { recursive: true }) as string[])
    .filter((name) => statSync(join(dir, name)).isFile())
    .map((name) => readFileSync(join(dir, name), "latin1"))
    .join("\n");

beforeAll(async () => {
  [open, basic, tokened] = await Promise.all([
    startRegistry(),
    startRegistry("basic"),
    startRegistry("token"),
  ]);
  for (const registry of [open, basic, tokened]) {
    await registry.push({ name: "team/shop", tag: "1.0.0", layers: [{ content: tgz(FILES) }] });
    await pushChart(registry, "1.2.3");
  }
});
afterAll(async () => {
  await Promise.all([open, basic, tokened].map((registry) => registry.stop()));
});
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-oci-"));
  ahead = 0;
  log.lines.length = 0;
  liar = startLiar(open);
  places = fresh();
});
afterEach(async () => {
  await places.stop();
  await liar.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("what lies there", () => {
  test("a folder of manifests, by tag and by digest; its revision is the digest", async () => {
    expect(await read("map.yaml", "1.0.0")).toBe(FILES["map.yaml"]);
    const { version, digest } = await resolve("1.0.0");
    expect(version).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(version).toBe(digest);
    expect(await read("base/kustomization.yaml", digest)).toBe(FILES["base/kustomization.yaml"]);
  });

  test("a folder that is packed without gzip, one in an index, and one that Flux published", async () => {
    const plain = Bun.gunzipSync(Buffer.from(tgz(FILES)));
    await open.push({
      name: "odd",
      tag: "tar",
      layers: [{ content: plain, mediaType: "application/vnd.oci.image.layer.v1.tar" }],
    });
    expect(await read("map.yaml", "tar", { path: "odd" })).toBe(FILES["map.yaml"]);
    const digest = await open.push({
      name: "odd",
      tag: "flux",
      layers: [{ content: tgz(FILES), mediaType: "application/vnd.cncf.flux.content.v1.tar+gzip" }],
    });
    expect(await read("map.yaml", "flux", { path: "odd" })).toBe(FILES["map.yaml"]);
    const attestation = await open.push({ name: "odd", tag: "att", layers: [{ content: tgz({ a: "b" }) }] });
    await open.pushIndex("odd", "index", [
      { digest },
      { digest: attestation, platform: { architecture: "unknown", os: "unknown" } },
    ]);
    expect(await read("map.yaml", "index", { path: "odd" })).toBe(FILES["map.yaml"]);
  });

  test("a chart that helm pushed, by its name beside the address and within it", async () => {
    const helm = (await npmToolSets())[0]?.programs["helm"] ?? "";
    const archive = join(dir, "web-0.1.0+build.7.tgz");
    writeFileSync(archive, chartArchive("web", "0.1.0+build.7"));
    const child = Bun.spawn([helm, "push", archive, `oci://${open.host}/helmed`, "--plain-http"], {
      env: { HOME: dir },
      stderr: "pipe",
      stdout: "ignore",
    });
    const said = await new Response(child.stderr).text();
    expect([await child.exited, said]).toEqual([0, expect.stringContaining("Pushed:")]);
    expect(await read("Chart.yaml", "0.1.0+build.7", { path: "helmed", chart: "web" })).toContain(
      "name: web",
    );
    expect((await resolve("^0.1.0", { path: "helmed", chart: "web" })).version).toBe("0.1.0+build.7");
    expect(await read("Chart.yaml", "0.1.0+build.7", { path: "helmed/web" })).toContain("name: web");
  });

  test("the newest that a constraint takes, however many pages of tags there are", async () => {
    await pushChart(open, "1.3.0");
    await pushChart(open, "2.0.0-rc.1");
    const which = { path: "team/charts", chart: "shop" };
    expect((await resolve("^1.0.0", which)).version).toBe("1.3.0");
    expect((await resolve("*", which)).version).toBe("1.3.0");
    expect((await resolve(">=2.0.0-0", which)).version).toBe("2.0.0-rc.1");
    liar.lie = (_, url) => {
      if (!url.pathname.endsWith("/tags/list")) return undefined;
      const at = Number(url.searchParams.get("last") ?? "0");
      return Response.json(
        { name: "x", tags: at === 3 ? ["1.3.0"] : [`0.${at}.0`] },
        at === 3
          ? {}
          : { headers: { link: `</v2/team/charts/shop/tags/list?last=${at + 1}&n=1>; rel="next"` } },
      );
    };
    expect((await resolve("^1.0.0", { ...which, host: liar.host })).version).toBe("1.3.0");
  });
});

describe("what is asked, and how often", () => {
  test("a tag is asked for its digest alone, and a tag that moved is another revision", async () => {
    const which = { path: "moving", host: liar.host };
    await open.push({ name: "moving", tag: "main", layers: [{ content: tgz({ a: "one" }) }] });
    expect(await read("a", "main", which)).toBe("one");
    liar.requests.length = 0;
    const before = await resolve("main", which);
    expect(liar.requests.map(({ line }) => line)).toEqual(["HEAD /v2/moving/manifests/main"]);
    await open.push({ name: "moving", tag: "main", layers: [{ content: tgz({ a: "two" }) }] });
    expect((await resolve("main", which, {}, { freshness: "known" })).digest).toBe(before.digest);
    expect((await resolve("main", which)).digest).not.toBe(before.digest);
    expect(await read("a", "main", which)).toBe("two");
  });

  test("a chart's version is asked once, and anew only where that is asked for", async () => {
    const which = { path: "team/charts", chart: "shop", host: liar.host };
    await read("Chart.yaml", "1.2.3", which);
    liar.requests.length = 0;
    await resolve("1.2.3", which);
    expect(liar.requests).toEqual([]);
    await resolve("1.2.3", which, {}, { freshness: "renewed" });
    expect(liar.requests.map(({ line }) => line)).toEqual(["HEAD /v2/team/charts/shop/manifests/1.2.3"]);
  });

  test("a registry that tells no digest is asked for the manifest itself", async () => {
    liar.lie = (request) => (request.method === "HEAD" ? new Response(null, { status: 405 }) : undefined);
    expect(await read("map.yaml", "1.0.0", { host: liar.host })).toBe(FILES["map.yaml"]);
  });

  test("one that is down is no loss, through a restart, and it is said since when", async () => {
    const which = { host: liar.host };
    await read("map.yaml", "1.0.0", which);
    await resolve(">=1.0.0", which);
    await liar.stop();
    await places.stop();
    places = fresh();
    expect((await resolve("1.0.0", which)).old).toMatchObject({ why: "nothing listens there" });
    expect(await read("map.yaml", "1.0.0", which)).toBe(FILES["map.yaml"]);
    expect((await resolve(">=1.0.0", which)).old?.since).toBeNumber();
    expect(await rejectionOf(resolve("9.9.9", which))).toMatchObject({ code: "artifact-unreachable" });
  });

  test("since when it is silent is since it answered last, not since it said something else", async () => {
    const which = { host: liar.host };
    const at = Date.now();
    await resolve("1.0.0", which);
    ahead = 3 * 3_600_000;
    await resolve("1.0.0", which);
    await liar.stop();
    await places.stop();
    places = fresh();
    expect((await resolve("1.0.0", which)).old?.since).toBeGreaterThanOrEqual(at + ahead);
  });
});

describe("who is let in", () => {
  test("who knows the digest of what somebody else was given is not given it", async () => {
    const which = { host: basic.host };
    const { digest } = await resolve("1.0.0", which, login);
    expect(await read("map.yaml", digest, which, login)).toBe(FILES["map.yaml"]);
    expect(await rejectionOf(read("map.yaml", digest, which))).toMatchObject({ code: "artifact-auth" });
    expect(await rejectionOf(read("map.yaml", digest, { path: "no/such" }))).toMatchObject({
      code: "artifact-version",
    });
  });

  const login = { username: "ci", password: new Secret("pass word") };

  test("a user and a password, and none of them in anything that is kept", async () => {
    expect(await read("map.yaml", "1.0.0", { host: basic.host }, login)).toBe(FILES["map.yaml"]);
    expect(await endingOf(resolve("1.0.0", { host: basic.host }))).toThrow("it wants credentials (HTTP 401)");
    expect(
      await endingOf(resolve("1.0.0", { host: basic.host }, { ...login, password: new Secret("wrong") })),
    ).toThrow("it refused the credentials (HTTP 401)");
    expect(`${onDisk()}${JSON.stringify(log.lines)}`).not.toMatch(/pass word|cGFzcyB3b3Jk|Y2k6cGFz/);
  });

  test("a token for this repository and for pulling alone, which is asked for once", async () => {
    const access = { ...login, ca: tokened.ca };
    tokened.tokens.length = 0;
    expect(await read("map.yaml", "1.0.0", { host: tokened.host }, access)).toBe(FILES["map.yaml"]);
    await resolve("1.0.0", { host: tokened.host }, access);
    expect(tokened.tokens.map(({ query }) => [query.get("service"), query.get("scope")])).toEqual([
      ["test-registry", "repository:team/shop:pull"],
    ]);
    ahead = 3_600_000;
    await resolve("1.0.0", { host: tokened.host }, access);
    expect(tokened.tokens).toHaveLength(2);
    expect(await rejectionOf(resolve("1.0.0", { host: tokened.host }, { ca: tokened.ca }))).toMatchObject({
      code: "artifact-auth",
    });
    expect(onDisk()).not.toContain("eyJ");
  });

  test.each<{ how: string; head: string; part: string; end: "close" | "reset"; code: string; says: RegExp }>([
    {
      how: "closed before its length",
      head: "Content-Length: 400",
      part: '{"token":"half-canary',
      end: "close",
      code: "artifact-unreachable",
      says: /it closed the connection/,
    },
    {
      how: "reset before its length",
      head: "Content-Length: 400",
      part: '{"token":"half-canary',
      end: "reset",
      code: "artifact-unreachable",
      says: /it closed the connection/,
    },
    {
      how: "closed between two pieces",
      head: "Transfer-Encoding: chunked",
      part: '1a\r\n{"token":"half-canary"}   \r\n',
      end: "close",
      code: "artifact-unreachable",
      says: /it closed the connection|is not in HTTP's format/,
    },
    {
      how: "closed after half its headers",
      head: "Content-Le",
      part: "",
      end: "close",
      code: "artifact-unreachable",
      says: /it closed the connection/,
    },
    {
      how: "closed where nothing tells its length",
      head: "Connection: close",
      part: '{"token":"half-canary',
      end: "close",
      code: "artifact-refused",
      says: /answered without a token/,
    },
  ])(
    "a token's answer that is cut, $how, is one sentence and no token",
    async ({ head, part, end, code, says }) => {
      const nowMs = Date.now();
      const authority = issueCertificate({ commonName: "a", uses: ["authority"], nowMs, days: 2 });
      const shown = issueCertificate(
        { commonName: "b", names: [new Uint8Array([127, 0, 0, 1])], uses: ["server"], nowMs, days: 2 },
        authority,
      );
      let cuts = 0;
      const cutter = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        tls: { cert: shown.certificate, key: shown.key },
        socket: {
          data(socket) {
            cuts++;
            const headers = head.includes(":") ? `${head}\r\n\r\n${part}` : head;
            socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${headers}`);
            socket.flush();
            if (end === "close") socket.end();
            else setTimeout(() => socket.terminate(), 20);
          },
        },
      });
      const before = startLiar(tokened);
      before.lie = (request) =>
        request.headers.get("authorization") === null
          ? new Response(null, {
              status: 401,
              headers: {
                "www-authenticate": `Bearer realm="https://127.0.0.1:${cutter.port}/token",service="s"`,
              },
            })
          : undefined;
      const access = { ...login, ca: `${tokened.ca}\n${authority.certificate}` };
      const failed = await read("map.yaml", "1.0.0", { host: before.host }, access).then(
        () => "it was read",
        (cause: unknown) => cause,
      );
      expect(failed).toMatchObject({ code, object: expect.stringContaining(before.host), retry: "backoff" });
      expect(String(failed)).toMatch(says);
      expect(String(failed)).toContain("cannot get a token for it");
      expect(cuts).toBeGreaterThan(0);
      expect(`${String(failed)}${onDisk()}${JSON.stringify(log.lines)}`).not.toMatch(/half-canary|pass word/);
      expect(before.requests.filter(({ authorization }) => authorization !== null)).toEqual([]);
      expect(kept()).toEqual([]);
      // Nothing of the half answer is left, and the registry says anew who gives tokens.
      before.lie = undefined;
      ahead += 60_000;
      expect(await read("map.yaml", "1.0.0", { host: before.host }, access)).toBe(FILES["map.yaml"]);
      cutter.stop(true);
      await before.stop();
    },
  );

  test("a realm that is no https address gets nothing", async () => {
    const asked: string[] = [];
    const thief = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        asked.push(request.headers.get("authorization") ?? "none");
        return Response.json({ token: "x" });
      },
    });
    liar.lie = () =>
      new Response(null, {
        status: 401,
        headers: { "www-authenticate": `Bearer realm="http://127.0.0.1:${thief.port}/t",service="s"` },
      });
    expect(await endingOf(resolve("1.0.0", { host: liar.host }, login))).toThrow(
      /cannot get a token for it: it wants a token from "http:.*", which is no https address/,
    );
    expect(asked).toEqual([]);
    await thief.stop(true);
  });

  test("where a blob leads elsewhere, that place can ask for no credentials of the registry's", async () => {
    const seen: (string | null)[] = [];
    const nowMs = Date.now();
    const authority = issueCertificate({ commonName: "a", uses: ["authority"], nowMs, days: 2 });
    const shown = issueCertificate(
      { commonName: "b", names: ["localhost"], uses: ["server"], nowMs, days: 2 },
      authority,
    );
    const thief: { port: number | undefined; stop(force: boolean): Promise<void> } = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: { cert: shown.certificate, key: shown.key },
      fetch(request) {
        seen.push(request.headers.get("authorization"));
        const { pathname } = new URL(request.url);
        if (pathname === "/open") return new Response(Buffer.from(tgz(FILES)));
        return new Response(null, {
          status: 401,
          headers: { "www-authenticate": `Bearer realm="https://localhost:${thief.port}/token"` },
        });
      },
    });
    let goal = "/open";
    const before = startLiar(basic);
    before.lie = (_, url) =>
      url.pathname.includes("/blobs/")
        ? new Response(null, { status: 307, headers: { location: `https://localhost:${thief.port}${goal}` } })
        : undefined;
    const access = { ...login, ca: authority.certificate };
    expect(await read("map.yaml", "1.0.0", { host: before.host }, access)).toBe(FILES["map.yaml"]);
    rmSync(dir, { recursive: true, force: true });
    places = fresh();
    goal = "/closed";
    expect(await endingOf(read("map.yaml", "1.0.0", { host: before.host }, access))).toThrow(
      "which wants credentials of its own (HTTP 401)",
    );
    expect(seen).toEqual([null, null]);
    await Promise.all([thief.stop(true), before.stop()]);
  });
});

describe("one sentence for what is wrong", () => {
  test.each<{ name: string; version: string; which?: Which; says: RegExp; code: string }>([
    {
      name: "a tag that is not there",
      version: "9.9.9",
      says: /cannot find 9\.9\.9: team\/shop has no such tag\. It has 1\.0\.0/,
      code: "artifact-version",
    },
    {
      name: "a repository that is not there",
      version: "1",
      which: { path: "no/such" },
      says: /no\/such has no such tag/,
      code: "artifact-version",
    },
    {
      name: "no tag at all",
      version: "a b",
      says: /neither a tag, nor a sha256 digest, nor a constraint/,
      code: "invalid-spec",
    },
    {
      name: "a constraint that nothing satisfies",
      version: ">=5",
      says: /cannot find >=5/,
      code: "artifact-version",
    },
    {
      name: "an address that is none",
      version: "1",
      which: { path: "Team/Shop" },
      says: /"Team\/Shop" is no name of a repository/,
      code: "invalid-spec",
    },
    {
      name: "a folder that is named as a chart",
      version: "1.0.0",
      which: { path: "team", chart: "shop" },
      says: /what 1\.0\.0 names is no chart/,
      code: "artifact-refused",
    },
    {
      name: "a digest that is not there",
      version: `sha256:${"0".repeat(64)}`,
      says: /cannot find sha256:0+: team\/shop has no such tag/,
      code: "artifact-version",
    },
  ])("$name", async ({ version, which = {}, says, code }) => {
    expect(await rejectionOf(resolve(version, which))).toMatchObject({ code });
    expect(await endingOf(resolve(version, which))).toThrow(says);
    // A manifest at the most, which was as its digest says.
    expect(kept().length).toBeLessThanOrEqual(code === "artifact-refused" ? 1 : 0);
  });

  test("an image of a program, and several layers", async () => {
    const layer = { content: tgz(FILES), mediaType: "application/vnd.docker.image.rootfs.diff.tar.gzip" };
    await open.push({ name: "bad", tag: "image", layers: [layer] });
    expect(await endingOf(resolve("image", { path: "bad" }))).toThrow(
      "none of it is a packed chart or folder",
    );
    await open.push({
      name: "bad",
      tag: "two",
      layers: [{ content: tgz(FILES) }, { content: tgz({ b: "c" }) }],
    });
    expect(await endingOf(resolve("two", { path: "bad" }))).toThrow(
      "its content is in 2 layers, where one is expected",
    );
  });

  test.each<{ name: string; content: Uint8Array; says: RegExp }>([
    { name: "a bomb", content: bomb(200 * 1024 * 1024), says: /it unpacks to more than/ },
    {
      name: "what is no archive",
      content: gzipSync("not a tar"),
      says: /cannot use its archive: it is no tar archive/,
    },
    { name: "a file that leads out of it", content: tgz({ "../out": "x" }), says: /leads out of it/ },
    {
      name: "a link that leads out of it",
      content: tgz({ link: "" }, (header) => {
        header.write("2", 156);
        header.write("../../etc/passwd", 157);
      }),
      says: /is a link that leads out of it/,
    },
  ])("an archive that is $name", async ({ content, says }) => {
    await open.push({ name: "hostile", tag: "x", layers: [{ content }] });
    expect(await endingOf(read("map.yaml", "x", { path: "hostile" }))).toThrow(says);
  });

  const digestHeader = (digest: string): Response =>
    new Response(null, { headers: { "docker-content-digest": digest } });
  test.each<{
    name: string;
    lie: NonNullable<LyingRegistry["lie"]>;
    says: RegExp;
    limits?: { timeoutMs?: number; fetchTimeoutMs?: number };
  }>([
    {
      name: "another manifest than its digest says",
      lie: (request, url) =>
        request.method === "HEAD"
          ? digestHeader(`sha256:${"1".repeat(64)}`)
          : url.pathname.includes("/manifests/")
            ? Response.json({ schemaVersion: 2, layers: [] })
            : undefined,
      says: /it gave a manifest whose digest is sha256:.*, and sha256:1+ was asked for/,
    },
    {
      name: "another blob than its digest says",
      lie: (_, url) =>
        url.pathname.includes("/blobs/") ? new Response(Buffer.from(tgz({ "map.yaml": "evil" }))) : undefined,
      says: /its digest is sha256:.*, and sha256:.* was announced/,
    },
    {
      name: "a manifest without end",
      lie: (request, url) =>
        request.method === "GET" && url.pathname.includes("/manifests/")
          ? new Response(new ReadableStream({ pull: (to) => to.enqueue(new Uint8Array(65_536)) }))
          : undefined,
      says: /its answer is longer than 4194304 bytes/,
    },
    {
      name: "tags without end",
      lie: (_, url) =>
        url.pathname.endsWith("/tags/list")
          ? Response.json(
              { tags: ["1"] },
              { headers: { link: '</v2/team/shop/tags/list?last=1>; rel="next"' } },
            )
          : undefined,
      says: /it has more than 100 pages of tags/,
    },
    {
      name: "an error",
      lie: () => new Response("oops", { status: 503, headers: { "retry-after": "7" } }),
      says: /it answered HTTP 503/,
    },
    {
      name: "no answer at all",
      lie: () => new Promise<Response>(() => undefined),
      says: /it did not answer within 0\.3 s/,
      limits: { timeoutMs: 300 },
    },
    {
      name: "an answer that never ends",
      lie: (request, url) =>
        request.method === "GET" && url.pathname.includes("/blobs/")
          ? new Response(
              new ReadableStream({
                async pull(to) {
                  await Bun.sleep(20);
                  to.enqueue(new Uint8Array(1));
                },
              }),
            )
          : undefined,
      says: /its answer did not end within 1 s/,
      limits: { fetchTimeoutMs: 1_000 },
    },
    {
      name: "a login page",
      lie: () => new Response("<html>", { headers: { "content-type": "text/html" } }),
      says: /its manifest is no JSON/,
    },
    {
      name: "a way to another server over http",
      lie: () => new Response(null, { status: 302, headers: { location: "http://localhost:1/x" } }),
      says: /it redirects to another server \(http:\/\/localhost:1\), which is not followed/,
    },
  ])("a registry that gives $name", async ({ name, lie, says, limits }) => {
    liar.lie = lie;
    places = fresh(limits);
    const version = name.startsWith("tags") ? ">=1.0.0" : "1.0.0";
    expect(await endingOf(read("map.yaml", version, { host: liar.host }))).toThrow(says);
    expect(onDisk()).not.toContain("evil");
  });
});
