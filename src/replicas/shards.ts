/**
 * One replica of several that share the work: a member by a Lease of its own, and by turns the one that leads and tells the
 * others, in the Lease by which they elect, who does what. Work moves where a view says so and its old holder has stopped.
 */
import type { Clock } from "../core/ports/clock.ts";
import type { LeaseApi } from "../core/ports/lease-api.ts";
import type { LeasesApi } from "../core/ports/leases-api.ts";
import type { Log } from "../core/ports/log.ts";
import type { Standing } from "../core/replicas/election.ts";
import { ELECTION, type ElectionSettings } from "../core/replicas/election-settings.ts";
import { type LeaseNotes, type SeenLease, seenLease } from "../core/replicas/lease.ts";
import {
  forgotten,
  type Led,
  listed,
  MEMBER_OF,
  memberId,
  memberWords,
  nextView,
  nothingObserved,
  type Observed,
  observed,
  VIEW,
  viewToGoOnFrom,
} from "../core/replicas/membership.ts";
import { splitClusters } from "../core/replicas/split-clusters.ts";
import {
  type Holders,
  holdersBy,
  isNewer,
  type Member,
  parseView,
  printView,
  type Shard,
  type View,
} from "../core/replicas/view.ts";
import { backoffMs } from "../lib/backoff.ts";
import { type Fence, notHolding } from "./fence.ts";
import { LeaderElection, type Watchdog } from "./leader-election.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { within } from "./within.ts";

export interface ShardsOptions {
  /** The Lease by which they elect, and which tells the view. */
  place: { namespace: string; name: string };
  /** Of this replica, also when it starts again: its work comes back to it. Part of the name of its Lease. */
  name: string;
  /** Its share of the work beside the others', 1 to 16. */
  weight: number;
  /** Of this process alone. */
  identity: string;
  api: {
    /** The Lease of `place`. */
    leader: LeaseApi;
    /** That of `memberPlace`. */
    member: LeaseApi;
    /** All that bear the label `MEMBER_OF` with the name of `place`. */
    members: LeasesApi;
  };
  settings?: ElectionSettings;
  clock: Clock;
  random: () => number;
  log: Log;
  watchdog?: Watchdog | undefined;
  /** How many there are, by cluster; undefined while that is not known, when clusters stay split as they are. */
  applications: () => ReadonlyMap<string, number> | undefined;
  /** Resolves when nothing is under way for these shards; rejects where that is not known. No write of them begins meanwhile. */
  writesOver: (isGivenUp: (shard: Shard) => boolean) => Promise<void>;
  /** What this replica may write became something else, or may have: shards are to be asked for anew. */
  changed: () => void;
}

/** What is given up has so long to be answered before it is cut. */
const DRAIN_MS = 2_000;
const PAUSES = { firstMs: 100, mostMs: 2_000 };

/** Where a replica has its own Lease. */
export function memberPlace(
  { namespace, name }: { namespace: string; name: string },
  member: string,
): { namespace: string; name: string } {
  return { namespace, name: `${name}-${member}` };
}

interface HeldShard {
  shard: Shard;
  term: Fence;
  fence: Fence;
  over: AbortController;
}

export class Shards {
  readonly #options: ShardsOptions & { settings: ElectionSettings };
  readonly #leader: LeaderElection;
  readonly #member: LeaderElection;
  readonly #watch: LeaseWatch;
  readonly #ending = new AbortController();
  #observed: Observed = nothingObserved;
  /** The newest that was told, by which we work. */
  #view: View | undefined;
  #holders: Holders | undefined;
  /** What the Lease by which they elect says now, as far as is known. */
  #said: View | undefined;
  /** While we lead: what the Lease is to say. */
  #telling: View | undefined;
  /** By shard. */
  readonly #held = new Map<string, HeldShard>();
  /** Numbers of views of which not all has stopped that they take from us. */
  readonly #stopping = new Set<number>();
  #worksBy = 0;
  #stir = new AbortController();
  #leading: Promise<void> = Promise.resolve();

