import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** PEM texts. */
export interface Certificates {
  ca: string;
  cert: string;
  key: string;
}

/**
 * A certificate authority of its own and a server certificate signed by it, made by openssl.
 * @param names DNS names of the server; 127.0.0.1 is not among them, so that a wrong name can be tried
 */
export async function makeCertificates(names: readonly string[]): Promise<Certificates> {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-ca-"));
  const at = (file: string): string => join(folder, file);
  try {
    writeFileSync(at("ext"), `subjectAltName=${names.map((name) => `DNS:${name}`).join(",")}\nbasicConstraints=CA:FALSE\n`);
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
    await openssl("req", "-x509", ...key, "-keyout", at("ca.key"), "-out", at("ca.pem"), "-days", "2", "-subj", "/CN=Holdfast test authority");
    await openssl("req", ...key, "-keyout", at("key"), "-out", at("csr"), "-subj", `/CN=${names[0]}`);
    await openssl("x509", "-req", "-in", at("csr"), "-CA", at("ca.pem"), "-CAkey", at("ca.key"), "-CAcreateserial", "-out", at("cert"), "-days", "2", "-extfile", at("ext"));
    const text = (file: string): string => readFileSync(at(file), "utf8");
    return { ca: text("ca.pem"), cert: text("cert"), key: text("key") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function openssl(...argv: string[]): Promise<void> {
  const child = Bun.spawn(["openssl", ...argv], { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(`openssl ${argv[0]}: ${await new Response(child.stderr).text()}`);
}
