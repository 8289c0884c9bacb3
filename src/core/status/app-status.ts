import { defined, filled } from "../../lib/defined.ts";
import type {
  Application,
  ApplicationStatus,
  Condition,
  ResourceStatus,
  ShownUndo,
} from "../model/application.ts";
import type { Comparison, Difference } from "../model/comparison.ts";
import type { Health } from "../model/health.ts";
import type { ShownHold } from "../model/hold.ts";
import { syncBefore } from "../model/last-sync.ts";
import type { NamespaceIs } from "../model/namespace-metadata.ts";
import type { RefKey } from "../model/object-ref.ts";
import type { OperationState } from "../model/operation.ts";
import type { ShownOthers } from "../model/set-by-others.ts";
import type { ShownTerminated } from "../model/terminated.ts";
import { appHealth, type Part } from "./app-health.ts";
import { comparedTo } from "./compared-to.ts";
import { conditionsOf, withTimes } from "./conditions.ts";
import { historyAfter } from "./history.ts";
import { resourceStatuses, syncStatus, unknownStatuses } from "./resource-statuses.ts";

export type ComparisonState =
  | {
      is: "compared";
      comparison: Comparison;
      revisions: readonly string[];
      sourceTypes: readonly string[];
      /** That the cluster has of the application: of its objects, and of the Pods that descend from them. */
      images: readonly string[];
      /** Under which people reach it; absent: none are known. */
      urls?: readonly string[];
    }
  /**
   * It could not be compared. `kept`: Git or rendering failed, and what runs is as healthy as it was seen to be;
   * `unknown`: of the cluster nothing is known either.
   */
  | { is: "not-compared"; health: "kept" | "unknown"; why: string };

export interface StatusInput {
  /** With the status that it had. */
  app: Application;
  seen: ComparisonState;
  /** Health by key of every live object that the application manages. */
  healthByKey: ReadonlyMap<RefKey, Health | undefined>;
  /** As `leavingOf` says it; default nothing. */
  leaving?: ReadonlyMap<RefKey, string>;
  /** What holds now besides what the comparison itself says. */
  conditions?: readonly Condition[];
  namespaceIs?: NamespaceIs;
  /** The running or last operation. */
  operation?: OperationState;
  hold?: ShownHold;
  terminated?: ShownTerminated;
  undo?: ShownUndo;
  /** Of what differs, what others in the cluster did. */
  others?: ShownOthers;
  /** RFC 3339 in UTC, without fractions. */
  now: string;
  /** Where this daemon's home is. */
  controllerNamespace?: string;
}

/** An application's status in Argo CD's shape. What did not change keeps its times. */
export function appStatus(input: StatusInput): ApplicationStatus {
  const { app, seen, now, operation } = input;
  const before = app.status;
  const health = seen.is === "compared" ? healthOfParts(seen.comparison, input) : healthUnseen(seen, before);
  const compared = seen.is === "compared";
  const resources: ResourceStatus[] = compared
    ? resourceStatuses(seen.comparison, input.healthByKey, app.spec.syncPolicy?.syncOptions, input.leaving)
    : unknownStatuses(before?.resources ?? []);
  const conditions = withTimes(
    [
      ...(compared ? conditionsOf(seen.comparison) : []),
      ...namespaceConditions(app, input.namespaceIs),
      ...(input.conditions ?? []),
    ],
    before?.conditions,
    now,
  );
  const state = operation ?? before?.operationState;
  const history = historyNow(app, operation);
  const summary = compared ? summaryOf(seen.images, seen.urls ?? []) : before?.summary;
  const many = (app.spec.sources ?? []).length > 0;
  const sourceTypes = compared
    ? [...seen.sourceTypes]
    : (before?.sourceTypes ?? (before?.sourceType === undefined ? [] : [before.sourceType]));
  return {
    sync: {
      status: compared
        ? syncStatus(seen.comparison, app.spec.syncPolicy?.syncOptions, input.namespaceIs, input.leaving)
        : "Unknown",
      comparedTo: comparedTo(app),
      ...revisionsOf(compared ? seen.revisions : undefined, before, many),
    },
    health: {
      status: health.status,
      ...filled({ message: health.message }),
      lastTransitionTime:
        before?.health.status === health.status ? (before.health.lastTransitionTime ?? now) : now,
    },
    ...filled({ resources, conditions, history }),
    ...defined({ operationState: state, lastSync: syncBefore(before, state) }),
    reconciledAt: now,
    ...(sourceTypes.length === 0 ? {} : many ? { sourceTypes } : { sourceType: sourceTypes[0] as string }),
    ...defined({
      summary,
      controllerNamespace: input.controllerNamespace,
      hold: input.hold,
      terminated: input.terminated,
      undo: input.undo,
      others: input.others,
    }),
  };
}

