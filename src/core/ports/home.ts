import type { AppKey, Application, ApplicationStatus } from "../model/application.ts";
import type { FailedSyncs } from "../model/failed-syncs.ts";
import type { Fight } from "../model/fight.ts";
import type { Hold } from "../model/hold.ts";
import type { NamespaceMetadata } from "../model/namespace-metadata.ts";
import type { RefKey } from "../model/object-ref.ts";
import type { Operation, OperationState, ResourceResult } from "../model/operation.ts";
import type { Project } from "../model/project.ts";
import type { Standing } from "../model/standing.ts";
import type { Terminated } from "../model/terminated.ts";

/** What was told under the name of an application before its life: of others that had the name. */
export interface Past {
  /** Number of the last entry of the activity. */
  entries: number;
  /** Number of the last run. */
  runs: number;
}

/** What the store keeps of one application, whatever its origin. */
export interface AppState {
  key: AppKey;
  /** Ours, made once; an application that is deleted and made again has another. */
  uid: string;
  /** Absent: it is from before that was kept. */
  past?: Past;
  status?: ApplicationStatus;
  /** Asked for and not started. */
  operation?: Operation;
  /** The content that a whole sync tried to deliver last, as `Target.contentKey` has it. */
  attempted?: string;
  /** Whole syncs that failed in a row, where the last one did. */
  failing?: FailedSyncs;
  /** What its objects were applied from last. */
  standing?: Standing;
  /** A person keeps it at what was deployed once. */
  hold?: Hold;
  /** A person ended its sync. */
  terminated?: Terminated;
  /** What a sync gave the destination's Namespace last. */
  givenToNamespace?: NamespaceMetadata;
  /** What is to be deleted because Git does not want it, as it was seen first. */
  leaving?: Leaving;
  /** What others set again after each heal. */
  fights?: Fight[];
  /** A person's approval of a blocked prune, while that is going on. */
  approval?: PruneApproval;
  /**
   * Of an application that lives in a file: as it was read last, so that its leaving is noticed after a
   * restart too.
   */
  last?: { app: Application; file: string; folder?: string };
  /**
   * Of an application that lives in a cluster: as it could be read last. It goes on as that where it is edited into what
   * cannot be read while no daemon runs.
   */
  recorded?: Application;
  /** The application's last known manifest, kept while its objects are being deleted. */
  deleting?: {
    app: Application;
    since: string;
    cascade: "foreground" | "background" | "none";
    asked: "by-person" | "by-file" | "by-parent";
    /** Who said so, as in the audit. */
    by?: string;
    /** A person's word that it goes without them; absent: they are run. */
    hooks?: "skipped";
  };
  /** How far its deletion is. */
  removal?: DeletionProgress;
  /** Hooks that ran when its deletion was called off, and were not seen gone since. */
  leftHooks?: ResourceResult[];
  /** Absent: nothing is known of them. */
  hooks?: KnownHooks;
}

/** What is to be deleted, and what there was when it was seen first that Git, as it is, does not want just this. */
export interface Leaving {
  keys: readonly RefKey[];
  /** `Target.contentKey`. */
  content: string;
  /** RFC 3339. */
  since: string;
  /** Of what Git wants, how many objects were there then. */
  present: number;
}

/** What is known of an application's hooks: its deletion looks at Git only where there may be some of its own. */
export interface KnownHooks {
  /** `group/Kind` of every hook that it ever had: what they left behind is found by it. */
  kinds: string[];
  /** Those of a deletion that Git wanted at the last look, such as `PreDelete batch/Job shop/backup`. */
  ofDeletion: string[];
}

/** What a deletion did, and saw done. */
export interface DeletionProgress {
  /** Its row among the runs. */
  run: number;
  /** `before` and `after`: its hooks. `over`: all is gone that is to go. Each begins when the one before was seen to end. */
  stage: "before" | "objects" | "after" | "over";
  /** Of its hooks, 1 is the first. */
  tries: number;
  /** Of the hooks that were tried last: a commit that changes them is a reason to try again. */
  hooksHash?: string;
  /** What these hooks were made of: by that hooks with random values are known after a restart. */
  hooksInputs?: string;
  /** Shown as the application's operation. What it says of hooks is what a restart knows of them. */
  state: OperationState;
  /** Sentences about what stays behind. */
  kept: string[];
  /**
   * Of its objects, those that Git did not want when it began: they are kept for an undo, because nothing else brings
   * them back. Absent: that was not known, and each may be one.
   */
  notInGit?: RefKey[];
}

/** Bound to what the person saw; any change voids it. It is of one operation, with its further tries, through restarts. */
export interface PruneApproval {
  /** When that operation began, RFC 3339. */
  startedAt: string;
  /** Of the objects that left Git then. */
  revision: string;
  /** Keys and uids of all that may be deleted by it. */
  objects: readonly string[];
}

/**
 * Which applications there are beside those of files, and the state of each, whatever its origin. Durable, as `Store` says.
 */
export interface Home {
  /** Applications made through the API (those of files live in their files). */
  applications(): Application[];
  putApplication(app: Application): void;
  deleteApplication(key: AppKey): void;

  /** Projects made through the API, by name (those of files live in their files). */
  projects(): Project[];
  putProject(project: Project): void;
  deleteProject(name: string): void;

  states(): AppState[];
  putStates(states: readonly AppState[]): void;
  deleteState(key: AppKey): void;

  /** Small named values: what was read of the folders, projects, who may leave. */
  value(name: string): string | undefined;
  putValue(name: string, value: string | undefined): void;
  /** Names of those that begin with it, in their order. */
  valueNames(beginning: string): string[];
}
