/** A real PostgreSQL on loopback, with a database of its own: Debian's `postgresql`. */
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, run } from "./daemon.ts";
import { eventually } from "./eventually.ts";

export interface Postgres {
  /** `postgres://…`, of a user that owns the database. */
  url: string;
  port: number;
  /** All its processes stand still, or go on. */
  pause(): void;
  resume(): void;
  /** As the machine's power cut would end it. */
  kill(): Promise<void>;
  /** Starts it again after that. */
  start(): Promise<void>;
  stop(): Promise<void>;
}

const BINARIES = "/usr/lib/postgresql";

/** @throws {Error} where it is not installed */
export async function startPostgres(): Promise<Postgres> {
  const version = existsSync(BINARIES) ? readdirSync(BINARIES).sort().at(-1) : undefined;
  if (version === undefined) throw new Error("PostgreSQL is not installed: apt-get install postgresql");
  const bin = join(BINARIES, version, "bin");
  const dir = mkdtempSync(join(tmpdir(), "holdfast-postgres-"));
  const data = join(dir, "data");
  mkdirSync(data, { mode: 0o700 });
  // It refuses to be root's.
  const { uid, gid } = await userOf("postgres");
  for (const folder of [dir, data]) chownSync(folder, uid, gid);
  const as = ["/usr/bin/setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups"];
  const must = async (argv: string[]): Promise<void> => {
    const { code, stdout, stderr } = await run([...as, ...argv], {
      cwd: dir,
      env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
    });
    if (code !== 0) throw new Error(`${argv.join(" ")}: ${stdout}${stderr}`);
  };
  await must([join(bin, "initdb"), "-D", data, "-U", "holdfast", "--auth=trust", "--no-sync", "-E", "UTF8"]);
  const port = await freePort();
  let server: Bun.Subprocess;
  const url = `postgres://holdfast:not-asked@127.0.0.1:${port}/postgres`;
  const start = async (): Promise<void> => {
    server = Bun.spawn(
      [
        ...as,
        join(bin, "postgres"),
        ...["-D", data, "-k", dir, "-p", String(port), "-c", "listen_addresses=127.0.0.1"],
      ],
      { stdin: "ignore", stdout: "ignore", stderr: Bun.file(join(dir, "log")), cwd: dir },
    );
    await eventually("PostgreSQL answers", async () => {
      const sql = new Bun.SQL({ url, max: 1, connectionTimeout: 5 });
      try {
        return (await sql.unsafe("SELECT 1")).length === 1;
      } catch {
        return false;
      } finally {
        await sql.close({ timeout: 0 });
      }
    });
  };
  await start();
  /** The first one first, so that it makes no new one meanwhile. */
  const toAll = (signal: NodeJS.Signals): void => {
    const { pid } = server;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
    for (const one of [pid, ...children.map(Number)]) process.kill(one, signal);
  };
  return {
    url,
    port,
    pause: () => toAll("SIGSTOP"),
    resume: () => toAll("SIGCONT"),
    async kill() {
      toAll("SIGKILL");
      await server.exited;
    },
    start,
    async stop() {
      // At once, whoever is connected.
      server.kill("SIGQUIT");
      await server.exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function userOf(name: string): Promise<{ uid: number; gid: number }> {
  const { stdout } = await run(["/usr/bin/getent", "passwd", name]);
  const [, , uid, gid] = stdout.split(":");
  if (uid === undefined || gid === undefined) throw new Error(`there is no user ${name}`);
  return { uid: Number(uid), gid: Number(gid) };
}
