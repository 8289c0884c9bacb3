/** What the HTTP API may ask of the engine. Types only; `Engine.control` is one. */

import type { ActivityEntry, ActivityQuery, Verification } from "../core/model/activity.ts";
import type {
  AppKey,
  Application,
  ApplicationStatus,
  ResourceStatus,
  RevisionHistory,
} from "../core/model/application.ts";
import type { ApplicationPreview } from "../core/model/application-preview.ts";
import type { SetKey } from "../core/model/application-set.ts";
import type { ArtifactAbout } from "../core/model/artifact-facts.ts";
import type { BlastAsk, BlastEvent } from "../core/model/blast-report.ts";
import type { ChangeAbout, CommitAbout } from "../core/model/commit-about.ts";
import type { CommitSha } from "../core/model/commit-sha.ts";
import type { FieldDifference, LeftField } from "../core/model/comparison.ts";
import type { DaemonPause, PausedWork } from "../core/model/daemon-pause.ts";
import type { Origin } from "../core/model/desired-object.ts";
import type { Failure } from "../core/model/failure.ts";
import type { FaredDeployment } from "../core/model/fared.ts";
import type { Health } from "../core/model/health.ts";
import type { KubeObject } from "../core/model/kube-object.ts";
import type { EditedObject, ObjectDeletion, ObjectEdit, ObjectPatch } from "../core/model/live-request.ts";
import type { Host } from "../core/model/node-room.ts";
import type { ObjectRef } from "../core/model/object-ref.ts";
import type { Operation, SyncPhase, SyncRequest } from "../core/model/operation.ts";
import type { ApplyMethod, Guard } from "../core/model/plan.ts";
import type { ExecEvent, TerminalSize } from "../core/model/pod-exec.ts";
import type { PodLogAsk, PodLogLine } from "../core/model/pod-log.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Project } from "../core/model/project.ts";
import type { OfferedAction } from "../core/model/resource-action.ts";
import type { PushedCommit, RevertPlan } from "../core/model/revert-plan.ts";
import type { ApplicationValues } from "../core/model/source-values.ts";
import type { SyncWindow } from "../core/model/sync-window.ts";
import type { TakenPart } from "../core/model/taken-part.ts";
import type { Transition, TransitionQuery } from "../core/model/transition.ts";
import type { DeletedRun, UndoableObject } from "../core/model/undo-answer.ts";
import type { CacheSize, Connection } from "../core/ports/cluster.ts";
import type { CommitInfo } from "../core/ports/git.ts";
import type { Past } from "../core/ports/home.ts";
import type { SyncRun } from "../core/ports/journal.ts";

/**
 * Where an application's manifest lives; `folder` is the configured file or folder that it was found by. API writes to a
 * spec that lives in a file are refused with its name; those to one that lives in a cluster are made there.
 */
export type AppOrigin =
  | { from: "file"; file: string; line: number; folder?: string }
  | { from: "api" }
  /** A manifest that another application rendered, or an ApplicationSet made; both absent where its object does not say whose. */
  | { from: "parent"; parent?: AppKey; set?: SetKey }
  | { from: "cluster"; cluster: string };

/** Absent and "not yours to see" are one answer. */
export type Found<T> = { is: "found"; value: T } | { is: "absent" };

export type WriteRefusal =
  /** `asked`: what it was to be. Default: an edit. */
  | { is: "managed-by-file"; file: string; asked?: "delete" }
  /** Another application renders it. */
  | { is: "managed-by-parent"; parent: AppKey | undefined }
  /** An ApplicationSet makes it. */
  | { is: "managed-by-set"; set: SetKey }
  | { is: "conflict"; why: string }
  /** Somebody else wrote it in the same moment, and theirs stands. */
  | { is: "overtaken"; why: string }
  /** An automated sync would undo it at once; or a person holds it at a revision. */
  | { is: "would-be-undone" | "held"; object: string; cannot: string; why: string; fix: string }
  | { is: "invalid"; problems: Problem[] }
  | { is: "absent" };

export type Written = { is: "written"; app: Application } | WriteRefusal;
/** As it is written now; of one that was deleted, as it was. */
export type ProjectWritten = { is: "written"; project: Project } | WriteRefusal;

