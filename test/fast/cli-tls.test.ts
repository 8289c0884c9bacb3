/** By what the command line takes a server for the right one, against real TLS. */
import { afterEach, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { listen } from "../../src/api/listen.ts";
import { fingerprintsOf } from "../../src/lib/fingerprints.ts";
import { type Issued, issueCertificate } from "../../src/lib/issue-certificate.ts";
import { cli } from "../lib/cli.ts";

const stops: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const STATUS = {
  version: "0.1.0",
  commit: "",
  ready: true,
  certificate: { fingerprint: "SHA256:AB", notAfter: "2027-01-01T00:00:00Z" },
  state: "ready",
  applications: { total: 0, sync: {}, health: {} },
  clusters: [],
  pauses: [],
  problems: [],
};
const loopback = Uint8Array.of(127, 0, 0, 1);
const [authority, stranger] = ["an authority", "another"].map((commonName) =>
  issueCertificate({ commonName, uses: ["authority"], nowMs: Date.now(), days: 2 }),
) as [Issued, Issued];
const server = (names: (string | Uint8Array)[], issuer?: Issued, key?: string): Issued =>
  issueCertificate(
    {
      commonName: "cd",
      names,
      uses: ["server"],
      nowMs: Date.now(),
      days: 2,
      ...(key === undefined ? {} : { key }),
    },
    issuer,
  );
const printsOf = ({ certificate }: Issued) => fingerprintsOf(new X509Certificate(certificate));

interface Given {
  status(...flags: string[]): Promise<{ code: number; stderr: string }>;
  /** How often anything was asked of it. */
  asked(): number;
  url: string;
}

function given(pair: Issued): Given {
  let asked = 0;
  const listener = listen(
    {
      fetch: async () => {
        asked += 1;
        return Response.json(STATUS);
      },
    },
    {
      hostname: "127.0.0.1",
      port: 0,
      tls: { pem: { cert: pair.certificate, key: pair.key }, minVersion: "TLSv1.2", http2: "offered" },
    },
  );
  stops.push(() => listener.stop());
  return {
    status: (...flags) =>
      cli(["status", ...flags], {
        server: listener.url,
        env: { HOLDFAST_TOKEN: "sesame", HOME: "/nowhere" },
      }),
    asked: () => asked,
    url: listener.url,
  };
}

function file(text: string): string {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-ca-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, "ca.crt"), text);
  return join(dir, "ca.crt");
}

describe("--fingerprint", () => {
  test("trusts a certificate that signs itself, by its own fingerprint or its key's, whatever its names are", async () => {
    const pair = server(["elsewhere.example.com"]);
    const { status, asked } = given(pair);
    const { certificate, key } = printsOf(pair);
    for (const print of [certificate, key, key.replaceAll(":", "").replace("SHA256", "").toLowerCase()])
      expect(await status("--fingerprint", print)).toMatchObject({ code: 0, stderr: "" });
    expect(asked()).toBe(3);
  });

  test("sends no token where another certificate is shown, and says which one", async () => {
    const pair = server([loopback]);
    const { status, asked } = given(pair);
    const { code, stderr } = await status("--fingerprint", printsOf(server([loopback])).certificate);
    expect([code, asked()]).toEqual([5, 0]);
    expect(stderr).toContain(`its certificate has the fingerprint ${printsOf(pair).certificate}`);
  });

  test("is as good after a renewal with the same key", async () => {
    const before = server([loopback]);
    const { status } = given(server([loopback], undefined, before.key));
    expect((await status("--fingerprint", printsOf(before).key)).code).toBe(0);
    expect((await status("--fingerprint", printsOf(before).certificate)).code).toBe(5);
  });

  test("does not stand for the authority of a certificate that has one, nor for its name", async () => {
    const pair = server([loopback], authority);
    const { status, asked } = given(pair);
    const { certificate } = printsOf(pair);
    expect((await status("--fingerprint", certificate)).code).toBe(5);
    const ca = file(authority.certificate);
    expect((await status("--fingerprint", certificate, "--ca-file", ca)).code).toBe(0);
    const named = server(["elsewhere.example.com"], authority);
    const other = given(named);
    expect((await other.status("--fingerprint", printsOf(named).certificate, "--ca-file", ca)).code).toBe(5);
    expect([asked(), other.asked()]).toEqual([1, 0]);
  });

  test.each([["SHA256:AB"], ["zz"]])("%s is none", async (print) => {
    const { code, stderr } = await given(server([loopback])).status("--fingerprint", print);
    expect(code).toBe(2);
    expect(stderr).toContain("Write it like SHA256:AB:CD:");
  });
});

