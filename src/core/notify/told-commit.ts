import type { Application } from "../model/application.ts";
import type { SyncSource } from "../model/operation.ts";
import type { Transition } from "../model/transition.ts";

/** Which commits are told with an event: `label` says what they are of it. */
export interface ToldRevisions {
  label: "Commit" | "Last sync" | "Held at";
  /** Of each source. */
  revisions: readonly string[];
}

/**
 * The event's own revisions, else those that the application was brought to before it: what is degraded or drifted is what
 * somebody delivered last.
 * @returns undefined: none, or nobody knows
 */
export function toldRevisions(
  transition: Transition,
  app: Application | undefined,
): ToldRevisions | undefined {
  const { kind, revisions = [], deployment } = transition;
  if (revisions.length > 0) return { label: "Commit", revisions };
  switch (kind) {
    case "health-degraded":
    case "drift-found":
    case "drift-healed":
      return labelled("Last sync", lastSync(app, transition.at));
    case "health-recovered":
      // A sync that failed is not well because its objects are: nobody is told so of its commit.
      return hasFailed(app) ? undefined : labelled("Last sync", lastSync(app, transition.at));
    case "hold-set":
      return labelled(
        "Held at",
        app?.status?.history?.find(({ id }) => id === deployment),
      );
    default:
      return undefined;
  }
}

/** Begun before that time: one that came later has nothing to do with it. */
function lastSync(app: Application | undefined, at: string): SyncSource | undefined {
  const { operationState: run, history = [] } = app?.status ?? {};
  const atMs = Date.parse(at);
  const isSync = run?.syncResult !== undefined && run.operation.sync?.dryRun !== true;
  if (isSync && Date.parse(run.startedAt) <= atMs) return run.syncResult;
  return history.findLast(({ deployedAt }) => Date.parse(deployedAt) <= atMs);
}

function hasFailed(app: Application | undefined): boolean {
  const phase = app?.status?.operationState?.phase;
  return phase === "Failed" || phase === "Error";
}

function labelled(label: ToldRevisions["label"], of: SyncSource | undefined): ToldRevisions | undefined {
  const revisions = of?.revisions ?? (of?.revision ? [of.revision] : []);
  return revisions.length === 0 ? undefined : { label, revisions };
}