export type Previewed = { is: "previewed"; preview: ApplicationPreview } | WriteRefusal;

export interface ManagedResource {
  ref: ObjectRef;
  version: string;
  /** Masked objects; undefined where the object is not there, or not wanted. */
  live: KubeObject | undefined;
  target: KubeObject | undefined;
  /** What a sync would make of it. */
  predicted: KubeObject | undefined;
  modified: boolean;
  hook: boolean;
  resourceVersion: string;
  fields: FieldDifference[];
  /** What differs beside them and is left to others. */
  left?: LeftField[];
  /** Why it was not compared, a sentence without a full stop. */
  why?: string;
}

/** What is there, held against other revisions than those that are followed. */
export interface RevisionDiff {
  /** Commits or versions that these came to, by source. */
  revisions: readonly string[];
  resources: readonly ManagedResource[];
}

/** What going back to a deployment would do. */
export interface RollbackPlan {
  deployment: RevisionHistory;
  /** As those of the application, held against what was deployed then. */
  resources: ManagedResource[];
  /** Objects that would not be written or deleted, each with its sentence. `guard`: absent of what cannot be written. */
  refusals: { ref: ObjectRef; text: string; guard?: Guard }[];
  /** `held`: it is synced automatically, and is kept there; `left`: nothing else happens by itself. */
  then: "held" | "left";
  /** Whether the sources are written otherwise today. */
  sources: "as-written" | "of-that-time";
  /** What it takes from elsewhere as that is now: nobody wrote down what it was then. */
  asNow: TakenPart[];
}

/** What lifting a hold would do: what Git says now, held against what is there. */
export interface UnholdPlan extends Pick<RollbackPlan, "resources" | "refusals"> {
  /** Commits or versions of the sources as they are written. */
  revisions: string[];
  /** What is there and Git does not want. */
  extras: "deleted" | "kept";
}

/** What is done to one object, and when. */
export interface PlannedObjectStep {
  ref: ObjectRef;
  /** How it is written, or that it is deleted, made as a Namespace, or run as a hook. */
  does: ApplyMethod | "prune" | "create-namespace" | "hook";
  phase: SyncPhase;
  wave: number;
}

/** What a sync of just these options would do. */
export interface SyncPlan extends Pick<RollbackPlan, "resources" | "refusals"> {
  /** Commits or versions of the sources, as they would be synced. */
  revisions: string[];
  steps: PlannedObjectStep[];
  /** How many objects would be deleted if a person approved of it: what `confirmPrune` names. */
  candidates: number;
}

export interface RollbackRequest extends Pick<SyncRequest, "prune" | "dryRun" | "confirmPrune"> {
  /** `RevisionHistory.id`. */
  deployment: number;
  /** How long an automated application is held there. */
  until: "lifted" | "next-commit";
  reason?: string;
  actor: string;
}

export interface RevertRequest {
  deployment: number;
  /** The tip that the person saw: where the files changed since, nothing is pushed. Absent: whatever it is. */
  tip?: CommitSha;
  /** A new branch, for a pull request. Absent: the one that is followed. */
  branch?: string;
  /** Files that other applications read go back too. */
  shared: "refuse" | "too";
  reason?: string;
  actor: string;
}

/** What was deployed, the oldest first. */
export interface Deployments {
  /** What it is compared with now, in the order of its sources. */
  revisions: readonly string[];
  /** Of `revisions`. */
  now: CommitAbout[];
  /** Which commits changed last what is read, as of `revisions`. */
  changed?: ChangeAbout[];
  /** What Git has beyond `revisions`, which waits for a hold to end or cannot be used; absent: nothing, or it is not known. */
  ahead?: { revisions: readonly string[]; changed: ChangeAbout[] };
  /** `commits` and `changed` in the order of the sources of each. */
  items: (FaredDeployment & { commits: CommitAbout[]; changed?: ChangeAbout[] })[];
}

export type Reverted = ({ is: "pushed" } & PushedCommit) | WriteRefusal;

