import type { Problem } from "../model/problem.ts";
import type { RepositoryAccess } from "../model/repository-access.ts";
import type { Secret } from "../model/secret.ts";
import type { ListedRefs } from "./git.ts";

/** `repository`: of this address; `repo-creds`: credentials of all that begins with it. */
export type RepositoryUse = "repository" | "repo-creds";

/** Which entry is meant. */
export interface RepositoryId {
  use: RepositoryUse;
  /** In whatever form: see `repositoryKey`. */
  url: string;
  /** Whose alone it is; "" is everybody's. */
  project: string;
}

/** Where an entry stands. `file`: below the data folder. `secret`: of the home cluster, as problems name it. */
export type RepositoryPlace =
  | { in: "config" }
  | { in: "file"; file: string }
  | { in: "secret"; secret: string };

export interface KnownRepository {
  id: RepositoryId;
  place: RepositoryPlace;
  /** With what it has from others. It holds secrets. */
  entry: RepositoryAccess;
  credentials: "own" | "inherited" | "none";
  /** What may be shown of what is written, by Argo CD's keys, without what is empty. */
  shown: Readonly<Record<string, string>>;
}

/** An entry as it is asked for. */
export interface WantedRepository {
  use: RepositoryUse;
  /** By the keys of Argo CD's Secrets; `url` among them. */
  data: Secret<Readonly<Record<string, string>>>;
}

/** What came of asking a repository's server. */
export type RepositoryLook =
  /** `saw`: a sentence without a full stop; `at`: milliseconds since 1970. */
  | { is: "answers"; saw: string; at: number }
  | { is: "fails"; why: string; at: number }
  /** It was not asked yet, or has not answered yet. */
  | { is: "unheard" };

/** `same`: it was there as it is wanted, and nothing was written. */
export interface KeptOutcome {
  known: KnownRepository;
  made: "added" | "changed" | "same";
  /** Of what is wanted and changes nothing, a sentence each. */
  warnings: readonly string[];
}

/** Which repositories there are, and who may change that while the daemon runs. What it says holds secrets: show none. */
export interface RepositoryDesk {
  all(): readonly KnownRepository[];
  /** Files that hold nothing that could be used, entries that others take the place of, and why. */
  problems(): readonly Problem[];
  /**
   * Asks the repository first: what does not answer is not kept. Kept durably, and in use when it resolves.
   * `add`: refused where there is another one; `upsert`: takes its place; `update`: it must be there, and what is not said
   * of who asks stays.
   * @throws {Failure} invalid-spec, conflict, not-found, refused, store, cluster-unreachable; what `test` throws
   */
  put(wanted: WantedRepository, how: "add" | "upsert" | "update", actor: string): Promise<KeptOutcome>;
  /** @throws {Failure} not-found, refused, conflict, store, cluster-unreachable */
  remove(id: RepositoryId, actor: string): Promise<void>;
  /**
   * Asks its server, and keeps nothing.
   * @returns what it saw, a sentence without a full stop
   * @throws {Failure} invalid-spec, git-unreachable, git-auth, artifact-unreachable, artifact-auth, artifact-refused,
   * tool-missing
   */
  test(wanted: WantedRepository): Promise<string>;
  /** `known`: a look of the last minutes where there was one. Whoever does not answer soon is `unheard`. */
  look(id: RepositoryId, freshness: "known" | "latest"): Promise<RepositoryLook>;
  /** @throws {Failure} not-found, refused where it is none of Git; as `test` */
  refs(id: RepositoryId): Promise<ListedRefs>;
}
