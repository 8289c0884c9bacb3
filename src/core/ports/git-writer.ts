import type { CommitSha } from "../model/commit-sha.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";

/** What every commit of ours says. */
interface NewCommit {
  /** The commit that the new one follows. */
  tip: CommitSha;
  /** The branch that is pushed to, `refs/heads/main`: it is at `tip`, or does not exist. */
  to: string;
  message: string;
  /** When it is said to be made: milliseconds since 1970. */
  at: number;
}

/** Some paths as they were at another commit. */
export interface PutBack extends NewCommit {
  /** Whose state the paths get. */
  from: CommitSha;
  /** Files, and folders with all below them; "" is everything. */
  paths: readonly string[];
}

/** Some files with another text; one that is there keeps its mode. */
export interface WriteFiles extends NewCommit {
  /** Path from the root -> text. None of them may be a link or a folder, or below one that is no folder. */
  files: Readonly<Record<string, string>>;
  /** Default: ours. */
  author?: { name: string; email: string };
  /** File of a private key of SSH or OpenPGP by which the commit is signed. Default: it is not. */
  signedBy?: string;
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
  /** @throws {Failure} as `putBack`; git-path where a path cannot be written */
  writeFiles(repository: RepositoryAccess, ask: WriteFiles): Promise<PutBackEnd>;
}
