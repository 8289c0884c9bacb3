/** A running daemon that speaks TLS, below a path, behind a proxy, with its metrics apart: over real sockets. */
import { afterEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type ClientHttp2Session, connect as connectHttp2 } from "node:http2";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect, type DetailedPeerCertificate, type TLSSocket } from "node:tls";
import { loadConfig } from "../../src/config/load-config.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cronProblem } from "../../src/engine/wake/schedule.ts";
import { type Issued, issueCertificate } from "../../src/lib/issue-certificate.ts";
import { freePort } from "../lib/daemon.ts";
import { endingOf } from "../lib/ending-of.ts";
import { eventually } from "../lib/eventually.ts";
import { recordingLog } from "../lib/recording-log.ts";

const TOKEN = { authorization: "Bearer sesame" };
const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const loopback = Uint8Array.of(127, 0, 0, 1);
const issue = (days = 90): Issued =>
  issueCertificate({
    commonName: "cd",
    names: ["localhost", loopback],
    uses: ["server"],
    nowMs: Date.now(),
    days,
  });

interface Given {
  daemon: Daemon;
  dir: string;
  log: ReturnType<typeof recordingLog>;
  write(config: string): void;
  show(pem: { certificate: string; key: string }): void;
}

/** @param config without `data`; the certificate is where the config names `tls.crt` and `tls.key` */
async function start(config: string, shown: Issued = issue()): Promise<Given> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-tls-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, "holdfast.yaml");
  const write = (text: string) => writeFileSync(file, `${text}\ndata: ./data\n`);
  const show = ({ certificate, key }: { certificate: string; key: string }) => {
    writeFileSync(join(dir, "tls.crt"), certificate);
    writeFileSync(join(dir, "tls.key"), key);
  };
  show(shown);
  write(config);
  const read = (name: string) => loadConfig(name, { env: {}, validateCron: cronProblem });
  const parsed = read(file);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const log = recordingLog();
  const daemon = await startDaemon({
    config: parsed.value,
    file,
    wrong: [],
    held: () => undefined,
    reread: read,
    log,
    build: { version: "test", commit: "", buildDate: "" },
    embeddedTools: {},
    searchPath: "",
    environment: {},
    cwd: dir,
    checkHost: () => [],
    pod: { host: "", port: "" },
    print: () => undefined,
  });
  stops.push(() => daemon.stop());
  return { daemon, dir, log, write, show };
}

const WITH_FILES = "tls: { certFile: ./tls.crt, keyFile: ./tls.key }";
const serverOf = async (rest: string) =>
  `server: { listen: "127.0.0.1:${await freePort()}", token: sesame, ${rest} }`;

function tlsTo(url: string, options: Parameters<typeof connect>[0] = {}): Promise<TLSSocket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(
      { host: hostname, port: Number(port), rejectUnauthorized: false, ...(options as object) },
      () => resolve(socket),
    );
    socket.on("error", reject);
    stops.push(() => void socket.destroy());
  });
}
const shownAt = async (url: string): Promise<string> => {
  const socket = await tlsTo(url);
  const { fingerprint256 } = socket.getPeerCertificate() as DetailedPeerCertificate;
  socket.destroy();
  return `SHA256:${fingerprint256}`;
};
const sessionTo = (url: string): ClientHttp2Session => {
  const session = connectHttp2(url, { rejectUnauthorized: false });
  session.on("error", () => undefined);
  stops.push(() => session.destroy());
  return session;
};
const trusting = (ca: string) => ({ tls: { ca }, keepalive: false });

