import type { CommitSha } from "../model/commit-sha.ts";
import type { CommitChange } from "../model/last-change.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import type { SourceTree } from "./source-tree.ts";

/** `latest`: one ls-refs (coalesced with others under way). `known`: the last answer where there is one. */
export type Freshness = "latest" | "known";

export interface ResolveOptions {
  freshness: Freshness;
  tagPrefix?: string;
  asOf?: number;
  interest?: "lasting" | "once";
}

export interface Resolved {
  commit: CommitSha;
  /** What it was resolved through: `refs/heads/main`, `refs/tags/v1.2.3`, or "" for a SHA. */
  ref: string;
}

/** What a revision led to when its server was heard last. */
export interface Heard extends Resolved {
  /** Milliseconds since 1970. */
  heardAt: number;
}

/** For people to read: addresses in its words are without the names and passwords that somebody wrote into them. */
export interface CommitInfo {
  commit: CommitSha;
  author: string;
  /** RFC 3339. */
  date: string;
  /** First line. */
  subject: string;
  message: string;
}

/** One commit's files. */
export interface TreeAtCommit extends SourceTree {
  readonly commit: CommitSha;
  /** First line of its message, as `CommitInfo` has it. */
  readonly subject?: string;
}

/** Where the histories of two commits part. `none`: they have no commit in common. `unknown`: it cannot be told, a sentence without a full stop. */
export type MergeBase = { is: "found"; commit: CommitSha } | { is: "none" } | { is: "unknown"; why: string };

/**
 * Commits that led to one, children before their parents, with what each changed. The list ends where the history does,
 * or earlier: then a parent that a commit names is not in it. `unknown`: a sentence without a full stop.
 */
export type History = { is: "read"; commits: readonly CommitChange[] } | { is: "unknown"; why: string };

/** What a server says of a repository. */
export interface ListedRefs {
  /** Undefined where it holds no commit. `ref`: `refs/heads/main`, or "HEAD". */
  head: Resolved | undefined;
  /** Without `refs/heads/` and `refs/tags/`. */
  branches: readonly string[];
  tags: readonly string[];
}

export interface Git {
  /** Asks its server now. @throws {Failure} git-unreachable, git-auth (both with `retryAfterMs`), tool-missing */
  refs(repository: RepositoryAccess): Promise<ListedRefs>;
  /**
   * @param options.interest `once`: a ref beside branches and tags is asked for now, and not with every list from now on.
   *   Default `lasting`.
   * @param options.asOf with `latest`: milliseconds since 1970; a request sent then or later is new enough.
   *   Absent: now.
   * @throws {Failure} git-unreachable, git-auth (both with `retryAfterMs`), git-revision, tool-missing
   */
  resolve(repository: RepositoryAccess, revision: string, options: ResolveOptions): Promise<Resolved>;
  /** Fetches the commit where it is not there yet. @throws {Failure} */
  tree(repository: RepositoryAccess, commit: CommitSha, signal?: AbortSignal): Promise<TreeAtCommit>;
  /** Remembers it beyond this run of the program, where its commit is here. */
  noteHeard(repository: RepositoryAccess, revision: string, heard: Heard): void;
  /**
   * What was noted last of a revision, by an earlier run too; undefined where its commit is not here any more. Asks
   * nobody; `movedTo`: what the refs that were listed last say otherwise.
   */
  lastHeard(repository: RepositoryAccess, revision: string): (Heard & { movedTo?: CommitSha }) | undefined;
  info(repository: RepositoryAccess, commit: CommitSha): Promise<CommitInfo>;
  /** The same of a commit that is here; undefined where it is not. Asks nobody. @throws {Failure} where it cannot be read */
  infoHere(repository: RepositoryAccess, commit: CommitSha): Promise<CommitInfo | undefined>;
  /** Of two commits that were brought here by `tree`. @throws {Failure} git-unreachable, git-auth */
  mergeBase(
    repository: RepositoryAccess,
    one: CommitSha,
    other: CommitSha,
    signal?: AbortSignal,
  ): Promise<MergeBase>;
  /**
   * What led to a commit: at least as many generations as `most` says, where there are as many, and no more commits than
   * that by date. Asks its server, and brings no file.
   * @param most from 1
   * @throws {Failure} git-unreachable, git-auth
   */
  history(
    repository: RepositoryAccess,
    commit: CommitSha,
    most: number,
    signal?: AbortSignal,
  ): Promise<History>;
  /** Every request made, for metrics and tests. */
  onRequest(listener: (request: GitRequest) => void): void;
  stop(): Promise<void>;
}

export interface GitRequest {
  url: string;
  type: "ls-remote" | "fetch";
  tookMs: number;
  failed: boolean;
}
