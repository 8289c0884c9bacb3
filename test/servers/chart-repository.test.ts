/** Real chart repositories over HTTPS, good ones and bad ones: who gets credentials, and one sentence for what is wrong. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ArtifactPlaces } from "../../src/artifacts/artifacts.ts";
import type { RepositoryAccess } from "../../src/core/model/repository-access.ts";
import { Secret } from "../../src/core/model/secret.ts";
import type { ArtifactAsk, ResolvedArtifact } from "../../src/core/ports/artifacts.ts";
import { issueCertificate } from "../../src/lib/issue-certificate.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import {
  bomb,
  type ChartRepository,
  chart,
  chartArchive,
  startChartRepository,
} from "../lib/chart-repository.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { tgz } from "../lib/tgz.ts";

const LOOPBACK = new Uint8Array([127, 0, 0, 1]);
const BASIC = `Basic ${Buffer.from("ci:pass word").toString("base64")}`;
const nowMs = Date.now();
const authority = issueCertificate({ commonName: "Charts' authority", uses: ["authority"], nowMs, days: 2 });
const server = issueCertificate(
  { commonName: "charts", names: ["localhost", LOOPBACK], uses: ["server"], nowMs, days: 2 },
  authority,
);
const client = issueCertificate({ commonName: "holdfast", uses: [], nowMs, days: 2 }, authority);
const TLS = { cert: server.certificate, key: server.key };
const CA = { ca: authority.certificate };
const LOGIN = { username: "ci", password: new Secret("pass word") };

let dir: string, charts: ChartRepository, places: ArtifactPlaces;
const started: ChartRepository[] = [];
const log = recordingLog();
let ahead = 0;
const clock = { ...systemClock, now: () => systemClock.now() + ahead };

const start = (options: Parameters<typeof startChartRepository>[0]): ChartRepository => {
  const repository = startChartRepository(options);
  started.push(repository);
  return repository;
};
const fresh = (limits: { timeoutMs?: number; fetchTimeoutMs?: number } = {}): ArtifactPlaces =>
  new ArtifactPlaces({ dataDir: dir, clock, log, ...limits });
const resolve = (
  access: Partial<RepositoryAccess>,
  { version = "1.0.0", name = "shop" } = {},
  ask: ArtifactAsk = { freshness: "latest" },
): Promise<ResolvedArtifact> =>
  places.resolve(
    { kind: "helm-chart", repository: { url: charts.url, ...access }, chart: name, version },
    ask,
  );
const read = async (access: Partial<RepositoryAccess>, which?: { version?: string; name?: string }) => {
  const tree = places.tree(await resolve(access, which));
  return new TextDecoder().decode(await tree.read("Chart.yaml"));
};
/** What was kept, by name. */
const kept = (): string[] => readdirSync(join(dir, "artifacts", "archives"));

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "holdfast-charts-"));
  ahead = 0;
  log.lines.length = 0;
  charts = start({ tls: TLS, authorization: BASIC });
  charts.publish(chart("shop", "1.0.0"));
  places = fresh();
});
afterEach(async () => {
  await places.stop();
  for (const one of started.splice(0)) await one.stop();
  rmSync(dir, { recursive: true, force: true });
});

describe("who is let in", () => {
  test("a user and a password, under a private authority, by either way to write them", async () => {
    expect(await read({ ...CA, ...LOGIN })).toContain("version: 1.0.0");
    const url = charts.url.replace("https://", "https://ci:pass%20word@");
    expect(await read({ ...CA, url })).toContain("version: 1.0.0");
    expect(JSON.stringify([log.lines, readdirSync(dir, { recursive: true })])).not.toMatch(
      /pass(?: |%20)word/,
    );
  });

  test("a token", async () => {
    charts = start({ tls: TLS, authorization: "Bearer t0ken" });
    charts.publish(chart("shop", "1.0.0"));
    expect(await read({ ...CA, bearerToken: new Secret("t0ken") })).toContain("version: 1.0.0");
  });

  test("a client's certificate", async () => {
    charts = start({
      tls: { ...TLS, ca: authority.certificate, requestCert: true, rejectUnauthorized: true },
    });
    charts.publish(chart("shop", "1.0.0"));
    const key = { clientCertificate: client.certificate, clientKey: new Secret(client.key) };
    expect(await rejectionOf(resolve(CA))).toMatchObject({ code: "artifact-unreachable" });
    expect(await read({ ...CA, ...key })).toContain("version: 1.0.0");
  });

  test.each<{ name: string; access: Partial<RepositoryAccess>; code: string; says: string }>([
    {
      name: "no authority",
      access: LOGIN,
      code: "artifact-unreachable",
      says: "its certificate is not trusted",
    },
    { name: "no credentials", access: CA, code: "artifact-auth", says: "it wants credentials (HTTP 401)" },
    {
      name: "wrong credentials",
      access: { ...CA, username: "ci", password: new Secret("wrong") },
      code: "artifact-auth",
      says: "it refused the credentials (HTTP 401). Give this chart repository a user name and password or token that may read it",
    },
  ])("$name is one sentence", async ({ access, code, says }) => {
    expect(await rejectionOf(resolve(access))).toMatchObject({ code, object: charts.url });
    expect(await endingOf(resolve(access))).toThrow(says);
  });
});

