import type { AppKey, Application, ApplicationStatus } from "../model/application.ts";
import type { Operation } from "../model/operation.ts";

/** What the store keeps of one application, whatever its origin. */
export interface AppState {
  key: AppKey;
  /** Ours, made once; an application that is deleted and made again has another. */
  uid: string;
  status?: ApplicationStatus;
  /** Asked for and not started. */
  operation?: Operation;
  /** The content that a whole sync tried to deliver last, as `Target.contentKey` has it. */
  attempted?: string;
  /** Set by a person's approval of a blocked prune. */
  approval?: PruneApproval;
  /**
   * Of an application that lives in a file: as it was read last, so that its leaving is noticed after a
   * restart too.
   */
  last?: { app: Application; file: string; folder?: string };
  /** The application's last known manifest, kept while its objects are being deleted. */
  deleting?: {
    app: Application;
    since: string;
    cascade: "foreground" | "background" | "none";
    asked: "by-person" | "by-file";
  };
}

/** Bound to what the person saw; any change voids it. */
export interface PruneApproval {
  revision: string;
  candidatesHash: string;
  by: string;
  at: string;
}

/**
 * Which applications there are beside those of files, and the state of each, whatever its origin. Durable, as `Store` says.
 */
export interface Home {
  /** Applications made through the API (those of files live in their files). */
  applications(): Application[];
  putApplication(app: Application): void;
  deleteApplication(key: AppKey): void;

  states(): AppState[];
  putStates(states: readonly AppState[]): void;
  deleteState(key: AppKey): void;

  /** Small named values: what was read of the folders, projects, who may leave. */
  value(name: string): string | undefined;
  putValue(name: string, value: string | undefined): void;
}
