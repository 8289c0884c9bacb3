/**
 * A stage for end-to-end suites: a real control plane, a Git server and the compiled binary as a daemon between them.
 * Every application gets a repository and a namespace of its own, so that tests of one file do not meet.
 */

import { existsSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Application, ApplicationSpec } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { defined } from "../../src/lib/defined.ts";
import { type AuditedWrite, auditLog, isByDaemon } from "./audit-log.ts";
import { type ControlPlane, controlPlaneBinaries, startControlPlane } from "./control-plane.ts";
import { BINARY, type Daemon, startDaemon } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { type Changes, type GitServer, startGitServer } from "./git-server.ts";

export const SERVER = "https://kubernetes.default.svc";

/** As the API shows it; `any` because a test reads deep into Argo CD's shape. */
export type Shown = Record<string, any>;

export interface Placed {
  name: string;
  /** Where its objects go. */
  namespace: string;
  repoURL: string;
  /** Pushes a commit and has the daemon look. Returns the SHA. */
  commit(changes: Changes, message?: string): Promise<string>;
  /** Pushes a commit and tells nobody. */
  push(changes: Changes, message?: string): Promise<string>;
  get(): Promise<Shown>;
  refresh(how?: "normal" | "hard"): Promise<Shown>;
  until(is: (app: Shown) => boolean, timeoutMs?: number): Promise<Shown>;
  /** Looks until the application is Synced, Healthy and no operation runs. */
  untilSettled(timeoutMs?: number): Promise<Shown>;
  /** Asks for a sync and waits for its end. */
  sync(body?: Shown): Promise<Shown>;
  /** Writes its file anew, changed. */
  edit(change: (app: Application) => void): Promise<void>;
  /** Takes its file out of the folder. */
  remove(): Promise<void>;
  untilGone(timeoutMs?: number): Promise<void>;
}

export interface Place {
  name: string;
  /** Files of its repository by path, below `app/`. */
  files: Record<string, string>;
  /** Default: the application's name, made before. */
  namespace?: string;
  /** Of the Application itself; default the home namespace. */
  appNamespace?: string;
  spec?: Partial<ApplicationSpec>;
  /** More of the only source. */
  source?: Record<string, unknown>;
  metadata?: Partial<Application["metadata"]>;
  /** `none`: the destination's namespace is not made. */
  makeNamespace?: "made" | "none";
}

export interface Stage {
  plane: ControlPlane;
  git: GitServer;
  daemon: Daemon;
  place(place: Place): Promise<Placed>;
  makeNamespace(name: string): Promise<void>;
  /** A request as an administrator; throws what the server says where it refuses. */
  must(method: string, path: string, body?: unknown, contentType?: string): Promise<KubeObject & Shown>;
  /** undefined where there is none. */
  find(path: string): Promise<(KubeObject & Shown) | undefined>;
  isThere(path: string): Promise<boolean>;
  /** Looks until nothing is at that path. */
  untilNone(path: string): Promise<unknown>;
  /** The daemon's own requests since its start, by verb, as its metrics count them. */
  requests(): Promise<Record<string, number>>;
  /**
   * What daemons asked to write to a namespace ("" is everywhere), deletions and what was refused included, dry runs
   * left out; by the API server's own audit log, so across restarts too.
   */
  writes(namespace: string): AuditedWrite[];
  /** What daemons asked as dry runs, from the same log. */
  dryRuns(): AuditedWrite[];
  stop(): Promise<void>;
}

export interface StageOptions {
  /** More of the daemon's config file. */
  config?: string;
  files?: Record<string, string>;
  poll?: string;
  token?: string;
  /** More entries of `clusters`, made when the control plane is there. */
  clusters?: (plane: ControlPlane) => Promise<{ name: string; server: string; kubeconfig: string }[]>;
}

export const AUTOMATED = { automated: { prune: true, selfHeal: true } } as const;
export const MERGE = "application/merge-patch+json",
  APPLY = "application/apply-patch+yaml",
  JSON_PATCH = "application/json-patch+json";

const HOME = "argocd";
/** Files that leave are gone for long enough soon: two readings, and no half minute in each test. */
const QUICK_REMOVAL = "removal: { missingFor: 300ms }\n";

