import type { AppKey } from "../core/model/application.ts";
import type { ApplicationSet, SetKey } from "../core/model/application-set.ts";
import { asFailure } from "../core/model/failure.ts";
import type { KnownSet, SetChild, SetsReading } from "../core/ports/sets-home.ts";
import type { SetPlan } from "../core/sets/plan-set.ts";
import { backoffMs } from "../lib/backoff.ts";
import { differentPart } from "../lib/carried-over.ts";
import { messageOf } from "../lib/caught.ts";
import { endedWithin } from "../lib/ended-within.ts";
import { equalJson } from "../lib/equal-json.ts";
import { repositoryPlace } from "../lib/git-url.ts";
import { KeyQueue } from "../lib/key-queue.ts";
import { type Announced, type AnnouncedBy, PushAllowance } from "../lib/push-allowance.ts";
import { mayMove, type PushedRef } from "../lib/pushed-ref.ts";
import { startTimer, type Timer } from "../lib/timer.ts";
import { timestamp } from "../lib/timestamp.ts";
import { ProviderEvents, type ProviderKind } from "./asked-providers.ts";
import { asksFor } from "./due.ts";
import { type Generation, ManagedSet, type SetLook } from "./managed-set.ts";
import { SetPasses } from "./set-passes.ts";
import type { FactsLook, SetsPorts } from "./sets-ports.ts";

/** Sets looked after at once: each is templates and comparisons, and requests that wait. */
const AT_ONCE = 2;
const AGAIN = { firstMs: 1_000, mostMs: 120_000 };
/** What applications come to is said of their set so often at most. */
const STATUS_MS = 500;
type OnSet = (type: "ADDED" | "MODIFIED" | "DELETED", managed: ManagedSet) => void;
/** How long a stop waits for looks. What one has begun to change is gone on with by the next start. */
const STOP_WITHIN_MS = 3_000;
/** Name of the stored value. */
const APPROVED = "approved-set-deletions";

/**
 * Looks after ApplicationSets: makes, changes and deletes their applications, which the engine then delivers. It takes
 * keys, as the engine does: whoever hears that something changed asks for a look at the set.
 */
