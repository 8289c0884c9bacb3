import type { CommitSha } from "../core/ports.ts";
import type { BareStore } from "./bare-store.ts";
import type { Refs } from "./refs.ts";

/** How one repository is asked. Neither call changes anything where it fails. */
export interface Transport {
  /** @param extra full names of refs beside branches and tags */
  listRefs(extra: readonly string[], signal: AbortSignal): Promise<Refs>;
  /**
   * Brings the commit and all its files into the store, and nothing of its history where the server can do so.
   * @param haves commits that are complete in the store: what they hold is not sent again
   * @throws {Failure} git-revision where the server does not have or give the commit
   */
  fetch(commit: CommitSha, haves: readonly CommitSha[], store: BareStore, signal: AbortSignal): Promise<void>;
}

export interface Limits {
  /** Longest wait for an answer's head, a list of refs, or the next bytes of a pack. */
  timeoutMs: number;
  /** Longest fetch. */
  fetchTimeoutMs: number;
  maxPackBytes: number;
}
