/** Everything that the rows are played against: real tools, Git over HTTP, a sandbox cluster, and daemons from these sources. */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Source } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { SourceTree } from "../../src/core/ports/source-tree.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type ApiProxy, startApiProxy } from "../lib/api-proxy.ts";
import { type GitServer, startGitServer } from "../lib/git-server.ts";
import { CANARY, OUTSIDE } from "../lib/hostile-charts.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";
import {
  applicationOf,
  askFor,
  npmToolSets,
  type RenderHost,
  renderHost,
  type ToolSet,
} from "../lib/render-host.ts";
import { sourceFolder } from "../lib/source-folder.ts";
import { must, mustEqual, NotHeld } from "./row.ts";
import { type SourceDaemon, startSourceDaemon } from "./source-daemon.ts";
import { contentOf, Marker, mustNotLeak, Sink } from "./witnesses.ts";

export const TOKEN = `${CANARY}-token`,
  GIT_PASSWORD = `${CANARY}-git`,
  SECRET_VALUE = `${CANARY}-secret-value`,
  ENVIRONMENT = `${CANARY}-environment`;
export const SERVER = "https://kubernetes.default.svc";

export interface Shot {
  files: Record<string, string | Uint8Array>;
  /** Target by path. */
  links?: Record<string, string>;
  source: Partial<Source>;
}

export type Shown =
  | { is: "rendered"; text: string; ran: string[] }
  | { is: "refused"; code: string; words: string; ran: string[] };

export interface Stand {
  dir: string;
  tools: ToolSet;
  /** A file with a secret that this user may read. */
  outside: string;
  marker: Marker;
  sink: Sink;
  sandbox: Sandbox;
  /** Before the sandbox: sees and changes what the daemons ask of it. */
  proxy: ApiProxy;
  /** The sandbox as an administrator sees it. */
  kube: RawApi;
  git: GitServer;
  host: RenderHost;
  /** With a token. */
  daemon: SourceDaemon;
  /** Without one. */
  open: SourceDaemon;
  /** Starts one more, with its own data. */
  another(options: {
    server?: string;
    config?: string;
    apps?: Record<string, string>;
  }): Promise<SourceDaemon>;
  render(shot: Shot, host?: RenderHost): Promise<Shown>;
  renderTree(tree: SourceTree, source: Partial<Source>, host?: RenderHost): Promise<Shown>;
  /** @returns the manifest of an application whose repository holds these files */
  app(name: string, files: Record<string, string>, more?: AppChange): Promise<string>;
  makeNamespace(name: string): Promise<void>;
  /** Looks at everything that nothing may have reached. @throws {NotHeld} */
  mustBeUnharmed(): void;
  stop(): Promise<void>;
}

export interface AppChange {
  repoURL?: string;
  source?: Record<string, unknown>;
  spec?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}

