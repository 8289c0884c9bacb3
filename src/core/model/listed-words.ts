/** What is said of an application in a few words, the same in every list. */

import { IN_CLUSTER, isAutomated } from "./application.ts";
import { isDryRun, tellingState, withoutDryRun } from "./last-sync.ts";
import { lateSince } from "./late.ts";
import type { ListedApplication } from "./listed-application.ts";
import { sourceKind } from "./source.ts";
import { waitsForSomebody } from "./suspended-hook.ts";

type ListedSource = NonNullable<ListedApplication["spec"]["source"]>;

export function keyOf({ metadata }: ListedApplication): string {
  return `${metadata.namespace}/${metadata.name}`;
}

export const syncOf = (app: ListedApplication): string => app.status?.sync.status ?? "Unknown";
export const healthOf = (app: ListedApplication): string => app.status?.health.status ?? "Unknown";
const phaseOf = (app: ListedApplication): string | undefined => tellingState(app.status)?.phase;
/** Of what runs, or of the last sync; `None` before the first. */
export const phaseWord = (app: ListedApplication): string => phaseOf(app) ?? "None";
export const isAutomatic = ({ spec }: ListedApplication): boolean => isAutomated(spec);
export const isRunning = (app: ListedApplication): boolean =>
  phaseOf(app) === "Running" || phaseOf(app) === "Terminating" || app.operation !== undefined;

/** Whether a condition of that type is for somebody to look at. */
export function needsAPerson(type: string): boolean {
  return (
    type.endsWith("Error") ||
    type === "PruneBlocked" ||
    type === "PausedWarning" ||
    type === "TerminatedWarning" ||
    type === "ContestedFieldWarning"
  );
}

/** `attention`: a person should look, also at what waits for too long. `moving`: on its way by itself. */
export function standing(app: ListedApplication, nowMs: number): "good" | "moving" | "attention" {
  const { operationState } = app.status ?? {};
  // What is rehearsed changes nothing: whoever was to be looked at still is.
  if (isDryRun(operationState) && tellingState(app.status) === operationState) {
    const { operation: _, ...before } = withoutDryRun(app);
    return standing(before, nowMs) === "attention" ? "attention" : "moving";
  }
  const isAsked = (app.status?.conditions ?? []).some(({ type }) => needsAPerson(type));
  if (isAsked || healthOf(app) === "Degraded") return "attention";
  if (isRunning(app) && waitsForSomebody(app.status?.operationState?.message ?? "")) return "attention";
  if (lateSince(app, nowMs) !== undefined) return "attention";
  if (isRunning(app) || healthOf(app) === "Progressing") return "moving";
  const failed =
    (phaseOf(app) === "Failed" || phaseOf(app) === "Error") && app.metadata.deletionTimestamp === undefined;
  const isGood = syncOf(app) === "Synced" && (healthOf(app) === "Healthy" || healthOf(app) === "Suspended");
  return isGood && !failed ? "good" : "attention";
}

function sourcesOf({ source, sources = [] }: ListedApplication["spec"]): readonly ListedSource[] {
  return sources.length > 0 ? sources : source === undefined ? [] : [source];
}

/** `main@9f2e1aa`, or `held@9f2e1aa`; several sources are joined. */
export function revisionOf({ spec, status }: ListedApplication): string {
  const held = status?.hold?.at;
  if (held !== undefined) return `held@${(held.revisions ?? [held.revision ?? ""]).map(shortOf).join(", ")}`;
  const { revision = "", revisions = [revision] } = status?.sync ?? {};
  return sourcesOf(spec)
    .map((source, at) => revisionIn(source, revisions[at]))
    .join(", ");
}

/**
 * What it is at, as lists say it: the commit that changed it last, which stays what it is while its branch moves on by
 * commits of others. Where that is not known, and of what is held, as `revisionOf` says it.
 */
export function standsAt(app: ListedApplication): string {
  const { changed, revision = "", revisions = [revision] } = app.status?.sync ?? {};
  if (changed === undefined || app.status?.hold !== undefined) return revisionOf(app);
  const sources = sourcesOf(app.spec);
  // It is of the first source in Git.
  const first = sources.findIndex((source) => sourceKind(source) === "git");
  return sources
    .map((source, at) => (at === first ? changed.commit : revisionIn(source, revisions[at])))
    .join(", ");
}

/** @param commit or version; "": where its branch is is not told */
function revisionIn({ targetRevision }: ListedSource, commit = ""): string {
  const wanted = targetRevision || "HEAD";
  return commit === "" || commit === wanted ? shortOf(wanted) : `${wanted}@${shortOf(commit)}`;
}

export function shortOf(commit: string): string {
  return /^[0-9a-f]{40,64}$/.test(commit) ? commit.slice(0, 7) : commit;
}

export function sourceOf({ spec }: ListedApplication): string {
  const sources = sourcesOf(spec);
  const [first] = sources;
  if (first === undefined) return "";
  const place = placeOf(first);
  return sources.length === 1 ? place : `${place} and ${sources.length - 1} more`;
}

/** `git.example.com/shop · web`: the repository without its scheme and credentials, and what of it. */
export function placeOf({ repoURL, path, chart }: ListedSource): string {
  const repository = repoURL.replace(/^[a-z+]+:\/\/([^/@]*@)?/i, "").replace(/\.git$/, "");
  return `${repository}${path ? ` · ${path}` : chart ? ` · chart ${chart}` : ""}`;
}

/** The name of its cluster, or the address where it has none. */
export function clusterOf({ spec: { destination } }: ListedApplication): string {
  return destination.name ?? (destination.server === IN_CLUSTER ? "in-cluster" : (destination.server ?? ""));
}

/** What the last operation was: a rehearsal wrote nothing and is called so, and a deletion is the last of all. */
export function kindOfRun({ metadata, status }: ListedApplication): "Sync" | "Dry run" | "Deletion" {
  if (metadata.deletionTimestamp !== undefined) return "Deletion";
  return isDryRun(status?.operationState) ? "Dry run" : "Sync";
}
