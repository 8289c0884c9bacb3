import type { ActivityEntry } from "../../src/core/model/activity.ts";
import {
  type AppKey,
  type Application,
  keyOfApp,
  type RevisionHistory,
} from "../../src/core/model/application.ts";
import { applicationTooLarge } from "../../src/core/model/application-size.ts";
import type { ApplicationEffect, BlastAsk, BlastRange } from "../../src/core/model/blast-report.ts";
import type { CommitTold } from "../../src/core/model/commit-about.ts";
import type { CommitSha } from "../../src/core/model/commit-sha.ts";
import type { DaemonPause } from "../../src/core/model/daemon-pause.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Host } from "../../src/core/model/node-room.ts";
import type { ObjectRef } from "../../src/core/model/object-ref.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import type { PodLogAsk } from "../../src/core/model/pod-log.ts";
import type { Problem } from "../../src/core/model/problem.ts";
import type { ApplicationValues } from "../../src/core/model/source-values.ts";
import type { Transition } from "../../src/core/model/transition.ts";
import type { DeletedRun } from "../../src/core/model/undo-answer.ts";
import type {
  AppEvent,
  ApplicationWindows,
  AppOrigin,
  Control,
  LogEvent,
  OpenTerminal,
  TerminalAsk,
  Undoable,
  Written,
} from "../../src/engine/control.ts";
import { defined } from "../../src/lib/defined.ts";
import { isMapping } from "../../src/lib/is-mapping.ts";

const VALUES: ApplicationValues = {
  places: [
    {
      repoURL: "https://github.com/example/shop.git",
      revision: "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81",
      ref: "",
    },
  ],
  sources: [
    {
      source: 0,
      layers: [
        { is: "chart", path: "charts/web/values.yaml", state: "read" },
        { is: "file", ref: "", path: "charts/web/values-prod.yaml", state: "read" },
        { is: "file", ref: "", path: "charts/web/secrets.yaml", state: "encrypted" },
        { is: "file", ref: "", path: "charts/web/values-eu.yaml", state: "absent" },
        { is: "valuesObject", state: "read" },
        { is: "parameter", state: "read" },
      ],
      values: [
        {
          ...{ path: ["image", "tag"], is: "given", layer: 5, name: "image.tag", value: "v2.4.1" },
          was: [
            { layer: 1, line: 3, value: "v2.4.0" },
            { layer: 0, line: 4, value: "latest" },
          ],
        },
        {
          ...{ path: ["image", "repository"], is: "given", layer: 0, line: 3, value: "ghcr.io/example/web" },
          was: [],
        },
        {
          ...{ path: ["replicas"], is: "given", layer: 4, value: 3 },
          was: [{ layer: 0, line: 1, value: 1 }],
        },
        {
          ...{ path: ["database", "password"], is: "given", layer: 2, line: 2, hidden: "encrypted" },
          was: [{ layer: 0, line: 9, hidden: "secret" }],
        },
        {
          ...{ path: ["service", "annotations"], is: "deleted", layer: 1, line: 8, value: null },
          was: [{ layer: 0, line: 12, value: {} }],
        },
        { path: ["tolerations"], is: "given", layer: 0, line: 14, value: [], was: [] },
      ],
      total: 6,
      charts: ["redis"],
    },
  ],
};

const HOSTS: Host[] = [
  {
    name: "worker-1",
    facts: {
      is: "known",
      node: {
        capacity: { cpu: 4_000, memory: 16 * 2 ** 30, pods: 110 },
        allocatable: { cpu: 3_920, memory: 15 * 2 ** 30, pods: 110 },
        system: { osImage: "Debian GNU/Linux 13", kubeletVersion: "v1.36.2" },
      },
    },
    byApp: { cpu: 300, memory: 192 * 2 ** 20, pods: 3 },
    byOthers: { cpu: 1_500, memory: 2 ** 30, pods: 9 },
  },
  {
    name: "worker-2",
    facts: { is: "unknown", why: "the daemon may not read Nodes: grant get on nodes" },
    byApp: { cpu: 100, memory: 64 * 2 ** 20, pods: 1 },
    byOthers: undefined,
  },
];

export const COMMIT = "9f2e1aa0c3f1d7b4e58a6c2f0b9d3e4a5c6b7d81" as CommitSha;

