/** What commits that are not merged yet would do to clusters, as the API says it and the command line shows it. */
import type { AppKey } from "./application.ts";
import type { CommitSha } from "./commit-sha.ts";
import type { FieldDifference } from "./comparison.ts";
import type { FailureCode } from "./failure.ts";
import type { KubeObject } from "./kube-object.ts";
import type { ObjectRef } from "./object-ref.ts";

/** What is asked: the commits that HEAD has and BASE does not, as if they were merged now. */
export interface BlastAsk {
  /** Address of a repository that applications follow; absent where they follow one only. */
  repository?: string;
  /** Branch, tag, full ref or SHA; "" is the default branch. */
  base: string;
  head: string;
  /** The branch that they would be merged into. Default: BASE where that is a branch, else the default branch. */
  into?: string;
}

export interface RangeEnd {
  /** As it was named. */
  asked: string;
  commit: CommitSha;
}

/** What is known before the first application is looked at. */
export interface BlastRange {
  /** As applications write it, without userinfo. */
  repository: string;
  base: RangeEnd;
  head: RangeEnd;
  /** The branch's short name. */
  into: string;
  parted: { is: "at"; commit: CommitSha } | { is: "unknown"; why: string };
  /** Undefined where there are too many to be listed. */
  changedPaths: number | undefined;
  /** How many applications are looked at. */
  concerned: number;
  /** Applications that follow the branch and read nothing of what changes. */
  untouched: number;
  /** Applications that use the repository, and not this branch; each with a sentence without a full stop. */
  elsewhere: { application: AppKey; why: string }[];
  /** What this cannot tell, in whole sentences. */
  notes: string[];
}

/**
 * `create`, `change`, `delete`: a sync would do it. `hold`: it left Git, and a guard would keep it until a person approves.
 * `stay`: it left Git and stays. `run`: a hook. `refuse`: it cannot be written, and stops the sync. `unknown`: it could
 * not be compared.
 */
export type Effect = "create" | "change" | "delete" | "hold" | "stay" | "run" | "refuse" | "unknown";

export interface ObjectEffect extends ObjectRef {
  version: string;
  effect: Effect;
  /** `before`: it differs already, and these commits say nothing else of it. */
  cause: "range" | "before";
  /** Of `hold`, `stay`, `refuse` and `unknown`: why, for people. */
  why?: string;
  fields: FieldDifference[];
  /** Masked. `predicted` is absent of what would go. */
  live?: KubeObject;
  predicted?: KubeObject;
}

export type ApplicationEffect = {
  application: AppKey;
  /** Name of its cluster, "" where none is known. */
  cluster: string;
  syncs: "by-itself" | "when-asked";
  /** Where the commits say something else of the application itself: the file that does. */
  manifest?: { is: "new" | "changed" | "removed"; file: string };
} & (
  | {
      is: "compared";
      objects: ObjectEffect[];
      /** Objects that are as Git would want them. */
      same: number;
      /** Whole sentences. */
      warnings: string[];
      /** Why a sync would not start at all, one sentence without a full stop. */
      refused?: string;
    }
  | { is: "failed"; code: FailureCode; why: string; fix?: string }
);

/** The parts of an answer, in order: one range, then an application each, then the end. What lacks its end was cut off. */
export type BlastEvent =
  | { is: "range"; range: BlastRange }
  | { is: "application"; effect: ApplicationEffect }
  | { is: "end" };
