/** What Git would want of an application at a range's end, before it is held against anything. */
import { sourcesOf } from "../../core/model/application.ts";
import { asFailure, Failure } from "../../core/model/failure.ts";
import type { BaseRefusal } from "../../core/policy/refuse-base.ts";
import type { Artifacts } from "../../core/ports/artifacts.ts";
import type { UsedBase } from "../../core/ports/renderers.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { comparableGitUrl, repositoryPlace } from "../../lib/git-url.ts";
import { whyLeadsAway } from "../../lib/plain-address.ts";
import { withoutUserinfo } from "../../lib/url-userinfo.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import type { Snapshot, Snapshots } from "../snapshot.ts";
import { targetAt } from "../target/find-target.ts";
import type { Target } from "../target/target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import type { Candidate } from "./concerned.ts";
import type { FoundRange } from "./range.ts";
import { shadowOf } from "./shadow.ts";

export interface Ready {
  is: "ready";
  candidate: Candidate;
  snapshot: Snapshot;
  /** Takes what is learnt. */
  shadow: ManagedApplication;
  target: Target;
  /** The same, exported and rendered anew. @throws {Failure} */
  again(): Promise<Target>;
  /** What Git wants without the range; undefined where that cannot be told. `none`: nothing, it would be new. */
  before: Target | "none" | undefined;
}

export type Prepared =
  | Ready
  | { is: "going"; candidate: Candidate; managed: ManagedApplication; snapshot: Snapshot }
  | { is: "failed"; candidate: Candidate; failure: Failure };

export interface PrepareParts {
  ports: EnginePorts;
  snapshots: Snapshots;
  reviewed: Reviewed;
}

/** How far manifests may lead that nobody has reviewed. */
export interface Reviewed {
  /** `repositoryPlace` of every repository that an application reads. */
  places: ReadonlySet<string>;
  /** `comparableGitUrl` of all that an application's charts come from: another port is another server. */
  charts: ReadonlySet<string>;
  /** `basePlace` of what kustomizations name elsewhere, and of the repositories of Git that a source names. */
  bases: ReadonlySet<string>;
  /** Projects of the applications that the range's repository delivers. */
  projects: ReadonlySet<string>;
}

export async function prepare(
  candidate: Candidate,
  range: FoundRange,
  parts: PrepareParts,
  signal: AbortSignal,
): Promise<Prepared> {
  const { key, managed, app, manifest } = candidate;
  try {
    if (managed?.seen.is === "never")
      throw new Failure("not-ready", `Application ${key}`, "backoff", {
        cannot: "tell what would change",
        why: "it was not looked at yet",
        fix: "Try again in a moment",
      });
    if (manifest?.is === "removed" && managed !== undefined)
      return { is: "going", candidate, managed, snapshot: parts.snapshots.take({ app }, managed.snapshot) };
    if (manifest !== undefined) refuseStrangers(candidate, parts.reviewed);
    const snapshot = parts.snapshots.take({ app }, managed?.snapshot);
    return {
      is: "ready",
      candidate,
      snapshot,
      ...(await targets(candidate, range, snapshot, parts, signal)),
    };
  } catch (cause) {
    signal.throwIfAborted();
    return {
      is: "failed",
      candidate,
      failure: asFailure(cause, `Application ${key}`, "tell what would change"),
    };
  }
}

/**
 * A manifest that nobody has reviewed must not have the daemon ask a repository that nobody reads through it yet, nor
 * look at what another project's applications may see.
 */
function refuseStrangers({ key, app }: Candidate, { places, projects }: Reviewed): void {
  const refuse = (why: string): Failure =>
    new Failure("config", `Application ${key}`, "after-edit", {
      cannot: "tell what would change",
      why,
      fix: "Look at it after the merge, before the first sync",
    });
  const stranger = sourcesOf(app.spec).find(
    ({ repoURL }) => whyLeadsAway(repoURL) !== undefined || !places.has(repositoryPlace(repoURL)),
  );
  if (stranger !== undefined)
    throw refuse(
      `no application here reads ${stranger.repoURL} yet, and a commit that is not merged is no reason to ask it`,
    );
  if (!projects.has(app.spec.project))
    throw refuse(
      `no application of this repository is in the project ${app.spec.project}, and a commit that is not merged is no reason to look at what that one may see`,
    );
}

