import type { AppKey, Application, Condition } from "../core/model/application.ts";
import type { ObjectRecord } from "../core/model/comparison.ts";
import type { DesiredObject, HookType } from "../core/model/desired-object.ts";
import type { FailedSyncs } from "../core/model/failed-syncs.ts";
import { type NamespaceIs, type NamespaceMetadata, namespaceIs } from "../core/model/namespace-metadata.ts";
import { groupKind, type RefKey, show } from "../core/model/object-ref.ts";
import type { Problem } from "../core/model/problem.ts";
import type { Standing } from "../core/model/standing.ts";
import type { Terminated } from "../core/model/terminated.ts";
import { type Drift, type Heal, recentHeals } from "../core/plan/heal-backoff.ts";
import type { Unproven } from "../core/plan/proof-read.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { AppState, KnownHooks, Leaving, PruneApproval } from "../core/ports/home.ts";
import type { Inventory } from "../core/ports/inventory.ts";
import type { Store } from "../core/ports/store.ts";
import { equalJson } from "../lib/equal-json.ts";
import { Fights } from "./fights.ts";

/** When it was seen first that something is to go, and what else was there then. */
export type ExtrasSeen = Readonly<Pick<Leaving, "since" | "present">>;

/**
 * What there is to prune by what Git wants, and since when it is all of this: an approval from before does not count.
 */
interface Extras extends ExtrasSeen {
  readonly keys: ReadonlySet<RefKey>;
  /** `Target.contentKey`. */
  readonly content: string;
}

const DELETION_HOOKS: readonly HookType[] = ["PreDelete", "PostDelete"];

/**
 * What is remembered of one application between passes: its inventory and what was tried last, which are on disk, and
 * what spares questions or paces what is done by itself, which a restart may lose.
 */
export class Memory {
  readonly #records = new Map<RefKey, ObjectRecord>();
  readonly #unwritten = new Map<RefKey, ObjectRecord>();
  /** The server's last refusal of an object, with the question that it answered. */
  readonly #refusals = new Map<RefKey, { question: string; problem: Problem }>();
  /** Objects that were to be made and were not there when they were looked for, since when by the clock that never steps. */
  readonly #missed = new Map<RefKey, number>();
  /** By object, the last ones of each. */
  readonly #heals = new Map<RefKey, Heal[]>();
  readonly fights: Fights;
  /** When the last operation ended, by the clock that never steps, and what its state says of that. */
  #ended: { finishedAt: string; at: number } | undefined;
  #extras: Extras | undefined;
  #unproven: { objectsKey: string; unproven: Unproven } | undefined;
  #approval: PruneApproval | undefined;
  #attempted: string | undefined;
  #leftUnseen: ReadonlySet<RefKey> = new Set();
  #terminated: Terminated | undefined;
  #standing: Standing | undefined;
  #hooks: KnownHooks | undefined;
  #failing: FailedSyncs | undefined;
  #blindLooks = 0;
  #comesBack: "yes" | "no" = "no";
  #decision: Condition | undefined;

  #givenToNamespace: NamespaceMetadata | undefined;

  /** @param before what was stored of it before a restart */
  constructor(
    readonly key: AppKey,
    private readonly store: Inventory & Pick<Store, "soon">,
    before: Pick<
      AppState,
      | "attempted"
      | "failing"
      | "terminated"
      | "standing"
      | "hooks"
      | "givenToNamespace"
      | "leaving"
      | "fights"
      | "approval"
    > = {},
  ) {
    this.#attempted = before.attempted;
    this.#failing = before.failing;
    this.#terminated = before.terminated;
    this.#standing = before.standing;
    this.#hooks = before.hooks;
    this.#givenToNamespace = before.givenToNamespace;
    if (before.leaving !== undefined)
      this.#extras = { ...before.leaving, keys: new Set(before.leaving.keys) };
    this.#approval = before.approval;
    this.fights = new Fights(before.fights);
    for (const record of store.records(key)) this.#records.set(record.key, record);
  }

  // ---------------------------------------------------------------- the inventory

  get records(): ReadonlyMap<RefKey, ObjectRecord> {
    return this.#records;
  }

  /** On disk when it returns. @throws {Failure} store */
  keep(records: readonly ObjectRecord[]): void {
    if (records.length === 0) return;
    this.store.putRecords(this.key, records);
    for (const record of records) {
      this.#records.set(record.key, record);
      this.#unwritten.delete(record.key);
      this.#missed.delete(record.key);
    }
  }