function namespaceConditions(app: Application, is: NamespaceIs | undefined): Condition[] {
  if (is !== "behind") return [];
  const message = `Namespace ${app.spec.destination.namespace ?? ""}: spec.syncPolicy.managedNamespaceMetadata was edited since the last sync; the next one sets it`;
  return [{ type: "SyncOptionWarning", message }];
}

function healthOfParts({ differences }: Comparison, { app, healthByKey }: StatusInput): Health {
  const parts = differences.flatMap((difference): Part[] => {
    switch (difference.is) {
      case "foreign":
        return [];
      case "unknown":
        return [unknownPart(difference, healthByKey)];
      case "missing":
        return [{ ref: difference.desired.ref, is: "missing", health: undefined }];
      default:
        return [{ ref: difference.live.ref, is: "live", health: healthByKey.get(difference.key) }];
    }
  });
  const { namespace, name } = app.metadata;
  return appHealth(parts, { group: "argoproj.io", kind: "Application", namespace, name });
}

/** What is there is as healthy as it is, whatever could not be said of its differences. */
function unknownPart(
  { key, desired: { ref }, because, why }: Extract<Difference, { is: "unknown" }>,
  healthByKey: StatusInput["healthByKey"],
): Part {
  if (because === "no-such-kind") return { ref, is: "missing", health: undefined };
  return healthByKey.has(key)
    ? { ref, is: "live", health: healthByKey.get(key) }
    : { ref, is: "unseen", health: { status: "Unknown", message: why } };
}

function healthUnseen(
  seen: Extract<ComparisonState, { is: "not-compared" }>,
  before: ApplicationStatus | undefined,
): Health {
  if (seen.health === "kept" && before !== undefined)
    return { status: before.health.status, message: before.health.message ?? "" };
  return { status: "Unknown", message: seen.why };
}

/** Where nothing could be compared, the revision that was compared last stays to be read. */
function revisionsOf(
  revisions: readonly string[] | undefined,
  before: ApplicationStatus | undefined,
  many: boolean,
): { revision?: string; revisions?: string[] } {
  if (revisions === undefined) {
    const { revision, revisions: all } = before?.sync ?? {};
    return {
      ...defined({ revision, revisions: all }),
    };
  }
  return many ? { revisions: [...revisions] } : { revision: revisions[0] ?? "" };
}

/** An operation is entered once: the moment it is first seen ended. */
function historyNow(
  app: Application,
  operation: OperationState | undefined,
): NonNullable<ApplicationStatus["history"]> {
  const before = app.status?.history ?? [];
  const known = app.status?.operationState;
  const ended =
    operation !== undefined && operation.finishedAt !== undefined && operation.phase === "Succeeded";
  const entered =
    known !== undefined &&
    operation !== undefined &&
    known.phase === "Succeeded" &&
    known.startedAt === operation.startedAt &&
    known.finishedAt === operation.finishedAt;
  return ended && !entered ? historyAfter(before, operation, app) : [...before];
}

function summaryOf(
  images: readonly string[],
  externalURLs: readonly string[],
): NonNullable<ApplicationStatus["summary"]> {
  const unique = [...new Set(images)].sort();
  return {
    ...(unique.length === 0 ? {} : { images: unique }),
    ...(externalURLs.length === 0 ? {} : { externalURLs: [...externalURLs] }),
  };
}