export interface ResourceNode {
  ref: ObjectRef;
  version: string;
  uid: string | undefined;
  parents: (ObjectRef & { uid: string })[];
  resourceVersion: string;
  createdAt: string | undefined;
  images: string[];
  health: Health | undefined;
  /** `{name, value}` pairs: Pod status, containers ready, its node, revision. */
  info: { name: string; value: string }[];
  networking?: Networking;
}

/** Whom an object leads requests to, by what it says itself. */
export interface Networking {
  /** Of a Pod. */
  labels?: Record<string, string>;
  /** Of a Service: those Pods of its namespace that have all of them. */
  targetLabels?: Record<string, string>;
  /** Services that an Ingress or a route leads to, each once. */
  targetRefs?: ObjectRef[];
  /** Ours: by what each of `targetRefs` is led to, in their order: `shop.example.com/api :80`. */
  targetWords?: string[][];
  /** Ours: the Gateways that a route hangs on, each once. */
  sourceRefs?: ObjectRef[];
  /** Ours, of a Service that is reached from outside the cluster. */
  opens?: "LoadBalancer" | "NodePort";
  /** Ours, of a Service: `80 to 8080`, `443 (30443) to https`, UDP and SCTP behind them. */
  ports?: string[];
  /** Where people reach it, of http and https. */
  externalURLs?: string[];
}

/** Which Pods of an application are meant; what is absent chooses nothing. */
export interface TerminalAsk {
  namespace: string;
  pod: string;
  /** Default: the one that logs are read of. */
  container?: string;
  /** Tried in this order. */
  shells: readonly string[];
  size: TerminalSize;
}

/** `began`: which shell it is, once, before what it writes. */
export type TerminalEvent = { is: "began"; shell: string } | ExecEvent;

export interface OpenTerminal {
  container: string;
  /** Read once, no faster than it is asked for; the last one says how it ended. Never throws. */
  events: AsyncIterable<TerminalEvent>;
  type(bytes: Uint8Array): "taken" | "full";
  resize(size: TerminalSize): void;
  close(): void;
  /** Whether this very Pod is one of the application now. */
  isThere(): boolean;
}

export interface LogSelection {
  pod?: string;
  namespace?: string;
  /** They are it, or descend from it. */
  of?: { group?: string; kind?: string; name?: string };
  /** Of each Pod, those that set it up too. Default: the one that is asked for, or that is its first. */
  containers?: "all";
}

/** `failed`: nothing more comes of this Pod, and why. `container`: where all are read. */
export type LogEvent =
  | ({ is: "line"; pod: string; container?: string } & PodLogLine)
  | { is: "failed"; pod: string; container?: string; failure: Failure };

/** An action on one object of an application. */
export interface ActionRequest {
  ref: ObjectRef;
  action: string;
  parameters?: Record<string, string>;
  /** Default: `write`. `dry-run`: what it would do, which the server takes and does not keep. */
  mode?: "dry-run" | "write";
  actor: string;
}

/** What an action wrote, or would write, as the server answered. `fields`: paths that were set. */
export interface ActedOn {
  ref: ObjectRef;
  did: "changed" | "created";
  fields: string[];
  /** Of a dry run, before and after; absent where the object holds secrets. */
  changes?: FieldDifference[];
  /** Of a dry run, what would be made, masked; absent where it is made of one that holds secrets. */
  object?: KubeObject;
}

/** `done` is empty where there was nothing to change. */
export type Acted = { is: "acted"; done: ActedOn[] } | WriteRefusal;

/** One deleted object, and whether it can be made again now. */
export interface Undoable extends Omit<UndoableObject, keyof ObjectRef> {
  ref: ObjectRef;
}

export interface UndoRequest {
  /** Default: the newest run that deleted something which is kept. */
  run?: number;
  /** Ids of the objects that are meant; default all of the run's. */
  objects?: readonly number[];
  mode: "dry-run" | "write";
  actor: string;
}

/** Times are milliseconds since 1970. */
export interface WindowNow {
  window: SyncWindow;
  is: "open" | "closed";
  /** Absent where it never does. */
  changesAt?: number;
}

/** `until`: absent where no end is to be seen. */
export type WindowVerdict =
  | { may: "sync"; until?: number }
  /** `why`: a sentence without a full stop. */
  | { may: "not"; why: string; until?: number };