export class ApplicationSets {
  readonly #ports: SetsPorts;
  readonly #sets = new Map<SetKey, ManagedSet>();
  readonly #listeners = new Set<OnSet>();
  readonly #queue: KeyQueue<SetKey>;
  readonly #pushes: PushAllowance;
  /** What happened, by the key of a set that asks a provider about it. */
  readonly #events: PushAllowance;
  readonly #endings: (() => void)[];
  readonly #ended = new AbortController();
  #reading: SetsReading = {
    sets: [],
    unreadable: new Set(),
    problems: [],
    incomplete: "nothing was read yet",
  };
  /** Of each set its applications, as they were when it was asked to look last. */
  #children = new Map<SetKey, readonly SetChild[]>();
  #taking: Timer | undefined;
  /** Sets whose applications came to something else since their status was said. */
  readonly #moved = new Set<SetKey>();
  #saying: Timer | undefined;
  readonly #passes: SetPasses;
  /** Whom to look at when all is taken up; undefined: nothing is being taken up. */
  #asked: Set<SetKey> | undefined;
  #approved: Readonly<Record<string, readonly AppKey[]>> = {};

  constructor(ports: SetsPorts) {
    this.#ports = ports;
    this.#passes = new SetPasses({
      ports,
      signal: this.#ended.signal,
      unread: () => this.#reading.incomplete,
      askAfter: (managed, ms) => this.#askAfter(managed, ms),
      moved: (key) => this.#applicationMoved(key),
      approvalsChanged: () => this.#keepApprovals(),
      withoutFile: () => this.#withoutFile(),
      said: (managed, before) => {
        if (this.#listeners.size > 0 && !equalJson(before, managed.said)) this.#tell("MODIFIED", managed);
      },
    });
    this.#queue = new KeyQueue((key) => this.#pass(key), AT_ONCE);
    this.#pushes = new PushAllowance(
      ports.clock,
      (places) => this.#meant(places),
      (url) => void this.#look((repository) => repository === url),
    );
    this.#events = new PushAllowance(
      ports.clock,
      (events) => this.#concerned(events),
      (key) => {
        const managed = this.#sets.get(key as SetKey);
        if (managed !== undefined) this.ask(managed, "latest");
      },
    );
    this.#endings = [
      ports.home.onChange(() => this.#takeSoon()),
      ports.onApplication((key) => this.#applicationMoved(key)),
    ];
  }

  /** Takes up the sets that there are. @throws {Failure} store */
  start(): void {
    this.#approved = JSON.parse(this.#ports.store.value(APPROVED) ?? "{}");
    this.#take();
  }

  async stop(): Promise<void> {
    this.#ended.abort(new Error("the daemon stops"));
    for (const end of this.#endings) end();
    this.#taking?.cancel();
    this.#saying?.cancel();
    for (const managed of this.#sets.values()) managed.leave();
    this.#pushes.stop();
    this.#events.stop();
    await endedWithin(this.#queue.stop(), STOP_WITHIN_MS, this.#ports.clock);
  }

  /** Sets that wait or are being looked at. */
  get depth(): number {
    return this.#queue.depth;
  }

  /** Told of each set that comes, goes, is edited, or comes to something else. @returns ends it */
  onEvent(listener: OnSet): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #tell(type: Parameters<OnSet>[0], managed: ManagedSet): void {
    for (const listener of this.#listeners) listener(type, managed);
  }

  get reading(): SetsReading {
    return this.#reading;
  }

  get all(): Iterable<ManagedSet> {
    return this.#sets.values();
  }

  get(key: SetKey): ManagedSet | undefined {
    return this.#sets.get(key);
  }

  childrenOf(key: SetKey): readonly SetChild[] {
    return this.#ports.home.children().children.ownedBy(key);
  }

  // ---------------------------------------------------------------- what has a set looked at

  ask(managed: ManagedSet, look: SetLook): void {
    managed.ask(look);
    if (this.#asked === undefined) this.#queue.add(managed.known.key);
    else this.#asked.add(managed.known.key);
  }

  /** Clusters came, went, or say something else of themselves. */
  clustersChanged(): void {
    const now = this.#ports.facts.clustersVersion();
    for (const managed of this.#sets.values()) {
      const told = managed.generation?.told.clusters;
      if (told !== undefined && told !== now) this.ask(managed, "known");
    }
  }

  /** A resource that decides about clusters says something else. */
  decisionsChanged(): void {
    for (const managed of this.#sets.values())
      if (asksFor(managed.known.set.spec, "clusterDecisionResource")) this.ask(managed, "known");
  }

  /** Everything is looked at again, as it is known. */
  lookAgain(): void {
    for (const managed of this.#sets.values()) this.ask(managed, "known");
  }

  /** A push was announced for these repository addresses. @param ref absent: it is not said of what */
  pushed(urls: readonly string[], by?: AnnouncedBy, ref?: PushedRef): void {
    this.#pushes.announce(urls.map(repositoryPlace), by, ref);
  }

  /** Somebody says that pull requests of a repository, or repositories, came, went or changed. */
  providerChanged(kind: ProviderKind, urls: readonly string[], by?: AnnouncedBy): void {
    this.#events.announce(
      urls.map((url) => `${kind} ${url}`),
      by,
    );
  }

  #concerned(events: ReadonlyMap<string, Announced>): [key: string, by: AnnouncedBy][] {
    const told = new ProviderEvents(
      [...events.keys()].map((event) => {
        const space = event.indexOf(" ");
        return { kind: event.slice(0, space) as ProviderKind, url: event.slice(space + 1) };
      }),
    );
    return [...this.#sets.values()].flatMap(({ known }): [string, AnnouncedBy][] => {
      const found = told.concerning(known.set.spec);
      const announced = found && events.get(`${found.kind} ${found.url}`);
      return announced === undefined ? [] : [[known.key, announced.by]];
    });
  }

  #meant(places: ReadonlyMap<string, Announced>): Map<string, AnnouncedBy> {
    const meant = new Map<string, AnnouncedBy>();
    for (const { generation } of this.#sets.values())
      for (const { repoURL, revision } of generation?.told.trees ?? []) {
        const announced = places.get(repositoryPlace(repoURL));
        if (announced === undefined) continue;
        const { refs, by } = announced;
        if (refs === "any" || refs.some((ref) => mayMove(revision, ref))) meant.set(repoURL, by);
      }
    return meant;
  }

  /** Asks the repositories that generators read, once each; sets that could not be told everything ask again. */
  async poll(): Promise<void> {
    await this.#look(() => true);
    for (const managed of this.#sets.values())
      if (managed.generation?.made.is === "part") this.ask(managed, "latest");
  }

  async #look(isMeant: (repoURL: string) => boolean): Promise<void> {
    await Promise.all(
      [...this.#sets.values()].map(async (managed) => {
        const trees = (managed.generation?.told.trees ?? []).filter(({ repoURL }) => isMeant(repoURL));
        for (const tree of trees) {
          const tip = await this.#ports.facts.tipOf(managed.known.set, tree).catch((cause) => {
            this.#ports.log.warn("a repository cannot be asked", {
              applicationset: managed.known.key,
              why: asFailure(cause, managed.known.key, "ask it").message,
            });
            return tree.commit;
          });
          if (tip === tree.commit) continue;
          this.ask(managed, "known");
          break;
        }
      }),
    );
  }

  /** What happens in one turn of the loop is taken up once. */
  #takeSoon(): void {
    this.#taking ??= startTimer(0, () => {
      this.#taking = undefined;
      this.#take();
    });
  }

  /** What was told in this turn of the loop is known now: whoever wrote it reads it with the next question. */
  takeUp(): void {
    if (this.#taking === undefined) return;
    this.#taking.cancel();
    this.#taking = undefined;
    this.#take();
  }

  #take(): void {
    // A pass that begins before all of them are known would not know with how many others its applications go.
    const asked = new Set<SetKey>();
    this.#asked = asked;
    try {
      this.#takeAll();
    } finally {
      this.#asked = undefined;
      for (const key of asked) if (this.#sets.has(key)) this.#queue.add(key);
    }
  }

  #takeAll(): void {
    const { home } = this.#ports;
    const before = this.#reading;
    this.#reading = home.sets();
    const { sets, unreadable, incomplete } = this.#reading;
    const there = new Set<SetKey>(unreadable);
    for (const known of sets) {
      there.add(known.key);
      this.#takeOne(known);
      const managed = this.#sets.get(known.key);
      // What was asked for while it could not be read is still to be done.
      const isReadAgain = before.unreadable.has(known.key) && !unreadable.has(known.key);
      if (managed !== undefined && isReadAgain) this.ask(managed, "plan");
    }
    for (const [key, managed] of this.#sets) {
      if (there.has(key) || incomplete !== undefined) continue;
      this.#sets.delete(key);
      this.#queue.forget(key);
      managed.leave();
      this.#askBlocked();
      this.#tell("DELETED", managed);
    }
    if (incomplete === undefined) this.#forgetApprovals(there);
    this.#takeChildren();
  }

  #takeOne(known: KnownSet): void {
    const managed = this.#sets.get(known.key);
    if (managed === undefined) {
      const fresh = new ManagedSet(known);
      fresh.approved = this.#approved[known.key] ?? [];
      this.#sets.set(known.key, fresh);
      this.#tell("ADDED", fresh);
      this.ask(fresh, "latest");
      return;
    }
    const before = managed.known;
    managed.known = known;
    if (before.uid !== known.uid) managed.said = undefined;
    // What was noted of one that stays says nothing of one that goes, or was made anew under the name.
    if (before.uid !== known.uid || before.goingSince !== known.goingSince) this.#isAnother(managed);
    if (before.uid !== known.uid || before.goingSince !== known.goingSince || before.set !== known.set) {
      managed.edit();
      this.#tell("MODIFIED", managed);
    }
    if (before.uid !== known.uid || before.set !== known.set) this.ask(managed, "known");
    else if (before.goingSince !== known.goingSince) this.ask(managed, "plan");
    if (known.refresh !== undefined && known.refresh !== before.refresh) this.ask(managed, "latest");
  }

  #isAnother(managed: ManagedSet): void {
    managed.forgetPlan();
    if (managed.approved.length === 0) return;
    managed.approved = [];
    this.#keepApprovalsOrSay();
  }

  /** A set that gets the name of one that is gone has nothing of its approved. */
  #forgetApprovals(there: ReadonlySet<string>): void {
    if (Object.keys(this.#approved).some((key) => !there.has(key))) this.#keepApprovalsOrSay();
  }

  /** Their applications go together: many that vanish one by one are many. */
  #withoutFile(): ManagedSet[] {
    return [...this.#sets.values()].filter(
      ({ known: { origin, goingSince } }) => origin.from === "file" && goingSince !== undefined,
    );
  }

  /** What waits with the applications of another set may go without them. */
  #askBlocked(): void {
    for (const managed of this.#withoutFile()) if (managed.blocked.length > 0) this.ask(managed, "plan");
  }

  #keepApprovalsOrSay(): void {
    try {
      this.#keepApprovals();
    } catch (cause) {
      this.#ports.log.warn("what is approved no more could not be written down", { why: messageOf(cause) });
    }
  }

  #takeChildren(): void {
    const before = this.#children;
    this.#children = new Map();
    for (const [key, managed] of this.#sets) {
      const own = this.childrenOf(key);
      this.#children.set(key, own);
      if (
        differentPart(before.get(key) ?? [], own) !== undefined ||
        managed.generation?.made.applications.length !== own.length
      )
        this.ask(managed, "plan");
    }
  }

  #applicationMoved(key: AppKey): void {
    const owner = this.#ports.home.children().children.get(key)?.ownedBy;
    if (this.#ports.application(key) === undefined) this.#nameIsFree(key);
    const managed = owner === undefined ? undefined : this.#sets.get(owner);
    if (owner === undefined || managed === undefined) return;
    managed.resources.moved(key);
    this.#moved.add(owner);
    this.#saying ??= startTimer(STATUS_MS, () => {
      this.#saying = undefined;
      for (const each of this.#moved) {
        const managed = this.#sets.get(each);
        if (managed !== undefined) this.#passes.say(managed);
      }
      this.#moved.clear();
    }).unref();
  }

  /** Whoever was waiting for it may have it. */
  #nameIsFree(key: AppKey): void {
    for (const managed of this.#sets.values()) {
      const waits = managed.plan?.open.some(
        (step) => step.do === "held" && step.wanted === "create" && step.key === key,
      );
      if (waits === true) this.ask(managed, "plan");
    }
  }

  async #pass(key: SetKey): Promise<void> {
    const managed = this.#sets.get(key);
    if (managed === undefined) return;
    const { look, ended } = managed.begin();
    if (this.#reading.unreadable.has(key)) {
      managed.ask(look);
      return ended();
    }
    const { refresh } = managed.known;
    try {
      const again =
        managed.known.goingSince === undefined
          ? await this.#passes.lookAfter(managed, look)
          : await this.#passes.goes(managed);
      managed.tries = again === "again" ? managed.tries + 1 : 0;
      if (again === "again") this.#queue.addAfter(key, backoffMs(managed.tries, AGAIN));
      if (refresh !== undefined) this.#ports.home.refreshed(key, refresh);
    } catch (cause) {
      if (this.#ended.signal.aborted) return;
      this.#ports.log.error("an ApplicationSet could not be looked after", {
        applicationset: key,
        why: messageOf(cause),
      });
      managed.tries++;
      this.#queue.addAfter(key, backoffMs(managed.tries, AGAIN));
    } finally {
      ended();
    }
  }

  /** It is looked at anew: what was heard before may be what was wrong. An earlier time that is set already stands. */
  #askAfter(managed: ManagedSet, ms: number): void {
    const at = this.#ports.clock.monotonic() + ms;
    if (managed.due !== undefined && managed.due.at <= at) return;
    managed.due?.timer.cancel();
    const timer = startTimer(ms, () => {
      managed.due = undefined;
      if (this.#sets.get(managed.known.key) === managed) this.ask(managed, "latest");
    }).unref();
    managed.due = { at, timer };
  }

  generate(set: ApplicationSet, look: FactsLook): Promise<Generation> {
    return this.#passes.generate(set, look);
  }

  planOf(set: ApplicationSet, generation: Generation, approved: readonly AppKey[]): Promise<SetPlan> {
    return this.#passes.planOf(set, generation, approved);
  }

  // ---------------------------------------------------------------- a person's word

  /** Bound to just these deletions. @throws {Failure} store */
  approve(managed: ManagedSet, keys: readonly AppKey[], actor: string): void {
    const { store, clock } = this.#ports;
    const { key } = managed.known;
    managed.approved = [...keys];
    this.#keepApprovals();
    const details = { applicationset: key, applications: [...keys] };
    store.audit({ at: timestamp(clock.now()), actor, action: "approve-removal", details });
    this.ask(managed, "plan");
    this.#askBlocked();
  }

  #keepApprovals(): void {
    const { incomplete, unreadable } = this.#reading;
    const unseen = Object.entries(this.#approved).filter(
      ([key]) =>
        !this.#sets.has(key as SetKey) && (incomplete !== undefined || unreadable.has(key as SetKey)),
    );
    const all = [...this.#sets.values()]
      .filter(({ approved }) => approved.length > 0)
      .map(({ known, approved }): [string, readonly AppKey[]] => [known.key, approved]);
    this.#approved = Object.fromEntries([...unseen, ...all]);
    const isNone = unseen.length + all.length === 0;
    this.#ports.store.putValue(APPROVED, isNone ? undefined : JSON.stringify(this.#approved));
  }
}
