/** A commit that puts an application's files back, as the API says it and the command line shows it. */
import type { AppKey } from "./application.ts";
import type { CommitSha } from "./commit-sha.ts";

/** What it would hold. */
export interface RevertPlan {
  repository: string;
  /** That is followed, and would be pushed to. */
  branch: string;
  /** That the commit would follow. */
  tip: CommitSha;
  /** Whose state the files get. */
  from: CommitSha;
  /** Files and folders; "" is everything. */
  paths: string[];
  /** Other applications that read something of it. */
  sharedWith: AppKey[];
}

/** What was pushed. */
export interface PushedCommit extends Pick<RevertPlan, "repository" | "branch" | "paths"> {
  commit: CommitSha;
}