export async function openStand(): Promise<Stand> {
  const dir = mkdtempSync(join(realpathSync(tmpdir()), "holdfast-advisories-"));
  const [outsideDir, home] = [join(dir, "outside"), join(dir, "home")];
  const outside = join(outsideDir, "secret.json");
  mkdirSync(outsideDir);
  mkdirSync(home);
  writeFileSync(outside, OUTSIDE);
  writeFileSync(join(home, ".bashrc"), `# ${CANARY}\n`);
  // What a child of ours would inherit, had it an environment.
  process.env["HOME"] = home;
  process.env["ADVISORY_CANARY"] = ENVIRONMENT;
  const [tools] = await npmToolSets();
  if (tools === undefined) throw new Error("there is no helm and no kustomize for this machine");
  const marker = new Marker(join(dir, "marker"));
  const sink = new Sink();
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 });
  const admin = join(dir, "admin-kubeconfig");
  writeFileSync(admin, sandbox.kubeconfig, { mode: 0o600 });
  const [proxy, kube, git, host] = await Promise.all([
    startApiProxy(admin),
    rawApi(admin),
    startGitServer(),
    renderHost(tools, { timeoutMs: 20_000 }),
  ]);

  const { makeNamespace } = kube;
  const app: Stand["app"] = async (name, files, { repoURL, source, spec, metadata } = {}) => {
    await makeNamespace(name);
    return JSON.stringify({
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: "argocd", ...metadata },
      spec: {
        project: "default",
        source: {
          repoURL: repoURL ?? (await git.createRepo(name, files)),
          path: "app",
          targetRevision: "main",
          ...source,
        },
        destination: { server: SERVER, namespace: name },
        syncPolicy: { automated: { prune: true, selfHeal: true } },
        ...spec,
      },
    });
  };
  const toolPath = [...new Set(Object.values(tools.programs).map((path) => dirname(path)))].join(":");
  const shared = `poll: 1h\npollSpread: 0s\nremoval: { missingFor: 300ms }\nretry: { first: 100ms, most: 500ms }\nclusters: [{ name: in-cluster, server: ${SERVER}, kubeconfig: ${JSON.stringify(proxy.kubeconfig)} }]\nrepositories: [{ url: "${git.url}/", username: ci, password: "\${ADVISORY_GIT_PASSWORD}" }]\n`;
  const env = {
    PATH: `${toolPath}:${process.env["PATH"] ?? ""}`,
    ADVISORY_TOKEN: TOKEN,
    ADVISORY_GIT_PASSWORD: GIT_PASSWORD,
    ADVISORY_CANARY: ENVIRONMENT,
  };
  const running: SourceDaemon[] = [];
  const another: Stand["another"] = async ({ server = "", config = "", apps = {} }) => {
    const daemon = await startSourceDaemon(
      { dir, server, config: shared + config, env, apps },
      server === "" ? undefined : TOKEN,
    );
    running.push(daemon);
    return daemon;
  };
  const [daemon, open] = await Promise.all([
    another({
      server: `, token: "\${ADVISORY_TOKEN}"`,
      apps: { "shop.yaml": await app("shop", SHOP), "sign.yaml": await app("sign", SIGN) },
    }),
    another({ apps: { "web.yaml": await app("web", { "app/a.yaml": configMap("a") }) } }),
  ]);
  for (const name of ["shop", "sign"]) await daemon.until(name, settled);
  await open.until("web", settled);
  const untouched = contentOf([outsideDir, home]);

  const renderTree: Stand["renderTree"] = async (tree, source, by = host) => {
    by.ran.length = 0;
    const shown = await by.renderers.render(askFor(applicationOf(source), tree)).then(
      ({ documents, problems }): Shown => ({
        is: "rendered",
        text: JSON.stringify([documents, problems]),
        ran: [...by.ran],
      }),
      (cause: unknown): Shown => {
        if (!(cause instanceof Failure)) throw cause;
        return {
          is: "refused",
          code: cause.code,
          words: `${cause.message} ${String(cause.cause ?? "")}`,
          ran: [...by.ran],
        };
      },
    );
    mustNotLeak(shown.is === "rendered" ? shown.text : shown.words, "what a render said");
    return shown;
  };
  return {
    ...{ dir, tools, outside, marker, sink, sandbox, proxy, kube, git, host, daemon, open },
    ...{ another, renderTree, app, makeNamespace },
    async render({ files, links = {}, source }, by) {
      const folder = sourceFolder(files);
      for (const [path, target] of Object.entries(links)) folder.link(path, target);
      try {
        return await renderTree(await folder.tree(), source, by);
      } finally {
        folder.dispose();
      }
    },
    mustBeUnharmed: () => look({ marker, sink, running, untouched, folders: [outsideDir, home] }),
    async stop() {
      for (const each of running) await each.stop();
      host.remove();
      await Promise.all([proxy.stop(), git.close(), sink.stop(), sandbox.stop()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

/** @throws {NotHeld} where a program ran, somebody was asked, a file changed, a daemon ended or a log holds a secret */
function look(at: {
  marker: Marker;
  sink: Sink;
  running: readonly SourceDaemon[];
  folders: readonly string[];
  untouched: Record<string, string>;
}): void {
  if (at.marker.take()) throw new NotHeld("a program was started");
  const asked = at.sink.take();
  if (asked.length > 0) throw new NotHeld(`somebody was asked over the network: ${asked[0]}`);
  mustEqual(contentOf(at.folders), at.untouched, "files outside");
  must(!("polluted" in {}), "every object has a field of the attacker's");
  for (const daemon of at.running) {
    daemon.mustRun();
    mustNotLeak(daemon.log(), "a daemon's log");
  }
}

export const settled = (app: any): boolean =>
  app?.status?.sync?.status === "Synced" &&
  app.status.health.status === "Healthy" &&
  app.status.operationState?.phase !== "Running";

export const configMap = (name: string, data: Record<string, string> = { a: "1" }): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: ${name} }\ndata: ${JSON.stringify(data)}\n`;

/** Delivered before the first row: a chart with a Secret, and what stands beside it without one. */
const SHOP = {
  "app/Chart.yaml": "apiVersion: v2\nname: shop\nversion: 1.0.0\n",
  "app/templates/all.yaml": `apiVersion: v1\nkind: Secret\nmetadata: { name: key }\nstringData: { value: ${SECRET_VALUE} }\n---\n${configMap("settings")}`,
};
const SIGN = {
  "app/kustomization.yaml": "resources: [sign.yaml]\n",
  "app/sign.yaml": configMap("sign", { says: "plain text to be found" }),
};
