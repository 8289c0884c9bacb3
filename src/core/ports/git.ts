import type { CommitSha } from "../model/commit-sha.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import type { SourceTree } from "./source-tree.ts";

/** `latest`: one ls-refs (coalesced with others under way). `known`: the last answer where there is one. */
export type Freshness = "latest" | "known";

export interface Resolved {
  commit: CommitSha;
  /** What it was resolved through: `refs/heads/main`, `refs/tags/v1.2.3`, or "" for a SHA. */
  ref: string;
}

export interface CommitInfo {
  commit: CommitSha;
  author: string;
  /** RFC 3339. */
  date: string;
  /** First line. */
  subject: string;
  message: string;
}

export interface Git {
  /**
   * @param options.asOf with `latest`: milliseconds since 1970; a request sent then or later is new enough.
   *   Absent: now.
   * @throws {Failure} git-unreachable, git-auth (both with `retryAfterMs`), git-revision, tool-missing
   */
  resolve(
    repository: RepositoryAccess,
    revision: string,
    options: { freshness: Freshness; tagPrefix?: string; asOf?: number },
  ): Promise<Resolved>;
  /** Fetches the commit where it is not there yet. @throws {Failure} */
  tree(repository: RepositoryAccess, commit: CommitSha, signal?: AbortSignal): Promise<SourceTree>;
  info(repository: RepositoryAccess, commit: CommitSha): Promise<CommitInfo>;
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