describe("credentials go to the repository, and nowhere else", () => {
  /** It keeps the archives, under another name of this machine. */
  const elsewhere = (): ChartRepository => {
    const other = start({ tls: TLS, hostname: "localhost" });
    other.publish(chart("shop", "1.0.0"));
    return other;
  };

  test("an archive on another host is fetched without them, and with them only where that is asked for", async () => {
    const other = elsewhere();
    charts.publish({ ...chart("shop", "1.0.0"), url: `${other.url}/shop-1.0.0.tgz` });
    expect(await read({ ...CA, ...LOGIN })).toContain("1.0.0");
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([null]);
    rmSync(dir, { recursive: true, force: true });
    places = fresh();
    expect(await read({ ...CA, ...LOGIN, passCredentials: true })).toContain("1.0.0");
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([null, BASIC]);
  });

  test("an archive that redirects to another host is followed without them", async () => {
    const other = elsewhere();
    charts.answer = ({ url }) =>
      url.endsWith(".tgz") ? Response.redirect(`${other.url}/shop-1.0.0.tgz`, 302) : undefined;
    expect(await read({ ...CA, ...LOGIN })).toContain("1.0.0");
    expect(other.requests.map(({ authorization }) => authorization)).toEqual([null]);
  });

  test("nor is one followed from HTTPS to HTTP", async () => {
    const plain = start({ hostname: "localhost" });
    plain.publish(chart("shop", "1.0.0"));
    charts.answer = ({ url }) =>
      url.endsWith(".tgz") ? Response.redirect(`${plain.url}/shop-1.0.0.tgz`, 302) : undefined;
    expect(await endingOf(read({ ...CA, ...LOGIN }))).toThrow(
      `it redirects to another server (${new URL(plain.url).origin}), which is not followed`,
    );
    expect(plain.requests).toEqual([]);
  });

  test("an index that redirects to another host is not followed where there are credentials", async () => {
    const other = elsewhere();
    charts.answer = () => Response.redirect(`${other.url}/index.yaml`, 302);
    expect(await endingOf(resolve({ ...CA, ...LOGIN }))).toThrow(
      `it redirects to another server (${new URL(other.url).origin}), which is not followed. Use the URL that it redirects to`,
    );
    expect(other.requests).toEqual([]);
    expect((await resolve(CA)).version).toBe("1.0.0");
  });
});