/** A project, and all that its applications are held to and may use. */
export interface ProjectInForce {
  written: Project;
  /** Absent: `default`, where it is written nowhere. */
  origin?: AppOrigin;
  /** With the rules of global projects; absent where it is withheld. */
  inForce?: Project;
  /** Why it permits nothing, a sentence without a full stop. */
  withheld?: string;
  /** As they are written, in the order in which their rules stand behind its own. */
  globals: Project[];
  /** Its alone. */
  clusters: { name: string; server: string }[];
  /** Its alone: entries of the config, without what is secret of them. */
  repositories: { url: string; type: string }[];
}

/** The windows of its project that are for an application, and what they come to. */
export interface ApplicationWindows {
  windows: WindowNow[];
  manual: WindowVerdict;
  automated: WindowVerdict;
}

export interface AppEvent {
  type: "ADDED" | "MODIFIED" | "DELETED";
  app: Application;
}

/** The half that changes nothing. */
export interface ReadControl {
  /** Who has the whole daemon hold still; empty: nobody. */
  pauses(): readonly DaemonPause[];
  /** With status and operation, sorted by key. */
  applications(): Application[];
  application(key: AppKey): Application | undefined;
  /** What it comes to, as `application` says it, without the rest of it. */
  comesTo(key: AppKey): Pick<ApplicationStatus, "sync" | "health"> | undefined;
  /** Resolves when it was looked up what Git wants of it; undefined: it was, and its status tells. */
  looking(key: AppKey): Promise<void> | undefined;
  origin(key: AppKey): AppOrigin | undefined;
  /** Problems of files and folders that belong to no single application. */
  problems(): Problem[];
  /** As they are written, and `default`; the very list of before, as long as nothing changed. */
  projects(): readonly Project[];
  projectInForce(name: string): Found<ProjectInForce>;
  projectWindows(name: string): Found<WindowNow[]>;
  syncWindows(key: AppKey): Found<ApplicationWindows>;

