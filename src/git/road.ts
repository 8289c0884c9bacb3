/** A road to one repository: how its server is asked, and where its objects lie on this machine. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import type { RepositoryAccess } from "../core/model/repository-access.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { History, MergeBase } from "../core/ports/git.ts";
import type { PutBack, PutBackEnd, WriteFiles } from "../core/ports/git-writer.ts";
import type { Log } from "../core/ports/log.ts";
import type { LentLogins } from "../remote/lent/lent-logins.ts";
import type { LookUp } from "../remote/reach.ts";
import type { ParsedCommit } from "./commit-object.ts";
import type { GitObject } from "./git-object.ts";
import type { ReaderPool } from "./reader-pool.ts";
import type { Refs } from "./refs.ts";
import type { HistoryWalk } from "./walk-history.ts";

export interface Road {
  readonly objects: Objects;
  /** The way with these credentials. @throws {Failure} where it cannot be gone */
  remote(access: RepositoryAccess): Remote;
}

/** No call changes anything where it fails. */
export interface Remote {
  /** @param extra full names of refs beside branches and tags */
  listRefs(extra: readonly string[], signal: AbortSignal): Promise<Refs>;
  /**
   * Brings the commit and all its files here, and nothing of its history where the server can do so.
   * @throws {Failure} git-revision where the server does not have or give the commit
   */
  fetch(commit: CommitSha, signal: AbortSignal): Promise<void>;
  /**
   * Commits and pushes; the commits that it names are here.
   * @throws {Failure} git-auth, git-unreachable, refused, tool-missing
   */
  commit(ask: PutBack | WriteFiles, signal: AbortSignal): Promise<PutBackEnd>;
  /** Where their histories part. What has to be asked of a server for that is not kept. @throws {Failure} */
  mergeBase(histories: Histories, signal: AbortSignal): Promise<MergeBase>;
  /** What led to a commit. What has to be asked of a server for it stays for the next one. @throws {Failure} */
  history(walk: HistoryWalk, signal: AbortSignal): Promise<History>;
}

/** Two commits, and what was before them as far as it is here. */
export interface Histories {
  one: ParsedCommit;
  other: ParsedCommit;
  /** @throws {Failure} git-revision where it is not here */
  read(commit: CommitSha): Promise<ParsedCommit>;
}

/** The objects of one repository, as they are on this machine. */
export interface Objects {
  /** `copies` can be fetched again where they are damaged. */
  readonly kind: "copies" | "in-place";
  /** Whether the commit is complete here. Notes a use. */
  isHere(commit: CommitSha): boolean;
  /** Ids of commits that are here and begin with `prefix`, 4 hex digits or more. */
  startingWith(prefix: string): Promise<CommitSha[]>;
  /**
   * An object of a commit that is here; undefined where it is missing.
   * @throws {BrokenObject} where it is damaged {Failure} where it cannot be read
   */
  read(commit: CommitSha, id: string): Promise<GitObject | undefined>;
  /** Removes what is here of the commit, so that it is fetched whole. */
  discard(commit: CommitSha): Promise<void>;
  /** Makes smaller what has grown, where that is due. */
  tidy(signal: AbortSignal): Promise<"done" | "not needed">;
  close(): Promise<void>;
}

export interface Limits {
  /** Longest wait for an answer's head, a list of refs, or the next bytes of a pack. */
  timeoutMs: number;
  /** Longest fetch. */
  fetchTimeoutMs: number;
  maxPackBytes: number;
  /** Largest file that is read. */
  maxObjectBytes: number;
}

/** What every road is built with. */
export interface RoadParts {
  /** The repository's URL without userinfo. */
  show: string;
  /** What is copied of it lies in here. */
  folder: string;
  /** Where files lie that live as long as one run. */
  scratch: string;
  limits: Limits;
  /** What a store may waste before it is written anew. */
  slackBytes: number;
  readers: ReaderPool;
  clock: Clock;
  log: Log;
  /** For the git program and its helpers: proxies, a PATH with ssh. */
  env: Record<string, string>;
  lookUp?: LookUp;
  lent: LentLogins;
}
