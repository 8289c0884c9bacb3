/** What the command line says of an application, as pure functions of what the API tells. */

import {
  type Application,
  IN_CLUSTER,
  isAutomated,
  prunesItself,
  type ResourceStatus,
  type Source,
  sourcesOf,
} from "../../core/model/application.ts";
import { revisionsIn } from "../../core/model/hold.ts";
import { isDryRun } from "../../core/model/last-sync.ts";
import { shortRevision } from "../../core/model/short-revision.ts";

export { isDryRun, shortRevision };

export const nameOf = ({ metadata }: Application): string => `${metadata.namespace}/${metadata.name}`;
export const syncOf = (app: Application): string => app.status?.sync.status ?? "Unknown";
export const healthOf = (app: Application): string => app.status?.health.status ?? "Unknown";

/** An operation is asked for, runs, or waits for its next try. */
export function isBusy({ operation, status }: Application): boolean {
  const phase = status?.operationState?.phase;
  return operation !== undefined || phase === "Running" || phase === "Terminating";
}

/** Its operation is its own end. */
export function isBeingDeleted({ metadata }: Application): boolean {
  return metadata.deletionTimestamp !== undefined;
}

/** `main@9f2e1aa`, or `held@9f2e1aa`; several sources are joined by commas. */
export function revisionOf(
  { spec, status }: Application,
  at: { revision?: string; revisions?: string[] } = status?.sync ?? {},
): string {
  const commits = at.revisions ?? [at.revision ?? ""];
  const held = status?.hold === undefined ? [] : revisionsIn(status.hold.at);
  if (held.length > 0 && held.every((commit, index) => commit === commits[index]))
    return `held@${held.map(shortRevision).join(", ")}`;
  return sourcesOf(spec)
    .map((source, index) => {
      const commit = commits[index] ?? "";
      const wanted = source.targetRevision || "HEAD";
      return commit === "" || commit === wanted
        ? shortRevision(wanted)
        : `${wanted}@${shortRevision(commit)}`;
    })
    .join(", ");
}

/** When what runs now was deployed. */
export function deployedAt({ status }: Application): string | undefined {
  return status?.history?.at(-1)?.deployedAt;
}

export function destinationOf({ spec: { destination } }: Application): {
  cluster: string;
  namespace: string;
} {
  const cluster =
    destination.name ?? (destination.server === IN_CLUSTER ? "in-cluster" : (destination.server ?? ""));
  return { cluster, namespace: destination.namespace ?? "" };
}

/** Argo CD's words: `Manual`, `Auto`, `Auto-Prune`. */
export function policyOf({ spec }: Application): string {
  if (!isAutomated(spec)) return "Manual";
  return spec.syncPolicy?.automated?.prune === true ? "Auto-Prune" : "Auto";
}

export function placeOf({ repoURL, path, chart, ref, plugin }: Source): string {
  const where = path ? ` · ${path}` : chart ? ` · chart ${chart}` : "";
  const by = plugin ? ` · plugin${plugin.name ? ` ${plugin.name}` : ""}` : "";
  return `${repoURL}${where}${ref ? ` · $${ref}` : ""}${by}`;
}

/** `Deployment/web`; with its namespace where that is not the one that is usual there. */
export function objectName(
  { kind, namespace = "", name }: { kind: string; namespace?: string; name: string },
  usual: string,
): string {
  return namespace === "" || namespace === usual ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

/** What a sync would do to an object that is OutOfSync. */
export function changeOf({
  status,
  health,
  requiresPruning,
  leavingSince,
}: ResourceStatus): "prune" | "create" | "update" | undefined {
  if (status !== "OutOfSync") return undefined;
  if (requiresPruning === true) return "prune";
  // Once it is gone: until then nothing keeps it.
  return health?.status === "Missing" || leavingSince !== undefined ? "create" : "update";
}

/** `2 to update, 1 to prune, which is off`. */
export function changesOf({ spec, status }: Application): string {
  const changes = (status?.resources ?? []).map(changeOf);
  return (["update", "create", "prune"] as const)
    .flatMap((change) => {
      const many = changes.filter((one) => one === change).length;
      return many === 0
        ? []
        : [`${many} to ${change}${change === "prune" && !prunesItself(spec) ? ", which is off" : ""}`];
    })
    .join(", ");
}

/** An object of a row, for maps. */
export function keyOf({
  group = "",
  kind,
  namespace = "",
  name,
}: {
  group?: string;
  kind: string;
  namespace?: string;
  name: string;
}): string {
  return `${group}/${kind}/${namespace}/${name}`;
}