export interface FakeControl extends Control {
  /** What was asked of it: `sync argocd/web user:local`. */
  calls: string[];
  emit(event: AppEvent): void;
  listeners(): number;
  put(app: Application, origin?: AppOrigin): void;
  /** It is gone, and nobody asked for it here. */
  drop(key: AppKey): void;
  /** These are what became of things, from the oldest on; one that is new is heard of. */
  setTransitions(transitions: Transition[]): void;
  setReady(ready: boolean): void;
  setProblems(problems: Problem[]): void;
  setWaitingRemovals(keys: AppKey[]): void;
  /** What commits of this name would do; `cut` ends the answer there, `broken` is a fault of ours. */
  setBlast(head: string, told: (ApplicationEffect | "cut" | "broken")[]): void;
  setDeleted(runs: DeletedRun[], objects: Undoable[]): void;
  /** Of every application. */
  setLogs(read: (ask: PodLogAsk, signal: AbortSignal) => AsyncIterable<LogEvent>, pods: string[]): void;
  /** Of every application; without, none has such a Pod. */
  setTerminal(open: (ask: TerminalAsk, signal: AbortSignal) => Promise<OpenTerminal>): void;
  /** Of every application, and of the project `default`. */
  setWindows(windows: ApplicationWindows): void;
}

