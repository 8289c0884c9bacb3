/**
 * Each kind of server that sources come from, times what can be wrong with one: an application of two sources, of which
 * the other one has a change too, says one sentence, keeps what is there and takes nothing of the change.
 */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Application, Source } from "../../src/core/model/application.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { RepositoryEntry } from "../../src/engine/target/repository-access.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { bomb, type ChartRepository, chartArchive, startChartRepository } from "../lib/chart-repository.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  type Repository,
  type Rig,
  startRig,
  startWorld,
  type World,
} from "../lib/engine-rig.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { endless, type Front, half, handOn, startFront } from "../lib/hostile-front.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { CHART_LAYER, HELM_CONFIG, startRegistry, type TestRegistry } from "../lib/registry.ts";
import { npmToolSets } from "../lib/render-host.ts";
import { tgz } from "../lib/tgz.ts";

const CANARY = "s3cret-canary";
const LOGIN = { username: "ci", password: new Secret(CANARY) };
const BASIC = `Basic ${Buffer.from(`ci:${CANARY}`).toString("base64")}`;
const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
const nowMs = Date.now();
const DAY = 86_400_000;
const authority = issueCertificate({ commonName: "authority", uses: ["authority"], nowMs, days: 2 });
const certificate = (names: (string | Uint8Array)[], atMs = nowMs) => {
  const issued = issueCertificate(
    { commonName: "x", names, uses: ["server"], nowMs: atMs, days: 2 },
    authority,
  );
  return { cert: issued.certificate, key: issued.key };
};
const TLS = certificate([LOOPBACK]);
const EXPIRED = certificate([LOOPBACK], nowMs - 30 * DAY);
const OF_ANOTHER = certificate(["elsewhere.example.com"]);

type Version = "1.0.0" | "2.0.0" | "9.9.9";

/** A kind of server: honest, until something before it lies. */
interface Kind {
  name: string;
  type: RepositoryEntry["type"];
  /** Begins the honest server, without TLS. */
  start(): Promise<Honest>;
  /** Whether archives with digests come from it. */
  gives: "archives" | "files";
}
interface Honest {
  answer(request: Request, origin: string): Promise<Response>;
  /** Its source at a version. */
  source(origin: string, version: Version): Source;
  /** In place of the archive of 2.0.0. */
  publish?(archive: Uint8Array): Promise<void>;
  /** Whether a request is for what version 2.0.0 holds. */
  isContent(path: string): boolean;
  url(origin: string): string;
  stop(): Promise<void>;
}

const kinds: Kind[] = [
  {
    name: "a chart repository",
    type: "helm",
    gives: "archives",
    async start() {
      const charts: ChartRepository = startChartRepository();
      for (const version of ["1.0.0", "2.0.0"])
        charts.publish({ name: "shop", version, archive: chartArchive("shop", version) });
      return {
        answer: (request) => handOn(request, new URL(charts.url).origin),
        source: (origin, version) => ({
          repoURL: `${origin}/stable`,
          chart: "shop",
          targetRevision: version,
        }),
        publish: async (archive) => charts.publish({ name: "shop", version: "2.0.0", archive }),
        isContent: (path) => path.endsWith("2.0.0.tgz"),
        url: (origin) => `${origin}/stable`,
        stop: () => charts.stop(),
      };
    },
  },
  {
    name: "a registry",
    type: "oci",
    gives: "archives",
    async start() {
      const registry: TestRegistry = await startRegistry();
      const push = (version: string, content = chartArchive("shop", version)) =>
        registry.push({
          name: "team/shop",
          tag: version,
          layers: [{ content, mediaType: CHART_LAYER }],
          config: { mediaType: HELM_CONFIG, text: JSON.stringify({ name: "shop", version }) },
        });
      await push("1.0.0");
      await push("2.0.0");
      return {
        answer: (request) => handOn(request, registry.origin),
        source: (origin, version) => ({
          repoURL: `${origin.replace("https://", "")}/team`,
          chart: "shop",
          targetRevision: version,
        }),
        publish: async (archive) => void (await push("2.0.0", archive)),
        isContent: (path) => path.includes("/blobs/"),
        url: (origin) => origin.replace("https://", "oci://"),
        stop: () => registry.stop(),
      };
    },
  },
  {
    name: "a Git server",
    type: "git",
    gives: "files",
    async start() {
      const git: GitServer = await startGitServer();
      const file = (version: string) => ({
        "map.yaml": JSON.stringify(configMap("", "it-shop", { version })),
      });
      await git.createRepo("shop", file("1.0.0"));
      await git.commit("shop", {}, "first", { branch: "1.0.0", parent: "main" });
      await git.commit("shop", file("2.0.0"), "second", { branch: "2.0.0", parent: "main" });
      return {
        answer: (request) => handOn(request, git.url),
        source: (origin, version) => ({ repoURL: `${origin}/shop.git`, path: ".", targetRevision: version }),
        isContent: (path) => path.includes("git-upload-pack"),
        url: (origin) => origin,
        stop: () => git.close(),
      };
    },
  },
];

