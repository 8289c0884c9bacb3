/** A real sshd on a free loopback port, with a host key and a user key of its own. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface SshServer {
  /** `ssh://user@127.0.0.1:port`. */
  url: string;
  port: number;
  privateKey: string;
  /** A key that the server does not know. */
  strangeKey: string;
  /** A key that the server knows, and that some of Git's services may be closed to: see `turnAway`. */
  deployKey: string;
  /** One line for a known_hosts file. */
  knownHosts: string;
  /** Has the server say this to the deploy key, and hang up, in place of a service of Git's. */
  turnAway(service: "git-upload-pack" | "git-receive-pack", words: string): void;
  close(): Promise<void>;
}

/** @throws {Error} with the command that installs sshd where there is none */
export async function startSshServer(): Promise<SshServer> {
  const sshd = [Bun.which("sshd"), "/usr/sbin/sshd"].find(
    (path) => path !== null && path !== undefined && existsSync(path),
  );
  if (sshd === undefined || sshd === null)
    throw new Error("this test needs sshd: apt-get install -y openssh-server");
  const folder = mkdtempSync(join(tmpdir(), "holdfast-sshd-"));
  const at = (name: string): string => join(folder, name);
  const text = (name: string): string => readFileSync(at(name), "utf8");
  for (const key of ["host", "user", "strange", "deploy"])
    await run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", key, "-f", at(key)]);
  // As Git's hosts do it: whoever comes with this key gets one program, which decides.
  writeFileSync(
    at("gate"),
    `#!/bin/sh\nset -- $SSH_ORIGINAL_COMMAND\nif [ -f "${at("away")}-$1" ]; then cat "${at("away")}-$1" >&2; exit 1; fi\nexec sh -c "$SSH_ORIGINAL_COMMAND"\n`,
    { mode: 0o755 },
  );
  writeFileSync(
    at("authorized"),
    `${text("user.pub")}\ncommand="${at("gate")}",restrict ${text("deploy.pub")}\n`,
    { mode: 0o600 },
  );
  const user = await run(["id", "-un"]);
  // sshd as root drops its privileges into this folder, and wants it to exist.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  const port = await freePort();
  writeFileSync(
    at("config"),
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${at("host")}`,
      `AuthorizedKeysFile ${at("authorized")}`,
      "PidFile none",
      "UsePAM no",
      "StrictModes no",
      "PasswordAuthentication no",
      "PermitRootLogin yes",
      "LogLevel ERROR",
      "",
    ].join("\n"),
  );
  const child = Bun.spawn([sshd, "-D", "-e", "-f", at("config")], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  await answering(port, child);
  return {
    url: `ssh://${user}@127.0.0.1:${port}`,
    port,
    privateKey: text("user"),
    strangeKey: text("strange"),
    deployKey: text("deploy"),
    knownHosts: `[127.0.0.1]:${port} ${text("host.pub")}`,
    turnAway: (service, words) => writeFileSync(`${at("away")}-${service}`, words),
    async close() {
      child.kill();
      await child.exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function run(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  if ((await child.exited) !== 0) throw new Error(`${argv[0]}: ${await new Response(child.stderr).text()}`);
  return (await new Response(child.stdout).text()).trim();
}

function freePort(): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port } = server.address() as AddressInfo;
    server.close(() => resolve(port));
  });
  return promise;
}

async function answering(port: number, child: Bun.Subprocess<"ignore", "ignore", "pipe">): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (child.exitCode !== null) throw new Error(`sshd ended: ${await new Response(child.stderr).text()}`);
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    const there = await promise;
    socket.destroy();
    if (there) return;
    await Bun.sleep(50);
  }
  throw new Error("sshd does not answer");
}