/** A control in memory with the manners of the engine: files win, one operation at a time, absent is absent. */
export function fakeControl(): FakeControl {
  const apps = new Map<AppKey, { app: Application; origin: AppOrigin }>();
  const listeners = new Set<(event: AppEvent) => void>();
  const calls: string[] = [];
  let transitions: Transition[] = [];
  const ears = new Set<() => void>();
  let ready = true;
  let problems: Problem[] = [];
  let waiting: AppKey[] = [];
  let pauses: DaemonPause[] = [];
  const blasts = new Map<string, (ApplicationEffect | "cut" | "broken")[]>();
  let deleted: DeletedRun[] = [];
  let logs: { read: Parameters<FakeControl["setLogs"]>[0]; pods: string[] } = {
    read: async function* () {
      yield {
        is: "line",
        pod: "web-5d4-x",
        time: "2026-11-23T04:31:08.000000001Z",
        text: "listening on 8080",
      };
    },
    pods: ["web-5d4-x"],
  };
  let terminal: Parameters<FakeControl["setTerminal"]>[0] = async ({ namespace, pod }) => {
    throw new Failure("not-found", `Pod ${namespace}/${pod}`, "after-edit", {
      cannot: "open a terminal",
      why: "the application has no such Pod",
    });
  };
  let undoable: Undoable[] = [];
  let windows: ApplicationWindows = { windows: [], manual: { may: "sync" }, automated: { may: "sync" } };

  const emit = (event: AppEvent): void => listeners.forEach((listener) => listener(event));
  const store = (app: Application, origin: AppOrigin): Application => {
    const type = apps.has(keyOfApp(app)) ? "MODIFIED" : "ADDED";
    apps.set(keyOfApp(app), { app, origin });
    emit({ type, app });
    return app;
  };
  const found = <T>(
    key: AppKey,
    value: (app: Application) => T,
  ): { is: "found"; value: T } | { is: "absent" } => {
    const entry = apps.get(key);
    return entry === undefined ? { is: "absent" } : { is: "found", value: value(entry.app) };
  };
  /** Refuses what belongs to a file or is not there; else does it. */
  const ofApi = (key: AppKey, work: (app: Application) => Written): Written => {
    const entry = apps.get(key);
    if (entry === undefined) return { is: "absent" };
    if (entry.origin.from === "file") return { is: "managed-by-file", file: entry.origin.file };
    return work(entry.app);
  };
  const isRunning = (app: Application): boolean => app.status?.operationState?.phase === "Running";

  return {
    calls,
    emit,
    listeners: () => listeners.size,
    put: (app, origin = { from: "api" }) => void store(app, origin),
    drop(key) {
      const app = apps.get(key)?.app;
      apps.delete(key);
      if (app !== undefined) emit({ type: "DELETED", app });
    },
    setReady: (value) => void (ready = value),
    setProblems: (value) => void (problems = value),
    setWaitingRemovals: (value) => void (waiting = value),
    setBlast: (head, told) => void blasts.set(head, told),
    setWindows: (value) => void (windows = value),
    setLogs: (read, pods) => void (logs = { read, pods }),
    setTerminal: (open) => void (terminal = open),
    setDeleted(runs, objects) {
      deleted = runs;
      undoable = objects;
    },

    applications: () => [...apps].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, { app }]) => app),
    application: (key) => apps.get(key)?.app,
    comesTo: (key) => apps.get(key)?.app.status,
    looking: () => undefined,
    origin: (key) => apps.get(key)?.origin,
    problems: () => problems,
    projects: () => [
      {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { namespace: "argocd", name: "default" },
        spec: {
          sourceRepos: ["*"],
          ...(windows.windows.length === 0
            ? {}
            : { syncWindows: windows.windows.map(({ window }) => window) }),
        },
      },
    ],

    projectInForce(name) {
      const written = this.projects().find(({ metadata }) => metadata.name === name);
      return written === undefined
        ? { is: "absent" }
        : {
            is: "found",
            value: {
              written,
              origin: { from: "file", file: "projects.yaml", line: 1 },
              inForce: written,
              globals: [],
              clusters: [],
              repositories: [],
            },
          };
    },
    projectWindows: (name) =>
      name === "default" ? { is: "found", value: windows.windows } : { is: "absent" },
    syncWindows: (key) => found(key, () => windows),

    async putProject(project, { how, actor }) {
      calls.push(`${how} project ${project.metadata.name} ${actor}`);
      return { is: "written", project };
    },
    async deleteProject(name, actor) {
      calls.push(`delete project ${name} ${actor}`);
      const project = this.projects().find(({ metadata }) => metadata.name === name);
      return project === undefined ? { is: "absent" } : { is: "written", project };
    },
    async create(app, { upsert, actor }) {
      calls.push(`create ${keyOfApp(app)} ${actor}`);
      const old = apps.get(keyOfApp(app));
      if (old === undefined) return { is: "written", app: store(withStatus(app), { from: "api" }) };
      if (Bun.deepEquals(old.app.spec, app.spec)) return { is: "written", app: old.app };
      if (!upsert)
        return {
          is: "conflict",
          why: `application ${keyOfApp(app)} exists with another spec; ask for upsert to replace it`,
        };
      return ofApi(keyOfApp(app), () => ({ is: "written", app: store(withStatus(app), { from: "api" }) }));
    },
    async update(app, actor) {
      calls.push(`update ${keyOfApp(app)} ${actor}`);
      const tooLarge = applicationTooLarge(app);
      if (tooLarge !== undefined) return { is: "invalid", problems: [tooLarge] };
      if (app.spec.project === "nowhere")
        return {
          is: "invalid",
          problems: [
            {
              severity: "error",
              path: "spec.project",
              text: 'there is no project "nowhere"',
              fix: "Use default",
            },
          ],
        };
      return ofApi(keyOfApp(app), (old) => ({
        is: "written",
        app: store({ ...app, ...defined({ status: old.status }) }, { from: "api" }),
      }));
    },
    async remove(key, { cascade, hooks = "run", actor }) {
      calls.push(`remove ${key} ${cascade}${hooks === "skip" ? " without hooks" : ""} ${actor}`);
      const done = ofApi(key, (app) => {
        apps.delete(key);
        emit({ type: "DELETED", app });
        return { is: "written", app };
      });
      return done.is === "managed-by-file" ? { ...done, asked: "delete" } : done;
    },
    pauses: () => pauses,
    pause({ of, why, actor }) {
      calls.push(`pause ${of} ${actor}: ${why}`);
      pauses = [{ of, from: "api", by: actor, since: "2026-01-02T03:04:05Z", why }];
    },
    resume({ why, actor }) {
      calls.push(`resume ${actor}: ${why}`);
      pauses = pauses.filter(({ from }) => from !== "api");
    },
    waitingRemovals: () => waiting,
    async approveRemoval(keys, actor) {
      calls.push(`approve-removal ${keys.join(" ")} ${actor}`);
      const others = keys.filter((key) => !waiting.includes(key));
      if (others.length > 0)
        return { is: "conflict", why: `${others.join(", ")} does not wait for it any more` };
      waiting = waiting.filter((key) => !keys.includes(key));
      return { is: "approved" };
    },
    async refresh(key, how) {
      calls.push(`refresh ${key} ${how}`);
      return found(key, (app) => app);
    },
    async sync(key, { operation, actor }) {
      calls.push(`sync ${key} ${actor}`);
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      if (pauses.some(({ of }) => of === "writes")) return { is: "conflict", why: "all writes are paused" };
      if (isRunning(entry.app)) return { is: "conflict", why: "another operation is already in progress" };
      const operationState: OperationState = {
        operation,
        phase: "Running",
        message: "waiting for wave 0",
        startedAt: "2026-11-23T04:31:08Z",
      };
      return {
        is: "written",
        app: store(
          { ...entry.app, operation, status: { ...withStatus(entry.app).status!, operationState } },
          entry.origin,
        ),
      };
    },
    async terminate(key, actor) {
      calls.push(`terminate ${key} ${actor}`);
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      const running = entry.app.status?.operationState;
      if (running?.phase !== "Running") return { is: "conflict", why: "no operation is in progress" };
      const { operation: _, ...rest } = entry.app;
      return {
        is: "written",
        app: store(
          {
            ...rest,
            status: {
              ...rest.status!,
              operationState: { ...running, phase: "Failed", message: "terminated" },
            },
          },
          entry.origin,
        ),
      };
    },

    async revisionDiff(key, revisions, signal) {
      calls.push(`diff ${key} ${revisions.join(",")}`);
      signal.throwIfAborted();
      if (!apps.has(key)) return { is: "absent" };
      if (revisions.includes("nowhere"))
        throw new Failure("git-revision", "https://git.example.com/x", "backoff", {
          cannot: 'resolve revision "nowhere"',
          why: "there is no branch or tag of that name",
          fix: "Near it: somewhere",
        });
      const found = await this.managedResources(key);
      return found.is === "absent"
        ? found
        : {
            is: "found",
            value: { revisions: revisions.map((one) => one || COMMIT), resources: found.value },
          };
    },

    async syncPlan(key, { sync }) {
      const { confirmPrune: _, ...asked } = sync;
      calls.push(`plan sync ${key} ${JSON.stringify(asked)}`);
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      const resources = await this.managedResources(key);
      const found = resources.is === "found" ? resources.value : [];
      const isMeant = ({ kind, name }: ObjectRef): boolean =>
        sync.resources === undefined || sync.resources.some((one) => one.kind === kind && one.name === name);
      const extras = (entry.app.status?.resources ?? [])
        .filter(({ requiresPruning }) => requiresPruning === true)
        .map(({ group = "", kind, namespace = "", name }) => ({ group, kind, namespace, name }));
      const pruned = sync.prune === true ? extras.filter(isMeant) : [];
      const how = sync.syncOptions?.includes("Replace=true") === true ? "replace" : "server-side";
      const force = sync.syncStrategy?.hook?.force ?? sync.syncStrategy?.apply?.force ?? false;
      return {
        is: "found",
        value: {
          revisions: [sync.revision ?? COMMIT],
          resources: [
            ...found,
            ...extras.map((ref) => ({
              ...{ ref, version: "v1", live: liveOf(ref, "1"), target: undefined, predicted: undefined },
              ...{ modified: false, hook: false, resourceVersion: "1", fields: [] },
            })),
          ],
          steps: [
            ...found
              .filter(({ hook, ref }) => !hook && isMeant(ref))
              .map(({ ref }) => ({
                ...{ ref, phase: "Sync" as const, wave: 0 },
                does: force ? (`${how}-or-recreate` as const) : (how as "replace" | "server-side"),
              })),
            ...pruned.map((ref) => ({ ref, does: "prune" as const, phase: "Sync" as const, wave: 0 })),
          ],
          refusals: [],
          candidates: pruned.length,
        },
      };
    },
    async rollbackPlan(key, deployment) {
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      const then = deploymentOf(key, deployment, entry.app.status?.history);
      const resources = await this.managedResources(key);
      return {
        is: "found",
        value: {
          deployment: then,
          resources: resources.is === "found" ? resources.value : [],
          refusals: [{ ref: REF, text: "its deletion waits for a person's approval", guard: "confirm" }],
          then: "held",
          sources: "as-written",
          asNow: [],
        },
      };
    },
    async unholdPlan(key) {
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      if (entry.app.status?.hold === undefined)
        throw new Failure("conflict", `Application ${key}`, "after-edit", {
          cannot: "tell what lifting its hold would do",
          why: "it is not held",
        });
      const resources = await this.managedResources(key);
      return {
        is: "found",
        value: {
          revisions: [COMMIT],
          resources: resources.is === "found" ? resources.value : [],
          refusals: [{ ref: REF, text: "its deletion waits for a person's approval", guard: "confirm" }],
          extras: "deleted",
        },
      };
    },
    async rollback(key, { deployment, until, reason, actor, prune, dryRun }) {
      calls.push(
        `rollback ${key} ${deployment} ${until} ${JSON.stringify({ reason, prune, dryRun })} ${actor}`,
      );
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      if (isRunning(entry.app)) return { is: "conflict", why: "another operation is already in progress" };
      const at = HISTORY.find(({ id }) => id === deployment);
      if (at === undefined)
        return {
          is: "invalid",
          problems: [{ severity: "error", text: `there is no deployment ${deployment} in its history` }],
        };
      const hold = {
        at: defined({ revision: at.revision, source: at.source }),
        deployment,
        by: actor,
        since: "2026-11-23T04:31:08Z",
        extras: "kept",
        until,
      } as const;
      const operationState: OperationState = {
        operation: { sync: { ...hold.at } },
        phase: "Succeeded",
        message: "successfully synced (1 applied)",
        startedAt: "2026-11-23T04:31:08Z",
        finishedAt: "2026-11-23T04:31:09Z",
      };
      const held = { ...withStatus(entry.app).status!, hold, operationState };
      return { is: "written", app: store({ ...entry.app, status: held }, entry.origin) };
    },
    async revertPlan(key, deployment) {
      if (apps.has(key)) deploymentOf(key, deployment, apps.get(key)?.app.status?.history);
      return found(key, () => ({
        repository: "https://git.example.com/shop.git",
        branch: "main",
        tip: COMMIT,
        from: COMMIT,
        paths: ["web/deployment.yaml"],
        sharedWith: [],
      }));
    },
    async revert(key, { deployment, branch = "main", tip, shared, reason, actor }) {
      calls.push(`revert ${key} ${deployment} ${branch} ${tip} ${shared} ${reason} ${actor}`);
      if (!apps.has(key)) return { is: "absent" };
      const repository = "https://git.example.com/shop.git";
      return { is: "pushed", commit: COMMIT, repository, branch, paths: ["web/deployment.yaml"] };
    },
    async unhold(key, actor) {
      calls.push(`unhold ${key} ${actor}`);
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      if (entry.app.status?.hold === undefined)
        return { is: "conflict", why: `the application ${key} is not held: it follows what is written` };
      const { hold: _, ...status } = entry.app.status;
      return { is: "written", app: store({ ...entry.app, status }, entry.origin) };
    },

    liveObject: async (key, ref) => found(key, () => liveOf(ref, "812")),
    async patchObject(key, { ref, how, patch, actor }) {
      calls.push(`patch ${key} ${ref.kind}/${ref.name} ${how} ${actor}`);
      if (!apps.has(key)) return { is: "absent" };
      const spec = isMapping(patch) ? patch["spec"] : undefined;
      return { is: "patched", object: { ...liveOf(ref, "813"), spec } };
    },
    async editObject(key, { ref, edited, mode, actor }) {
      calls.push(`${mode === "write" ? "edit" : "preview edit"} ${key} ${ref.kind}/${ref.name} ${actor}`);
      if (!apps.has(key)) return { is: "absent" };
      if (edited.metadata.labels?.["tier"] === "raced")
        throw new Failure("conflict", `${ref.kind} ${ref.name}`, "after-edit", {
          ...{
            cannot: "patch it",
            why: "metadata.labels.tier was changed since it was read: set by kubectl-label",
          },
          fix: "Look at it again, and repeat it if that is still what you want",
        });
      const { replicas } = (edited.spec ?? {}) as { replicas?: number };
      if (replicas === 13)
        return {
          ...{ is: "would-be-undone", object: `${ref.kind} ${ref.name}`, cannot: "patch it" },
          ...{
            why: "Git sets spec.replicas, and self-heal would put it back at once",
            fix: "Change it in Git and commit",
          },
        };
      const owner = {
        manager: "kubectl-scale",
        operation: "Update",
        time: "2026-11-23T04:00:00Z",
        subresource: "",
      };
      return {
        is: "edited",
        edited: {
          object: edited,
          fields: [{ path: "spec.replicas", live: 5, desired: replicas, owner }],
          patch: [{ op: "replace", path: "/spec/replicas", value: replicas }],
          undoneBySync: ["spec.replicas"],
        },
      };
    },
    async deleteObject(key, { ref, propagation, grace, actor }) {
      calls.push(`delete ${key} ${ref.kind}/${ref.name} ${propagation} ${grace ?? "as-it-says"} ${actor}`);
      return apps.has(key) ? { is: "deleted" } : { is: "absent" };
    },
    actions: async (key, ref) =>
      found(key, () =>
        ref.name === "web"
          ? [
              { name: "restart", says: "makes its Pods anew", parameters: [] },
              {
                name: "scale",
                says: "sets the number of its Pods",
                parameters: [{ name: "replicas", says: "how many", now: "3" }],
              },
              { name: "resume", says: "lets it go on", idle: "it is not paused", parameters: [] },
            ]
          : [],
      ),
    async act(key, { ref, action, parameters = {}, mode, actor }) {
      calls.push(
        `${mode === "dry-run" ? "rehearse" : "act"} ${key} ${action} ${ref.kind}/${ref.name} ${JSON.stringify(parameters)} ${actor}`,
      );
      if (!apps.has(key)) return { is: "absent" };
      if (action === "resume")
        throw new Failure("refused", "apps/Deployment shop/web", "after-edit", {
          cannot: action,
          why: "it is not paused",
        });
      const done = { ref, did: "changed" as const, fields: ["spec.replicas"] };
      if (mode !== "dry-run") return { is: "acted", done: [done] };
      const owner = { manager: "kubectl-scale", operation: "Update", time: "", subresource: "" };
      const changes = [
        { path: "spec.replicas", live: 3, desired: Number(parameters["replicas"] ?? 3), owner },
      ];
      return { is: "acted", done: [{ ...done, changes }] };
    },

    deleted: (key) => found(key, () => deleted),
    undoable: async (key, run) =>
      found(key, () => {
        const meant = deleted.find((one) => run === undefined || one.run === run);
        return { run: meant, objects: meant === undefined ? [] : undoable };
      }),
    async undo(key, { run, objects = [], mode, actor }) {
      calls.push(`undo ${key} ${run ?? "newest"} [${objects.join(" ")}] ${mode} ${actor}`);
      const entry = apps.get(key);
      if (entry === undefined) return { is: "absent" };
      if (isRunning(entry.app)) return { is: "conflict", why: "another operation is already in progress" };
      const { status } = withStatus(entry.app);
      const operationState: OperationState = {
        operation: { sync: { undo: [...objects] } },
        phase: "Succeeded",
        message: "made 1 object again",
        startedAt: "2026-11-23T04:31:08Z",
        finishedAt: "2026-11-23T04:31:08Z",
        syncResult: {
          resources: undoable
            .filter(({ id }) => objects.includes(id))
            .map(({ ref, version }) => ({ ...ref, version, status: "Synced", message: "created" })),
        },
      };
      return {
        is: "written",
        app: store({ ...entry.app, status: { ...status!, operationState } }, entry.origin),
      };
    },

    values: async (key) => found(key, () => VALUES),
    manifests: async (key, [revision = COMMIT] = []) =>
      found(key, () => ({ manifests: [DEPLOYMENT], revision, sourceType: "Directory" })),
    managedResources: async (key) =>
      found(key, () => [
        {
          ref: REF,
          version: "v1",
          live: DEPLOYMENT,
          target: DEPLOYMENT,
          predicted: { ...DEPLOYMENT, spec: { replicas: 3 } },
          modified: true,
          hook: false,
          resourceVersion: "812",
          fields: [
            {
              path: "spec.replicas",
              live: 5,
              desired: 3,
              owner: {
                manager: "kubectl-scale",
                operation: "Update",
                time: "2026-11-23T04:00:00Z",
                subresource: "scale",
              },
            },
          ],
        },
        {
          ref: { ...REF, group: "", kind: "Service" },
          version: "v1",
          live: undefined,
          target: SERVICE,
          predicted: SERVICE,
          modified: true,
          hook: false,
          resourceVersion: "",
          fields: [],
        },
        {
          ref: { ...REF, group: "", kind: "ServiceAccount" },
          version: "v1",
          live: ACCOUNT,
          target: ACCOUNT,
          predicted: ACCOUNT,
          modified: false,
          hook: false,
          resourceVersion: "7",
          fields: [],
        },
      ]),
    writtenAt: (key, ref) =>
      found(key, () =>
        ref.kind === "Deployment" ? { source: 0, file: "web/deployment.yaml", line: 12 } : undefined,
      ),
    orphanedResources: (key) => found(key, () => []),
    changeOf: () => undefined,
    newestOf: () => undefined,
    changesFound: async () => undefined,
    hosts: async (key) => found(key, () => HOSTS),
    resourceTree: (key) =>
      found(key, () => [
        {
          ref: REF,
          version: "v1",
          uid: "u-1",
          parents: [],
          resourceVersion: "812",
          createdAt: "2026-11-23T04:00:00Z",
          images: ["nginx:1.29"],
          health: { status: "Healthy" as const, message: "" },
          info: [],
        },
        {
          ref: { ...REF, kind: "ReplicaSet", name: "web-5d4" },
          version: "v1",
          uid: "u-2",
          parents: [{ ...REF, uid: "u-1" }],
          resourceVersion: "813",
          createdAt: "2026-11-23T04:00:01Z",
          images: ["nginx:1.29"],
          health: undefined,
          info: [{ name: "Revision", value: "Rev:1" }],
        },
        {
          ref: { ...REF, group: "", kind: "Service" },
          version: "v1",
          uid: undefined,
          parents: [],
          resourceVersion: "",
          createdAt: undefined,
          images: [],
          health: { status: "Missing" as const, message: "" },
          info: [],
        },
      ]),
    logs: async (key, of, ask, signal) => {
      calls.push(`logs ${key} ${JSON.stringify({ chosen: of, ...ask })}`);
      return found(key, () => ({ pods: logs.pods, events: logs.read(ask, signal) }));
    },
    terminal: async (key, ask, signal) => {
      calls.push(`terminal ${key} ${JSON.stringify(ask)}`);
      if (!apps.has(key)) return { is: "absent" };
      return { is: "found", value: await terminal(ask, signal) };
    },
    events: async (key, of) =>
      found(key, () => [
        {
          apiVersion: "v1",
          kind: "Event",
          metadata: { name: "web.1", namespace: "shop" },
          reason: "ScalingReplicaSet",
          message: `for ${of?.name ?? "all"}`,
          involvedObject: { name: "web" },
        },
      ]),
    history: (key) => found(key, () => HISTORY),
    deployments: async (key) =>
      found(key, () => ({
        revisions: [COMMIT],
        now: [ABOUT],
        changed: [{ ...ABOUT, commit: COMMIT }],
        items: HISTORY.map((entry) => ({
          ...entry,
          commits: [
            entry.revision === COMMIT
              ? ABOUT
              : ({ is: "unknown", why: "the commit is not in the clone here" } as const),
          ],
          changed: [
            entry.revision === COMMIT
              ? { ...ABOUT, commit: COMMIT }
              : ({ is: "unknown", why: "it is not known yet" } as const),
          ],
        })),
      })),
    async commit(key, revision) {
      if (revision !== COMMIT) return { is: "absent" };
      return found(key, () => ({
        commit: COMMIT,
        author: "Ana Ruiz <ana@example.com>",
        date: "2026-11-23T03:55:00Z",
        subject: "web: 1.29",
        message: "web: 1.29\n\nNewer nginx.",
      }));
    },
    async artifact(key, revision) {
      if (revision !== "17.3.2")
        throw new Failure("invalid-spec", `Application ${key}`, "after-edit", {
          cannot: "show an artifact",
          why: "its sources are in Git",
        });
      return found(key, () => ({
        source: 0,
        facts: {
          created: "2026-11-23T03:55:00Z",
          authors: "Ana Ruiz",
          url: "https://shop.example.com",
          documentation: "https://shop.example.com/docs",
          source: "https://git.example.com/shop.git",
          version: "17.3.2",
          title: "shop",
          description: "A shop",
        },
        chart: { description: "A shop", home: "https://shop.example.com", maintainers: ["Ana Ruiz"] },
      }));
    },
    async check(app) {
      calls.push(`check ${keyOfApp(app)}`);
      if (app.spec.source?.path !== "broken") return;
      throw new Failure("git-path", app.spec.source.repoURL, "after-edit", {
        cannot: "render",
        why: "there is no folder broken",
        fix: "Push it first",
      });
    },
    async previewEdit(app) {
      calls.push(`preview edit of ${keyOfApp(app)}`);
      if (!apps.has(keyOfApp(app))) return { is: "absent" };
      return this.preview(
        { ...app, metadata: { ...app.metadata, namespace: "edited" } },
        AbortSignal.timeout(1_000),
      );
    },
    async preview(app) {
      calls.push(`preview ${keyOfApp(app)}`);
      if (apps.has(keyOfApp(app)))
        return { is: "conflict", why: `an application ${keyOfApp(app)} exists already` };
      const head = { application: keyOfApp(app), cluster: "in-cluster", syncs: "when-asked" as const };
      if (app.spec.source?.path === "broken")
        return {
          is: "previewed",
          preview: {
            ...{ revisions: [], images: [] },
            effect: {
              ...head,
              is: "failed",
              code: "git-path",
              why: "there is no folder broken",
              fix: "Push it first",
            },
          },
        };
      const about = { cause: "range" as const, version: "v1", fields: [] };
      return {
        is: "previewed",
        preview: {
          revisions: [COMMIT],
          images: ["nginx:1.29"],
          effect: {
            ...head,
            is: "compared",
            objects: [
              { ...REF, ...about, effect: "create", predicted: DEPLOYMENT },
              {
                ...{ ...REF, ...about, group: "", kind: "Service", effect: "change" as const },
                fields: [{ path: "spec.type", live: "NodePort", desired: "ClusterIP" }],
                ...{ live: { ...SERVICE, spec: { type: "NodePort" } }, predicted: SERVICE },
              },
              {
                ...REF,
                ...about,
                group: "",
                kind: "Secret",
                effect: "refuse",
                why:
                  app.spec.destination.namespace === "nowhere"
                    ? 'namespaces "nowhere" not found'
                    : "the project does not permit it",
              },
            ],
            same: 1,
            warnings: ["ConfigMap shop/old belongs to application other: it is neither written nor deleted."],
          },
        },
      };
    },
    async *blast(ask) {
      calls.push(`blast ${JSON.stringify(ask)}`);
      if (ask.head === "nowhere")
        throw new Failure("git-revision", "https://git.example.com/shop.git", "after-edit", {
          cannot: "read nowhere",
          why: "there is no branch, tag or commit of this name",
          fix: "Push it first",
        });
      const told = blasts.get(ask.head) ?? [];
      yield { is: "range", range: blastRange(ask, told.length) };
      for (const effect of told) {
        if (effect === "cut") return;
        if (effect === "broken") throw new Error("no pun intended");
        yield { is: "application", effect };
      }
      yield { is: "end" };
    },
    past: (key) => (apps.has(key) ? { entries: 0, runs: 0 } : undefined),
    runs: ({ app, id, limit }) =>
      [...apps.keys()]
        .filter((key) => app === undefined || key === app)
        .slice(0, id === undefined ? limit : undefined)
        .map((key, index) => ({
          id: index + 1,
          app: key,
          cause: "manual",
          state: {
            operation: {},
            phase: "Succeeded" as const,
            message: "",
            startedAt: "2026-11-23T04:00:00Z",
          },
        }))
        .filter((run) => id === undefined || run.id === id),
    audits: ({ app, limit }) => [{ ...told(1), ...defined({ app }) }].slice(0, limit),
    activity: ({ beyond = 0, limit, order }) =>
      (order === "newest-first"
        ? beyond === 0
          ? [told(1)]
          : []
        : [told(1)].filter(({ seq }) => seq > beyond)
      ).slice(0, limit),
    verifyActivity: async (noted) =>
      noted === undefined || noted.hash === told(1).hash
        ? { is: "whole", verified: 1, first: 1, head: { seq: 1, hash: told(1).hash } }
        : { is: "broken", verified: 1, seq: 2, why: "no entry has the hash that was noted" },
    clusters: () => [
      {
        name: "in-cluster",
        server: "https://kubernetes.default.svc",
        connection: { is: "connected", since: Date.UTC(2026, 10, 23, 4) },
        kubeVersion: "v1.36.2",
        size: { objects: 120, kinds: 9, listedAt: Date.UTC(2026, 10, 23, 4) },
      },
      {
        name: "edge",
        server: "https://edge.example.com",
        connection: { is: "unreachable", since: Date.UTC(2026, 10, 23, 4), why: "connect ECONNREFUSED" },
        kubeVersion: undefined,
        size: { objects: 0, kinds: 0 },
      },
    ],
    setTransitions(now) {
      transitions = now;
      for (const ear of ears) ear();
    },
    transitions: ({ app, cluster, kinds, order, beyond, limit }) => {
      const wanted = transitions.filter(
        (one) =>
          (app === undefined || one.app === app) &&
          (cluster === undefined || one.cluster === cluster) &&
          (kinds?.includes(one.kind) ?? true) &&
          (beyond === undefined || (order === "newest-first" ? one.seq < beyond : one.seq > beyond)),
      );
      return (order === "newest-first" ? wanted.toReversed() : wanted).slice(0, limit);
    },
    onTransition(listener) {
      ears.add(listener);
      return () => void ears.delete(listener);
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    ready: () => ready,
  };
}

