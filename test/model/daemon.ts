/** The daemon's inside without its shell: the engine between real cluster connections and a Git of data. */

import { connectCluster } from "../../src/cluster/cluster.ts";
import {
  type AppKey,
  type Application,
  appKey,
  RESOURCES_FINALIZER,
} from "../../src/core/model/application.ts";
import type { HealthStatus } from "../../src/core/model/health.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { Cluster } from "../../src/core/ports/cluster.ts";
import type { Git } from "../../src/core/ports/git.ts";
import type { Log } from "../../src/core/ports/log.ts";
import type { Renderers } from "../../src/core/ports/renderers.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { Engine } from "../../src/engine/engine.ts";
import { noArtifacts } from "../fakes/no-artifacts.ts";
import { noJq } from "../fakes/no-jq.ts";
import { HOME, SERVER, SETTINGS } from "../lib/engine-rig.ts";
import { urlOf } from "./repositories.ts";
import { APPS, type AppName, CLUSTERS, type ClusterName, type Limits, type Spec } from "./script.ts";
import type { OperationSeen, Truth } from "./truth.ts";
import type { VirtualTime } from "./virtual-time.ts";

type Reading = Parameters<Engine["foldersRead"]>[0];
export const keyOf = (app: AppName): AppKey => appKey(HOME, app);
const servers: Record<ClusterName, string> = { home: SERVER, east: "https://east.invalid:6443" };

export interface Parts {
  time: VirtualTime;
  truth: Truth;
  store: Store;
  git: Git;
  renderers: Renderers;
  log: Log;
  /** How long an application's file must be missing; milliseconds. */
  missingForMs: number;
  kubeconfig(cluster: ClusterName): string;
  trace(text: string): void;
}

export class Daemon {
  readonly #stops: (() => Promise<void>)[];

  private constructor(
    readonly engine: Engine,
    clusters: readonly Cluster[],
  ) {
    this.#stops = clusters.map((cluster) => () => cluster.stop());
  }

  static async start(parts: Parts): Promise<Daemon> {
    const { time, truth, store, git, renderers, log } = parts;
    const clock = time.clock("daemon");
    const clusters = await Promise.all(
      CLUSTERS.map((name) =>
        connectCluster({
          name,
          server: servers[name],
          kubeconfig: { text: parts.kubeconfig(name) },
          log,
          clock,
        }),
      ),
    );
    const settings = {
      ...SETTINGS,
      prune: { budgetPercent: 100, budgetObjects: 1_000, confirmKinds: [], perSecond: 10 },
      keepDeletedForMs: 7 * 24 * 3_600_000,
      poll: { everyMs: 60_000 },
      removal: { missingForMs: parts.missingForMs, percent: 100, count: 10 },
      retry: { firstMs: 800, mostMs: 30_000 },
    };
    const engine: Engine = new Engine({
      store,
      git,
      artifacts: noArtifacts,
      renderers,
      jq: noJq,
      clock,
      log,
      clusters: () => clusters,
      settings: () => settings,
      readFolders: () => time.after(100, () => engine.foldersRead(readingOf(truth)), "daemon"),
      userHealth({ ref: { name } }) {
        const status: HealthStatus | undefined = truth.judged.get(name)?.now;
        return status === undefined
          ? undefined
          : { health: { status, message: `a check says ${status}` }, check: "a check" };
      },
      observe: { reconciled() {}, synced() {}, fought() {}, changed() {}, left() {} },
    });
    const seenByThis = new Set<AppName>();
    engine.control.onEvent(({ app: { metadata, status } }) => {
      const name = metadata.name as AppName,
        state = status?.operationState,
        before = truth.operations.get(name);
      if (state === undefined) return;
      if (before?.state === state) return;
      const isRunning = state.finishedAt === undefined;
      parts.trace(`   ${name}: sync ${state.phase}${isRunning ? "" : ", ended"}: ${state.message}`);
      const moment = truth.next();
      const goesOn = seenByThis.has(name) && !isNewTry(state, before);
      seenByThis.add(name);
      truth.operations.set(name, { began: goesOn ? (before?.began ?? moment) : moment, state });
    });
    engine.foldersRead(readingOf(truth));
    engine.start();
    return new Daemon(engine, clusters);
  }

  /** As a process that is stopped: what is in flight is waited for. */
  async stop(): Promise<void> {
    await this.engine.stop();
    for (const stop of this.#stops) await stop();
  }
}

function isNewTry(state: OperationState, before: OperationSeen | undefined): boolean {
  return (
    state.finishedAt === undefined &&
    (before === undefined ||
      before.state.finishedAt !== undefined ||
      before.state.startedAt !== state.startedAt ||
      before.state.retryCount !== state.retryCount)
  );
}

// ---------------------------------------------------------------- manifests

/** What the folder of applications holds now. */
export function readingOf(truth: Truth): Reading {
  const applications = APPS.flatMap((name) => {
    const spec = truth.specs[name].now;
    return spec === undefined ? [] : [{ app: applicationOf(name, spec), file: `apps/${name}.yaml`, line: 1 }];
  });
  return {
    applications,
    projects: [{ project: projectOf(truth.limits.now), file: "apps/team.yaml", line: 1 }],
    problems: [],
    folders: [{ path: "apps", state: "read", files: applications.length + 1 }],
  };
}

function applicationOf(name: AppName, spec: Spec): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: {
      name,
      namespace: HOME,
      ...(spec.cascade === "objects-go" ? { finalizers: [RESOURCES_FINALIZER] } : {}),
    },
    spec: {
      project: spec.project,
      source: { repoURL: urlOf(spec.repository), path: spec.folder, targetRevision: "main" },
      destination: { server: servers[spec.cluster], namespace: spec.namespace },
      syncPolicy: {
        ...(spec.sync === "manual"
          ? {}
          : {
              automated: {
                prune: spec.extras === "prune",
                selfHeal: spec.sync === "self-heal",
                allowEmpty: true,
              },
            }),
        retry: { limit: spec.retries, backoff: { duration: "5s", factor: 2, maxDuration: "1m" } },
      },
    },
  };
}

function projectOf({ repositories, namespaces, clusterKinds }: Limits): Project {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "team", namespace: HOME },
    spec: {
      sourceRepos: [repositories === "all" ? "*" : urlOf("alpha")],
      destinations: [{ server: "*", namespace: namespaces === "all" ? "*" : "one" }],
      clusterResourceWhitelist: clusterKinds === "all" ? [{ group: "*", kind: "*" }] : [],
    },
  };
}
