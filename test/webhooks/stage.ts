/** A real Git server over HTTP that tells of pushes by its hook, a sandbox cluster, and the daemon in a process of its own. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { startSandbox } from "../../src/sandbox/sandbox.ts";
import { type SourceDaemon, startSourceDaemon } from "../advisories/source-daemon.ts";
import { type Changes, type GitServer, runGit, startGitServer } from "../lib/git-server.ts";
import { configMap } from "../lib/manifests.ts";
import { type RawApi, rawApi } from "../lib/raw-api.ts";

const SERVER = "https://kubernetes.default.svc";
const SECRET = "the-secret-of-the-hook";

export interface WebhookStage {
  git: GitServer;
  daemon: SourceDaemon;
  api: RawApi;
  secret: string;
  /** Address of the one repository, with an application of its name. */
  url: string;
  /** Requests of the Git server so far: questions for refs, and fetches. */
  asked(): number;
  /** Commits to a branch in a clone, and pushes it over HTTP. @returns the commit, and what the server's hook said */
  push(changes: Changes, branch?: string): Promise<{ sha: string; said: string }>;
  stop(): Promise<void>;
}

/** @param command that runs the daemon, before `serve`; absent: these sources */
export async function startWebhookStage(
  config = `webhooks: { gitea: { secret: ${SECRET} } }\n`,
): Promise<WebhookStage> {
  const dir = mkdtempSync(join(tmpdir(), "holdfast-webhooks-"));
  const sandbox = await startSandbox({ listen: "127.0.0.1:0", podMs: 10, stepMs: 1 });
  const kubeconfig = join(dir, "kubeconfig");
  writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
  const [git, api] = await Promise.all([startGitServer(), rawApi(kubeconfig)]);
  await api.makeNamespace("shop");
  const url = await git.createRepo("shop", { "app/a.yaml": mapText("first") });
  const application = JSON.stringify({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { name: "shop", namespace: "argocd" },
    spec: {
      project: "default",
      source: { repoURL: url, path: "app", targetRevision: "main" },
      destination: { server: SERVER, namespace: "shop" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
  });
  const daemon = await startSourceDaemon({
    dir,
    config: `poll: 1h\npollSpread: 0s\nclusters: [{ name: in-cluster, server: "${SERVER}", kubeconfig: ${JSON.stringify(kubeconfig)} }]\n${config}`,
    env: { PATH: `${dirname(process.execPath)}:${process.env["PATH"] ?? ""}` },
    apps: { "shop.yaml": application },
  });
  const hooks = join(git.pathOf("shop"), "hooks");
  mkdirSync(hooks, { recursive: true });
  const argv = [
    process.execPath,
    join(import.meta.dir, "post-receive.ts"),
    `${daemon.url}/api/webhook`,
    SECRET,
    url,
    url.replace(/\.git$/, ""),
  ];
  writeFileSync(
    join(hooks, "post-receive"),
    `#!/bin/sh\nexec ${argv.map((word) => `'${word}'`).join(" ")}\n`,
  );
  chmodSync(join(hooks, "post-receive"), 0o755);
  await daemon.until("shop", isSettled);

  const clone = join(dir, "clone");
  await runGit(["clone", "--quiet", url, clone]);
  return {
    ...{ git, daemon, api, url, secret: SECRET },
    asked: () => git.requests.filter(({ path }) => path.includes("git-upload-pack")).length,
    async push(changes, branch = "main") {
      const here = (...argv: string[]): Promise<string> => runGit(["-C", clone, ...argv]);
      await here("checkout", "--quiet", "-B", branch);
      for (const [path, text] of Object.entries(changes)) writeFileSync(join(clone, path), String(text));
      await here("add", "--all");
      await here("commit", "--quiet", "--allow-empty", "-m", "next");
      const said = await runGit(["-C", clone, "push", "--porcelain", "--progress", "origin", branch]);
      return { sha: await here("rev-parse", "HEAD"), said };
    },
    async stop() {
      await daemon.stop();
      await Promise.all([sandbox.stop(), git.close()]);
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export function mapText(value: string): string {
  return JSON.stringify(configMap("shop", "told", { value }));
}

export function isSettled(app: any): boolean {
  return app?.status?.sync?.status === "Synced" && app.status.operationState?.phase === "Succeeded";
}