  /**
   * Rendered manifests, Secrets masked, as targeted, or at these revisions of the sources, "" being a source's own.
   * @throws {Failure}
   */
  manifests(
    key: AppKey,
    revisions?: readonly string[],
    signal?: AbortSignal,
  ): Promise<Found<{ manifests: KubeObject[]; revision: string; sourceType: string }>>;
  /** What the tools of its sources are given, with where each value comes from. @throws {Failure} */
  values(key: AppKey, signal?: AbortSignal): Promise<Found<ApplicationValues>>;
  managedResources(key: AppKey): Promise<Found<ManagedResource[]>>;
  /**
   * What is there, held against these revisions, "" being a source's own; reads only.
   * @throws {Failure} git-revision with the names near it; of rendering, with the file; cluster-unreachable
   */
  revisionDiff(key: AppKey, revisions: readonly string[], signal: AbortSignal): Promise<Found<RevisionDiff>>;
  resourceTree(key: AppKey): Found<ResourceNode[]>;
  /**
   * Which commit changed last what it reads of its first source in Git; from memory. What is not known yet is found out,
   * and told as an event.
   */
  changeOf(key: AppKey): Extract<ChangeAbout, { is: "commit" }> | undefined;
  /** The same of what Git has beyond what was compared, where that cannot be judged, or waits for a hold: whoever made it is whom to ask. */
  newestOf(key: AppKey): Extract<ChangeAbout, { is: "commit" }> | undefined;
  /** What `changeOf` says of these is known when it resolves, or was waited for as long as anybody waits. Never rejects. */
  changesFound(keys: readonly AppKey[]): Promise<void>;
  /** Nodes that its Pods run on, by name. What has to be read of them is waited for but a moment. */
  hosts(key: AppKey): Promise<Found<Host[]>>;
  /** Where Git writes one of its objects, as its last render says; undefined: nowhere, or there was none. */
  writtenAt(key: AppKey, ref: ObjectRef): Found<Origin | undefined>;
  /** What lives in its namespace and is no application's, where its project wants to be told. */
  orphanedResources(key: AppKey): Found<ResourceNode[]>;
  events(key: AppKey, of?: { name: string; namespace: string; uid: string }): Promise<Found<KubeObject[]>>;
  /**
   * What its Pods wrote; ends when all of them have, and with the signal.
   * @param reader who asks, where one takes no more than a share of what is open at once
   * @throws {Failure} not-found where it has no such Pod, invalid-spec where these are too many, cluster-unreachable
   */
  logs(
    key: AppKey,
    of: LogSelection,
    ask: PodLogAsk,
    signal: AbortSignal,
    reader?: string,
  ): Promise<Found<{ pods: string[]; events: AsyncIterable<LogEvent> }>>;
  /**
   * A shell in a container of one of its Pods: the first that the image has.
   * @throws {Failure} not-found where it has no such Pod, refused where the container does not run, cluster-unreachable
   */
  terminal(key: AppKey, ask: TerminalAsk, signal: AbortSignal): Promise<Found<OpenTerminal>>;
  /** What can be done to one object of the tree now. @throws {Failure} */
  actions(key: AppKey, ref: ObjectRef): Promise<Found<OfferedAction[]>>;
  /** One object of the tree as the server has it now, masked. @throws {Failure} */
  liveObject(key: AppKey, ref: ObjectRef): Promise<Found<KubeObject>>;
  /** Runs that deleted what is kept, the newest first. */
  deleted(key: AppKey): Found<DeletedRun[]>;
  /** What an undo of a run (default: the newest of `deleted`) would make again. @throws {Failure} */
  undoable(key: AppKey, run?: number): Promise<Found<{ run: DeletedRun | undefined; objects: Undoable[] }>>;
  history(key: AppKey): Found<RevisionHistory[]>;
  /** The same with who made the commits, and how each fared, as far as that is known here. */
  deployments(key: AppKey): Promise<Found<Deployments>>;
  /** Writes nothing. @throws {Failure} not-found where there is no such deployment */
  rollbackPlan(key: AppKey, deployment: number, signal?: AbortSignal): Promise<Found<RollbackPlan>>;
  /** Writes nothing. @throws {Failure} of Git or rendering; conflict where such a sync would be refused */
  syncPlan(
    key: AppKey,
    operation: Operation & { sync: SyncRequest },
    signal?: AbortSignal,
  ): Promise<Found<SyncPlan>>;
  /** Writes nothing. @throws {Failure} conflict where it is not held; of Git or rendering */
  unholdPlan(key: AppKey, signal?: AbortSignal): Promise<Found<UnholdPlan>>;
  /** Writes nothing. @throws {Failure} why nothing can be put back in Git */
  revertPlan(key: AppKey, deployment: number, signal?: AbortSignal): Promise<Found<RevertPlan>>;
  commit(key: AppKey, revision: string): Promise<Found<CommitInfo>>;
  /** What is known of a chart or another artifact. @throws {Failure} */
  artifact(key: AppKey, revision: string): Promise<Found<ArtifactAbout>>;
  /**
   * What commits that are not merged would do. Reads only; whoever stops reading ends it.
   * @throws {Failure} at the first event, where it is not clear what is meant
   */
  blast(ask: BlastAsk, signal: AbortSignal): AsyncGenerator<BlastEvent>;
  /** What an application that is not there yet would make. Reads only; `conflict` where one of its name is there. @throws {Failure} not-ready */
  preview(app: Application, signal: AbortSignal): Promise<Previewed>;
  /** What the next sync of an application would do, were it written so. Reads only. @throws {Failure} not-ready */
  previewEdit(app: Application, signal: AbortSignal): Promise<Previewed>;
  /**
   * Whether its sources can be reached, found and rendered as it is written. Reads only.
   * @throws {Failure} why not; a cluster that is away, and secrets that a look leaves closed, are not judged
   */
  check(app: Application, signal: AbortSignal): Promise<void>;
  /** What was told under this name before the application that has it now; undefined where there is none. */
  past(key: AppKey): Past | undefined;
  /** Newest first. @param filter `id`: of this number, which one has or none */
  runs(filter: { app?: AppKey; id?: number; limit: number }): SyncRun[];
  audits(filter: { app?: AppKey; limit: number }): ActivityEntry[];
  activity(query: ActivityQuery): ActivityEntry[];
  /** Reads all of the activity, in slices. @param noted a head that was kept elsewhere */
  verifyActivity(
    noted: { seq?: number; hash: string } | undefined,
    signal: AbortSignal,
  ): Promise<Verification>;
  clusters(): {
    name: string;
    server: string;
    connection: Connection;
    kubeVersion: string | undefined;
    size: CacheSize;
  }[];