describe("a context", () => {
  const home = (): string => dirname(file(""));
  const at = (url: string, dir: string) => (line: string, text?: string) =>
    cli(line.split(" "), { env: { HOME: dir }, ...(text === undefined ? {} : { stdin: { text } }) }).then(
      ({ code, stderr, stdout }) => ({ code, stderr, stdout: stdout.replaceAll(url, "URL") }),
    );

  test("keeps by what its server is known, for verbs and for logging in again", async () => {
    const pair = server(["elsewhere.example.com"]);
    const { url } = given(pair);
    const run = at(url, home());
    const { key } = printsOf(pair);
    expect((await run(`login ${url} --name cd --token-stdin --fingerprint ${key}`, "t")).code).toBe(0);
    expect((await run("status")).code).toBe(0);
    expect((await run(`login ${url} --name cd --token-stdin`, "u")).code).toBe(0);
    expect((await run("context show")).stdout).toContain(`Taken by  ${key}\n`);
    const ca = file(authority.certificate);
    const signed = given(server([loopback], authority));
    expect((await run(`context add ca ${signed.url} --token-stdin --ca-file ${ca}`, "t")).code).toBe(0);
    expect((await run("status --context ca")).code).toBe(0);
    expect((await run("logout ca")).code).toBe(0);
  });

  test("refuses another certificate than before, with both fingerprints, and sends nothing there", async () => {
    const [before, after] = [server([loopback]), server([loopback])];
    const now = given(after);
    const run = at(now.url, home());
    const kept = printsOf(before).certificate;
    expect((await run(`context add cd ${now.url} --token-stdin --fingerprint ${kept}`, "t")).code).toBe(0);
    for (const line of ["status", `login ${now.url} --token-stdin`, "logout"]) {
      const { code, stderr } = await run(line, "t");
      expect([line, code]).toEqual([line, line === "logout" ? 0 : 5]);
      expect(stderr).toContain(printsOf(after).certificate);
      if (line !== "logout") expect(stderr).toContain(`Expected was ${kept}.`);
    }
    expect(now.asked()).toBe(0);
    const anew = printsOf(after).certificate;
    expect((await run(`login ${now.url} --token-stdin --fingerprint ${anew}`, "t")).code).toBe(0);
    expect((await run("status")).code).toBe(0);
  });
});

describe("--ca-file", () => {
  test("trusts its authorities and no others, for the names in the certificate", async () => {
    const { status, asked } = given(server([loopback], authority));
    expect((await status("--ca-file", file(authority.certificate))).code).toBe(0);
    expect((await status("--ca-file", file(stranger.certificate))).code).toBe(5);
    const without = await status();
    expect([without.code, asked()]).toEqual([5, 1]);
    expect(without.stderr).toContain(
      "Name its authority with --ca-file, or its certificate with --fingerprint.",
    );
    const named = given(server(["elsewhere.example.com"], authority));
    expect((await named.status("--ca-file", file(authority.certificate))).code).toBe(5);
  });

  test("that is not there, or holds no certificate, is a slip, and so is one beside --insecure", async () => {
    const { status, asked } = given(server([loopback], authority));
    for (const flags of [
      ["--ca-file", "/nowhere"],
      ["--ca-file", file("x")],
      ["--ca-file", "x", "--insecure"],
    ])
      expect([flags[1], (await status(...flags)).code]).toEqual([flags[1], 2]);
    expect(asked()).toBe(0);
    expect(await status("--insecure")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("certificate SHA256:AB, until 2027-01-01T00:00:00Z"),
    });
  });

  test("is a slip for a server without TLS", async () => {
    const { code } = await cli(["status", "--ca-file", "/nowhere"], { server: "http://127.0.0.1:1" });
    expect(code).toBe(2);
  });
});
