import { lastWriter } from "../../core/compare/index.ts";
import type { AppKey } from "../../core/model/application.ts";
import type { FieldSetter } from "../../core/model/comparison.ts";
import type { DriftChange } from "../../core/model/drift-change.ts";
import { FIELD_MANAGER } from "../../core/model/field-manager.ts";
import { parseRefKey } from "../../core/model/object-ref.ts";
import type { OperationState } from "../../core/model/operation.ts";
import type { Settled, Transition, TransitionNote, TransitionSubject } from "../../core/model/transition.ts";
import type { Clock } from "../../core/ports/clock.ts";
import type { Cluster } from "../../core/ports/cluster.ts";
import type { Log } from "../../core/ports/log.ts";
import type { Store } from "../../core/ports/store.ts";
import { rollbackOf } from "../../core/status/history.ts";
import {
  type Look,
  type LookedOperation,
  type Told,
  transitionsOf,
} from "../../core/transitions/transitions-of.ts";
import { messageOf } from "../../lib/caught.ts";
import { defined } from "../../lib/defined.ts";
import { equalJson } from "../../lib/equal-json.ts";
import { hashValue } from "../../lib/hash.ts";
import { startTimer } from "../../lib/timer.ts";
import { timestamp } from "../../lib/timestamp.ts";
import type { Compared } from "../compare/compared.ts";
import type { ManagedApplication } from "../managed-application.ts";
import { isCutOff } from "../sync/cut-off.ts";

/** Objects that differ, of which so many are named. */
const MOST_NAMED = 3;
/** What is seen so long after a run's end is its work: later somebody else may have put it back. */
const HEALED_BY_IT_MS = 60_000;
const WAKING_EVERY_MS = 100;
/** Fields that are told of one drift. */
const MOST_CHANGES = 5;

/**
 * The one place in which it is written down what became of applications and clusters: everything that is shown comes by here.
 *
 * **For whoever acts on transitions, such as notifications**: keep a cursor in the store, read
 * `store.transitions({ order: "oldest-first", beyond: cursor, limit })`, and write what comes of them and the new cursor
 * (the `seq` of the last one) in one `store.atomically`, or `soon` where nothing comes of them. That is at least once: what
 * is read by `Reading` is on disk before, numbers only rise, and one that comes again soon gets a new number with a higher `count`, so that the last
 * word is always heard. Whoever stays behind by more than the store keeps, in all or of one, misses the oldest.
 * `onTransition` only wakes: read at the start too, and now and then.
 */
export class TransitionLog {
  readonly #listeners = new Set<() => void>();
  #isSaid = false;
  /** `resting`: they were told a moment ago. */
  #waking: "due" | "resting" | "resting-and-due" | undefined;

  constructor(
    private readonly store: Pick<Store, "settled" | "settle" | "runs" | "soon">,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {}

  /** @param what `operation`: the rest of its status is from before it */
  shown(managed: ManagedApplication, what: "all" | "operation"): void {
    const { key, spec } = managed;
    const about = { app: key, uid: spec.uid, project: spec.app.spec.project };
    const look = { ...lookAt(managed), ...(what === "all" ? lookAtStatus(managed) : {}) };
    this.#tell({ is: "application", name: key }, look, about);
  }

  /** It is gone, in the transaction in which that is written down. @throws {Failure} store */
  left(key: AppKey): void {
    const of = { is: "application", name: key } as const;
    const before = this.store.settled(of);
    if (before === undefined) return;
    const { uid, project } = before;
    const at = timestamp(this.clock.now());
    this.#say(
      this.store.settle(of, undefined, [{ kind: "deleted", at, app: key, ...defined({ uid, project }) }]),
    );
  }

  /** Its connection is another one, or it is followed from now on. */
  connection(cluster: Pick<Cluster, "name" | "connection">): void {
    const now = cluster.connection();
    if (now.is === "starting") return;
    const connection =
      now.is === "connected" ? { is: "reachable" as const } : { is: now.is, why: now.why.replace(/\.$/, "") };
    this.#tell({ is: "cluster", name: cluster.name }, { connection }, { cluster: cluster.name });
  }

