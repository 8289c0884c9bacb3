import type { RevisionHistory } from "./application.ts";
import type { CommitAbout } from "./commit-about.ts";
import { revisionsIn } from "./hold.ts";

export interface LastDeployed extends RevisionHistory {
  /** In the order of its sources. */
  commits: readonly CommitAbout[];
}

interface DeployedCommit {
  commit: string;
  about: Extract<CommitAbout, { is: "commit" }>;
}

/**
 * By which commits it was changed last, by source: a commit that changes nothing of it is not deployed by itself. Absent
 * where that is not known, or is no commit.
 *
 * @param history in any order
 */
export function lastDeployedOf(history: readonly LastDeployed[]): (DeployedCommit | undefined)[] {
  const newest = history.reduce<LastDeployed | undefined>(
    (best, entry) => (best === undefined || entry.id > best.id ? entry : best),
    undefined,
  );
  if (newest === undefined) return [];
  return revisionsIn(newest).map((commit, at) => {
    const about = newest.commits[at];
    return about?.is === "commit" ? { commit, about } : undefined;
  });
}
