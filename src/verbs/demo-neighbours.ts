/** The demo's other clusters, and what happens there before somebody looks. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ClusterConfig } from "../config/config.ts";
import { type AppKey, type Application, keyOfApp } from "../core/model/application.ts";
import type { Control, Written } from "../engine/control.ts";
import { commitFiles } from "../git/commit-files.ts";
import { messageOf } from "../lib/caught.ts";
import type { JsonLog } from "../lib/json-log.ts";
import { type NeighbourCluster, neighbourClusters } from "../sandbox/demo/demo-neighbours.ts";
import { playStory, type Teller } from "../sandbox/demo/demo-story.ts";
import { type Sandbox, startSandbox } from "../sandbox/sandbox.ts";

export interface Neighbours {
  clusters: ClusterConfig[];
  /** Never rejects: what fails is in the log, and what is there stays. */
  play(control: Control, repository: string, log: JsonLog, signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** Whoever plays them, as the history has it. */
const ACTOR = "user:demo";

/** @param dir the demo's folder, where their kubeconfigs go */
export async function startNeighbours(dir: string): Promise<Neighbours> {
  const sandboxes = new Map<NeighbourCluster, Sandbox>();
  const clusters: ClusterConfig[] = [];
  for (const { name, labels, nodes } of neighbourClusters) {
    const sandbox = await startSandbox({ listen: "127.0.0.1:0", nodes });
    sandboxes.set(name, sandbox);
    const kubeconfig = join(dir, `kubeconfig-${name}`);
    writeFileSync(kubeconfig, sandbox.kubeconfig, { mode: 0o600 });
    clusters.push({
      ...{ name, server: sandbox.url, kubeconfig, context: undefined, namespaces: [] },
      ...{ clusterResources: true, project: "", labels },
    });
  }
  return {
    clusters,
    async play(control, repository, log, signal) {
      try {
        await playStory(teller(control, repository, sandboxes, signal));
      } catch (cause) {
        if (!signal.aborted) log.warn("the demo's neighbours stay as they are", { error: messageOf(cause) });
      }
    },
    async stop() {
      for (const sandbox of sandboxes.values()) await sandbox.stop();
    },
  };
}

function teller(
  control: Control,
  repository: string,
  sandboxes: ReadonlyMap<NeighbourCluster, Sandbox>,
  signal: AbortSignal,
): Teller {
  const until = (name: string, isSo: (app: Application) => boolean): Promise<Application> =>
    untilApplication(control, keyOf(name), isSo, signal);
  const git = commitFiles();
  const byHand = async (
    cluster: NeighbourCluster,
    { method, path, type, body }: { method: "PATCH" | "POST"; path: string; type: string; body: object },
  ): Promise<void> => {
    const sandbox = sandboxes.get(cluster);
    if (sandbox === undefined) throw new Error(`there is no cluster ${cluster}`);
    const answer = await sandbox.fetch(
      new Request(`${sandbox.url}${path}`, {
        method,
        headers: { authorization: `Bearer ${sandbox.token}`, "content-type": type },
        body: JSON.stringify(body),
      }),
    );
    if (!answer.ok) throw new Error(`${cluster} answered ${answer.status}: ${await answer.text()}`);
  };
  return {
    async commit(files, message, by) {
      signal.throwIfAborted();
      await git.commitMade(repository, files, message, by);
    },
    async sync(name) {
      // Before it was compared once, there is nothing that a sync could be of.
      await until(name, ({ status }) => status?.sync.status === "OutOfSync");
      const operation = { sync: {}, initiatedBy: { username: "demo" } };
      accepted(name, await control.sync(keyOf(name), { operation, actor: ACTOR }));
    },
    async refresh(name) {
      await control.refresh(keyOf(name), "hard", signal);
    },
    async rollBack(name, reason) {
      const app = await until(name, ({ status }) => status?.operationState?.phase !== "Running");
      const deployment = app.status?.history?.at(-2)?.id;
      if (deployment === undefined) throw new Error(`${name} was not deployed twice`);
      const request = { deployment, until: "lifted", reason, actor: ACTOR } as const;
      accepted(name, await control.rollback(keyOf(name), request));
    },
    async untilDeployed(name, deployments) {
      await until(
        name,
        ({ status }) =>
          status?.sync.status === "Synced" &&
          status.health.status === "Healthy" &&
          (status.history?.length ?? 0) >= deployments,
      );
    },
    async scale(cluster, namespace, deployment, replicas) {
      await byHand(cluster, {
        method: "PATCH",
        path: `/apis/apps/v1/namespaces/${namespace}/deployments/${deployment}?fieldManager=kubectl-edit`,
        type: "application/merge-patch+json",
        body: { spec: { replicas } },
      });
    },
    async makeConfigMap(cluster, namespace, object) {
      await byHand(cluster, {
        method: "POST",
        path: `/api/v1/namespaces/${namespace}/configmaps?fieldManager=kubectl-create`,
        type: "application/json",
        body: object,
      });
    },
  };
}

const keyOf = (name: string): AppKey => `argocd/${name}` as AppKey;

function accepted(name: string, written: Written): void {
  if (written.is !== "written") throw new Error(`${name}: ${written.is}`);
}

/** Waits for what is seen; rejects when the signal says so. */
function untilApplication(
  control: Control,
  key: AppKey,
  isSo: (app: Application) => boolean,
  signal: AbortSignal,
): Promise<Application> {
  return new Promise((resolve, reject) => {
    const look = (): void => {
      const app = control.application(key);
      if (app === undefined || !isSo(app)) return;
      end();
      resolve(app);
    };
    const stop = control.onEvent(({ app }) => {
      if (keyOfApp(app) === key) look();
    });
    const abort = (): void => {
      end();
      reject(signal.reason);
    };
    const end = (): void => {
      stop();
      signal.removeEventListener("abort", abort);
    };
    if (signal.aborted) abort();
    else {
      signal.addEventListener("abort", abort);
      look();
    }
  });
}
