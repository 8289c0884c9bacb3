/** A real directory (OpenLDAP's slapd) on free loopback ports, with people, groups in groups, and a certificate. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "./certificates.ts";
import { eventually } from "./eventually.ts";

export interface Slapd {
  /** Without TLS until StartTLS; it takes no password before. */
  plain: string;
  ldaps: string;
  ca: string;
  root: { dn: string; password: string };
  stop(): Promise<void>;
}

const SLAPD = "/usr/sbin/slapd";
const SCHEMAS = ["core", "cosine", "inetorgperson"];

/**
 * @param ldif entries beneath `dc=example,dc=org`, which is made
 * @throws {Error} with the command that installs slapd where there is none
 */
export async function startSlapd(ldif: string): Promise<Slapd> {
  if (!existsSync(SLAPD))
    throw new Error("this test needs slapd: apt-get install -y --no-install-recommends slapd");
  const folder = mkdtempSync(join(tmpdir(), "holdfast-slapd-"));
  const at = (name: string): string => join(folder, name);
  const { ca, cert, key } = await makeCertificates(["localhost"]);
  for (const [name, text] of Object.entries({ ca, cert, key }))
    writeFileSync(at(`${name}.pem`), text, { mode: 0o600 });
  mkdirSync(at("data"));
  const root = { dn: "cn=root,dc=example,dc=org", password: "root-canary" };
  const searcher = 'dn.exact="cn=searcher,dc=example,dc=org"';
  writeFileSync(
    at("slapd.conf"),
    [
      ...SCHEMAS.map((schema) => `include /etc/ldap/schema/${schema}.schema`),
      "modulepath /usr/lib/ldap",
      "moduleload back_mdb",
      `pidfile ${at("pid")}`,
      `argsfile ${at("args")}`,
      `TLSCACertificateFile ${at("ca.pem")}`,
      `TLSCertificateFile ${at("cert.pem")}`,
      `TLSCertificateKeyFile ${at("key.pem")}`,
      // The trap: a name with an empty password is taken for nobody's, and that succeeds.
      "allow bind_anon_cred",
      "security simple_bind=128",
      "database mdb",
      "maxsize 33554432",
      'suffix "dc=example,dc=org"',
      `rootdn "${root.dn}"`,
      `rootpw ${root.password}`,
      `directory ${at("data")}`,
      `limits ${searcher} size.soft=200 size.hard=200 size.prtotal=200`,
      `access to attrs=userPassword by anonymous auth by * none`,
      `access to * by ${searcher} read by dn.exact="cn=wide,dc=example,dc=org" read by self read by anonymous auth by * none`,
      "",
    ].join("\n"),
  );
  writeFileSync(
    at("all.ldif"),
    `dn: dc=example,dc=org\nobjectClass: dcObject\nobjectClass: organization\no: Example\n\n${ldif}\n`,
  );
  await run(["/usr/sbin/slapadd", "-f", at("slapd.conf"), "-l", at("all.ldif")]);
  const [port, securePort] = [await freePort(), await freePort()];
  const [plain, ldaps] = [`ldap://localhost:${port}`, `ldaps://localhost:${securePort}`];
  const child = Bun.spawn(
    [
      SLAPD,
      "-d",
      "0",
      "-f",
      at("slapd.conf"),
      "-h",
      `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${securePort}/`,
    ],
    { stdin: "ignore", stdout: "ignore", stderr: "ignore" },
  );
  try {
    await eventually("slapd listens", () => accepts(securePort));
  } catch (cause) {
    child.kill();
    throw cause;
  }
  return {
    plain,
    ldaps,
    ca,
    root,
    async stop() {
      child.kill();
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(argv: string[]): Promise<void> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const said = await new Response(child.stderr).text();
  if ((await child.exited) !== 0) throw new Error(`${argv[0]}: ${said}`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
