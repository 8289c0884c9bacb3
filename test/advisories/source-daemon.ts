/** The whole daemon from these sources, in a process of its own: what crashes it, grows it or reaches its disk is seen from outside. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { NotHeld } from "./row.ts";
import { readText } from "./witnesses.ts";

export interface SourceDaemonOptions {
  /** Below it the daemon gets a folder. */
  dir: string;
  /** Of `server`, beside its address: `, token: "…"`. */
  server?: string;
  config: string;
  env: Record<string, string>;
  /** A program that becomes the daemon, with its arguments before the daemon's own command line. */
  under?: readonly string[];
  /** Where its applications live; default: files, in its folder. */
  home?: "files" | "cluster";
  /** Application manifests, by file name. */
  apps?: Record<string, string>;
}

export interface Reply {
  status: number;
  headers: Headers;
  text: string;
  json: any;
}

export interface SourceDaemon {
  url: string;
  port: number;
  dir: string;
  pid: number;
  /** All that it wrote to its output. */
  log(): string;
  /** `headers` in place of those with the token. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Reply>;
  /** Writes a file into the folder of applications. */
  place(file: string, text: string): void;
  /** The application as the API shows it, once `is` holds. */
  until(name: string, is: (app: any) => boolean): Promise<any>;
  /** @throws {NotHeld} where it has ended by itself */
  mustRun(): void;
  kill(): Promise<void>;
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");

export async function startSourceDaemon(
  { dir: parent, server = "", config, env, home = "files", apps = {}, under = [] }: SourceDaemonOptions,
  token?: string,
): Promise<SourceDaemon> {
  const dir = mkdtempSync(join(parent, "daemon-"));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  mkdirSync(join(dir, "apps"));
  writeFileSync(join(dir, "apps", "README"), "");
  for (const [file, text] of Object.entries(apps)) writeFileSync(join(dir, "apps", file), text);
  const file = join(dir, "holdfast.yaml");
  writeFileSync(
    file,
    `server: { listen: "127.0.0.1:${port}"${server} }\ndata: ./data\n${home === "files" ? "applications: [./apps]" : "home: cluster"}\n${config}`,
  );
  const logFile = join(dir, "daemon.log");
  const log = (): string => readText(logFile) + readText(`${logFile}.err`);
  let stopping = false;
  let child = await begin();

  async function begin(): Promise<Bun.Subprocess> {
    const started = Bun.spawn([...under, process.execPath, MAIN, "serve", "--config", file], {
      env: { HOME: dir, ...env },
      stdin: "ignore",
      stdout: Bun.file(logFile),
      stderr: Bun.file(`${logFile}.err`),
    });
    const answers = eventually(
      () => `the daemon answers\n${log()}`,
      async () => started.exitCode !== null || (await fetch(`${url}/healthz`)).ok,
      60_000,
    );
    await answers;
    if (started.exitCode !== null) throw new Error(`it ended with ${started.exitCode}: ${log()}`);
    return started;
  }
  const ask: SourceDaemon["ask"] = async (method, path, body, headers) => {
    const response = await fetch(`${url}${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(body === undefined && method === "GET" ? {} : { "content-type": "application/json" }),
        ...(headers ?? (token === undefined ? {} : { authorization: `Bearer ${token}` })),
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      // What is a JSON text a line is none by itself.
      json:
        text.startsWith("{") && !(response.headers.get("content-type") ?? "").includes("ndjson")
          ? JSON.parse(text)
          : undefined,
    };
  };
  return {
    url,
    port,
    dir,
    get pid() {
      return child.pid;
    },
    log,
    ask,
    place: (name, text) => writeFileSync(join(dir, "apps", name), text),
    async until(name, is) {
      let last: unknown;
      return eventually(
        () => `${name} gets there; last seen: ${JSON.stringify(last)?.slice(0, 3000)}\n${log().slice(-2000)}`,
        async () => {
          last = (await ask("GET", `/api/v1/applications/${name}`)).json;
          return is(last) && last;
        },
        30_000,
      );
    },
    mustRun() {
      if (!stopping && (child.exitCode !== null || child.signalCode !== null))
        throw new NotHeld(
          `the daemon ended with ${child.signalCode ?? child.exitCode}: ${log().slice(-500)}`,
        );
    },
    async kill() {
      stopping = true;
      child.kill("SIGKILL");
      await child.exited;
    },
    async restart() {
      stopping = true;
      child.kill("SIGTERM");
      await child.exited;
      child = await begin();
      stopping = false;
    },
    async stop() {
      stopping = true;
      child.kill("SIGTERM");
      await child.exited;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
