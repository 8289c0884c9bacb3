import type { CommitSha } from "../../core/model/commit-sha.ts";
import type { Failure } from "../../core/model/failure.ts";
import type { RepositoryAccess } from "../../core/model/repository-access.ts";

/** What the process is to fetch: one line of JSON on its stdin, the only place where credentials go. */
export interface FetchJob {
  /** After redirects. */
  url: string;
  origin: string;
  show: string;
  /** Of protocol version 2; absent for older servers. */
  capabilities?: [name: string, value: string][];
  access: { username?: string; password?: string; bearerToken?: string; proxy?: string } & Pick<
    RepositoryAccess,
    "ca" | "reach" | "tlsCheck" | "noProxy"
  >;
  commit: CommitSha;
  /** An empty Git folder. */
  folder: string;
  idleMs: number;
  /** The process ends by itself then, should nobody be there to end it. */
  timeoutMs: number;
  maxPackBytes: number;
}

/** How it ended: one line of JSON on its stdout. */
export type FetchEnd =
  | { is: "done" }
  | {
      is: "failed";
      failure: Pick<Failure, "code" | "retry" | "cannot" | "why"> & { fix?: string; retryAfterMs?: number };
    };