  /**
   * On disk soon. What a look taught, and nothing is done by before something is written down: lost with the process it is
   * learnt again.
   */
  learnt(records: readonly ObjectRecord[]): void {
    if (records.length === 0) return;
    this.store.soon(
      () => this.store.putRecords(this.key, records),
      () => {
        for (const record of records)
          if (this.#records.get(record.key) === record) this.#unwritten.set(record.key, record);
      },
    );
    for (const record of records) {
      this.#records.set(record.key, record);
      this.#unwritten.delete(record.key);
      this.#missed.delete(record.key);
    }
  }

  /** How long it is known that it is not there, milliseconds; undefined where nobody looked. */
  missedForMs(key: RefKey, ticks: number): number | undefined {
    const since = this.#missed.get(key);
    return since === undefined ? undefined : ticks - since;
  }

  missed(key: RefKey, ticks: number): void {
    if (!this.#missed.has(key)) this.#missed.set(key, ticks);
  }

  /**
   * On disk after the next `write`, at the latest with the end of the operation. What a write to the cluster taught may
   * wait for what its neighbours teach: lost with the process it is learnt again, because the key is in the stored
   * intent and the object bears our tracking id.
   */
  keepSoon(record: ObjectRecord): void {
    this.#records.set(record.key, record);
    this.#unwritten.set(record.key, record);
  }

  /** @throws {Failure} store */
  write(): void {
    if (this.#unwritten.size > 0) this.writeIn((put) => put());
  }

  /**
   * Writes it as a part of something larger: a transaction of its own costs more than the records do.
   * @param transaction calls `put`, and throws where nothing of it is on disk; then all of it stays to be written
   */
  writeIn(transaction: (put: () => void) => void): void {
    const records = [...this.#unwritten.values()];
    transaction(() => {
      if (records.length > 0) this.store.putRecords(this.key, records);
    });
    this.#unwritten.clear();
  }

  /** @throws {Failure} store */
  forget(keys: readonly RefKey[]): void {
    if (keys.length === 0) return;
    this.store.deleteRecords(this.key, keys);
    for (const key of keys) {
      this.#records.delete(key);
      this.#unwritten.delete(key);
      this.#missed.delete(key);
    }
  }

  // ---------------------------------------------------------------- the server's refusals, so that nothing is asked twice

  refusal(key: RefKey, question: string): Problem | undefined {
    const known = this.#refusals.get(key);
    return known?.question === question ? known.problem : undefined;
  }

  keepRefusal(key: RefKey, question: string, problem: Problem): void {
    this.#refusals.set(key, { question, problem });
  }

  forgetRefusals(): void {
    this.#refusals.clear();
  }

  // ---------------------------------------------------------------- pacing

  /** @param ticks by the clock that never steps */
  healsOf(key: RefKey, ticks: number): readonly Heal[] {
    const recent = recentHeals(this.#heals.get(key) ?? [], ticks);
    if (recent.length === 0) this.#heals.delete(key);
    return recent;
  }

  /** @param ticks by the clock that never steps */
  healed(drifts: readonly Drift[], ticks: number): void {
    for (const drift of drifts)
      this.#heals.set(drift.key, [...this.healsOf(drift.key, ticks), { ...drift, at: ticks }]);
    if (drifts.length > 0) for (const key of [...this.#heals.keys()]) this.healsOf(key, ticks);
  }

  /** What was healed of these objects, and who fought for them, counts no more. */
  startAnew(concerns: (key: RefKey) => boolean): void {
    this.fights.forget(concerns);
    for (const key of [...this.#heals.keys()]) if (concerns(key)) this.#heals.delete(key);
  }

  /** It was healed more than once lately: who sets it is worth a question. */
  isHealedAgain(key: RefKey): boolean {
    return (this.#heals.get(key)?.length ?? 0) >= 2;
  }

  /**
   * How long ago the last operation ended. Its times are told by a clock that may be set; what this process saw, or once
   * asked, is counted by one that never is.
   * @returns milliseconds, 0 or more
   */
  sinceEndMs(finishedAt: string, { now, monotonic }: Pick<Clock, "now" | "monotonic">): number {
    const ticks = monotonic();
    if (this.#ended?.finishedAt !== finishedAt)
      this.#ended = { finishedAt, at: ticks - Math.max(0, now() - Date.parse(finishedAt)) };
    return ticks - this.#ended.at;
  }

  /** Absent: the last whole sync did not fail, or none is known of; it is stored with the application's state. */
  get failing(): FailedSyncs | undefined {
    return this.#failing;
  }

  wholeSyncSucceeded(): void {
    this.#failing = undefined;
  }

  /** @param then `tried-again`: by itself, so that it is not over, though a person may come between */
  wholeSyncFailed(failed: Omit<FailedSyncs, "tries">, then: "over" | "tried-again"): void {
    const before = this.#failing;
    const tries = before !== undefined && equalJson(before.revisions, failed.revisions) ? before.tries : 0;
    this.#failing = { ...failed, tries: then === "over" ? tries + 1 : tries };
  }

  /** Passes in a row that left some object unjudged. */
  get blindLooks(): number {
    return this.#blindLooks;
  }

  looked(unjudged: number): void {
    this.#blindLooks = unjudged > 0 ? this.#blindLooks + 1 : 0;
  }

  /** `Target.contentKey` of what a whole sync tried to deliver last; it is stored with the application's state. */
  get attempt(): string | undefined {
    return this.#attempted;
  }

  /**
   * Whether exactly this content was the last one that a whole sync tried to deliver.
   * @returns undefined where none is known of: then the last operation and the history tell by their revisions
   */
  attemptAt(contentKey: string): "delivered" | "other" | undefined {
    if (this.#attempted === undefined) return undefined;
    return this.#attempted === contentKey ? "delivered" : "other";
  }

  /** @param leftUnseen what that sync was to delete and could not, because its kind could not be seen */
  attempted(contentKey: string, leftUnseen: Iterable<RefKey> = []): void {
    this.#attempted = contentKey;
    this.#leftUnseen = new Set(leftUnseen);
  }

  /** What the last attempt left, because it could not be seen then: once it can, it is still that attempt's. */
  get leftUnseen(): ReadonlySet<RefKey> {
    return this.#leftUnseen;
  }

  /** A person ended its sync, and nothing goes on by itself; it is stored with the application's state. */
  get terminated(): Terminated | undefined {
    return this.#terminated;
  }

  terminate(terminated: Terminated): void {
    this.#terminated = terminated;
  }

  /** Something else is wanted, or somebody wants it after all. */
  goOn(): void {
    this.#terminated = undefined;
  }

  /** What all of its objects were applied from last; it is stored with the application's state. */
  get standing(): Standing | undefined {
    return this.#standing;
  }

  stands(standing: Standing): void {
    this.#standing = standing;
  }

  /** What a sync gave the destination's Namespace last; it is stored with the application's state. */
  get givenToNamespace(): NamespaceMetadata | undefined {
    return this.#givenToNamespace;
  }

  gaveNamespace(metadata: NamespaceMetadata): void {
    this.#givenToNamespace = metadata;
  }

  /** Whether the Namespace has what the application asks for it now, as far as the last sync knows. */
  namespaceIs(app: Pick<Application, "spec">): NamespaceIs {
    return namespaceIs(app, this.#givenToNamespace);
  }

  // ---------------------------------------------------------------- hooks

  /** Of all that Git wanted so far; undefined where that was never found out. It is stored with the application's state. */
  get hooks(): KnownHooks | undefined {
    return this.#hooks;
  }

  /** What Git wants is these objects now. */
  sawHooks(desired: readonly Pick<DesiredObject, "ref" | "role">[]): void {
    const hooks = desired.flatMap(({ ref, role }) =>
      role.is === "hook" ? [{ ref, types: role.types }] : [],
    );
    this.#hooks = {
      kinds: [...new Set([...(this.#hooks?.kinds ?? []), ...hooks.map(({ ref }) => groupKind(ref))])].sort(),
      ofDeletion: hooks.flatMap(({ ref, types }) =>
        DELETION_HOOKS.filter((type) => types.includes(type)).map((type) => `${type} ${show(ref)}`),
      ),
    };
  }

  // ---------------------------------------------------------------- prunes

  /**
   * When it was seen first that all of these are to go, and why: because Git wants just this.
   * @returns undefined where it was not seen yet
   */
  extrasSeen(keys: ReadonlySet<RefKey>, content: string): ExtrasSeen | undefined {
    const seen = this.#extras;
    return seen !== undefined && seen.content === content && keys.isSubsetOf(seen.keys) ? seen : undefined;
  }

  /**
   * Whoever approved of deleting some has said nothing of those that came after, nor of what another commit leaves.
   * Nor does what is made since then make a small part of a large one.
   */
  sawExtras(keys: ReadonlySet<RefKey>, content: string, now: ExtrasSeen): void {
    const { since, present } = this.extrasSeen(keys, content) ?? now;
    this.#extras = keys.size === 0 ? undefined : { keys, content, since, present };
  }

  /** The same, as it is stored: a restart makes nothing news. */
  get leaving(): Leaving | undefined {
    return this.#extras === undefined ? undefined : { ...this.#extras, keys: [...this.#extras.keys].sort() };
  }

  /** What a person approved of deleting by the operation that goes on; it is stored with the application's state. */
  get approval(): PruneApproval | undefined {
    return this.#approval;
  }

  approved(approval: PruneApproval | undefined): void {
    this.#approval = approval;
  }

  /** Why nothing is pruned because of this render, as far as it was found out. */
  unprovenOf({ objectsKey }: { objectsKey: string }): Unproven | undefined {
    return this.#unproven?.objectsKey === objectsKey ? this.#unproven.unproven : undefined;
  }

  /** What came of rendering it again; undefined: the same, or that is not known any more. */
  proved(found: { objectsKey: string; unproven: Unproven } | undefined): void {
    this.#unproven = found;
  }

  // ---------------------------------------------------------------- what is still to be said

  /** Its deletion was called off: what went meanwhile is made again, whatever the application says of drift. */
  get comesBack(): "yes" | "no" {
    return this.#comesBack;
  }

  setComesBack(to: "yes" | "no"): void {
    this.#comesBack = to;
  }

  /** What the last decision on an automated sync has to say. */
  get decision(): Condition | undefined {
    return this.#decision;
  }

  decided(condition: Condition | undefined): void {
    this.#decision = condition;
  }
}
