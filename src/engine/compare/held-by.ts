import type { LiveObject } from "../../core/model/live-object.ts";
import { show } from "../../core/model/object-ref.ts";
import { HAS_APPLICATIONS } from "../../core/model/project.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { ParentsHome } from "../../core/ports/parents-home.ts";

/** Finalizers of Kubernetes itself: the garbage collector takes them away when dependents are gone. */
const OF_KUBERNETES = new Set(["foregroundDeletion", "orphan"]);
/** Who can tell of what project applications are. */
type Users = Pick<ParentsHome, "usersOf">;

/** Deployment, ReplicaSet, Pod, and what a Pod may own. */
const MOST_DEPTH = 4;

/**
 * Objects that were asked to go and are held by somebody's finalizer, one sentence each; where the garbage collector
 * waits for dependents, of those.
 */
export function heldBy(
  tracked: readonly LiveObject[],
  cluster: Pick<Cluster, "childrenOf">,
  users?: Users,
): string[] {
  return tracked.filter(isGoing).flatMap((live) => sentences(live, cluster, users, 0));
}

function sentences(
  live: LiveObject,
  cluster: Pick<Cluster, "childrenOf">,
  users: Users | undefined,
  depth: number,
): string[] {
  const { finalizers = [], deletionTimestamp } = live.object.metadata;
  const theirs = finalizers.filter((finalizer) => !OF_KUBERNETES.has(finalizer));
  const own = theirs.length > 0 ? endOf(live.ref, theirs, users) : undefined;
  if (own !== undefined)
    return [`${show(live.ref)} was asked to go at ${deletionTimestamp} and goes when ${own}`];
  if (theirs.length > 0)
    return [
      `${show(live.ref)} was asked to go at ${deletionTimestamp} and is held by the finalizer ${theirs.join(" and ")}: whoever set it must take it away`,
    ];
  const content = namespaceContent(live);
  if (content.length > 0) return content;
  if (depth === MOST_DEPTH) return [];
  return cluster
    .childrenOf(live.uid)
    .filter(isGoing)
    .flatMap((child) => sentences(child, cluster, users, depth + 1));
}

/** What an application or a project waits for by finalizers that its own home takes away. */
function endOf(
  { group, kind, name }: LiveObject["ref"],
  finalizers: readonly string[],
  users: Users | undefined,
): string | undefined {
  if (group !== "argoproj.io") return undefined;
  if (kind === "Application" && finalizers.every(isOfApplications)) return "its own objects are gone";
  const isOfProjects =
    kind === "AppProject" && finalizers.every((one) => one === HAS_APPLICATIONS || isOfApplications(one));
  if (!isOfProjects) return undefined;
  const [first, ...more] = users?.usersOf(name) ?? [];
  const are = more.length === 0 ? `${first} is` : `${first} and ${more.length} more are`;
  return `no application is of it any more${first === undefined ? "" : `: ${are}`}`;
}

function isOfApplications(finalizer: string): boolean {
  return finalizer.split("/", 1)[0]?.endsWith("finalizer.argocd.argoproj.io") === true;
}

/** A Namespace goes when nothing is left in it, and its status says what is. */
function namespaceContent({ ref, object }: LiveObject): string[] {
  if (ref.group !== "" || ref.kind !== "Namespace") return [];
  const { status } = object as {
    status?: { conditions?: { type: string; status: string; message?: string }[] };
  };
  return (status?.conditions ?? [])
    .filter(
      ({ type, status: is }) =>
        is === "True" && (type === "NamespaceContentRemaining" || type === "NamespaceFinalizersRemaining"),
    )
    .map(({ message = "" }) => `${show(ref)} is not empty yet: ${message}`);
}

function isGoing({ object }: LiveObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
