/** What stands in the status of an ImageUpdater, by the fields and words of Argo CD Image Updater. Pure. */
import { defined } from "../../lib/defined.ts";
import { isMapping } from "../../lib/is-mapping.ts";
import { type Problem, showProblem } from "../model/problem.ts";

/** Of a message, which the server takes 32 KiB of: whoever reads a status wants the first of many. */
const MOST_PROBLEMS = 5;
const MOST_OF_A_MESSAGE = 2_000;

export interface UpdaterCondition {
  type: "Ready" | "Reconciling" | "Error";
  status: "True" | "False";
  reason: string;
  message: string;
  observedGeneration?: number;
  /** RFC 3339. */
  lastTransitionTime: string;
}

/** One version of one image that was written, for however many applications. */
export interface RecentUpdate {
  /** The image's name where it has none. */
  alias: string;
  /** Without tag and digest. */
  image: string;
  newVersion: string;
  applicationsUpdated: number;
  /** RFC 3339. */
  updatedAt: string;
  message: string;
}

/** Times are RFC 3339. */
export interface ImageUpdaterStatus {
  observedGeneration?: number;
  lastCheckedAt?: string;
  lastUpdatedAt?: string;
  applicationsMatched?: number;
  imagesManaged?: number;
  /** Of the last look that wrote something. */
  recentUpdates?: readonly RecentUpdate[];
  conditions: readonly UpdaterCondition[];
}

/** What a look found of all that one resource means. */
export interface UpdaterLook {
  /** RFC 3339. */
  checkedAt: string;
  applications: number;
  /** Without those that no application runs. */
  images: number;
  /** What is wrong, or stands in the way; a sentence each. */
  problems: readonly string[];
  /** What this look wrote; empty where it wrote nothing. */
  updated: readonly RecentUpdate[];
}

/** @param generation of the resource as it was looked at */
export function statusOfLook(look: UpdaterLook, generation: number | undefined): ImageUpdaterStatus {
  const { checkedAt, applications, images, problems, updated } = look;
  const written = updated.reduce((sum, { applicationsUpdated }) => sum + applicationsUpdated, 0);
  const errors = problems.length;
  const did = `${written} images updated.`;
  return {
    ...defined({ observedGeneration: generation }),
    lastCheckedAt: checkedAt,
    applicationsMatched: applications,
    imagesManaged: images,
    ...(updated.length === 0 ? {} : { lastUpdatedAt: checkedAt, recentUpdates: updated }),
    conditions: conditionsOf(
      checkedAt,
      generation,
      errors === 0
        ? ["True", "ReconcileSucceeded", `Reconciled ${applications} applications, ${did}`]
        : [
            ...(["True", "ReconcileCompletedWithErrors"] as const),
            `Reconciled ${applications} applications with ${errors} errors, ${did}`,
          ],
      errors === 0
        ? ["False", "NoErrors", "No errors during last reconciliation."]
        : ["True", "PartialErrors", sayFirst(problems)],
    ),
  };
}

/** Of one that cannot be read: nothing is looked at by it. @param at RFC 3339 */
export function statusOfUnreadable(
  problems: readonly Problem[],
  generation: number | undefined,
  at: string,
): ImageUpdaterStatus {
  const errors = problems.filter(({ severity }) => severity === "error");
  const why = sayFirst(errors.map(({ object: _, ...problem }) => showProblem(problem)));
  return {
    ...defined({ observedGeneration: generation }),
    conditions: conditionsOf(
      at,
      generation,
      ["False", "ReconcileFailed", cut(`It cannot be read, so that it keeps no image up to date: ${why}`)],
      ["True", "ReconcileError", why],
    ),
  };
}

/**
 * While a look runs, or once one ended that has nothing to say of it: what was found before stays beside that.
 * @param before what was said last, or stands there
 * @param at RFC 3339
 */
export function statusWhile(
  is: "looking" | "idle",
  before: { readonly conditions?: unknown } | undefined,
  generation: number | undefined,
  at: string,
): ImageUpdaterStatus {
  const known = Array.isArray(before?.conditions) ? before.conditions.filter(isMapping) : [];
  const others = (known as unknown as UpdaterCondition[]).filter(({ type }) => type !== "Reconciling");
  const [status, reason, message] = is === "looking" ? LOOKING : IDLE;
  const reconciling: UpdaterCondition = {
    ...{ type: "Reconciling", status, reason, message, lastTransitionTime: at },
    ...defined({ observedGeneration: generation }),
  };
  const [ready, ...rest] = others;
  return {
    ...(before as Partial<ImageUpdaterStatus>),
    conditions: ready === undefined ? [reconciling] : [ready, reconciling, ...rest],
  };
}

/** The same, each condition with the time since when it says so: one that says it still has not changed. */
export function keepingTimes(status: ImageUpdaterStatus, before: unknown): ImageUpdaterStatus {
  const listed = isMapping(before) ? before["conditions"] : undefined;
  const known = (Array.isArray(listed) ? listed : []).filter(isMapping);
  return {
    ...status,
    conditions: status.conditions.map((condition) => {
      const same = known.find((one) => one["type"] === condition.type);
      const since = same?.["status"] === condition.status ? same["lastTransitionTime"] : undefined;
      return typeof since === "string" ? { ...condition, lastTransitionTime: since } : condition;
    }),
  };
}

type Said = readonly [status: "True" | "False", reason: string, message: string];

const LOOKING: Said = ["True", "Reconciling", "Image update check in progress."];
const IDLE: Said = ["False", "Idle", "Last check completed. Awaiting next cycle."];

function conditionsOf(
  lastTransitionTime: string,
  observedGeneration: number | undefined,
  ready: Said,
  error: Said,
): UpdaterCondition[] {
  const condition = (type: UpdaterCondition["type"], [status, reason, message]: Said): UpdaterCondition => ({
    ...{ type, status, reason, message, lastTransitionTime },
    ...defined({ observedGeneration }),
  });
  return [condition("Ready", ready), condition("Reconciling", IDLE), condition("Error", error)];
}

function sayFirst(problems: readonly string[]): string {
  const first = [...new Set(problems)].slice(0, MOST_PROBLEMS);
  const more = new Set(problems).size - first.length;
  return cut(`${first.join("; ")}${more === 0 ? "" : `; and ${more} more`}`);
}

function cut(text: string): string {
  return text.length <= MOST_OF_A_MESSAGE ? text : `${text.slice(0, MOST_OF_A_MESSAGE - 1).trimEnd()}…`;
}
