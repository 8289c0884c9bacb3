/** A real mail server (Exim) on free loopback ports: STARTTLS or TLS from the first byte, a login, and a mailbox of files. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { makeCertificates } from "./certificates.ts";
import { freePort, run } from "./daemon.ts";
import { eventually } from "./eventually.ts";

export interface Exim {
  /** Offers STARTTLS, and takes a login only then. */
  port: number;
  /** TLS from the first byte. */
  tlsPort: number;
  /** The authority of its certificate, which is for `localhost`: a file. */
  ca: string;
  /** Mails as they were delivered, the oldest first. */
  mails(): string[];
  log(): string;
  start(): Promise<void>;
  /** Ends it, and leaves what it took. */
  halt(): Promise<void>;
  stop(): Promise<void>;
}

const EXIM = "/usr/sbin/exim4";
/** Who it becomes once it listens. */
const USER = "Debian-exim";

/**
 * Takes mail of whoever signs in, for anybody but `nobody-here@…`, whom it refuses for ever, and `later@…`, whom it refuses for now.
 * @throws {Error} with the command that installs Exim where there is none
 */
export async function startExim({ user, password }: { user: string; password: string }): Promise<Exim> {
  if (!existsSync(EXIM))
    throw new Error(
      "this test needs Exim: apt-get install -y --no-install-recommends exim4-daemon-light, and root",
    );
  const folder = mkdtempSync(join(tmpdir(), "holdfast-exim-"));
  const at = (name: string): string => join(folder, name);
  const { ca, cert, key } = await makeCertificates(["localhost"]);
  for (const [name, text] of Object.entries({ ca, cert, key })) writeFileSync(at(`${name}.pem`), text);
  for (const name of ["spool", "log", "mail"]) mkdirSync(at(name));
  const [port, tlsPort] = [await freePort(), await freePort()];
  writeFileSync(at("exim.conf"), configOf({ folder, port, tlsPort, user, password }));
  const owned = await run(["chown", "-R", `${USER}:${USER}`, folder]);
  if (owned.code !== 0) throw new Error(owned.stderr);
  // Exim obeys no configuration that somebody else may write.
  await run(["chown", "root:root", at("exim.conf")]);
  let child: Bun.Subprocess | undefined;
  const log = (): string =>
    readdirSync(at("log"))
      .map((name) => readFileSync(join(at("log"), name), "utf8"))
      .join("\n");
  const exim: Exim = {
    port,
    tlsPort,
    ca: at("ca.pem"),
    log,
    mails() {
      const inbox = join(at("mail"), "new");
      if (!existsSync(inbox)) return [];
      return readdirSync(inbox)
        .sort()
        .map((name) => readFileSync(join(inbox, name), "utf8"));
    },
    async start() {
      child = Bun.spawn([EXIM, "-C", at("exim.conf"), "-bdf"], {
        stdin: "ignore",
        stdout: "ignore",
        stderr: "ignore",
      });
      await eventually("Exim listens", async () => (await accepts(port)) && (await accepts(tlsPort)));
    },
    async halt() {
      child?.kill();
      await child?.exited;
    },
    async stop() {
      await exim.halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
  await exim.start();
  return exim;
}

function configOf({
  folder,
  port,
  tlsPort,
  user,
  password,
}: {
  folder: string;
  port: number;
  tlsPort: number;
  user: string;
  password: string;
}): string {
  return `primary_hostname = mail.example.com
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%slog
pid_file_path = ${folder}/pid
daemon_smtp_ports = ${port} : ${tlsPort}
tls_on_connect_ports = ${tlsPort}
local_interfaces = 127.0.0.1
disable_ipv6
host_lookup =
rfc1413_hosts =
tls_advertise_hosts = *
tls_certificate = ${folder}/cert.pem
tls_privatekey = ${folder}/key.pem
auth_advertise_hosts = \${if def:tls_in_cipher {*}{}}
acl_smtp_rcpt = rcpt
log_selector = +tls_sni +smtp_connection +smtp_protocol_error

begin acl
rcpt:
  require authenticated = *
  deny local_parts = nobody-here
    message = there is nobody of that name
  defer local_parts = later
    message = come again
  accept

begin routers
all:
  driver = accept
  transport = files

begin transports
files:
  driver = appendfile
  directory = ${folder}/mail
  maildir_format
  user = ${USER}

begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = \${if and {{eq{$auth2}{${user}}}{eq{$auth3}{${password}}}}}
  server_set_id = $auth2
`;
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("data", () => {
      socket.destroy();
      resolve(true);
    });
    // TLS from the first byte: it waits for us.
    socket.once("connect", () => setTimeout(() => resolve(true), 50).unref());
    socket.once("error", () => resolve(false));
  });
}