describe("what is wrong is one sentence, and nothing of it is kept", () => {
  const published = (archive: Uint8Array, more = {}) =>
    charts.publish({ name: "shop", version: "1.0.0", archive, ...more });
  test.each<{ name: string; wrong: () => void; says: RegExp; code: string }>([
    {
      name: "another digest than the index says",
      wrong: () => published(chartArchive("shop", "1.0.0"), { digest: "ab".repeat(32) }),
      says: /^shop 1\.0\.0 of https:\/\/.*: cannot use its archive: its digest is sha256:[0-9a-f]{64}, and sha256:(?:ab){32} was announced/,
      code: "artifact-refused",
    },
    {
      name: "an archive that is not there",
      wrong: () => published(chartArchive("shop", "1.0.0"), { url: "gone.tgz", digest: "ab".repeat(32) }),
      says: /there is no such chart repository \(HTTP 404\)|there is no/,
      code: "artifact-unreachable",
    },
    {
      name: "an address that is no web address",
      wrong: () =>
        published(chartArchive("shop", "1.0.0"), { url: "file:///etc/passwd", digest: "ab".repeat(32) }),
      says: /its index names "file:\/\/\/etc\/passwd", which is not fetched from/,
      code: "artifact-refused",
    },
    {
      name: "an archive without end",
      wrong: () => {
        charts.answer = ({ url }) => (url.endsWith(".tgz") ? endless() : undefined);
      },
      says: /its answer is longer than 67108864 bytes/,
      code: "artifact-unreachable",
    },
    {
      name: "an index without end",
      wrong: () => {
        charts.answer = ({ url }) => (url.endsWith(".yaml") ? endless() : undefined);
      },
      says: /its answer is longer than 52428800 bytes/,
      code: "artifact-unreachable",
    },
    {
      name: "a bomb",
      wrong: () => published(bomb(300 * 2 ** 20)),
      says: /which is more than an archive of manifests can be/,
      code: "artifact-refused",
    },
    {
      name: "a link that leads out",
      wrong: () =>
        published(
          tgz({ "shop/Chart.yaml": "name: shop\n", "shop/l": "" }, (header, name) => {
            if (name !== "shop/l") return;
            header.write("2", 156);
            header.write("../../../etc/passwd", 157);
          }),
        ),
      says: /"l" in it is a link that leads out of it/,
      code: "artifact-refused",
    },
    {
      name: "a login page",
      wrong: () => {
        charts.answer = () => new Response("<html>log in: please</html>");
      },
      says: /cannot read its index: .*Check the URL: it is the folder in which index\.yaml lies/,
      code: "artifact-refused",
    },
    {
      name: "a redirect without end",
      wrong: () => {
        charts.answer = ({ url }) => Response.redirect(url, 302);
      },
      says: /it redirects more than 3 times/,
      code: "artifact-unreachable",
    },
  ])("$name", async ({ wrong, says, code }) => {
    wrong();
    const error = await read({ ...CA, ...LOGIN }).catch((cause: unknown) => cause);
    expect(String((error as Error).message)).toMatch(says);
    expect(error).toMatchObject({ code });
    expect(JSON.stringify(error)).not.toContain("pass word");
    // The next honest answer is taken.
    charts.answer = undefined;
    charts.withdraw("shop", "1.0.0");
    charts.publish(chart("shop", "1.0.1"));
    ahead += 3_600_000;
    expect(await read({ ...CA, ...LOGIN }, { version: "1.0.1" })).toContain("1.0.1");
  });
});

describe("whoever waits is told", () => {
  test.each([
    {
      name: "an answer that never ends, a sign at a time",
      limits: { fetchTimeoutMs: 300 },
      answer: trickle,
      says: "its answer did not end within 0.3 s",
    },
    {
      name: "an answer that stops in its middle",
      limits: { timeoutMs: 300 },
      answer: stuck,
      says: "it sent nothing for 0.3 s in the middle of its answer",
    },
    {
      name: "an answer that never begins",
      limits: { timeoutMs: 300 },
      answer: () => new Promise<Response>(() => undefined),
      says: "it did not answer within 0.3 s",
    },
  ])("$name", async ({ limits, answer, says }) => {
    await places.stop();
    places = fresh(limits);
    charts.answer = answer;
    expect(await endingOf(resolve({ ...CA, ...LOGIN }))).toThrow(says);
    // By whoever asks with patience, and had nothing of it.
    charts.answer = undefined;
    places = fresh();
    expect(await read({ ...CA, ...LOGIN })).toContain("1.0.0");
  });
});

