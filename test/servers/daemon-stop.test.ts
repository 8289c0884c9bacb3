/** The end of a daemon whose neighbours are silent: it comes within what systemd and Kubernetes give it, whoever is waited for. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Config } from "../../src/config/config.ts";
import { Secret } from "../../src/core/model/secret.ts";
import { addedClusters, type Given, untilSynced } from "../lib/added-clusters.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { appOf, SERVER, startWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { INTO_KUSTOMIZATION, kustomized, pushImage } from "../lib/images-stage.ts";
import { plugin } from "../lib/management-plugin.ts";
import { configMap } from "../lib/manifests.ts";
import { startRegistry } from "../lib/registry.ts";

const { start, stops } = addedClusters();
setDefaultTimeout(120_000);

let world: World, proxy: ApiProxy, git: GitServer;
beforeAll(async () => {
  world = await startWorld();
  [proxy, git] = await Promise.all([startApiProxy(world.kubeconfig), startGitServer()]);
});
afterAll(async () => {
  await git?.close();
  await proxy?.stop();
  await world?.stop();
});

/** `terminationGracePeriodSeconds` and `TimeoutStopSec` of what we install. */
const GRACE_MS = 45_000;
/** Longer than any test: what ends by its own time has not ended. */
const NEVER_MS = 3_600_000;

function begin(change: Partial<Config> = {}, kubeconfig = proxy.kubeconfig): Promise<Given> {
  const cluster = { name: "in-cluster", server: SERVER, kubeconfig, context: undefined };
  return start(
    {
      clusters: [{ ...cluster, namespaces: [], clusterResources: true, project: "", labels: {} }],
      git: {
        ...{ implementation: "auto", timeoutMs: NEVER_MS, fetchTimeoutMs: NEVER_MS },
        ...{ maxPackBytes: 1e9, localRepositories: "allowed" },
      },
      ...change,
    },
    undefined,
    { searchPath: process.env["PATH"] ?? "", tools: "npm" },
  );
}

const put = ({ dir }: Given, name: string, object: object): void =>
  writeFileSync(join(dir, "apps", `${name}.json`), JSON.stringify(object));

/** Takes what is asked, and answers nothing. */
function silent(): { url: string; asked: string[] } {
  const asked: string[] = [];
  const server = Bun.serve({
    ...{ hostname: "127.0.0.1", port: 0, idleTimeout: 0 },
    fetch(request) {
      asked.push(new URL(request.url).pathname);
      return new Promise<Response>(() => undefined);
    },
  });
  stops.push(() => server.stop(true));
  return { url: `http://127.0.0.1:${server.port}`, asked };
}

/** Seconds that nobody else waits for: what `sleep` is told, and known by. */
const aWord = (): string => `3600.${crypto.getRandomValues(new Uint32Array(1))[0]}`;

/** Processes whose command line has this in it. */
function running(word: string): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const words = readFileSync(`/proc/${name}/cmdline`, "utf8");
        return words.includes(word) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
}

function stopped({ daemon }: Given): Promise<"ended" | "killed"> {
  return Promise.race([
    daemon.stop().then(() => "ended" as const),
    Bun.sleep(GRACE_MS).then(() => "killed" as const),
  ]);
}

const application = (name: string, url: string, more: object = {}) =>
  appOf({ name, repository: { url, commit: async () => "" }, spec: more });

test("while a Git server does not say what its refs are", async () => {
  const given = await begin();
  const peer = silent();
  put(given, "refs", application("refs", `${peer.url}/team/refs.git`));
  await eventually("it is asked", () => peer.asked.length > 0);
  expect(await stopped(given)).toBe("ended");
});

test("while a pack does not come", async () => {
  const given = await begin();
  const url = await git.createRepo("slow", { "a.yaml": JSON.stringify(configMap("slow", "a")) });
  let asked = 0;
  stops.push(
    git.fail({ do: "wait", ms: NEVER_MS }, ({ method, path }) => {
      // The first one is for the refs.
      return method === "POST" && path.includes("/slow.git/git-upload-pack") && ++asked > 1;
    }),
  );
  put(given, "slow", application("slow", url));
  await eventually("it is asked", () => asked > 1);
  expect(await stopped(given)).toBe("ended");
  expect(running("/slow.git")).toEqual([]);
});

test("while a chart repository does not answer", async () => {
  const given = await begin();
  const peer = silent();
  put(
    given,
    "charts",
    application("charts", peer.url, { source: { repoURL: peer.url, chart: "x", targetRevision: "1.*" } }),
  );
  await eventually("it is asked", () => peer.asked.length > 0);
  expect(await stopped(given)).toBe("ended");
});

/** Of an entry of the config. */
const plain = (host: string) => ({ url: `oci://${host}`, type: "oci", plainHttp: true }) as const;
const IMAGE_LIST = "argocd-image-updater.argoproj.io/image-list";

async function follows(given: Given, name: string, host: string): Promise<void> {
  await world.makeNamespace(name);
  const files = Object.entries(kustomized(`${host}/team/web`, "1.0.0"));
  const url = await git.createRepo(name, Object.fromEntries(files));
  const app = application(name, url);
  app.metadata.annotations = {
    [IMAGE_LIST]: `web=${host}/team/web:1.x`,
    ...Object.fromEntries(
      Object.entries(INTO_KUSTOMIZATION).map(([key, value]) => [
        `argocd-image-updater.argoproj.io/${key}`,
        value,
      ]),
    ),
  };
  put(given, name, app);
  await untilSynced(given, name);
}

