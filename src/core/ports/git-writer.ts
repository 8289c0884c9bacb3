import type { CommitSha } from "../model/commit-sha.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";

/** Some paths as they were at another commit. */
export interface PutBack {
  /** The commit that the new one follows. */
  tip: CommitSha;
  /** Whose state the paths get. */
  from: CommitSha;
  /** Files, and folders with all below them; "" is everything. */
  paths: readonly string[];
  /** The branch that is pushed to, `refs/heads/main`: it is at `tip`, or does not exist. */
  to: string;
  message: string;
  /** When it is said to be made: milliseconds since 1970. */
  at: number;
}

export type PutBackEnd =
  | { is: "pushed"; commit: CommitSha }
  /** The paths are at `tip` what they were at `from`. */
  | { is: "same" }
  /** The branch is not at `tip` any more; nothing was changed. */
  | { is: "moved" };

/** What is written to repositories. Never by force: a branch only goes on from where it is. */
export interface GitWriter {
  /** @throws {Failure} git-auth, git-unreachable, refused, tool-missing */
  putBack(repository: RepositoryAccess, ask: PutBack): Promise<PutBackEnd>;
}
