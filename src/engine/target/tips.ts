import { type Source, sourcesOf } from "../../core/model/application.ts";
import type { CommitSha } from "../../core/model/commit-sha.ts";

/**
 * The commit that a source is at. All targets of one revision share one: a commit that concerns none of them is learnt
 * by all in one step.
 */
export interface Tip {
  readonly commit: CommitSha;
}

/** What is asked for, the same for all who follow the same. */
export function followedName({ repoURL, targetRevision = "", tagPrefix = "" }: Source): string {
  return `${repoURL} ${targetRevision} ${tagPrefix}`;
}

/** The tips that are shared, by what was asked for. */
export class Tips {
  readonly #shared = new Map<string, { commit: CommitSha }>();

  get(name: string): Tip | undefined {
    return this.#shared.get(name);
  }

  /** For a target that was found at this commit: the shared tip where that is there too; the first one makes it. */
  at(source: Source, commit: CommitSha): Tip {
    const name = followedName(source);
    const shared = this.#shared.get(name) ?? { commit };
    this.#shared.set(name, shared);
    return shared.commit === commit ? shared : { commit };
  }

  /** Everybody who shares this tip is at another commit now. */
  move(name: string, to: CommitSha): void {
    const shared = this.#shared.get(name);
    if (shared === undefined) this.#shared.set(name, { commit: to });
    else shared.commit = to;
  }

  /** What nobody follows any more need not be remembered. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#shared.keys()) if (!names.has(name)) this.#shared.delete(name);
  }
}

/** The commit of each source, in their order. */
export function commitsOf({ tips }: { tips: readonly Tip[] }): CommitSha[] {
  return tips.map(({ commit }) => commit);
}

/** The same at its own tips: what is delivered, or was seen, stays what it was. */
export function frozen<T extends { tips: readonly Tip[] }>(target: T): T {
  return { ...target, tips: target.tips.map(({ commit }) => ({ commit })) };
}

/** One for each source: shared with others that are at the same commit. */
export function sharedTips(
  tips: Tips,
  app: Parameters<typeof sourcesOf>[0],
  commits: readonly CommitSha[],
): Tip[] {
  return sourcesOf(app).flatMap((source, at) => {
    const commit = commits[at];
    return commit === undefined ? [] : [tips.at(source, commit)];
  });
}
