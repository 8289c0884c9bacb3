import { type Source, sourcesOf } from "../../core/model/application.ts";
import { isSameRevision, revisionName, type SourceRevision } from "../../core/model/source-revision.ts";

/**
 * What a source is at. All targets of one revision share one: a commit that concerns none of them is learnt by all in one
 * step.
 */
export interface Tip {
  readonly revision: SourceRevision;
  /** First line of the commit's message, where it was read. */
  readonly subject?: string | undefined;
}

/**
 * What is asked for, the same for all who follow the same.
 * @param scope as `scopeOf` says it: what is heard by a project's own entry is nobody else's
 */
export function followedName(
  { repoURL, chart = "", targetRevision = "", tagPrefix = "" }: Source,
  scope = "",
): string {
  const own = scope === "" ? "" : `project ${JSON.stringify(scope)} `;
  return `${own}${repoURL} ${chart} ${targetRevision} ${tagPrefix}`;
}

/** The tips that are shared, by what was asked for. */
export class Tips {
  readonly #shared = new Map<string, { revision: SourceRevision; subject?: string | undefined }>();

  get(name: string): Tip | undefined {
    return this.#shared.get(name);
  }

  /** For a target that was found at this revision: the shared tip where that is there too; the first one makes it. */
  at(source: Source, { revision, subject }: Tip, scope = ""): Tip {
    const name = followedName(source, scope);
    const shared = this.#shared.get(name) ?? { revision, subject };
    this.#shared.set(name, shared);
    if (!isSameRevision(shared.revision, revision)) return { revision, subject };
    shared.subject ??= subject;
    return shared;
  }

  /** Everybody who shares this tip is at another revision now. */
  move(name: string, to: SourceRevision, subject?: string): void {
    const shared = this.#shared.get(name);
    if (shared === undefined) this.#shared.set(name, { revision: to, subject });
    else {
      if (!isSameRevision(shared.revision, to)) shared.subject = undefined;
      shared.subject = subject ?? shared.subject;
      shared.revision = to;
    }
  }

  /** What nobody follows any more need not be remembered. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#shared.keys()) if (!names.has(name)) this.#shared.delete(name);
  }
}

/** Commit or version of each source, in their order. */
export function revisionNamesOf({ tips }: { tips: readonly Tip[] }): string[] {
  return tips.map(({ revision }) => revisionName(revision));
}

/** Whether both are at the same commits, and the same content of each version. */
export function isSameTips(one: { tips: readonly Tip[] }, other: { tips: readonly Tip[] }): boolean {
  return (
    one.tips.length === other.tips.length &&
    one.tips.every(({ revision }, at) => isSameRevision(revision, other.tips[at]?.revision))
  );
}

/** The same at its own tips: what is delivered, or was seen, stays what it was. */
export function frozen<T extends { tips: readonly Tip[] }>(target: T): T {
  return { ...target, tips: target.tips.map(({ revision, subject }) => ({ revision, subject })) };
}

/** One for each source: shared with others that are at the same revision. */
export function sharedTips(
  tips: Tips,
  app: Parameters<typeof sourcesOf>[0],
  found: readonly Tip[],
  scopeOf: (source: Source) => string,
): Tip[] {
  return sourcesOf(app).flatMap((source, at) => {
    const tip = found[at];
    return tip === undefined ? [] : [tips.at(source, tip, scopeOf(source))];
  });
}
