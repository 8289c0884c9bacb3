/** Images kept up to date: a real Git server over HTTP, a sandbox cluster, and the daemon in a process of its own. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { ApplicationImages, ImageUpdateResult } from "../../src/core/model/image-update.ts";
import { type Sandbox, startSandbox } from "../../src/sandbox/sandbox.ts";
import { type SourceDaemon, startSourceDaemon } from "../advisories/source-daemon.ts";
import { type GitServer, startGitServer } from "./git-server.ts";
import type { TestRegistry } from "./registry.ts";
import { npmToolSets } from "./render-host.ts";

const SERVER = "https://kubernetes.default.svc";
const PREFIX = "argocd-image-updater.argoproj.io/";

/** An application in a folder of its own name. */
export interface ImagesApp {
  /** Path below its folder -> text. */
  files: Record<string, string>;
  /** Names without a slash are Argo CD Image Updater's. */
  annotations: Record<string, string>;
}

export interface ImagesStageOptions {
  apps: Record<string, ImagesApp>;
  /** Objects that are in the cluster before the daemon starts, in namespaces that are made for them. */
  objects?: readonly { namespace: string; path: string; body: object }[];
  /** Further keys of the config. */
  config?: string;
  /** What `images` of the config says beside its interval. */
  images?: string;
  /** Beside the one of the applications. */
  repositories?: readonly string[];
  /** The address of the repository in applications, where it is not the Git server's own. */
  urlOf?(git: GitServer): string;
  /** Of the entry of the repository. */
  access?: string;
  env?: Record<string, string>;
  /** What becomes the daemon. */
  under?: readonly string[];
  /** Beside its applications, by file name. */
  manifests?: Record<string, string>;
}

export interface ImagesStage {
  dir: string;
  git: GitServer;
  sandbox: Sandbox;
  daemon: SourceDaemon;
  tip(branch?: string): Promise<string>;
  fileAt(path: string, branch?: string): Promise<string>;
  images(name: string): Promise<ApplicationImages>;
  /** @throws {Error} where it is refused */
  update(body?: object): Promise<ImageUpdateResult>;
  stop(): Promise<void>;
}

/** A manifest, a config and a layer: no more is asked of an image here. */
export function pushImage(
  registry: TestRegistry,
  name: string,
  tag: string,
  created: string,
  more: object = {},
): Promise<string> {
  return registry.push({
    ...{ name, tag },
    layers: [{ content: Buffer.from(`layer of ${name}`) }],
    config: {
      mediaType: "application/vnd.oci.image.config.v1+json",
      text: JSON.stringify({
        ...{ os: "linux", architecture: "amd64", created, history: [{ comment: tag }] },
        ...more,
      }),
    },
  });
}

export const deployment = (image: string): string =>
  `apiVersion: apps/v1
kind: Deployment
metadata: { name: web }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: web, image: "${image}" }] }
`;

/** A folder whose Deployment runs `image` at `tag`, by a kustomization. */
export const kustomized = (image: string, tag: string): Record<string, string> => ({
  "web.yaml": deployment("team/web"),
  "kustomization.yaml": `resources: [web.yaml]\nimages:\n  - name: team/web\n    newName: ${image}\n    newTag: "${tag}"\n`,
});

/** Annotations of an application of `kustomized`, beside `image-list`. */
export const INTO_KUSTOMIZATION = {
  "web.kustomize.image-name": "team/web",
  "write-back-method": "git",
  "write-back-target": "kustomization",
} as const;

const application = (name: string, url: string, annotations: Record<string, string>): string =>
  JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      ...{ name, namespace: "argocd" },
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [key.includes("/") ? key : PREFIX + key, value]),
      ),
    },
    spec: {
      project: "default",
      source: { repoURL: url, path: name, targetRevision: "main" },
      destination: { server: SERVER, namespace: name },
      syncPolicy: { automated: { prune: true }, syncOptions: ["CreateNamespace=true"] },
    },
  });

/** Each of its applications runs when it is there. */
export async function startImagesStage(options: ImagesStageOptions): Promise<ImagesStage> {
  const { apps, objects = [], images = "", repositories = [], access = "", env = {}, under = [] } = options;
  const dir = mkdtempSync(join(tmpdir(), "holdfast-images-"));
  const [git, sandbox] = await Promise.all([
    startGitServer(),
    startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 }),
  ]);
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  for (const { namespace, path, body } of objects) {
    await post(sandbox, "/api/v1/namespaces", {
      ...{ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    });
    await post(sandbox, `/api/v1/namespaces/${namespace}/${path}`, body);
  }
  const files = Object.entries(apps).flatMap(([name, app]) =>
    Object.entries(app.files).map(([path, text]) => [`${name}/${path}`, text] as const),
  );
  await git.createRepo("shop", Object.fromEntries(files));
  const url = options.urlOf?.(git) ?? git.urlOf("shop");
  const [tools] = await npmToolSets();
  const programs = Object.values(tools?.programs ?? {});
  const daemon = await startSourceDaemon({
    ...{ dir, under },
    apps: {
      ...options.manifests,
      ...Object.fromEntries(
        Object.entries(apps).map(([name, { annotations }]) => [
          `${name}.yaml`,
          application(name, url, annotations),
        ]),
      ),
    },
    config: `poll: 1h
pollSpread: 0s
images: { interval: 1h${images === "" ? "" : `, ${images}`} }
clusters: [{ name: in-cluster, server: "${SERVER}", kubeconfig: ${JSON.stringify(kubeconfig)} }]
repositories:
  - { url: "${url}", push: allowed${access === "" ? "" : `, ${access}`} }
${repositories.map((entry) => `  - ${entry}\n`).join("")}${options.config ?? ""}`,
    env: {
      PATH: [dirname(process.execPath), ...programs.map(dirname), process.env["PATH"] ?? ""].join(":"),
      ...env,
    },
  });
  const stage: ImagesStage = {
    ...{ dir, git, sandbox, daemon },
    tip: (branch = "main") => git.git("shop", "rev-parse", branch),
    fileAt: (path, branch = "main") => git.git("shop", "show", `${branch}:${path}`),
    images: async (name) =>
      (await daemon.ask("GET", `/api/holdfast/v1/applications/argocd/${name}/images`)).json,
    async update(body = {}) {
      const reply = await daemon.ask("POST", "/api/holdfast/v1/images/update", body);
      if (reply.status !== 200) throw new Error(reply.text);
      return reply.json;
    },
    async stop() {
      await daemon.stop();
      await Promise.all([sandbox.stop(), git.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
  for (const name of Object.keys(apps)) await daemon.until(name, runs(/.*/));
  return stage;
}

async function post(sandbox: Sandbox, path: string, body: object): Promise<void> {
  const answer = await fetch(`${sandbox.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${sandbox.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
    tls: { ca: sandbox.ca },
  });
  if (!answer.ok && answer.status !== 409) throw new Error(`${path}: ${await answer.text()}`);
}

/** Synced, and with an image that runs. */
export const runs =
  (image: RegExp) =>
  (app: any): boolean =>
    app?.status?.sync?.status === "Synced" &&
    (app.status.summary?.images ?? []).length === 1 &&
    image.test(app.status.summary.images[0]);
