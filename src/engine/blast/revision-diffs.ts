/** What is there, held against Git at revisions that somebody names. Writes nothing, watches nothing more. */
import type { AppKey } from "../../core/model/application.ts";
import { defined } from "../../lib/defined.ts";
import { Lru } from "../../lib/lru.ts";
import type { Applications } from "../applications.ts";
import type { CompareRooms } from "../compare/compare-now.ts";
import type { Found, RevisionDiff } from "../control.ts";
import type { EnginePorts } from "../engine-ports.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { managedResources } from "../show/views.ts";
import type { Snapshots } from "../snapshot.ts";
import { refuseGoing } from "../sync/may-start.ts";
import { namedTarget } from "../target/named-target.ts";
import { revisionNamesOf } from "../target/tips.ts";
import { compareOnce } from "./compare-once.ts";
import { notCompared } from "./not-compared.ts";
import { shadowOf } from "./shadow.ts";

export interface RevisionDiffParts {
  ports: EnginePorts;
  applications: Applications;
  snapshots: Snapshots;
  comparing: CompareRooms;
}

/** Characters of all comparisons that are kept, and milliseconds: a kind that nobody watches may change unseen. */
const MOST_KEPT = 16_000_000;
const KEPT_MS = 30_000;

interface Kept {
  diff: RevisionDiff;
  until: number;
}

export class RevisionDiffs {
  readonly #parts: RevisionDiffParts;
  /** By all that a comparison is made of. */
  readonly #kept = new Lru<string, Kept>(MOST_KEPT, ({ diff }) => weightOf(diff));

  constructor(parts: RevisionDiffParts) {
    this.#parts = parts;
  }

  /**
   * @param revisions by source, in their order; "" is the source's own
   * @throws {Failure} git-revision with the names near it, render and manifest with the file; cluster-unreachable
   * @throws the signal's reason
   */
  async of(key: AppKey, revisions: readonly string[], signal: AbortSignal): Promise<Found<RevisionDiff>> {
    const { ports, applications, snapshots, comparing } = this.#parts;
    const managed = applications.get(key);
    if (managed === undefined) return { is: "absent" };
    refuseGoing(managed, "compare it with another revision");
    const snapshot = snapshots.take(managed.aim, managed.snapshot);
    const { changes } = managed;
    const target = await namedTarget(managed, snapshot, revisions, leavingNoTrace(ports), signal);
    signal.throwIfAborted();
    const made = `${managed.spec.uid} ${snapshot.generation} ${changes} ${target.objectsKey}`;
    const known = this.#kept.get(made);
    const revisionNames = revisionNamesOf(target);
    if (known !== undefined && ports.clock.now() < known.until)
      return { is: "found", value: { ...known.diff, revisions: revisionNames } };
    const shadow = shadowOf(managed, { key, app: snapshot.app });
    const { compared, denied } = await compareOnce(managed, shadow, snapshot, target, comparing, signal);
    const resources = await managedResources(compared, shadow.memory.records, signal);
    signal.throwIfAborted();
    const diff = {
      revisions: revisionNames,
      resources: [...resources, ...notCompared(target, denied)],
    };
    // What changed meanwhile was perhaps seen, perhaps not.
    if (isStill(managed, changes, applications))
      this.#kept.set(made, { diff, until: ports.clock.now() + KEPT_MS });
    return { is: "found", value: diff };
  }
}

function isStill(managed: ManagedApplication, changes: number, applications: Applications): boolean {
  return managed.changes === changes && applications.get(managed.key) === managed;
}

/** Nothing is kept of what is learnt of a revision that somebody typed. */
function leavingNoTrace(ports: EnginePorts): EnginePorts {
  const { git } = ports;
  return {
    ...ports,
    git: {
      refs: (repository) => git.refs(repository),
      resolve: (repository, revision, options) =>
        git.resolve(repository, revision, { ...options, interest: "once" }),
      tree: (repository, commit, signal) => git.tree(repository, commit, signal),
      lastHeard: (repository, revision) => git.lastHeard(repository, revision),
      noteHeard: () => undefined,
      info: (repository, commit) => git.info(repository, commit),
      infoHere: (...asked) => git.infoHere(...asked),
      mergeBase: (...asked) => git.mergeBase(...asked),
      history: (...asked) => git.history(...asked),
      onRequest: (listener) => git.onRequest(listener),
      stop: () => git.stop(),
    },
  };
}

/** Of what is made anew; the rest is the cluster's cache. */
function weightOf({ resources }: RevisionDiff): number {
  return resources.reduce(
    (sum, { modified, live, predicted, fields }) =>
      sum + (modified ? JSON.stringify(defined({ live, predicted, fields })).length : 200),
    1_000,
  );
}
