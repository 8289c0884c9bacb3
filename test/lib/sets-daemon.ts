/** A daemon in this process with ApplicationSets in its folder, over a sandbox cluster and repositories of its own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/load-config.ts";
import type { Parsed } from "../../src/core/model/problem.ts";
import { type Daemon, startDaemon } from "../../src/daemon/daemon.ts";
import { cameWithUs } from "../../src/verbs/tool-places.ts";
import { freePort } from "./daemon.ts";
import { SERVER, startWorld, type World } from "./engine-rig.ts";
import { eventually } from "./eventually.ts";
import { jqHost } from "./jq-host.ts";
import { type LogLine, recordingLog } from "./recording-log.ts";

export interface SetsDaemon {
  readonly daemon: Daemon;
  readonly log: readonly LogLine[];
  world: World;
  /** Writes, or with null removes, a file of the folder of applications. */
  file(name: string, content: unknown): void;
  api(path: string, init?: RequestInit): Promise<{ status: number; body: any }>;
  /** Names of the applications that there are, sorted. */
  names(): Promise<string[]>;
  /** Waits until just these are there. */
  untilNames(names: readonly string[]): Promise<void>;
  application(name: string): Promise<any>;
  /** The config is another one from now on. */
  configure(change: Partial<Config>): Promise<void>;
  config(): Config;
  /** Done at the next restart, while nothing runs. */
  whileDown(work: () => void): void;
  /** Stops it and starts it on the same folders. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function startSetsDaemon(
  change: Partial<Config> = {},
  { tools = "none" }: { tools?: "npm" | "none" } = {},
): Promise<SetsDaemon> {
  const world = await startWorld();
  const dir = mkdtempSync(join(tmpdir(), "holdfast-sets-"));
  mkdirSync(join(dir, "apps"));
  // A folder that is suddenly empty takes nothing away: this one never is.
  const kept = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "kept" },
    spec: {},
  };
  writeFileSync(join(dir, "apps", "kept.yaml"), JSON.stringify(kept));
  const defaults = defaultConfig(dir);
  let config: Config = {
    ...defaults,
    server: { ...defaults.server, listen: { hostname: "127.0.0.1", port: await freePort() } },
    clusters: [
      {
        name: "in-cluster",
        server: SERVER,
        kubeconfig: world.kubeconfig,
        context: undefined,
        namespaces: [],
        clusterResources: true,
        project: "",
        labels: {},
      },
    ],
    applications: [join(dir, "apps")],
    poll: { everyMs: 100 },
    removal: { ...defaults.removal, missingForMs: 20 },
    pollSpreadMs: 0,
    plugins: [],
    ...change,
  };
  const log = recordingLog();
  const written = (): Parsed<Config> => ({ ok: true, value: config, warnings: [] });
  const embeddedTools = await cameWithUs(
    { embedded: {}, packageRoot: tools === "npm" ? join(import.meta.dir, "..", "..") : undefined },
    join(dir, "tools"),
  );
  const start = (): Promise<Daemon> =>
    startDaemon({
      config,
      file: join(dir, "holdfast.yaml"),
      log,
      wrong: [],
      held: () => undefined,
      reread: written,
      build: { version: "0.0.0", commit: "test", buildDate: "2026-11-29T00:00:00Z" },
      embeddedTools,
      searchPath: "",
      environment: {},
      cwd: dir,
      checkHost: (host) => (host === "jq" ? jqHost : ["false"]),
      pod: { host: "", port: "" },
      print: () => undefined,
    });
  let daemon = await start();
  let whileDown = (): void => undefined;
  const api: SetsDaemon["api"] = async (path, init) => {
    const response = await fetch(`${daemon.url}${path}`, init);
    const text = await response.text();
    return { status: response.status, body: text.startsWith("{") ? JSON.parse(text) : text };
  };
  const names = async (): Promise<string[]> => {
    const { body } = await api("/api/v1/applications");
    return (body.items ?? []).map((app: any) => app.metadata.name).sort();
  };
  return {
    get daemon() {
      return daemon;
    },
    log: log.lines,
    world,
    file(name, content) {
      const path = join(dir, "apps", name);
      if (content === null) rmSync(path, { force: true });
      else writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 1));
    },
    api,
    names,
    async untilNames(wanted) {
      let last: string[] = [];
      await eventually(
        () =>
          `the applications are ${wanted.join(", ")}: there are ${last.join(", ")}; ${JSON.stringify(log.lines.slice(-5))}`,
        async () => {
          last = await names();
          return JSON.stringify(last) === JSON.stringify([...wanted].sort());
        },
      );
    },
    application: async (name) => (await api(`/api/v1/applications/${name}`)).body,
    async configure(next) {
      config = { ...config, ...next };
      await daemon.reload();
    },
    config: () => config,
    whileDown(work) {
      whileDown = work;
    },
    async restart() {
      await daemon.stop();
      whileDown();
      whileDown = () => undefined;
      daemon = await start();
    },
    async stop() {
      await daemon.stop();
      await world.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
