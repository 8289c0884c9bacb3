/** An application as a list shows it: what thousands of are sent to a page, and kept there. */
import {
  type Application,
  type ApplicationStatus,
  type Condition,
  type ResourceStatus,
  type RevisionHistory,
  sourcesOf,
} from "./application.ts";
import { lastSyncOf } from "./last-sync.ts";
import type { ListedChange } from "./listed-change.ts";
import type { Operation, OperationState, ResourceResult, SyncSource } from "./operation.ts";
import type { ShownOthers } from "./set-by-others.ts";
import { shortRevision } from "./short-revision.ts";
import { type Source, sourceKind } from "./source.ts";

/** Objects that a sync would touch. */
export interface ChangeCounts {
  update: number;
  create: number;
  prune: number;
}

type ListedSource = Pick<Source, "repoURL" | "path" | "chart" | "targetRevision">;

type ListedState = Pick<OperationState, "phase" | "message" | "startedAt" | "finishedAt" | "terminatedBy"> & {
  operation: { sync?: { dryRun?: boolean }; initiatedBy?: Operation["initiatedBy"] };
  /** Of those that failed, that they did. */
  syncResult?: { resources: Pick<ResourceResult, "status">[] };
};

/** A whole Application is one too: what is said of it is said by the same words. */
export interface ListedApplication {
  metadata: Pick<
    Application["metadata"],
    "namespace" | "name" | "labels" | "annotations" | "deletionTimestamp"
  >;
  spec: Pick<Application["spec"], "project" | "destination"> & {
    source?: ListedSource;
    sources?: ListedSource[];
    syncPolicy?: { automated?: { enabled?: boolean; prune?: boolean } | null };
  };
  status?: {
    /** In a list `revision` is of charts and artifacts alone: the tip of a branch moves on by commits of others. */
    sync: Pick<ApplicationStatus["sync"], "status" | "revision" | "revisions" | "changed" | "newest">;
    /** In a list, since when it is so, of what progresses. */
    health: Pick<ApplicationStatus["health"], "status" | "message" | "lastTransitionTime">;
    conditions?: Pick<Condition, "type" | "message">[];
    operationState?: ListedState;
    /** Where `operationState` is a dry run's. */
    lastSync?: ListedState;
    /** `externalURLs`: the first few. */
    summary?: { images?: string[]; externalURLs?: string[] };
    /** Where it is absent `resources` say it. */
    changes?: ChangeCounts;
    resources?: Pick<ResourceStatus, "status" | "health" | "requiresPruning" | "leavingSince">[];
    /** In a list the last one alone, and only where the last operation does not say when it was synced. */
    history?: Pick<RevisionHistory, "deployedAt" | "initiatedBy">[];
    hold?: { at: Pick<SyncSource, "revision" | "revisions"> };
    terminated?: object;
    others?: ShownOthers;
  };
  operation?: object;
}

/** What a sync would do, as far as the last comparison tells. */
export function changeCounts(
  resources: NonNullable<NonNullable<ListedApplication["status"]>["resources"]>,
): ChangeCounts {
  const counts = { update: 0, create: 0, prune: 0 };
  for (const { status: sync, health, requiresPruning, leavingSince } of resources) {
    const isMade = health?.status === "Missing" || leavingSince !== undefined;
    if (sync === "OutOfSync") counts[requiresPruning === true ? "prune" : isMade ? "create" : "update"]++;
  }
  return counts;
}

/** Of thousands of rows each shows one, and how many more there are. */
const MOST_URLS = 5;

/** What of a change stands in a list, in full: the same object while it is the same. */
type ChangeToList = Readonly<ListedChange>;

/** What is known of who changed it. */
export interface ChangesToList {
  /** The last one of what it reads. */
  changed: ChangeToList | undefined;
  /** Where it cannot be compared, or is held: what Git has beyond that. */
  newest: ChangeToList | undefined;
}

/** A part of it, by itself: what changes is sent, and nothing else of it. */
interface Column {
  name: string;
  of(app: Application, changes: ChangesToList): unknown;
}

export const NO_CHANGES: ChangesToList = { changed: undefined, newest: undefined };

/** Of a subject in a list; beyond that it is read where the commit is. */
const LONGEST_SUBJECT = 80;

const COLUMNS: readonly Column[] = [
  {
    name: "metadata",
    of: ({ metadata: { namespace, name, labels, annotations, deletionTimestamp } }) => ({
      ...{ namespace, name, labels, deletionTimestamp },
      annotations: annotations && listedAnnotations(annotations),
    }),
  },
  {
    name: "spec",
    of: ({ spec: { project, source, sources, destination, syncPolicy } }) => ({
      ...{ project, destination },
      source: source && listedSource(source),
      sources: sources?.map(listedSource),
      syncPolicy: syncPolicy?.automated && {
        automated: {
          enabled: syncPolicy.automated.enabled,
          prune: syncPolicy.automated.prune === true ? true : undefined,
        },
      },
    }),
  },
  {
    name: "sync",
    of: ({ spec, status }, { changed, newest }) => {
      const word = status?.sync.status;
      return (
        word && {
          ...{ status: word, ...versionsOf(spec, status) },
          ...{ changed: changed && listedChange(changed), newest: newest && listedChange(newest) },
        }
      );
    },
  },
  {
    name: "health",
    of: ({ status }) =>
      status && {
        status: status.health.status,
        message: status.health.message || undefined,
        lastTransitionTime:
          status.health.status === "Progressing" ? status.health.lastTransitionTime : undefined,
      },
  },
  {
    name: "conditions",
    of: ({ status }) => status?.conditions?.map(({ type, message }) => ({ type, message })),
  },
  {
    name: "operationState",
    of: ({ status }) => status?.operationState && listedState(status.operationState),
  },
  { name: "lastSync", of: ({ status }) => status?.lastSync && listedState(status.lastSync) },
  { name: "images", of: ({ status }) => status?.summary?.images },
  { name: "externalURLs", of: ({ status }) => status?.summary?.externalURLs?.slice(0, MOST_URLS) },
  {
    name: "changes",
    of: ({ status }) =>
      status?.sync.status === "OutOfSync" ? changeCounts(status.resources ?? []) : undefined,
  },
  {
    name: "deployed",
    of: ({ status }) => {
      const last = lastSyncOf(status);
      // A row says once when it was: by its last sync where that went well.
      if (last?.finishedAt !== undefined && last.phase === "Succeeded") return undefined;
      const { deployedAt, initiatedBy } = status?.history?.at(-1) ?? {};
      return deployedAt && { deployedAt, initiatedBy };
    },
  },
  {
    name: "hold",
    of: ({ status }) =>
      status?.hold && { at: { revision: status.hold.at.revision, revisions: status.hold.at.revisions } },
  },
  { name: "terminated", of: ({ status }) => status?.terminated && {} },
  { name: "others", of: ({ status }) => status?.others },
  { name: "isAsked", of: ({ operation }) => (operation === undefined ? undefined : true) },
];

