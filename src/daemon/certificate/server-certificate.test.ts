import { afterEach, describe, expect, test } from "bun:test";
import { X509Certificate } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { recordingLog } from "../../../test/lib/recording-log.ts";
import { issueCertificate } from "../../lib/issue-certificate.ts";
import { ServerCertificate } from "./server-certificate.ts";

const DAY_MS = 86_400_000;
const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0).reverse()) stop();
});

function folder(): string {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-certificate-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function rig(
  source: "files" | "self-signed",
  { dir = folder(), nowMs = Date.now(), names = ["cd.example.com"] } = {},
) {
  const at = { nowMs, shown: 0 };
  const [certFile, keyFile] = [join(dir, "tls.crt"), join(dir, "tls.key")];
  const issue = (days = 90, from = at.nowMs) =>
    issueCertificate({ commonName: "cd", names: ["cd.example.com"], uses: ["server"], nowMs: from, days });
  const write = (certificate: string, key: string) => {
    writeFileSync(certFile, certificate);
    writeFileSync(keyFile, key);
  };
  const open = () => {
    const certificate = new ServerCertificate({
      source: source === "files" ? { by: "files", certFile, keyFile } : { by: "self-signed" },
      dataFolder: dir,
      names,
      log: recordingLog(),
      now: () => at.nowMs,
      onChange: () => void (at.shown += 1),
    });
    stops.push(() => certificate.stop());
    return certificate;
  };
  return { dir, at, issue, write, open, certFile, keyFile };
}

const saidBy = (certificate: ServerCertificate) => certificate.troubles().map(({ problem }) => problem.text);

describe("a certificate of files", () => {
  test("that is another one now is shown from then on", () => {
    const { issue, write, open, at } = rig("files");
    const [first, second] = [issue(), issue()];
    write(first.certificate, first.key);
    const certificate = open();
    certificate.look();
    expect([certificate.pem.cert, at.shown]).toEqual([first.certificate, 0]);
    write(second.certificate, second.key);
    certificate.look();
    expect([certificate.pem, at.shown]).toEqual([{ cert: second.certificate, key: second.key }, 1]);
    expect(saidBy(certificate)).toEqual([]);
  });

  test.each([
    [
      "half of which was written",
      (c: string, k: string) => [c.slice(0, 200), k],
      "holds no certificate in PEM",
    ],
    ["that is empty", (_: string, k: string) => ["", k], "holds no certificate in PEM"],
    ["whose key is cut off", (c: string, k: string) => [c, k.slice(0, 60)], "holds no key in PEM"],
    ["whose lines are garbage", (c: string, k: string) => [c.replace(/M/g, "A"), k], "certificate"],
  ] as const)("%s is not taken, which is said until it is whole", (_, cut, why) => {
    const { issue, write, open, at } = rig("files");
    const [first, second] = [issue(), issue()];
    write(first.certificate, first.key);
    const certificate = open();
    const [cert = "", key = ""] = cut(second.certificate, second.key);
    write(cert, key);
    certificate.look();
    expect([certificate.pem.cert, at.shown]).toEqual([first.certificate, 0]);
    expect(saidBy(certificate)[0]).toContain(why);
    expect(saidBy(certificate)[0]).toEndWith("; the certificate before it is shown");
    write(second.certificate, second.key);
    certificate.look();
    expect([certificate.pem.cert, saidBy(certificate)]).toEqual([second.certificate, []]);
  });

  test("whose key belongs to another one, which is gone, or which has ended is not taken", () => {
    const { issue, write, open, certFile } = rig("files");
    const [first, second, over] = [issue(), issue(), issue(10, Date.now() - 20 * DAY_MS)];
    write(first.certificate, first.key);
    const certificate = open();
    write(second.certificate, first.key);
    certificate.look();
    expect(saidBy(certificate)[0]).toContain("is not the key of the certificate");
    rmSync(certFile);
    certificate.look();
    expect(saidBy(certificate)[0]).toContain("cannot be read: no such file");
    write(over.certificate, over.key);
    certificate.look();
    expect(saidBy(certificate)[0]).toContain("ended on");
    expect(certificate.pem.cert).toBe(first.certificate);
  });

  test("that does not hold at the start stops it, with file, reason and fix", () => {
    const { issue, write, open, certFile } = rig("files");
    expect(open).toThrow(`${certFile}: cannot speak TLS: the certificate cannot be read: no such file`);
    const [first, second] = [issue(), issue()];
    write(first.certificate, second.key);
    expect(open).toThrow(
      "is not the key of the certificate. Write the certificate and the key that belong together",
    );
  });

  test("that is nearly over is a trouble, by its own length", () => {
    const { issue, write, open, at } = rig("files");
    for (const [days, passed, isSaid] of [
      [90, 75, false],
      [90, 77, true],
      [6, 4, false],
      [6, 5.5, true],
      [6, 7, true],
    ] as const) {
      const { certificate: pem, key } = issue(days, Date.now());
      at.nowMs = Date.now();
      write(pem, key);
      const certificate = open();
      at.nowMs += passed * DAY_MS;
      expect([days, passed, certificate.troubles().length > 0]).toEqual([days, passed, isSaid]);
    }
  });
});

describe("a certificate of our own making", () => {
  test("is kept for its owner alone, for loopback and the names, and is the same after a restart", () => {
    const { open, dir } = rig("self-signed", { names: ["cd.example.com", "192.0.2.7", "2001:db8::7"] });
    const first = open();
    const read = new X509Certificate(first.pem.cert);
    for (const name of ["localhost", "cd.example.com"]) expect(read.checkHost(name)).toBe(name);
    for (const address of ["127.0.0.1", "::1", "192.0.2.7", "2001:db8::7"])
      expect(read.checkIP(address)).toBeDefined();
    const file = join(dir, "tls", "self-signed.pem");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    expect(open().facts).toEqual(first.facts);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("is renewed 30 days before its end with the key that it has, while it runs", () => {
    const { open, at } = rig("self-signed");
    const certificate = open();
    const before = certificate.facts;
    at.nowMs += 334 * DAY_MS;
    certificate.look();
    expect([certificate.facts, at.shown]).toEqual([before, 0]);
    at.nowMs += 2 * DAY_MS;
    certificate.look();
    const after = certificate.facts;
    expect([after.fingerprint === before.fingerprint, after.keyFingerprint, at.shown]).toEqual([
      false,
      before.keyFingerprint,
      1,
    ]);
    expect(saidBy(certificate)).toEqual([]);
  });

  test("is another one for other names, and where the file was damaged", () => {
    const { open, dir } = rig("self-signed");
    const first = open().facts;
    const named = rig("self-signed", { dir, names: ["other.example.com"] }).open().facts;
    expect(named.names).toContain("DNS:other.example.com");
    expect(named.keyFingerprint).toBe(first.keyFingerprint);
    writeFileSync(join(dir, "tls", "self-signed.pem"), "garbage");
    expect(open().facts.keyFingerprint).not.toBe(first.keyFingerprint);
  });
});
