import { equalJson } from "../../lib/equal-json.ts";
import type { RevisionHistory } from "./application.ts";
import { type Hold, revisionsIn, sourcesIn } from "./hold.ts";

/** How a deployment fared while it was the one deployed: the last that was seen of it. Absent: nobody knows. */
export type Fared =
  | { is: "healthy" }
  /** `why`: as the health said it. */
  | { is: "degraded"; why?: string }
  /** It was Degraded before, and nobody saw it Healthy until the next deployment. */
  | { is: "never-healthy" };

export interface FaredDeployment extends RevisionHistory {
  fared?: Fared;
}

/** Characters of a cause that names no reason. */
const MOST_CAUSE = 60;

/** `Degraded: CrashLoopBackOff`; "" where nobody knows. */
export function faredWords(fared: Fared | undefined): string {
  if (fared === undefined) return "";
  if (fared.is === "healthy") return "Healthy";
  if (fared.is === "never-healthy") return "never Healthy";
  const cause = firstWords(fared.why ?? "");
  return cause === "" ? "Degraded" : `Degraded: ${cause}`;
}

/** Of a deployment, where it is asked for and nobody knows. */
export const FARED_UNKNOWN = "how it fared is not known";

/** A container's reason, such as `CrashLoopBackOff`; else the first clause behind the object's name, cut. */
function firstWords(why: string): string {
  const reason = /\bcontainer \S+ (?:waits|ended|terminated)[^:]*: ([A-Z][A-Za-z]+)/.exec(why)?.[1];
  if (reason !== undefined) return reason;
  const [clause = ""] = why.replace(/^\S+ \S+\/\S+: /, "").split(/\. |; |\n/);
  return clause.length <= MOST_CAUSE ? clause : `${clause.slice(0, MOST_CAUSE - 1)}…`;
}

/** What a rollback goes to where nobody says it. */
export type WayBack<D> =
  | { is: "to"; deployment: D }
  /** A person keeps it at a deployment: that is lifted first. */
  | { is: "held"; deployment: number }
  /** `only-degraded`: what differs from what is there is known to have been Degraded. */
  | { is: "none"; why: "nothing-before" | "only-degraded" };

/**
 * The newest deployment that went well and differs from what is deployed now; where none is known to have gone well, the
 * newest of which nobody knows. Of several of the same revisions the last one that is known speaks for all of them.
 *
 * @param history in any order
 */
export function wayBack<D extends FaredDeployment>(
  history: readonly D[],
  hold: Pick<Hold, "deployment"> | undefined,
): WayBack<D> {
  if (hold !== undefined) return { is: "held", deployment: hold.deployment };
  const newestFirst = [...history].sort((a, b) => b.id - a.id);
  const [now] = newestFirst;
  const others = newestFirst.filter((entry) => now !== undefined && !isSameDeployment(entry, now));
  if (others.length === 0) return { is: "none", why: "nothing-before" };
  const faredOf = (entry: D): Fared["is"] | undefined =>
    others.find((one) => one.fared !== undefined && isSameDeployment(one, entry))?.fared?.is;
  const found =
    others.find((entry) => faredOf(entry) === "healthy") ??
    others.find((entry) => faredOf(entry) === undefined);
  return found === undefined ? { is: "none", why: "only-degraded" } : { is: "to", deployment: found };
}

/**
 * Why a deployment is offered and none that is newer: `Not 3, because it was Degraded: OOMKilled; not 2, because how it fared
 * is not known`; "" where none that is newer differs from what is there.
 *
 * @param history in any order
 */
export function passedOverWords(history: readonly FaredDeployment[], offered: number): string {
  const newestFirst = [...history].sort((a, b) => b.id - a.id);
  const [now] = newestFirst;
  const passed = newestFirst.filter(
    (entry) => entry.id > offered && now !== undefined && !isSameDeployment(entry, now),
  );
  const words = passed.map(({ id, fared }) => {
    const why = fared === undefined ? FARED_UNKNOWN : `it was ${faredWords(fared)}`;
    return `not ${id}, because ${why}`;
  });
  const said = words.join("; ");
  return said === "" ? "" : `N${said.slice(1)}`;
}

/** Whether both would deploy the same. */
function isSameDeployment(a: RevisionHistory, b: RevisionHistory): boolean {
  return (
    equalJson(revisionsIn(a), revisionsIn(b)) &&
    equalJson(sourcesIn(a), sourcesIn(b)) &&
    equalJson(a.taken, b.taken)
  );
}