export const LISTED_COLUMNS: readonly string[] = COLUMNS.map(({ name }) => name);

/** Its columns in their order, each as JSON; `null` where there is nothing. */
export function listedTexts(app: Application, changes = NO_CHANGES): string[] {
  return COLUMNS.map(({ of }) => JSON.stringify(of(app, changes)) ?? "null");
}

/** Where a branch is is in no row: one commit of a monorepo would be another row of each of thousands. */
function versionsOf(
  spec: Application["spec"],
  { sync: { revision = "", revisions } }: ApplicationStatus,
): Pick<ApplicationStatus["sync"], "revision" | "revisions"> {
  const versions = sourcesOf(spec).map((source, at) =>
    sourceKind(source) === "git" ? "" : ((revisions ?? [revision])[at] ?? ""),
  );
  if (versions.every((one) => one === "")) return {};
  return revisions === undefined ? { revision: versions[0] ?? "" } : { revisions: versions };
}

export function listedChange({ commit, subject, author }: ChangeToList): ListedChange {
  return {
    commit: shortRevision(commit),
    subject: cut(subject),
    author: cut(author.replace(/\s*<[^>]*>$/, "")),
  };
}

function cut(text: string): string {
  const letters = [...text.slice(0, 2 * LONGEST_SUBJECT)];
  return letters.length <= LONGEST_SUBJECT ? text : `${letters.slice(0, LONGEST_SUBJECT - 1).join("")}…`;
}

/** @param columns their values by name, as JSON has them. @throws {TypeError} where it has no name */
export function listedFrom(columns: Readonly<Record<string, unknown>>): ListedApplication {
  const has = columns as {
    metadata: ListedApplication["metadata"];
    spec: ListedApplication["spec"];
    isAsked?: true | null;
    images?: string[] | null;
    externalURLs?: string[] | null;
    deployed?: Pick<RevisionHistory, "deployedAt" | "initiatedBy"> | null;
  } & {
    [K in keyof NonNullable<ListedApplication["status"]>]: NonNullable<ListedApplication["status"]>[K] | null;
  };
  const { metadata, spec, sync, health, conditions, operationState, changes, hold, terminated, others } = has;
  if (typeof metadata?.name !== "string" || typeof metadata.namespace !== "string" || spec == null)
    throw new TypeError("a row without a name");
  const app: ListedApplication = { metadata, spec };
  if (has.isAsked === true) app.operation = {};
  if (sync == null || health == null) return app;
  const status: NonNullable<ListedApplication["status"]> = {
    ...{ sync, health },
    changes: changes ?? { update: 0, create: 0, prune: 0 },
  };
  if (conditions != null) status.conditions = conditions;
  if (operationState != null) status.operationState = operationState;
  if (has.lastSync != null) status.lastSync = has.lastSync;
  const { images, externalURLs } = has;
  if (images != null || externalURLs != null)
    status.summary = { ...(images != null && { images }), ...(externalURLs != null && { externalURLs }) };
  if (has.deployed != null) status.history = [has.deployed];
  if (hold != null) status.hold = hold;
  if (terminated != null) status.terminated = terminated;
  if (others != null) status.others = others;
  app.status = status;
  return app;
}

/** Those that somebody may look for. What is longer is whole manifests, and texts that nobody types. */
const LONGEST_ANNOTATION = 120;
const MOST_ANNOTATIONS = 20;

/** Undefined where there are none. */
export function listedAnnotations(
  annotations: Readonly<Record<string, string>>,
): Record<string, string> | undefined {
  const listed = Object.entries(annotations)
    .filter(([, value]) => value.length <= LONGEST_ANNOTATION)
    .slice(0, MOST_ANNOTATIONS);
  return listed.length === 0 ? undefined : Object.fromEntries(listed);
}

function listedSource({ repoURL, path, chart, targetRevision }: Source) {
  return { repoURL, path, chart, targetRevision };
}

function listedState({
  phase,
  message,
  startedAt,
  finishedAt,
  terminatedBy,
  operation,
  syncResult,
}: OperationState) {
  const hasFailed = (syncResult?.resources ?? []).some(({ status }) => status === "SyncFailed");
  return {
    ...{ phase, message, startedAt, finishedAt, terminatedBy },
    operation: {
      sync: operation.sync?.dryRun === true ? { dryRun: true } : undefined,
      initiatedBy: operation.initiatedBy,
    },
    syncResult: hasFailed ? { resources: [{ status: "SyncFailed" }] } : undefined,
  };
}