type Row = {
  name: string;
  says: RegExp;
  /** Of which kinds; absent: all. */
  of?: Kind["gives"];
  version?: Version;
  lie?: (at: { honest: Honest; sink: Front }) => Front["lie"] | Promise<Front["lie"]>;
  tls?: { cert: string; key: string };
  /** What the server has as 2.0.0 from the beginning, digest and all. */
  published?: () => Uint8Array;
};

const forThoseWhoMay =
  (answer: Honest["answer"]): Honest["answer"] =>
  async (request, origin) =>
    request.headers.get("authorization") === BASIC
      ? answer(request, origin)
      : new Response("no", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } });

const link = (type: string, target: string): Uint8Array =>
  tgz({ "shop/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 2.0.0\n", "shop/l": "" }, (header, name) => {
    if (name !== "shop/l") return;
    header.write(type, 156);
    header.write(target, 157);
  });
const asks = (request: Request): string => new URL(request.url).pathname + new URL(request.url).search;

/** What never ends is tried on Git in git-hostile-servers.test.ts, stage by stage. */
const rows: Row[] = [
  { name: "a version that is not there", version: "9.9.9", says: /9\.9\.9|has no/ },
  {
    name: "credentials that are refused",
    lie: () => () => new Response("no", { status: 401, headers: { "www-authenticate": 'Basic realm="x"' } }),
    says: /it refused the credentials \(HTTP 401\)/,
  },
  {
    name: "a redirect of everything to another host",
    lie:
      ({ sink }) =>
      (request) =>
        Response.redirect(`${sink.origin}${asks(request)}`, 302),
    says: /redirects to another server|credentials|has no such tag/,
  },
  {
    name: "a redirect of the content to another host",
    lie:
      ({ honest, sink }) =>
      (request, truth) =>
        honest.isContent(asks(request)) ? Response.redirect(`${sink.origin}${asks(request)}`, 302) : truth(),
    says: /redirects|no such|HTTP 404|wants credentials|was announced/,
  },
  {
    name: "an answer without end",
    of: "archives",
    lie: () => () => endless(),
    says: /longer than \d+ bytes|larger than|is no |not (?:in )?Git|did not end/,
  },
  {
    name: "content without end",
    of: "archives",
    lie:
      ({ honest }) =>
      (request, truth) =>
        honest.isContent(asks(request)) ? endless() : truth(),
    says: /longer than \d+ bytes|larger than|is no |not (?:in )?Git|did not end/,
  },
  {
    name: "content that is cut in its middle",
    lie:
      ({ honest }) =>
      (request, truth) =>
        honest.isContent(asks(request)) ? half(truth) : truth(),
    says: /was announced|the answer ends in the middle/,
  },
  {
    name: "a login page",
    lie: () => () =>
      new Response("<html>log in: please</html>", { headers: { "content-type": "text/html" } }),
    says: /is no|not (?:in )?Git|cannot (?:read|use)|HTML|not (?:a|the)/,
  },
  {
    name: "429 and a pause",
    lie: () => () => new Response("slowly", { status: 429, headers: { "retry-after": "600" } }),
    says: /it asks for fewer requests \(HTTP 429\)/,
  },
  { name: "a certificate of another name", tls: OF_ANOTHER, says: /its certificate is not trusted/ },
  { name: "a certificate that has expired", tls: EXPIRED, says: /its certificate is not trusted/ },
  {
    name: "another content than its digest says",
    of: "archives",
    lie:
      ({ honest }) =>
      (request, truth) =>
        honest.isContent(asks(request)) ? new Response(Buffer.from(chartArchive("shop", "6.6.6"))) : truth(),
    says: /its digest is sha256:[0-9a-f]{64}, and sha256:[0-9a-f]{64} was announced/,
  },
  { name: "a bomb", of: "archives", published: () => bomb(300 << 20), says: /more than/ },
  {
    name: "a link that leads out",
    of: "archives",
    published: () => link("2", "../../../etc/passwd"),
    says: /"l" in it is a link that leads out of it/,
  },
  {
    name: "a link with an absolute path",
    of: "archives",
    published: () => link("2", "/etc/passwd"),
    says: /"l" in it is a link that leads out of it/,
  },
  {
    name: "a hard link",
    of: "archives",
    published: () => link("1", "/etc/passwd"),
    says: /"shop\/l" in it is a hard link/,
  },
  {
    name: "a device",
    of: "archives",
    published: () => link("3", ""),
    says: /it holds "shop\/l", which is a device/,
  },
];