  /** What became of applications and clusters; `TransitionLog` says how nothing of it is missed. */
  transitions(query: TransitionQuery): Transition[];
  /** Called soon after some were told. @returns ends it */
  onTransition(listener: () => void): () => void;

  /** Every application's change from now on. */
  onEvent(listener: (event: AppEvent) => void): () => void;
  /** False until every application known at start was looked at once. */
  ready(): boolean;
}

/** What a person or a program may ask for. */
export interface WriteControl {
  /** Nothing of it is done from now on, across restarts, until somebody resumes. @throws {Failure} store */
  pause(request: { of: PausedWork; why: string; actor: string }): void;
  /** Takes back what a person said by `pause`. @throws {Failure} store */
  resume(request: { why: string; actor: string }): void;
  create(app: Application, options: { upsert: boolean; actor: string }): Promise<Written>;
  /** Replaces metadata (labels, annotations, finalizers) and spec. */
  update(app: Application, actor: string): Promise<Written>;
  remove(
    key: AppKey,
    options: {
      /** `none`: forgotten, and nothing of it is touched. */
      cascade: "foreground" | "background" | "none";
      /** Default: those that Git wants around a deletion are run. */
      hooks?: "run" | "skip" | undefined;
      actor: string;
    },
  ): Promise<Written>;

  /**
   * Where the home takes projects: in the store, or in the cluster. `conflict` where an application would not be permitted
   * any more. @param how `create` is refused where there is another one, `update` where there is none
   */
  putProject(
    project: Project,
    options: { how: "create" | "update" | "upsert"; actor: string },
  ): Promise<ProjectWritten>;
  /** `conflict` where an application is of it. */
  deleteProject(name: string, actor: string): Promise<ProjectWritten>;

  /** Applications that are missing from the folders, too many at once to leave without a person's approval. */
  waitingRemovals(): AppKey[];
  /** All of these may leave. Where one of them does not wait for it (any more), none is approved. */
  approveRemoval(
    keys: readonly AppKey[],
    actor: string,
  ): Promise<{ is: "approved" } | { is: "conflict"; why: string }>;

  /** Resolves when the refresh is done. `hard` renders again. */
  refresh(key: AppKey, how: "normal" | "hard", signal?: AbortSignal): Promise<Found<Application>>;
  /** Starts an operation. `conflict` while one is running. */
  sync(
    key: AppKey,
    request: { operation: Operation & { sync: SyncRequest }; actor: string },
  ): Promise<Written>;
  terminate(key: AppKey, actor: string): Promise<Written>;
  /** Syncs to what was deployed once; an automated application is held there. @throws {Failure} */
  rollback(key: AppKey, request: RollbackRequest): Promise<Written>;
  /** Pushes a commit that puts the application's files back. @throws {Failure} */
  revert(key: AppKey, request: RevertRequest): Promise<Reverted>;
  /** It follows what is written again. `conflict` where it is not held. */
  unhold(key: AppKey, actor: string): Promise<Written>;
  /** Does something to one object of the tree. @throws {Failure} */
  act(key: AppKey, request: ActionRequest): Promise<Acted>;
  /** @returns the object as it is then, masked. @throws {Failure} */
  patchObject(
    key: AppKey,
    request: ObjectPatch,
  ): Promise<{ is: "patched"; object: KubeObject } | WriteRefusal>;
  /** @throws {Failure} */
  editObject(
    key: AppKey,
    request: ObjectEdit,
  ): Promise<{ is: "edited"; edited: EditedObject } | WriteRefusal>;
  /** One object of the tree. @throws {Failure} */
  deleteObject(key: AppKey, request: ObjectDeletion): Promise<{ is: "deleted" } | WriteRefusal>;
  /** Starts an operation that makes again what a run deleted. `conflict` while one is running, and where nothing can be. */
  undo(key: AppKey, request: UndoRequest): Promise<Written>;
}

export interface Control extends ReadControl, WriteControl {}

export type { ResourceStatus };