describe("the API by TLS", () => {
  test("answers who trusts its certificate, holds browsers to TLS, and speaks no plain HTTP", async () => {
    const pair = issue();
    const { daemon } = await start(await serverOf(WITH_FILES), pair);
    expect(daemon.url).toStartWith("https://127.0.0.1:");
    const reply = await fetch(`${daemon.url}/api/holdfast/v1/status`, {
      ...trusting(pair.certificate),
      headers: TOKEN,
    });
    expect(reply.status).toBe(200);
    expect(reply.headers.get("strict-transport-security")).toBe("max-age=31536000");
    expect(((await reply.json()) as { certificate: object }).certificate).toMatchObject({
      by: "files",
      fingerprint: await shownAt(daemon.url),
      names: ["DNS:localhost", "IP Address:127.0.0.1"],
    });
    expect(await endingOf(fetch(daemon.url, trusting(issue().certificate)))).toThrow();
    expect(await endingOf(fetch(daemon.url.replace("https:", "http:")))).toThrow();
  });

  test("speaks no version of TLS that is older than the config says", async () => {
    const { daemon } = await start(await serverOf(WITH_FILES));
    expect((await tlsTo(daemon.url, { maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
    expect(await endingOf(tlsTo(daemon.url, { minVersion: "TLSv1", maxVersion: "TLSv1.1" }))).toThrow();
    const newer = await start(await serverOf("tls: { selfSigned: true, minVersion: TLSv1.3 }"));
    expect(await endingOf(tlsTo(newer.daemon.url, { maxVersion: "TLSv1.2" }))).toThrow();
    expect((await tlsTo(newer.daemon.url)).getProtocol()).toBe("TLSv1.3");
  });

  test("by a certificate of its own making says its fingerprint, and holds nobody to TLS", async () => {
    const { daemon, log } = await start(await serverOf("tls: { selfSigned: true }"));
    const up = log.lines.find(({ message }) => message === "holdfast is up");
    expect(up?.fields?.["certificate"]).toMatchObject({
      by: "self-signed",
      fingerprint: await shownAt(daemon.url),
    });
    const reply = await fetch(`${daemon.url}/healthz`, { tls: { rejectUnauthorized: false } });
    expect([reply.status, reply.headers.get("strict-transport-security")]).toEqual([200, null]);
  });

  test("shows another certificate when its files change, while streams of both versions of HTTP go on", async () => {
    const [first, second] = [issue(), issue()];
    const { daemon, show, log } = await start(await serverOf(WITH_FILES), first);
    const before = await shownAt(daemon.url);
    const path = "/api/v1/stream/applications";
    const overHttp1 = await fetch(daemon.url + path, { ...trusting(first.certificate), headers: TOKEN });
    const reader = overHttp1.body?.getReader();
    await reader?.read();
    const session = sessionTo(daemon.url);
    const stream = session.request({ ":path": path, ...TOKEN });
    let ended = false;
    stream.on("close", () => (ended = true));
    stream.on("error", () => (ended = true));
    await new Promise((resolve) => stream.once("data", resolve));

    // Half of a renewal: one of them is the new one, the other is not.
    show({ certificate: second.certificate, key: first.key });
    await eventually(
      () => "what does not fit is said",
      async () => log.lines.some(({ message }) => message === "the certificate was not taken"),
    );
    expect(await shownAt(daemon.url)).toBe(before);
    const problems = await fetch(`${daemon.url}/api/holdfast/v1/problems`, {
      ...trusting(first.certificate),
      headers: TOKEN,
    });
    expect(await problems.text()).toContain(
      "is not the key of the certificate; the certificate before it is shown",
    );

    show(second);
    await eventually(
      () => "the new certificate is shown",
      async () => (await shownAt(daemon.url)) !== before,
    );
    const now = await fetch(`${daemon.url}/api/holdfast/v1/problems`, {
      ...trusting(second.certificate),
      headers: TOKEN,
    });
    expect(await now.text()).not.toContain("certificate before it");
    const next = reader?.read().then(() => "ended");
    expect([ended, await Promise.race([next, Promise.resolve("open")])]).toEqual([false, "open"]);
    await reader?.cancel();
  }, 30_000);

  test("has as many event streams on one connection as a browser has tabs, and none where HTTP/2 is off", async () => {
    const { daemon } = await start(await serverOf(WITH_FILES));
    const session = sessionTo(daemon.url);
    const first = Array.from({ length: 20 }, () => {
      const stream = session.request({
        ":path": "/api/v1/stream/applications",
        accept: "text/event-stream",
        ...TOKEN,
      });
      return new Promise<string>((resolve) => stream.once("data", (data) => resolve(String(data))));
    });
    expect(new Set(await Promise.all(first))).toEqual(new Set([": connected\n\n"]));
    const off = await start(await serverOf("tls: { selfSigned: true, http2: false }"));
    const spoken = (await tlsTo(off.daemon.url, { ALPNProtocols: ["h2", "http/1.1"] })).alpnProtocol;
    expect(spoken).not.toBe("h2");
  });

  test("has when it ends among the metrics, and that it does soon", async () => {
    const over = issueCertificate({
      commonName: "cd",
      names: [loopback],
      uses: ["server"],
      nowMs: Date.now() - 80 * 86_400_000,
      days: 90,
    });
    const { daemon } = await start(await serverOf(WITH_FILES), over);
    const text = await (
      await fetch(`${daemon.url}/metrics`, { ...trusting(over.certificate), headers: TOKEN })
    ).text();
    const ends = Number(/^holdfast_tls_certificate_not_after_seconds (\S+)$/m.exec(text)?.[1]);
    expect(Math.round((ends - Date.now() / 1_000) / 86_400)).toBe(10);
    expect(text).toContain('holdfast_trouble{what="certificate"} 1');
    const ready = await fetch(`${daemon.url}/readyz`, trusting(over.certificate));
    expect(await ready.text()).toContain("the certificate ends on");
  });

  test("stays as it was where the config names a certificate that is not there", async () => {
    const { daemon, write, dir } = await start(await serverOf(WITH_FILES));
    const before = await shownAt(daemon.url);
    const text = readFileSync(join(dir, "holdfast.yaml"), "utf8");
    write(text.replace("./tls.crt", "./nowhere.crt").replace(/\ndata: .*\n/, ""));
    await daemon.reload();
    expect(await shownAt(daemon.url)).toBe(before);
    write(text.replace(/, tls: \{.*?\}/, "").replace(/\ndata: .*\n/, ""));
    await daemon.reload();
    expect(daemon.url).toStartWith("http://");
    expect((await fetch(`${daemon.url}/healthz`)).status).toBe(200);
  });
});

describe("below a base path", () => {
  test("page, API and probes answer, and so they do where a proxy took the path away", async () => {
    const { daemon } = await start(await serverOf("basePath: /holdfast"));
    expect(daemon.url).toEndWith("/holdfast");
    const root = daemon.url.slice(0, -"/holdfast".length);
    for (const base of [daemon.url, root]) {
      const page = await fetch(`${base}/`);
      expect(page.status).toBe(200);
      for (const [, file = ""] of (await page.text()).matchAll(/(?:href|src)="([^"#]+)"/g))
        expect([file, (await fetch(new URL(file, `${base}/`))).status]).toEqual([file, 200]);
      expect((await fetch(`${base}/healthz`)).status).toBe(200);
      expect((await fetch(`${base}/api/v1/applications`)).status).toBe(401);
      expect((await fetch(`${base}/api/v1/applications`, { headers: TOKEN })).status).toBe(200);
    }
    const bare = await fetch(daemon.url, { redirect: "manual" });
    expect([bare.status, bare.headers.get("location")]).toEqual([308, "/holdfast/"]);
  });

  test.each(["/holdfast/holdfast/healthz", "/holdfastx/healthz", "/Holdfast/healthz"])(
    "%s is nothing that is open",
    async (path) => {
      const { daemon } = await start(await serverOf("basePath: /holdfast"));
      expect((await fetch(new URL(path, daemon.url))).status).toBe(401);
    },
  );
});

test("behind a proxy that is trusted browsers are held to TLS; whoever else says so is not believed", async () => {
  const said = { "x-forwarded-proto": "https", "x-forwarded-for": "203.0.113.9" };
  const hsts = async (config: string) => {
    const { daemon } = await start(config);
    const reply = await fetch(`${daemon.url}/healthz`, { headers: said });
    return reply.headers.get("strict-transport-security");
  };
  expect(await hsts(await serverOf("trustedProxies: [127.0.0.1]"))).toBe("max-age=31536000");
  expect(await hsts(await serverOf("trustedProxies: [10.0.0.0/8]"))).toBeNull();
});

describe("metrics", () => {
  test("have a listener of their own, with a token of their own that opens nothing else", async () => {
    const own = await freePort();
    const { daemon } = await start(
      `${await serverOf("trustedProxies: []")}\nmetrics: { listen: "127.0.0.1:${own}", token: prometheus }`,
    );
    const PROMETHEUS = { authorization: "Bearer prometheus" };
    const status = async (url: string, headers: Record<string, string> = {}) =>
      (await fetch(url, { headers })).status;
    const apart = `http://127.0.0.1:${own}`;
    expect(await status(`${apart}/healthz`)).toBe(200);
    expect([await status(`${apart}/metrics`), await status(`${apart}/metrics`, PROMETHEUS)]).toEqual([
      401, 200,
    ]);
    expect(await status(`${apart}/metrics`, TOKEN)).toBe(401);
    expect(await status(`${apart}/api/v1/applications`, TOKEN)).toBe(404);
    expect([
      await status(`${daemon.url}/metrics`, PROMETHEUS),
      await status(`${daemon.url}/metrics`, TOKEN),
    ]).toEqual([200, 200]);
    for (const path of [
      "/api/v1/applications",
      "/api/holdfast/v1/status",
      "/metrics/x",
      "/api/v1/stream/applications",
    ])
      expect([path, await status(daemon.url + path, PROMETHEUS)]).toEqual([path, 401]);
  });

  test("without a token, on loopback, are not for web pages in a browser on this machine", async () => {
    const own = await freePort();
    await start(`${await serverOf("trustedProxies: []")}\nmetrics: { listen: "127.0.0.1:${own}" }`);
    const url = `http://127.0.0.1:${own}/metrics`;
    expect((await fetch(url)).status).toBe(200);
    expect((await fetch(url, { headers: { host: "evil.example.com" } })).status).toBe(421);
    expect((await fetch(url, { method: "POST" })).status).toBe(405);
  });
});
