/** Starts the compiled binary as an operator would: a config file, a data folder, a port on loopback. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defined } from "../../src/lib/defined.ts";
import { eventually } from "./eventually.ts";

export const BINARY = process.env.HOLDFAST_BINARY ?? join(import.meta.dir, "..", "..", "dist", "holdfast");

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Daemon {
  url: string;
  dir: string;
  pid: number;
  log(): Promise<string>;
  /** One CLI verb of the same binary against this daemon. */
  cli(...args: string[]): Promise<Ran>;
  api<T = unknown>(path: string, init?: RequestInit): Promise<{ status: number; body: T }>;
  app(name: string): Promise<Record<string, any>>;
  /** Polls until `is` holds; throws with the last state seen. */
  until(
    name: string,
    is: (app: Record<string, any>) => boolean,
    timeoutMs?: number,
  ): Promise<Record<string, any>>;
  kill(signal: NodeJS.Signals): Promise<number>;
  /** SIGTERM, and the folder goes. */
  stop(): Promise<void>;
  /** Starts the same binary on the same folder again. */
  restart(): Promise<void>;
}

/** Below those that the system gives to outgoing connections, so that none of them takes it while a daemon starts again. */
const PORTS = { first: 20_000, count: 10_000 };

export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 1_000; tries++) {
    const port = PORTS.first + Math.floor(Math.random() * PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new Error("no port is free");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

export async function run(
  argv: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  const child = Bun.spawn(argv, {
    stdout: "pipe",
    stderr: "pipe",
    stdin: "ignore",
    env: options.env ?? { ...process.env },
    ...defined({ cwd: options.cwd }),
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/**
 * @param config the config file without `server` and `data`, which are set here; `DIR` in it is the daemon's folder
 * @param files more files to write into the folder first, by relative path
 * @param options.basePath below which it answers, probes too
 * @param options.data the data folder, where it is not the daemon folder's own
 */
export async function startDaemon(
  config: string,
  files: Record<string, string> = {},
  options: { token?: string; basePath?: string; env?: Record<string, string>; data?: string } = {},
): Promise<Daemon> {
  const dir = await mkdtemp(join(tmpdir(), "holdfast-e2e-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const token = options.token === undefined ? "" : `, token: ${JSON.stringify(options.token)}`;
  const below = options.basePath === undefined ? "" : `, basePath: ${options.basePath}`;
  const all: Record<string, string> = {
    "holdfast.yaml": `server: { listen: "127.0.0.1:${port}"${token}${below} }\ndata: ${options.data ?? "./data"}\n${config.replaceAll("DIR", dir)}`,
    ...files,
  };
  for (const [path, text] of Object.entries(all)) await Bun.write(join(dir, path), text);
  const logFile = join(dir, "daemon.log");
  await writeFile(logFile, "");
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: dir,
    HOLDFAST_SERVER: url,
    ...defined({ HOLDFAST_TOKEN: options.token }),
    ...options.env,
  };
  const headers: Record<string, string> =
    options.token === undefined ? {} : { authorization: `Bearer ${options.token}` };
  let child = spawn();
  await answers();

  function spawn() {
    return Bun.spawn(
      [
        "bash",
        "-c",
        `exec "$0" serve --config "$1" >>"$2" 2>&1`,
        BINARY,
        join(dir, "holdfast.yaml"),
        logFile,
      ],
      { env, stdin: "ignore" },
    );
  }
  async function answers(): Promise<void> {
    await eventually(
      `the daemon answers at ${url}`,
      async () => child.exitCode !== null || (await fetch(`${url}/healthz`)).ok,
    ).catch(async (cause) => {
      throw new Error(`${cause}:\n${await Bun.file(logFile).text()}`);
    });
    if (child.exitCode !== null)
      throw new Error(`the daemon ended with ${child.exitCode}:\n${await Bun.file(logFile).text()}`);
  }

  const daemon: Daemon = {
    url,
    dir,
    get pid() {
      return child.pid;
    },
    log: () => Bun.file(logFile).text(),
    cli: (...args) => run([BINARY, ...args], { env, cwd: dir }),
    async api<T>(path: string, init: RequestInit = {}) {
      const response = await fetch(`${url}${path}`, {
        ...init,
        headers: {
          ...headers,
          ...(init.body === undefined ? {} : { "content-type": "application/json" }),
          ...(init.headers as Record<string, string>),
        },
      });
      const text = await response.text();
      return {
        status: response.status,
        body: (text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text) as T,
      };
    },
    app: async (name) => (await daemon.api<Record<string, any>>(`/api/v1/applications/${name}`)).body,
    async until(name, is, timeoutMs = 30_000) {
      const end = Date.now() + timeoutMs;
      let last: Record<string, any> = {};
      while (Date.now() < end) {
        last = await daemon.app(name);
        if (is(last)) return last;
        await Bun.sleep(50);
      }
      throw new Error(
        `${name} did not get there within ${timeoutMs} ms. Last seen:\n${JSON.stringify(last.status ?? last, null, 1)}\nlog:\n${(await daemon.log()).slice(-4000)}`,
      );
    },
    async kill(signal) {
      child.kill(signal);
      return await child.exited;
    },
    async stop() {
      child.kill("SIGTERM");
      await child.exited;
      await rm(dir, { recursive: true, force: true });
    },
    async restart() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        await child.exited;
      }
      child = spawn();
      await answers();
    },
  };
  return daemon;
}

/** Synced and Healthy. */
export const settled = (app: Record<string, any>): boolean =>
  app.status?.sync?.status === "Synced" && app.status?.health?.status === "Healthy";

/** Whether the teams of a demo's neighbours have committed what they commit, so that the next commit is nobody else's. */
export const storyIsTold = (apps: readonly Record<string, any>[]): boolean =>
  apps.some((app) => app.metadata?.name === "search" && app.status?.hold !== undefined);