let world: World, programs: Record<string, string>;
beforeAll(async () => {
  world = await startWorld();
  programs = (await npmToolSets())[0]?.programs ?? {};
});
afterAll(() => world.stop());

describe.each(kinds)("$name", (kind) => {
  let honest: Honest, front: Front, sink: Front, rig: Rig, beside: Repository;
  let at = 0;

  beforeEach(async () => {
    honest = await kind.start();
    sink = startFront(async () => new Response("nothing", { status: 404 }), certificate([LOOPBACK]));
  });
  afterEach(async () => {
    await rig.stop();
    await Promise.all([front.stop(), sink.stop(), honest.stop()]);
  });

  async function deployed(name: string): Promise<Application> {
    front = startFront(forThoseWhoMay(honest.answer), TLS);
    rig = await startRig(world, {
      programs,
      settings: {
        repositories: [
          {
            type: kind.type,
            url: honest.url(front.origin),
            match: "prefix",
            ca: authority.certificate,
            ...LOGIN,
          } as RepositoryEntry,
        ],
      },
    });
    await world.makeNamespace(name);
    beside = await world.repository(name, { "b.yaml": configMap(name, "beside", { value: "1" }) });
    const { source, ...spec } = appOf({ name, repository: beside, spec: { syncPolicy: AUTOMATED } }).spec;
    const sources = [source as Source, { ...honest.source(front.origin, "1.0.0"), ...named(name) }];
    rig.place({ ...appOf({ name, repository: beside }), spec: { ...spec, sources } });
    return rig.untilSettled(name);
  }
  const named = (name: string): Partial<Source> =>
    kind.gives === "archives" ? { helm: { releaseName: "it", namespace: name } } : {};
  const versionOf = async (name: string): Promise<unknown> =>
    (await world.find(configMapPath(name, "it-shop")))?.data?.version;

  test.each(rows.filter(({ of }) => of === undefined || of === kind.gives))(
    "$name",
    async ({ says, lie, tls, published, version = "2.0.0" }) => {
      if (published !== undefined) await honest.publish?.(published());
      const name = `t${kind.type}${at++}`;
      const app = await deployed(name);
      expect(await versionOf(name)).toBe("1.0.0");
      if (tls !== undefined) {
        // Somebody else answers at the same address.
        const port = new URL(front.origin).port;
        await front.stop();
        front = startFront(forThoseWhoMay(honest.answer), tls, Number(port));
      }
      front.lie = await lie?.({ honest, sink });
      front.requests.length = 0;
      await beside.commit({ "b.yaml": configMap(name, "beside", { value: "2" }) });
      const next = (revision: Version): Application => ({
        ...app,
        spec: {
          ...app.spec,
          sources: [
            app.spec.sources?.[0] as Source,
            { ...honest.source(front.origin, revision), ...named(name) },
          ],
        },
      });
      rig.place(next(version));
      await rig.refresh(name);
      const seen = await rig.until(name, (now) => conditions(now, "ComparisonError").length > 0, 30_000);
      const errors = conditions(seen, "ComparisonError");
      expect(errors).toHaveLength(1);
      expect(errors[0]).toMatch(says);
      expect(errors[0]?.length).toBeLessThan(1_500);
      expect(JSON.stringify(seen.status)).not.toContain(CANARY);
      // Nothing of the change is there, and all of what was.
      expect((await world.find(configMapPath(name, "beside")))?.data).toEqual({ value: "1" });
      expect(await versionOf(name)).toBe("1.0.0");
      for (const { authorization } of sink.requests) expect(authorization).toBeNull();
      if (front.lie !== undefined && /429/.test(says.source)) {
        const before = front.requests.length;
        await Bun.sleep(1_000);
        expect(front.requests.length).toBe(before);
      }
    },
    60_000,
  );

  test("that is down: what is there stays, and the sentence names it", async () => {
    const name = `t${kind.type}down`;
    const app = await deployed(name);
    await front.stop();
    await beside.commit({ "b.yaml": configMap(name, "beside", { value: "2" }) });
    rig.place({
      ...app,
      spec: {
        ...app.spec,
        sources: [
          app.spec.sources?.[0] as Source,
          { ...honest.source(front.origin, "2.0.0"), ...named(name) },
        ],
      },
    });
    await rig.refresh(name);
    const seen = await rig.until(name, (now) => conditions(now, "ComparisonError").length > 0, 30_000);
    expect(conditions(seen, "ComparisonError")[0]).toContain("127.0.0.1");
    expect((await world.find(configMapPath(name, "beside")))?.data).toEqual({ value: "1" });
    expect(await versionOf(name)).toBe("1.0.0");
  });
});