  /** Called soon after some were told: where to read on is what the store says. @returns ends it */
  onTransition(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** What cannot be written down now is found again at the next look, because what it is held against stays. */
  #tell(of: TransitionSubject, look: Look, about: Partial<TransitionNote>): void {
    try {
      const before = this.store.settled(of);
      const found = transitionsOf(before ?? (of.is === "cluster" ? {} : undefined), look);
      const { told } = found;
      const settled = this.#withRun(of, found.settled, told);
      if (told.length === 0 && before !== undefined && equalJson(before, settled)) return;
      const at = timestamp(this.clock.now());
      const notes = told.map((one: Told) => ({ at, ...about, ...one, ...this.#healerOf(of, before, one) }));
      // Lost with the process it is found again, as above.
      this.#say(this.store.soon(() => this.store.settle(of, settled, notes)));
      this.#isSaid = false;
    } catch (cause) {
      // Whoever shows a status must go on.
      if (!this.#isSaid)
        this.log.warn("what became of it cannot be written down", { of: of.name, why: messageOf(cause) });
      this.#isSaid = true;
    }
  }

  /** What a drift is held against when it ends: which run was the last when it was found. */
  #withRun(of: TransitionSubject, settled: Settled, told: readonly Told[]): Settled {
    const { sync } = settled;
    if (sync?.is !== "drifted" || !told.some(({ kind }) => kind === "drift-found")) return settled;
    const [last] = this.store.runs({ app: of.name as AppKey, limit: 1 });
    return { ...settled, sync: { ...sync, run: last?.id ?? 0 } };
  }

  /** By what it is as Git wants it again: a run that began since, and has ended just now. */
  #healerOf(
    of: TransitionSubject,
    before: Settled | undefined,
    { kind }: Told,
  ): Pick<TransitionNote, "run" | "cause" | "by"> {
    if (kind !== "drift-healed" || before?.sync?.is !== "drifted") return {};
    const [run] = this.store.runs({ app: of.name as AppKey, limit: 1 });
    if (run === undefined || before.sync.run === undefined || run.id <= before.sync.run) return {};
    const { operation, phase, finishedAt } = run.state;
    const hasWritten = operation.sync?.dryRun !== true && (phase === "Running" || phase === "Succeeded");
    const sinceMs = finishedAt === undefined ? 0 : this.clock.now() - Date.parse(finishedAt);
    if (!hasWritten || sinceMs > HEALED_BY_IT_MS) return {};
    return { run: run.id, cause: run.cause, ...defined({ by: operation.initiatedBy?.username }) };
  }

  #say(told: readonly Transition[]): void {
    if (told.length === 0) return;
    if (this.#waking === "resting") this.#waking = "resting-and-due";
    if (this.#waking !== undefined) return;
    this.#waking = "due";
    // It may be a part of a transaction, which ends in this step.
    queueMicrotask(() => this.#wake());
  }

  /** At once, and then as often as anybody needs it while much happens: each reads, and what it reads is written first. */
  #wake(): void {
    this.#waking = "resting";
    startTimer(WAKING_EVERY_MS, () => {
      const isDue = this.#waking === "resting-and-due";
      this.#waking = undefined;
      if (isDue) this.#wake();
    }).unref();
    for (const listener of [...this.#listeners])
      try {
        listener();
      } catch (cause) {
        // One that fails is deaf for a moment: the others hear, and the daemon runs on.
        this.log.error("who waits for what became of it cannot be told", { why: messageOf(cause) });
      }
  }
}

/** What is known of it at any time. */
function lookAt({ spec: { uid, app, hold }, operation }: ManagedApplication): Look {
  const { state } = operation;
  return {
    uid,
    project: app.spec.project,
    hold:
      hold === undefined
        ? { is: "free" }
        : {
            ...{ is: "held", since: hold.since, by: hold.by, deployment: hold.deployment },
            ...defined({ why: hold.reason }),
          },
    ...(state === undefined || state.operation.sync?.dryRun === true
      ? {}
      : { operation: operationIn(operation, state) }),
  };
}

function operationIn(slot: ManagedApplication["operation"], state: OperationState): LookedOperation {
  const { operation, startedAt, syncResult, phase, message, retryCount } = state;
  const { revision = operation.sync?.revision, revisions = operation.sync?.revisions } = syncResult ?? {};
  const about = {
    startedAt,
    ...defined({
      revisions: revisions ?? (revision === undefined ? undefined : [revision]),
      cause: causeOf(operation),
      by: operation.initiatedBy?.username,
      try: retryCount,
    }),
  };
  if (slot.is === "running" || slot.is === "retrying") return { is: "running", ...about };
  if (slot.is === "waiting" && isCutOff(state)) return { is: "cut-off", ...about };
  return phase === "Succeeded" ? { is: "succeeded", ...about } : { is: "failed", ...about, why: message };
}

function causeOf(operation: OperationState["operation"]): string {
  const { initiatedBy, sync } = operation;
  if (initiatedBy?.automated !== true) return rollbackOf(operation) === undefined ? "manual" : "rollback";
  return (sync?.resources ?? []).length > 0 ? "self-heal" : "automated";
}

/** What was worked out of what was seen. */
function lookAtStatus({ status, seen, spec }: ManagedApplication): Look {
  if (status === undefined) return {};
  const { health, sync, history = [], conditions = [], resources = [] } = status;
  const last = history.at(-1);
  const deployment =
    last === undefined
      ? { id: -1 }
      : {
          id: last.id,
          ...defined({
            revisions: last.revisions ?? (last.revision === undefined ? undefined : [last.revision]),
            cause: last.cause,
            by: last.initiatedBy?.username,
          }),
        };
  const judged = {
    deployment,
    health: { status: health.status, ...defined({ why: health.message || undefined }) },
  };
  if (seen.is !== "compared") return judged;
  const { syncPolicy } = spec.app.spec;
  const content = hashValue([
    seen.compared.target.contentKey,
    sync.comparedTo,
    syncPolicy?.syncOptions ?? null,
    syncPolicy?.managedNamespaceMetadata ?? null,
  ]);
  const blocked = conditions.filter(({ type }) => type === "PruneBlocked").map(({ message }) => message);
  return {
    ...judged,
    ...(sync.status === "Unknown"
      ? {}
      : {
          sync:
            sync.status === "Synced"
              ? { is: "synced", content }
              : {
                  ...{ is: "out-of-sync", content, why: differing(resources) },
                  changes: changesIn(seen.compared),
                  ...(status.others === undefined ? {} : { others: ofOthers(seen.compared) }),
                },
        }),
    prunes: blocked.length === 0 ? { is: "free" } : { is: "blocked", why: blocked.join(". ") },
  };
}

/** What others changed, object by object, with who did; nobody wrote down who deleted something. */
function changesIn({ comparison, drifted, snapshot }: Compared): DriftChange[] {
  const changes: DriftChange[] = [];
  for (const { is, key } of comparison.differences) {
    if (changes.length >= MOST_CHANGES) break;
    const { kind, namespace, name } = parseRefKey(key);
    const object = `${kind} ${namespace === "" ? name : `${namespace}/${name}`}`;
    if (is === "missing") changes.push({ object, path: "" });
    if (is !== "changed") continue;
    const last = lastWriter(snapshot.cluster.get(key)?.managers ?? []);
    for (const told of drifted.get(key)?.told ?? [])
      changes.push({ object, ...defined({ by: last && setterOf(last) }), ...told });
  }
  return changes.slice(0, MOST_CHANGES);
}

/** The same, without what Git wants otherwise than it was applied. */
function ofOthers(compared: Compared): NonNullable<NonNullable<Look["sync"]>["others"]> {
  const theirs = compared.comparison.differences.filter(({ is, key }) =>
    is === "missing" ? compared.gone.has(key) : compared.drifted.get(key)?.others !== undefined,
  );
  const changes = changesIn({ ...compared, comparison: { ...compared.comparison, differences: theirs } });
  const set = changes.filter(({ by }) => by?.manager !== FIELD_MANAGER);
  return { why: [...new Set(set.map(({ object }) => object))].join(", "), changes: set };
}

function setterOf({ manager, operation, subresource }: FieldSetter): NonNullable<DriftChange["by"]> {
  return { manager, operation, subresource };
}

function differing(resources: NonNullable<NonNullable<ManagedApplication["status"]>["resources"]>): string {
  const names = resources.flatMap(({ status, kind, namespace = "", name }) =>
    status === "OutOfSync" ? [`${kind} ${namespace === "" ? name : `${namespace}/${name}`}`] : [],
  );
  const more = names.length - MOST_NAMED;
  return `${names.slice(0, MOST_NAMED).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