/** Charts of a commit that is not merged come from where charts come from already. */
function onlyKnown(
  artifacts: Artifacts,
  { charts }: Reviewed,
): Pick<Artifacts, "resolve" | "tree" | "packed"> {
  return {
    resolve(reference, ask) {
      const { url } = reference.repository;
      // What kustomizations name is asked for by those who refuse that themselves.
      if (reference.kind === "file" || charts.has(comparableGitUrl(url)))
        return artifacts.resolve(reference, ask);
      throw new Failure("config", withoutUserinfo(url), "after-edit", {
        cannot: "fetch a chart",
        why: "no application here reads this address yet, and a commit that is not merged is no reason to ask it",
        fix: "Look at it after the merge, before the first sync",
      });
    },
    tree: (artifact, signal) => artifacts.tree(artifact, signal),
    packed: (artifact, signal) => artifacts.packed(artifact, signal),
  };
}

/** The repository, or of a file its host, which permits no repository there: the path of a release's file is another one with each release. */
export function basePlace(url: string, is: UsedBase["is"]): string {
  return `${is} ${is === "tree" ? comparableGitUrl(url) : (URL.parse(url)?.origin ?? url)}`;
}

/** What kustomizations of a commit that is not merged name elsewhere comes from where such things come from already. */
function refuseStrangeBase({ bases }: Reviewed, url: string, is: UsedBase["is"]): BaseRefusal | undefined {
  return bases.has(basePlace(withoutUserinfo(url), is))
    ? undefined
    : {
        why: "no application here reads this address yet, and a commit that is not merged is no reason to ask it",
        fix: "Look at it after the merge, before the first sync",
      };
}

async function targets(
  { key, managed, app, sources, manifest }: Candidate,
  range: FoundRange,
  snapshot: Snapshot,
  { ports, reviewed }: PrepareParts,
  signal: AbortSignal,
): Promise<Pick<Ready, "shadow" | "target" | "again" | "before">> {
  const shadow = shadowOf(managed, { key, app });
  const sourcesNow = managed === undefined ? [] : sourcesOf(managed.spec.app.spec);
  const at = (commit: string, render?: "anew"): Promise<Target> =>
    targetAt(
      snapshot,
      {
        look: "known",
        commits: "not merged",
        since: 0,
        ...defined({ render }),
        // What another spec was made of says nothing of this one.
        known: manifest === undefined ? managed?.target : undefined,
        records: shadow.memory.records,
        // What the other sources have got meanwhile is not the range's.
        revisions: sourcesOf(app.spec).map((source, index) => {
          if (sources.has(index)) return commit;
          if (managed?.spec.hold !== undefined) return undefined;
          return equalJson(source, sourcesNow[index])
            ? managed?.target && revisionNamesOf(managed.target)[index]
            : undefined;
        }),
      },
      {
        ...ports,
        git: {
          resolve: (repository, revision, options) => range.git.resolve(repository, revision, options),
          tree: (repository, commit, signal) => range.git.tree(repository, commit, signal),
          lastHeard: (repository, revision) => ports.git.lastHeard(repository, revision),
          // Nothing is kept of what is learnt here.
          noteHeard: () => undefined,
        },
        artifacts: onlyKnown(ports.artifacts, reviewed),
        refuseBase: (url, is) => refuseStrangeBase(reviewed, url, is),
      },
      signal,
    );
  const target = await at(range.merged);
  const again = (): Promise<Target> => at(range.merged, "anew");
  if (managed === undefined) return { shadow, target, again, before: "none" };
  if (manifest !== undefined) return { shadow, target, again, before: managed.target };
  // What cannot be rendered now has wanted nothing that could be told from what is wanted then.
  const before = await at(range.base.commit).catch((cause: unknown) => {
    if (cause instanceof Failure) return undefined;
    throw cause;
  });
  return { shadow, target, again, before };
}
