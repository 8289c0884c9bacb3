/** Git's usual refusals, in one wording for all transports. */

import type { CommitSha } from "../core/model/commit-sha.ts";
import { Failure } from "../core/model/failure.ts";
import { defined } from "../lib/defined.ts";

/** @param show the repository's URL, without userinfo */
export function unreachable(show: string, why: string, fix: string, cause?: unknown): Failure {
  return new Failure("git-unreachable", show, "backoff", {
    cannot: "read from Git",
    why,
    fix,
    ...defined({ cause }),
  });
}

export function gone(show: string, commit: CommitSha, cause?: unknown): Failure {
  return new Failure("git-revision", show, "backoff", {
    cannot: `fetch commit ${commit}`,
    why: "the server does not have it, or does not give it out",
    fix: "Check the revision; a commit that no branch or tag leads to may be gone",
    ...defined({ cause }),
  });
}
