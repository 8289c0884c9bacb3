import type { ActivityEntry } from "../model/activity.ts";

/** What was done to a project is told under these. */
export const PROJECT_ACTIONS = ["project-create", "project-update", "project-delete"] as const;
const LAST = "project-delete";

/** A Kubernetes Event, as far as clients of Argo CD read it. Times are RFC 3339. */
export interface ProjectEvent {
  apiVersion: "v1";
  kind: "Event";
  metadata: { name: string; namespace: string; creationTimestamp: string };
  involvedObject: { apiVersion: string; kind: "AppProject"; namespace: string; name: string };
  type: "Normal" | "Warning";
  reason: string;
  message: string;
  count: number;
  firstTimestamp: string;
  lastTimestamp: string;
  source: { component: "holdfast" };
}

/**
 * What was done to a project, the newest first: nothing of one before it that had its name.
 * @param entries of its actions, in whatever order
 */
export function projectEvents(
  { namespace, name }: { namespace: string; name: string },
  entries: readonly ActivityEntry[],
): ProjectEvent[] {
  const own = entries
    .filter(({ object }) => object?.kind === "project" && object.name === name)
    .sort((left, right) => right.seq - left.seq);
  const before = own.findIndex(({ action, outcome }) => action === LAST && outcome.is === "done");
  return own
    .slice(0, before === -1 ? own.length : before)
    .map(({ seq, at, actor, action, outcome, reason, count = 1 }) => ({
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: `${name}.${seq}`, namespace, creationTimestamp: at },
      involvedObject: { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", namespace, name },
      type: outcome.is === "done" ? "Normal" : "Warning",
      reason: action,
      message: `${actor}: ${action}${outcome.is === "done" ? "" : `, ${outcome.is}: ${outcome.why}`}${
        reason === undefined ? "" : ` (${reason})`
      }`,
      ...{ count, firstTimestamp: at, lastTimestamp: at },
      source: { component: "holdfast" },
    }));
}
