import type { AppKey } from "./application.ts";
import type { DriftChange } from "./drift-change.ts";

/** What became of an application, and of a cluster: what somebody may want to be told of. */
export const TRANSITION_KINDS = [
  "created",
  "deleted",
  "sync-running",
  "sync-succeeded",
  "sync-failed",
  /** What was synced is healthy: once for each deployment. */
  "deployed",
  "health-degraded",
  "health-recovered",
  /** It differs from what Git wants, and Git wants what it did when it was in sync. */
  "drift-found",
  "drift-healed",
  "prune-blocked",
  "hold-set",
  "hold-lifted",
  "cluster-unreachable",
  "cluster-reachable",
] as const;
export type TransitionKind = (typeof TRANSITION_KINDS)[number];

/** Of whom something is told. */
export type TransitionSubject = { is: "application"; name: AppKey } | { is: "cluster"; name: string };

/** One that is told, before it has a number. What is absent is not known, or says nothing of this kind. */
export interface TransitionNote {
  kind: TransitionKind;
  /** RFC 3339. */
  at: string;
  app?: AppKey;
  /** Which of those that had the name: `metadata.uid`. */
  uid?: string;
  /** Of the application, at that time. */
  project?: string;
  /** Where it is the cluster's own. */
  cluster?: string;
  /** A sentence without a full stop, at most `MOST_WHY` characters. */
  why?: string;
  /** Of drift: a few of the fields that are not as Git wants them. */
  changes?: DriftChange[];
  /** Of each source, what was or is delivered. */
  revisions?: string[];
  /** `RevisionHistory.id`. */
  deployment?: number;
  /** Of a heal, the run that brought it about; absent where none did. */
  run?: number;
  /** What brought a sync about: `manual`, `automated`, `self-heal`, `rollback`, `retry`. */
  cause?: string;
  /** Who asked for it; absent for what is done by itself. */
  by?: string;
}

/** One that is kept. One that stands for several has the number, the time and the words of the last of them. */
export interface Transition extends TransitionNote {
  /** Rises over all, with gaps: the order in which they were told. */
  seq: number;
  /** It stands for so many, within a short while each. */
  count: number;
  /** When the first of these was, RFC 3339. */
  first: string;
}

/** Every condition that is given holds. */
export interface TransitionQuery {
  app?: AppKey;
  cluster?: string;
  /** Any of these. */
  kinds?: readonly TransitionKind[];
  /** RFC 3339; the first moment that counts, and the first that does not any more. */
  since?: string;
  until?: string;
  order: "newest-first" | "oldest-first";
  /** Only what comes after this one, in that order. */
  beyond?: number;
  limit: number;
}

/** Characters. */
export const MOST_WHY = 1_000;

/**
 * How something was when its last transition was told, or before its first one: what the next look is held against. It is
 * stored, in one step with what is told. What is absent is not known, and whatever it becomes is no transition.
 */
export interface Settled {
  /** Which of those that had the name, and of which project it was. */
  uid?: string;
  project?: string;
  health?: "good" | "degraded";
  /** `behind`: Git wants something that is not there yet. `content`: what Git wanted when it was in sync. */
  sync?:
    | { is: "synced"; content: string }
    | { is: "behind" }
    /**
     * `run`: the last one when that was found; absent: there was none, or it was not written down. `beside`: Git wanted
     * something else as well.
     */
    | { is: "drifted"; run?: number; beside?: "git" };
  /** `cut-off`: a restart ended it, and it is taken up again. `startedAt`: RFC 3339. */
  operation?: { is: "running" | "cut-off" | "over"; startedAt: string };
  /** `RevisionHistory.id` of the last one that was healthy; -1: none was. */
  deployed?: number;
  prunes?: "free" | "blocked";
  /** Since when it is held, RFC 3339, or that it is not. */
  hold?: { is: "held"; since: string } | { is: "free" };
  connection?: "reachable" | "unreachable";
}