export function blastRange({ base, head, repository, into }: BlastAsk, concerned: number): BlastRange {
  return {
    repository: repository ?? "https://git.example.com/shop.git",
    base: { asked: base, commit: "1111111111111111111111111111111111111111" as CommitSha },
    head: { asked: head, commit: COMMIT },
    into: into ?? "main",
    parted: { is: "at", commit: "1111111111111111111111111111111111111111" as CommitSha },
    changedPaths: 2,
    concerned,
    untouched: 9,
    elsewhere: [],
    notes: [],
  };
}

const ABOUT: CommitTold = {
  ...{ is: "commit", subject: "web: 1.29", author: "Ana Ruiz <ana@example.com>" },
  ...{ date: "2026-11-23T03:55:00Z", signedOffBy: ["Bo <bo@example.com>"] },
};
const HISTORY: RevisionHistory[] = [{ id: 1, revision: COMMIT, deployedAt: "2026-11-23T04:00:00Z" }];
/** @throws {Failure} not-found */
function deploymentOf(
  key: AppKey,
  deployment: number,
  history: readonly RevisionHistory[] = HISTORY,
): RevisionHistory {
  const found = history.find(({ id }) => id === deployment);
  if (found !== undefined) return found;
  throw new Failure("not-found", `Application ${key}`, "after-edit", {
    cannot: `go back to deployment ${deployment}`,
    why: `there is no deployment ${deployment} in its history`,
  });
}
const REF = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const DEPLOYMENT: KubeObject = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop" },
  spec: { replicas: 5 },
};
const SERVICE: KubeObject = {
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", namespace: "shop" },
  spec: {},
};
const ACCOUNT: KubeObject = {
  apiVersion: "v1",
  kind: "ServiceAccount",
  metadata: { name: "web", namespace: "shop" },
};

export function fakeApp(namespace: string, name: string, more: Partial<Application> = {}): Application {
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Application",
    metadata: { namespace, name, labels: { team: name } },
    spec: {
      project: "default",
      source: { repoURL: "https://git.example.com/shop.git", path: name, targetRevision: "main" },
      destination: { server: "https://kubernetes.default.svc", namespace: "shop" },
      syncPolicy: { automated: { prune: true, selfHeal: true } },
    },
    ...more,
  };
}

function withStatus(app: Application): Application {
  return {
    ...app,
    status: app.status ?? {
      sync: { status: "OutOfSync", comparedTo: { destination: app.spec.destination }, revision: COMMIT },
      health: { status: "Missing" },
    },
  };
}

function told(seq: number): ActivityEntry {
  return {
    ...{ seq, at: "2026-11-23T04:00:00Z", actor: "user:local", action: "sync", outcome: { is: "done" } },
    ...{ details: {}, previous: "0".repeat(64), hash: "a".repeat(64) },
  };
}

function liveOf({ group, kind, namespace, name }: ObjectRef, resourceVersion: string): KubeObject {
  const apiVersion = group === "" ? "v1" : `${group}/v1`;
  return { apiVersion, kind, metadata: { namespace, name, resourceVersion } };
}