  /** @throws {Failure} config */
  constructor(options: ShardsOptions) {
    const { place, name, settings = ELECTION, api, clock, random, log, identity, watchdog } = options;
    this.#options = { ...options, settings };
    const common = { settings, clock, random, log, identity };
    this.#leader = new LeaderElection({
      ...{ ...common, api: api.leader, place },
      became: (standing) => this.#becameLeader(standing),
      notes: (standing) => this.#leadersNotes(standing),
      saw: (lease) => this.#sawView(lease),
    });
    this.#member = new LeaderElection({
      ...{ ...common, api: api.member, place: memberPlace(place, name), watchdog },
      became: (standing) => this.#becameMember(standing),
      notes: (standing) => this.#membersNotes(standing),
    });
    this.#watch = new LeaseWatch({
      ...{ api: api.members, clock, log, restMs: PAUSES.mostMs },
      told: (object) => {
        if (object === "absent") return;
        const lease = seenLease(object, object.metadata.name ?? "");
        if (lease === undefined) return;
        this.#observed = observed(this.#observed, lease, clock.monotonic());
        this.#stir.abort();
      },
      ended: () => this.#watch.begin(),
    });
  }

  start(): void {
    this.#leader.start();
    this.#member.start();
    this.#watch.begin();
  }

  /** By which this replica works; undefined until it heard of one. */
  view(): View | undefined {
    return this.#view;
  }

  leads(): boolean {
    return this.#leader.fence() !== undefined;
  }

  /** Who has it, or is to have it when whoever had it has stopped. */
  memberOf(shard: Shard): Member | undefined {
    return this.#holders?.memberOf(shard);
  }

  /**
   * For what is written of this shard; the same one for as long as it is held without a break. Its epoch is the number of
   * the view since which that is: whoever holds it later has a higher one.
   * @returns undefined where it may not be written now
   */
  fence(shard: Shard): Fence | undefined {
    const term = this.#member.fence();
    if (term === undefined || term.mayWrite() !== undefined) return undefined;
    const key = keyOf(shard);
    const held = this.#held.get(key);
    if (held?.term === term) return held.fence;
    if (this.#view === undefined || this.#holders?.mayHold(this.#idIn(term), shard) !== true)
      return undefined;
    const over = new AbortController();
    const made: HeldShard = {
      ...{ shard, term, over },
      fence: {
        epoch: this.#view.number,
        mayWrite: () => this.#against(key, made),
        signal: AbortSignal.any([over.signal, term.signal]),
      },
    };
    this.#held.set(key, made);
    return made.fence;
  }

  /** What `applications` says became something else. */
  reconsider(): void {
    this.#stir.abort();
  }

  /**
   * From now on no write begins. When nothing is under way any more others are told, and have its work at once.
   * @param writesOver see `LeaderElection.stop`
   */
  async stop(writesOver: Promise<void>): Promise<void> {
    const member = this.#member.stop(writesOver);
    // Views are written under their version: nothing of them is ever under way unknown.
    await this.#leader.stop(Promise.resolve());
    await member;
    this.#ending.abort();
    this.#watch.end();
    await this.#leading;
  }

  // ---------------------------------------------------------------- as a member

  #idIn(term: Fence): string {
    return memberId(this.#options.identity, term.epoch);
  }

  #becameMember(standing: Standing): void {
    if (standing.is !== "leader") this.#held.clear();
    this.#options.changed();
  }

  #membersNotes(standing: Standing): LeaseNotes {
    const { place, name, weight } = this.#options;
    const labels = { [MEMBER_OF]: place.name };
    if (standing.is !== "leader" && standing.is !== "taking") return { labels };
    return { labels, annotations: memberWords(name, weight, standing.epoch, this.#worksBy) };
  }

  #sawView(lease: SeenLease | "absent"): void {
    this.#said = lease === "absent" ? undefined : parseView(lease.object.metadata.annotations?.[VIEW]);
    if (this.#said !== undefined) this.#adopt(this.#said);
    this.#stir.abort();
  }

  /** What it takes from us is given up before anything else; that all of it has stopped is said when it has. */
  #adopt(view: View): void {
    const before = this.#view;
    if (!isNewer(view, before)) return;
    this.#view = view;
    this.#holders = holdersBy(view);
    const givenUp = [...this.#held].filter(
      ([, { term, shard }]) => this.#holders?.mayHold(this.#idIn(term), shard) !== true,
    );
    for (const [key] of givenUp) this.#held.delete(key);
    if (view.number !== before?.number) void this.#stopped(view.number, new Map(givenUp));
    this.#options.changed();
  }

  async #stopped(number: number, givenUp: ReadonlyMap<string, HeldShard>): Promise<void> {
    const { clock, settings, writesOver, log } = this.#options;
    this.#stopping.add(number);
    if (givenUp.size > 0) {
      const answered = new AbortController();
      const known = await Promise.race([
        writesOver((shard) => givenUp.has(keyOf(shard))).then(
          () => "over" as const,
          () => "unknown" as const,
        ),
        clock.sleep(DRAIN_MS, answered.signal).then(
          () => "late" as const,
          () => "late" as const,
        ),
      ]);
      answered.abort();
      for (const { over, shard } of givenUp.values()) over.abort(this.#givenUp(shard));
      if (known !== "over") {
        log.warn("work given up with writes that have no answer", { view: number, why: known });
        // What was cut may still arrive for so long.
        await clock.sleep(settings.slackMs).catch(() => undefined);
      }
    }
    this.#stopping.delete(number);
    const newest = this.#view?.number ?? 0;
    const worksBy = this.#stopping.size === 0 ? newest : Math.min(...this.#stopping) - 1;
    if (worksBy <= this.#worksBy) return;
    this.#worksBy = worksBy;
    this.#member.hurry();
  }

  #against(key: string, held: HeldShard): ReturnType<Fence["mayWrite"]> {
    const refused = held.term.mayWrite();
    if (refused !== undefined) return refused;
    return this.#held.get(key) === held ? undefined : this.#givenUp(held.shard);
  }

  #givenUp(shard: Shard): ReturnType<typeof notHolding> {
    const to = this.memberOf(shard)?.name;
    return notHolding(shard, to === undefined ? "nobody is to have it now" : `it went to replica ${to}`);
  }

  // ---------------------------------------------------------------- as the one that leads

  #becameLeader(standing: Standing): void {
    const fence = standing.is === "leader" ? this.#leader.fence() : undefined;
    if (fence === undefined) {
      this.#telling = undefined;
      return;
    }
    const told = this.#said;
    this.#telling = undefined;
    this.#leading = this.#leading.then(() => this.#lead(fence, told));
  }

  #leadersNotes(standing: Standing): LeaseNotes {
    const view = this.#telling;
    return standing.is === "leader" && view !== undefined ? { annotations: { [VIEW]: printView(view) } } : {};
  }

  /** For one epoch. @param told by the Lease when it was taken */
  async #lead(fence: Fence, told: View | undefined): Promise<void> {
    const until = AbortSignal.any([fence.signal, this.#ending.signal]);
    let led: Led | undefined;
    let failures = 0;
    while (!until.aborted) {
      this.#stir = new AbortController();
      const wait = await this.#leadOn(led, told, until);
      if (wait.is === "led") led = wait.led;
      failures = wait.is === "failed" ? failures + 1 : 0;
      if (wait.is === "led") continue;
      const ms = wait.is === "failed" ? backoffMs(failures, PAUSES) : wait.ms;
      const stirred = wait.is === "failed" ? until : AbortSignal.any([until, this.#stir.signal]);
      await this.#options.clock.sleep(Math.max(1, Math.ceil(ms)), stirred).catch(() => undefined);
    }
  }

  async #leadOn(
    led: Led | undefined,
    told: View | undefined,
    until: AbortSignal,
  ): Promise<{ is: "led"; led: Led | undefined } | { is: "wait"; ms: number } | { is: "failed" }> {
    const { clock, settings, log, applications } = this.#options;
    if (led === undefined) {
      const since = clock.monotonic();
      if ((await this.#list(until)) === "failed") return { is: "failed" };
      const view = viewToGoOnFrom(told, this.#view, this.#observed);
      if (view === undefined) log.warn("replicas begin with no view that is known", {});
      return { is: "led", led: { view, since } };
    }
    // One view at a time: what was not answered may be told all the same.
    const telling = this.#telling;
    if (telling !== undefined && !isSame(telling, this.#said)) return { is: "wait", ms: LONG_MS };
    const split = (members: readonly Member[], before: readonly string[]): readonly string[] => {
      const counts = applications();
      return counts === undefined ? before : splitClusters(counts, members.length, before);
    };
    const now = clock.monotonic();
    const next = nextView(led, this.#view, this.#observed, now, { settings, split });
    switch (next.do) {
      case "tell": {
        const { view } = next;
        const { number, revision, members, before } = view;
        log.info("view told", {
          number,
          revision,
          members: members.map(({ name }) => name),
          waits: before.length,
        });
        this.#telling = view;
        this.#leader.hurry();
        return { is: "led", led: { ...led, view } };
      }
      case "begin-anew":
        return { is: "led", led: undefined };
      case "list":
        if ((await this.#list(until)) === "failed") return { is: "failed" };
        return { is: "led", led };
      case "wait":
        void this.#forget(until);
        return { is: "wait", ms: Math.min(next.untilMs - now, LONG_MS) };
    }
  }

  async #list(until: AbortSignal): Promise<"listed" | "failed"> {
    const { api, clock, settings, log } = this.#options;
    const askedAt = clock.monotonic();
    const answer = await within(clock, settings.renewDeadlineMs, (signal) =>
      api.members.list(AbortSignal.any([signal, until])),
    );
    if (answer.is === "failed") {
      log.debug("members' Leases not listed", { why: answer.why });
      return "failed";
    }
    const all = answer.objects.flatMap((object) => seenLease(object, object.metadata.name ?? "") ?? []);
    const before = this.#observed;
    const now = clock.monotonic();
    const view = this.#telling ?? this.#view;
    this.#observed = listed(before, all, askedAt, now, { settings, view });
    // Somebody renewed it long ago, and the watch did not say so: it is begun anew.
    const isLate = [...this.#observed.heard].some(
      ([id, { at }]) => at === now && now - (before.heard.get(id)?.at ?? now) > settings.renewDeadlineMs,
    );
    if (isLate) {
      this.#watch.end();
      this.#watch.begin();
    }
    return "listed";
  }

  #forgetting: "no" | "yes" = "no";

  async #forget(until: AbortSignal): Promise<void> {
    const { api, clock, settings } = this.#options;
    if (this.#forgetting === "yes") return;
    this.#forgetting = "yes";
    for (const lease of forgotten(this.#observed, clock.monotonic())) {
      if (until.aborted) break;
      const answer = await within(clock, settings.renewDeadlineMs, (signal) =>
        api.members.remove(lease.object, signal),
      );
      if (answer.is === "failed") break;
      const leases = new Map(this.#observed.leases);
      leases.delete(lease.object.metadata.name ?? "");
      this.#observed = { ...this.#observed, leases };
    }
    this.#forgetting = "no";
  }
}

/** Whoever waits for a word looks again by itself after so long. */
const LONG_MS = 60_000;

function isSame(one: View, other: View | undefined): boolean {
  return other !== undefined && !isNewer(one, other) && !isNewer(other, one);
}

function keyOf({ cluster, application }: Shard): string {
  return `${cluster}\n${application}`;
}
