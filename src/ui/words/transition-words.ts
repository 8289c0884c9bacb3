/** What is said of transitions, as pure functions. */
import { TRANSITION_KINDS, type Transition, type TransitionKind } from "../../core/model/transition.ts";
import { changersOf, changesWords, shortOf } from "./app-words.ts";

export const GROUPS = ["health", "drift", "syncs", "holds", "clusters", "lives"] as const;
export type Group = (typeof GROUPS)[number];
export const GROUP_WORDS: Readonly<Record<Group, string>> = {
  health: "Health",
  drift: "Drift",
  syncs: "Syncs",
  holds: "Holds",
  clusters: "Clusters",
  lives: "Made and deleted",
};

interface Said {
  group: Group;
  what: string;
  /** A state's word, where it came to one. */
  state?: string;
}

const SAID: Readonly<Record<TransitionKind, Said>> = {
  created: { group: "lives", what: "Made" },
  deleted: { group: "lives", what: "Deleted" },
  "sync-running": { group: "syncs", what: "Sync", state: "Running" },
  "sync-succeeded": { group: "syncs", what: "Sync", state: "Succeeded" },
  "sync-failed": { group: "syncs", what: "Sync", state: "Failed" },
  deployed: { group: "syncs", what: "Deployed and healthy" },
  "health-degraded": { group: "health", what: "Health", state: "Degraded" },
  "health-recovered": { group: "health", what: "Health", state: "Healthy" },
  "drift-found": { group: "drift", what: "Drift found" },
  "drift-healed": { group: "drift", what: "Drift gone" },
  "prune-blocked": { group: "syncs", what: "Prune blocked" },
  "hold-set": { group: "holds", what: "Held" },
  "hold-lifted": { group: "holds", what: "Hold lifted" },
  "cluster-unreachable": { group: "clusters", what: "Cluster", state: "Unreachable" },
  "cluster-reachable": { group: "clusters", what: "Cluster", state: "Connected" },
};

/** One that is of a kind which this page does not know yet is told by its name. */
export function saidOf(kind: string): Said {
  return (
    (Object.hasOwn(SAID, kind) ? SAID[kind as TransitionKind] : undefined) ?? { group: "lives", what: kind }
  );
}

/** Why, for whom and of which revision, as one line; "" where there is nothing to say. */
export function wordsOf({
  why = "",
  by = "",
  cause = "",
  revisions = [],
  deployment,
  run,
  changes = [],
}: Pick<Transition, "why" | "by" | "cause" | "revisions" | "deployment" | "run" | "changes">): string {
  const changers = changersOf(changes);
  return [
    deployment === undefined ? "" : `deployment ${deployment}`,
    run === undefined ? "" : `run ${run}`,
    revisions.map(shortOf).join(", "),
    cause,
    by === "" ? "" : `by ${by.replace(/^user:/, "")}`,
    changes.length === 0 ? why : changesWords(changes),
    changers === "" ? "" : `by ${changers}`,
  ]
    .filter((part) => part !== "")
    .join(" · ");
}

/** Of an address: unknown words are none, and none are all. */
export function groupsIn(text: string | null): readonly Group[] {
  return GROUPS.filter((group) => (text ?? "").split(",").includes(group));
}

/** @param groups none: all kinds */
export function kindsOf(groups: readonly Group[]): readonly TransitionKind[] {
  return TRANSITION_KINDS.filter((kind) => groups.length === 0 || groups.includes(SAID[kind].group));
}
