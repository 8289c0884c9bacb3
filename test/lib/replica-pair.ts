/** Replicas of one home in this process, each with a data folder and a network of its own, over a sandbox cluster. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { defaultConfig } from "../../src/config/load-config.ts";
import type { ReplicaSettings } from "../../src/config/replica-settings.ts";
import { customResourceDefinitions } from "../../src/core/definitions/custom-resources.ts";
import { HANDED_OVER } from "../../src/core/replicas/lease.ts";
import { startDaemon } from "../../src/daemon/daemon.ts";
import { Replica, type ReplicaEnd } from "../../src/daemon/replica/replica.ts";
import { systemClock } from "../../src/lib/system-clock.ts";
import { type ApiProxy, startApiProxy } from "./api-proxy.ts";
import { freePort } from "./daemon.ts";
import { appOf, HOME, SERVER, startWorld, type World } from "./engine-rig.ts";
import { eventually } from "./eventually.ts";
import { jqHost } from "./jq-host.ts";
import { configMap } from "./manifests.ts";
import { recordingLog } from "./recording-log.ts";

export interface TestReplica {
  replica: Replica;
  proxy: ApiProxy;
  data: string;
  log: ReturnType<typeof recordingLog>;
  /** How it ended by itself; undefined while it did not. */
  readonly end: ReplicaEnd | undefined;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  get(path: string): Promise<{ status: number; text: string; body: any }>;
  post(path: string, body: unknown): Promise<{ status: number; text: string }>;
}

export interface Replicas {
  world: World;
  /** Stands by with a data folder of its own, or the one that is named. */
  start(data?: string): Promise<TestReplica>;
  /** The one that leads and answers, other than these. */
  leads(...other: TestReplica[]): Promise<TestReplica>;
  /** An application in a namespace of its name, of one ConfigMap a. */
  application(name: string): Promise<{ commit(value: string): Promise<unknown> }>;
  valueOf(app: string): Promise<unknown>;
  stop(): Promise<void>;
}

/**
 * @param leaseMs whole seconds: as long as a busy machine needs in tests in which nobody is to be followed
 * @param more of the config of each
 * @param scheme https: each shows a certificate of its own making
 */
export async function startReplicas(
  leaseMs: number,
  { server, ...more }: Partial<Omit<Config, "server">> & { server?: Partial<Config["server"]> } = {},
  scheme: "http" | "https" = "http",
): Promise<Replicas> {
  const world = await startWorld();
  const dir = mkdtempSync(join(tmpdir(), "holdfast-replicas-"));
  const all: TestReplica[] = [];
  await world.makeNamespace(HOME);
  for (const definition of customResourceDefinitions())
    await world.must("POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  // Handed over, so that nobody waits for the first one.
  await world.must("POST", `/apis/coordination.k8s.io/v1/namespaces/${HOME}/leases`, {
    ...{ apiVersion: "coordination.k8s.io/v1", kind: "Lease" },
    metadata: { name: "holdfast", annotations: { [HANDED_OVER]: "1" } },
    spec: { leaseTransitions: 1 },
  });
  const replicas: ReplicaSettings = {
    lease: { namespace: HOME, name: "holdfast" },
    leaseMs,
    store: { in: "secrets" },
  };
  return {
    world,
    async start(data = mkdtempSync(join(dir, "data-"))) {
      const proxy = await startApiProxy(world.kubeconfig);
      const defaults = defaultConfig(dir);
      const port = await freePort();
      const log = recordingLog();
      const config: Config & { replicas: ReplicaSettings } = {
        ...defaults,
        data,
        ...more,
        server: {
          ...{ ...defaults.server, ...server, listen: { hostname: "127.0.0.1", port } },
          ...(scheme === "http"
            ? {}
            : { tls: { ...defaults.server.tls, certificate: { by: "self-signed" as const } } }),
        },
        home: "cluster",
        namespace: HOME,
        replicas: { ...replicas, address: `${scheme}://127.0.0.1:${port}` },
        clusters: [
          {
            ...{ name: "in-cluster", server: SERVER, kubeconfig: proxy.kubeconfig, context: undefined },
            ...{ namespaces: [], clusterResources: true, project: "", labels: {} },
          },
        ],
        poll: { everyMs: 200 },
        pollSpreadMs: 0,
      };
      const replica = await Replica.start({
        ...{
          config,
          build: { version: "0.0.0", commit: "test" },
          environment: {},
          pod: { host: "", port: "" },
          clock: systemClock,
          log,
        },
        // The kernel's would end this process.
        watchdog: { arm: () => undefined, disarm: () => undefined },
        lead: (leading) =>
          startDaemon({
            ...{ config, leading, file: undefined, log, wrong: [], held: () => undefined },
            reread: () => ({ ok: true, value: config, warnings: [] }),
            build: { version: "0.0.0", commit: "test", buildDate: "2026-12-01T00:00:00Z" },
            ...{ embeddedTools: {}, searchPath: "", environment: {}, cwd: dir },
            checkHost: (host) => (host === "jq" ? jqHost : ["false"]),
            ...{ pod: { host: "", port: "" }, print: () => undefined },
          }),
      });
      let end: ReplicaEnd | undefined;
      void replica.ended.then((how) => {
        end = how;
      });
      const asked: TestReplica["fetch"] = (path, init) =>
        fetch(`${scheme}://127.0.0.1:${port}${path}`, {
          ...init,
          ...(scheme === "https" ? { tls: { rejectUnauthorized: false } } : {}),
        });
      const ask = async (path: string, init?: RequestInit) => {
        const response = await asked(path, init);
        const text = await response.text();
        return { status: response.status, text, body: text.startsWith("{") ? JSON.parse(text) : undefined };
      };
      const one: TestReplica = {
        ...{ replica, proxy, data, log, fetch: asked },
        get end() {
          return end;
        },
        get: (path) => ask(path),
        post: (path, body) =>
          ask(path, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(body),
          }),
      };
      all.push(one);
      return one;
    },
    leads: (...other) =>
      eventually(
        () => `somebody leads: ${all.map(({ log }) => JSON.stringify(log.lines.slice(-8))).join("\n")}`,
        async () => {
          const one = all.find((each) => each.replica.daemon !== undefined && !other.includes(each));
          return one !== undefined && (await one.get("/readyz")).status === 200 ? one : undefined;
        },
        120_000,
      ),
    async application(name) {
      await world.makeNamespace(name);
      const file = (value: string) => ({ "a.yaml": { ...configMap(name, "a"), data: { value } } });
      const repository = await world.repository(name, file("1"));
      const at = `/apis/argoproj.io/v1alpha1/namespaces/${HOME}/applications`;
      await world.must("POST", at, appOf({ name, repository }));
      return { commit: (value) => repository.commit(file(value)) };
    },
    valueOf: async (app) => (await world.find(`/api/v1/namespaces/${app}/configmaps/a`))?.["data"]?.value,
    async stop() {
      await Promise.all(all.map(({ replica }) => replica.stop()));
      for (const { proxy } of all) await proxy.stop();
      await world.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