describe("what was heard once", () => {
  test("serves while the server is down, after a start too, and says since when", async () => {
    expect(await read({ ...CA, ...LOGIN }, { version: "1.x" })).toContain("1.0.0");
    await charts.stop();
    await places.stop();
    places = fresh();
    ahead += 3_600_000;
    const found = await resolve({ ...CA, ...LOGIN }, { version: "1.x" });
    expect(found).toMatchObject({ version: "1.0.0", old: { why: "nothing listens there" } });
    expect(found.old?.since).toBeLessThan(clock.now() - 3_500_000);
    expect(new TextDecoder().decode(await places.tree(found).read("Chart.yaml"))).toContain("1.0.0");
    // What was never heard cannot be served, and the pause before the next try is short.
    expect(await endingOf(resolve({ ...CA, ...LOGIN }, { version: "2.x" }))).toThrow("nothing listens there");
  });

  test("an archive that is damaged on disk is fetched again", async () => {
    await read({ ...CA, ...LOGIN });
    const [name = ""] = kept();
    writeFileSync(join(dir, "artifacts", "archives", name), "damaged");
    await places.stop();
    places = fresh();
    charts.requests.length = 0;
    expect(await read({ ...CA, ...LOGIN })).toContain("1.0.0");
    expect(charts.requests.map(({ path }) => path)).toEqual(["/stable/shop-1.0.0.tgz"]);
  });

  test("many who ask at once ask once", async () => {
    await Promise.all(Array.from({ length: 20 }, () => read({ ...CA, ...LOGIN }, { version: "1.x" })));
    expect(charts.requests.map(({ path }) => path)).toEqual(["/stable/index.yaml", "/stable/shop-1.0.0.tgz"]);
    ahead += 60_000;
    expect((await resolve({ ...CA, ...LOGIN }, { version: "1.x" })).version).toBe("1.0.0");
    expect(charts.requests.at(-1)).toMatchObject({ path: "/stable/index.yaml", status: 304 });
  });

  test("a version that is withdrawn is what it was, while it is kept, and it is said", async () => {
    const access = { ...CA, ...LOGIN };
    const first = await resolve(access);
    charts.publish(chart("shop", "1.1.0"));
    await read(access);
    charts.withdraw("shop", "1.0.0");
    ahead += 60_000;
    // The index is heard anew, and forgets it.
    expect((await resolve(access, { version: "1.x" })).version).toBe("1.1.0");
    for (const freshness of ["known", "latest", "renewed"] as const)
      expect(await resolve(access, {}, { freshness })).toMatchObject({
        version: "1.0.0",
        digest: first.digest,
        withdrawn: "from its index",
      });
    await places.stop();
    places = fresh();
    expect(await read(access)).toContain("version: 1.0.0");
    await charts.stop();
    expect((await resolve(access)).withdrawn).toBe("from its index");
    expect(await endingOf(resolve(access, { version: "0.9.0" }))).toThrow("nothing listens there");
    // What is not kept is not there any more.
    rmSync(join(dir, "artifacts", "archives"), { recursive: true });
    expect(await endingOf(resolve(access))).toThrow("nothing listens there");
  });

  test("who lost his credentials is told nothing of what was heard with them", async () => {
    await read({ ...CA, ...LOGIN });
    charts.withdraw("shop", "1.0.0");
    for (const again of [false, true]) {
      if (again) {
        await places.stop();
        places = fresh();
      }
      expect(await rejectionOf(resolve(CA))).toMatchObject({ code: "artifact-auth" });
      expect(await rejectionOf(resolve(CA, { version: "9.9.9" }, { freshness: "known" }))).toMatchObject({
        code: "artifact-auth",
      });
    }
    expect(await read({ ...CA, ...LOGIN })).toContain("version: 1.0.0");
  });

  test("a server that is slow leaves room for the others", async () => {
    const slow = start({ tls: TLS });
    const names = Array.from({ length: 12 }, (_, at) => `c${at}`);
    slow.publish(...names.map((name) => chart(name, "1.0.0")));
    const waiting: (() => void)[] = [];
    slow.answer = ({ url }) =>
      url.endsWith(".tgz")
        ? new Promise((resolve) => waiting.push(() => resolve(new Response("late", { status: 503 }))))
        : undefined;
    const stop = new AbortController();
    const all = names.map(async (name) =>
      places
        .packed(await resolve({ ...CA, url: slow.url }, { name }), stop.signal)
        .catch((cause: unknown) => cause),
    );
    while (waiting.length < 4) await Bun.sleep(5);
    expect(await read({ ...CA, ...LOGIN })).toContain("1.0.0");
    expect(waiting).toHaveLength(4);
    stop.abort(new Error("enough"));
    await Promise.all(all);
  });

  test("a chart whose index tells no digest is what it was, until somebody insists", async () => {
    const access = { ...CA, ...LOGIN };
    charts.publish({ ...chart("shop", "1.0.0"), digest: "none" });
    const first = await resolve(access);
    charts.publish({ ...chart("shop", "1.0.0", { "values.yaml": "greeting: changed\n" }), digest: "none" });
    expect((await resolve(access)).digest).toBe(first.digest);
    expect((await resolve(access, {}, { freshness: "renewed" })).digest).not.toBe(first.digest);
  });
});

/** A beginning, and then nothing. */
function stuck(): Response {
  return new Response(new ReadableStream({ start: (to) => to.enqueue(Buffer.from("apiVersion: v1\n")) }));
}

/** Never silent for long. */
function trickle(): Response {
  return new Response(
    new ReadableStream({
      async pull(to) {
        await Bun.sleep(50);
        to.enqueue(Buffer.from("#"));
      },
    }),
  );
}

/** Noise, as fast as it is read. */
function endless(): Response {
  const block = crypto.getRandomValues(new Uint8Array(65_536));
  return new Response(new ReadableStream({ pull: (to) => to.enqueue(block) }));
}