test("while a registry does not say which images there are", async () => {
  const peer = silent();
  const host = peer.url.slice("http://".length);
  const given = await begin({ repositories: [plain(host)] });
  await follows(given, "looks", host);
  void given.ask("POST", "/api/holdfast/v1/images/update", {}).catch(() => undefined);
  await eventually("it is asked", () => peer.asked.length > 0);
  expect(await stopped(given)).toBe("ended");
});

test("while a push of image updates does not end", async () => {
  const registry = await startRegistry();
  stops.push(() => registry.stop());
  await pushImage(registry, "team/web", "1.0.0", "2026-11-01T00:00:00Z");
  await pushImage(registry, "team/web", "1.1.0", "2026-11-02T00:00:00Z");
  const given = await begin({
    repositories: [plain(registry.host), { url: git.urlOf("pushes"), push: "allowed" }],
  });
  await follows(given, "pushes", registry.host);
  let asked = 0;
  stops.push(
    git.fail(
      { do: "wait", ms: NEVER_MS },
      ({ path }) => path.includes("/pushes.git/git-receive-pack") && ++asked > 0,
    ),
  );
  void given.ask("POST", "/api/holdfast/v1/images/update", {}).catch(() => undefined);
  await eventually("it is pushed", () => asked > 0);
  expect(await stopped(given)).toBe("ended");
  expect(running("/pushes.git")).toEqual([]);
});

test("while what a set is made from does not come", async () => {
  const given = await begin();
  const peer = silent();
  put(given, "set", {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "ApplicationSet",
    metadata: { name: "set", namespace: "argocd" },
    spec: {
      generators: [
        { git: { repoURL: `${peer.url}/team/set.git`, revision: "HEAD", directories: [{ path: "*" }] } },
      ],
      template: {
        metadata: { name: "{{path.basename}}" },
        spec: application("x", "https://git.example.com/x.git").spec,
      },
    },
  });
  await eventually("it is asked", () => peer.asked.length > 0);
  expect(await stopped(given)).toBe("ended");
});

test("while an API server does not say whether it wrote", async () => {
  const given = await begin();
  await world.makeNamespace("writes");
  const url = await git.createRepo("writes", { "a.yaml": JSON.stringify(configMap("writes", "a")) });
  let asked = 0;
  stops.push(
    proxy.inject(
      ({ method, path }) =>
        method === "PATCH" && path.includes("/namespaces/writes/") && !path.includes("dryRun") && ++asked > 0,
      { do: "hold-answer" },
      1_000,
    ),
  );
  put(given, "writes", application("writes", url));
  await eventually("it is asked", () => asked > 0);
  expect(await stopped(given)).toBe("ended");
});

test("while a command that renders does not end, and nothing of it is left", async () => {
  const word = aWord();
  const given = await begin({ configManagementPlugins: [plugin(`sleep ${word}`)] });
  const url = await git.createRepo("renders", { "a.yaml": JSON.stringify(configMap("renders", "a")) });
  put(
    given,
    "renders",
    application("renders", url, {
      source: { repoURL: url, path: ".", targetRevision: "main", plugin: { name: "own" } },
    }),
  );
  await eventually("it runs", () => running(word).length > 0);
  expect(await stopped(given)).toBe("ended");
  expect(running(word)).toEqual([]);
});

test("while a receiver of notifications does not answer", async () => {
  const peer = silent();
  const given = await begin({
    notifications: {
      services: [{ name: "hook", type: "webhook", settings: { url: new Secret(peer.url) } }],
      subscriptions: [
        {
          service: "hook",
          recipients: [],
          events: ["sync-succeeded"],
          projects: [],
          applications: [],
          labels: {},
        },
      ],
      ...{ usualEvents: [], allowedHosts: [], perMinute: 10, giveUpAfterMs: NEVER_MS },
    },
  });
  await world.makeNamespace("tells");
  const url = await git.createRepo("tells", { "a.yaml": JSON.stringify(configMap("tells", "a")) });
  put(given, "tells", application("tells", url));
  await eventually("it is told", () => peer.asked.length > 0);
  expect(await stopped(given)).toBe("ended");
});

test("while a program does not say with which credentials a cluster is asked, and nothing of it is left", async () => {
  const word = aWord();
  const dir = mkdtempSync(join(tmpdir(), "holdfast-credentials-"));
  stops.push(() => rmSync(dir, { recursive: true, force: true }));
  const kubeconfig = join(dir, "kubeconfig");
  const given = JSON.parse(world.sandbox.kubeconfig);
  given.users[0].user = {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "/bin/sleep",
      args: [word],
      interactiveMode: "Never",
    },
  };
  writeFileSync(kubeconfig, JSON.stringify(given));
  const daemon = await begin({}, kubeconfig);
  const url = await git.createRepo("asks", { "a.yaml": JSON.stringify(configMap("asks", "a")) });
  put(daemon, "asks", application("asks", url));
  await eventually("it runs", () => running(word).length > 0);
  expect(await stopped(daemon)).toBe("ended");
  expect(running(word)).toEqual([]);
});