export async function startStage({
  config = "",
  files = {},
  poll = "1h",
  token,
  clusters = async () => [],
}: StageOptions = {}): Promise<Stage> {
  if (!existsSync(BINARY))
    throw new Error(
      `these suites run the compiled binary, and there is none at ${BINARY}. Build it with npm run build, or name another in HOLDFAST_BINARY`,
    );
  const audit = auditLog();
  const [plane, git] = await Promise.all([
    startControlPlane({ apiserverFlags: audit.flags }),
    startGitServer(),
  ]);
  const stopped: (() => unknown)[] = [() => audit.remove(), () => plane.stop(), () => git.close()];
  const stop = async (): Promise<void> => {
    for (const end of stopped.reverse()) await end();
  };
  const reached = [
    { name: "in-cluster", server: SERVER, kubeconfig: plane.kubeconfig },
    ...(await clusters(plane)),
  ];
  const daemon = await startDaemon(
    `poll: ${poll}\npollSpread: 0s\n${/^removal:/m.test(config) ? "" : QUICK_REMOVAL}clusters: ${JSON.stringify(reached)}\napplications: [./apps]\n${config}`,
    { "apps/README.md": "applications\n", ...files },
    {
      env: { PATH: `${controlPlaneBinaries()}:${process.env.PATH ?? ""}` },
      ...defined({ token }),
    },
  ).catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });
  stopped.push(() => daemon.stop());

  const { must, find, makeNamespace } = plane.api;
  const isThere = async (path: string): Promise<boolean> => (await find(path)) !== undefined;

  async function place(asked: Place): Promise<Placed> {
    const { name, namespace = asked.name, appNamespace = HOME } = asked;
    if (asked.makeNamespace !== "none" && namespace !== "") await makeNamespace(namespace);
    const below = (changes: Changes): Changes =>
      Object.fromEntries(
        Object.entries(changes).map(([path, content]) => [
          path.startsWith("/") ? path.slice(1) : `app/${path}`,
          content,
        ]),
      );
    const repoURL = await git.createRepo(name, below(asked.files));
    let app: Application = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Application",
      metadata: { name, namespace: appNamespace, ...asked.metadata },
      spec: {
        project: "default",
        source: { repoURL, path: "app", targetRevision: "main", ...asked.source },
        destination: { server: SERVER, namespace },
        syncPolicy: AUTOMATED,
        ...asked.spec,
      },
    };
    if (asked.spec?.sources !== undefined) delete app.spec.source;
    const path = join(daemon.dir, "apps", `${name}.yaml`);
    /** Whole or not at all: the daemon reads while we write. */
    const write = async (): Promise<void> => {
      await mkdir(join(daemon.dir, "apps"), { recursive: true });
      await writeFile(join(daemon.dir, `${name}.next`), JSON.stringify(app, null, 1));
      await rename(join(daemon.dir, `${name}.next`), path);
    };
    const query = appNamespace === HOME ? "" : `appNamespace=${appNamespace}`;
    const url = `/api/v1/applications/${name}`;
    const shown = query === "" ? name : `${name}?${query}`;
    const placed: Placed = {
      name,
      namespace,
      repoURL,
      push: (changes, message = "a change") => git.commit(name, below(changes), message),
      async commit(changes, message) {
        const sha = await placed.push(changes, message);
        await placed.refresh();
        return sha;
      },
      get: () => daemon.app(shown),
      async refresh(how = "normal") {
        return (await daemon.api<Shown>(`${url}?refresh=${how}&${query}`)).body;
      },
      until: (is, timeoutMs) => daemon.until(shown, is, timeoutMs),
      untilSettled: (timeoutMs) =>
        placed.until(
          (seen) => isSynced(seen) && seen.status.health.status === "Healthy" && isQuiet(seen),
          timeoutMs,
        ),
      async sync(body = {}) {
        const started = await daemon.api<Shown>(`${url}/sync?${query}`, {
          method: "POST",
          body: JSON.stringify(body),
        });
        if (started.status !== 200)
          throw new Error(`sync of ${name}: HTTP ${started.status}: ${JSON.stringify(started.body)}`);
        return (await placed.until((seen) => seen.operation === undefined && isQuiet(seen))).status
          .operationState as Shown;
      },
      async edit(change) {
        app = structuredClone(app);
        change(app);
        await write();
        await placed.until(
          (seen) =>
            JSON.stringify(sorted(seen.spec)) === JSON.stringify(sorted(app.spec)) &&
            JSON.stringify(sorted(seen.metadata?.annotations)) ===
              JSON.stringify(sorted(app.metadata.annotations)),
        );
      },
      remove: () => rm(path),
      async untilGone(timeoutMs = 30_000) {
        const end = Date.now() + timeoutMs;
        while ((await daemon.api(`${url}?${query}`)).status !== 404) {
          if (Date.now() > end)
            throw new Error(
              `${name} is still there: ${JSON.stringify(await placed.get())}\n${(await daemon.log()).slice(-2000)}`,
            );
          await Bun.sleep(50);
        }
      },
    };
    await write();
    return placed;
  }

  return {
    plane,
    git,
    daemon,
    place,
    makeNamespace,
    must,
    find,
    isThere,
    untilNone: (path) => eventually(`${path} is gone`, async () => !(await isThere(path))),
    stop,
    writes: (namespace) =>
      audit
        .writes()
        .filter(
          (write) =>
            isByDaemon(write) && !write.dryRun && (namespace === "" || write.namespace === namespace),
        ),
    dryRuns: () => audit.writes().filter((write) => isByDaemon(write) && write.dryRun),
    async requests() {
      const { body } = await daemon.api<string>("/metrics");
      return Object.fromEntries(
        [...body.matchAll(/^holdfast_api_requests_total\{[^}]*verb="([^"]*)"[^}]*\} (\S+)$/gm)].map(
          ([, verb = "", count]) => [verb, Number(count)],
        ),
      );
    },
  };
}

/** JSON with its keys in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value ?? null;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, field]) => [key, sorted(field)]),
  );
}

export const isSynced = (app: Shown): boolean => app.status?.sync?.status === "Synced";
/** No operation runs, or waits for another try. */
export const isQuiet = (app: Shown): boolean =>
  app.operation === undefined &&
  app.status?.operationState?.phase !== "Running" &&
  app.status?.operationState?.phase !== "Terminating";
export const hasFailed = (app: Shown): boolean =>
  ["Failed", "Error"].includes(app.status?.operationState?.phase);

/** Messages of the conditions of one type. */
export function conditions(app: Shown, type: string): string[] {
  return ((app.status?.conditions ?? []) as Shown[])
    .filter((condition) => condition.type === type)
    .map(({ message }) => message as string);
}

/** Results of the last operation by `Kind/name`. */
export function results(app: Shown): Record<string, Shown> {
  return Object.fromEntries(
    ((app.status?.operationState?.syncResult?.resources ?? []) as Shown[]).map((result) => [
      `${result.kind}/${result.name}`,
      result,
    ]),
  );
}

/** Several objects as one multi-document file. */
export function yaml(...objects: unknown[]): string {
  return objects.map((object) => JSON.stringify(object)).join("\n---\n");
}
