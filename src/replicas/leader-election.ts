/** Stands for election by a Lease for as long as it runs: reads, takes, renews and lets go, and says when it leads. */
import type { KubeObject } from "../core/model/kube-object.ts";
import type { Clock } from "../core/ports/clock.ts";
import type { LeaseAnswer, LeaseApi } from "../core/ports/lease-api.ts";
import type { Log } from "../core/ports/log.ts";
import {
  beginElection,
  type Election,
  expired,
  type Leader,
  leftMs,
  type Moment,
  made,
  nextStep,
  type Outcome,
  released,
  renewed,
  type Standing,
  type Step,
  sighted,
  taken,
  taking,
} from "../core/replicas/election.ts";
import { checkElection, ELECTION, type ElectionSettings } from "../core/replicas/election-settings.ts";
import {
  type HolderReach,
  handedOverLease,
  heldLease,
  type LeaseNotes,
  newLease,
  notedLease,
  type SeenLease,
  seenLease,
} from "../core/replicas/lease.ts";
import { backoffMs } from "../lib/backoff.ts";
import { type Fence, notLeading } from "./fence.ts";
import { LeaseWatch } from "./lease-watch.ts";
import { within } from "./within.ts";

/** Ends the process from outside where it does not say in time that it need not, whatever it is doing then. */
export interface Watchdog {
  arm(ms: number): void;
  disarm(): void;
}

export interface LeaderElectionOptions {
  api: LeaseApi;
  place: { namespace: string; name: string };
  /** Of this process alone. */
  identity: string;
  /** How others reach it while it leads: asked at each renewal, and said in the Lease. */
  reach?: (() => HolderReach) | undefined;
  settings?: ElectionSettings;
  clock: Clock;
  random: () => number;
  log: Log;
  watchdog?: Watchdog | undefined;
  /** What we are became something else. An epoch that is led has a fence from then on. */
  became: (standing: Standing) => void;
  /** What is said beside the Lease whenever it is written, asked right before. `hurry` has it written soon. */
  notes?: ((standing: Standing) => LeaseNotes) | undefined;
  /** What there is of the Lease became something else, as far as is known: by a watch it may be told late. */
  saw?: ((lease: SeenLease | "absent") => void) | undefined;
}

/** Followers of one Lease ask for it within so long of each other. */
const SPREAD_MS = 150;
const PAUSES = { firstMs: 100, mostMs: 2_000 };
const LEADERS_PAUSES = { firstMs: 50, mostMs: 500 };
/** No try of a renewal is given less, unless the deadline comes first. */
const SHORTEST_TRY_MS = 300;

interface Term {
  fence: Fence;
  over: AbortController;
}

export class LeaderElection {
  readonly #options: LeaderElectionOptions & { settings: ElectionSettings };
  readonly #ending = new AbortController();
  #election: Election;
  #term: Term | undefined;
  readonly #watch: LeaseWatch;
  #running: Promise<void> | undefined;
  #wake: AbortController = new AbortController();
  /** Requests that failed in a row. */
  #failures = 0;
  #stopping: "no" | "last-writes" | "letting-go" = "no";
  /** How often it was asked to hurry, and how often it had been when that was written which was written last. */
  #hurried = { asked: 0, written: 0 };

  /** @throws {Failure} config */
  constructor(options: LeaderElectionOptions) {
    const { identity, settings = ELECTION, random } = options;
    this.#options = { ...options, settings: checkElection(settings) };
    const { api, clock, log } = options;
    this.#watch = new LeaseWatch({
      ...{ api, clock, log, restMs: PAUSES.mostMs },
      told: (lease) => this.#told(lease),
      ended: () => this.#wake.abort(),
    });
    this.#election = beginElection({
      identity,
      settings,
      spreadMs: Math.floor(random() * SPREAD_MS),
    });
  }

  start(): void {
    this.#running ??= this.#run();
  }

  get standing(): Standing {
    return this.#election.standing;
  }

  /** Whoever leads renews at once, with what its notes are by then; others do nothing. */
  hurry(): void {
    this.#hurried.asked++;
    if (this.#leads()) this.#wake.abort();
  }

  /**
   * Who has the Lease, as far as is known. `renewedMsAgo`: so long ago, by our own clock, it was seen renewed; a holder that
   * is longer silent than the Lease lasts may be gone.
   */
  holder(): ({ identity: string; renewedMsAgo: number } & HolderReach) | undefined {
    const { sighting } = this.#election;
    if (sighting.is !== "present" || sighting.lease.holding.is !== "held") return undefined;
    const { holding, address, certificate } = sighting.lease;
    return {
      identity: holding.by,
      address,
      certificate,
      renewedMsAgo: this.#now().monotonic - sighting.since,
    };
  }

  /** Of the epoch that is led now. */
  fence(): Fence | undefined {
    this.#lookAtTheTime();
    return this.#term?.fence;
  }

  /**
   * From now on no write begins. What is under way has until it is over, or the Lease is lost; then the Lease is let go,
   * so that somebody else leads at once.
   * @param writesOver resolves when nothing is under way any more; rejects where that is not known
   */
  async stop(writesOver: Promise<void>): Promise<void> {
    // Whoever asks a second time waits for the first, and what rejects is heard all the same.
    const last = writesOver.then(
      () => "over" as const,
      () => "unknown" as const,
    );
    if (this.#stopping !== "no") return this.#running;
    this.#stopping = "last-writes";
    const over = this.#term?.over.signal;
    const known = await Promise.race([last, ...(over === undefined ? [] : [aborted(over)])]);
    this.#stopping = "letting-go";
    this.#ending.abort();
    await this.#running;
    this.#lookAtTheTime();
    const { standing } = this.#election;
    // An epoch with writes that may still arrive ends by its time alone.
    if (standing.is === "leader" && known === "over") await this.#letGo(standing);
    this.#endTerm("it stopped");
  }

  // ---------------------------------------------------------------- the loop

  async #run(): Promise<void> {
    while (!this.#ending.signal.aborted) {
      this.#wake = new AbortController();
      this.#lookAtTheTime();
      const step = this.#hurriedStep(nextStep(this.#election, this.#now()));
      if (step.do === "look" || (step.do === "wait" && this.#mustWatch())) await this.#look();
      else if (step.do === "make") await this.#make(step.epoch);
      else if (step.do === "take") await this.#take();
      else if (step.do === "renew") await this.#renew(step.as);
      else if (step.do === "wait") await this.#rest(step.ms);
      else return;
    }
    this.#watch.end();
  }

  #hurriedStep(step: Step): Step {
    const { standing } = this.#election;
    const { asked, written } = this.#hurried;
    return step.do === "wait" && standing.is === "leader" && asked > written
      ? { do: "renew", as: standing }
      : step;
  }

  async #look(): Promise<"seen" | "failed"> {
    const { api, settings } = this.#options;
    if (!this.#leads()) this.#watch.begin();
    const answer = await this.#asked(this.#leads() ? this.#tryMs() : settings.renewDeadlineMs, (signal) =>
      api.read(signal),
    );
    const seen = this.#seen(answer);
    if (seen.is === "done") this.#set(sighted(this.#election, seen.lease, this.#now()));
    else if (seen.is === "absent") this.#set(sighted(this.#election, "absent", this.#now()));
    else {
      await this.#failed(seen.is === "failed" ? seen.why : "it was not read", answer);
      return "failed";
    }
    this.#failures = 0;
    return "seen";
  }

  async #make(epoch: number): Promise<void> {
    const { api, place, settings } = this.#options;
    const at = new Date(this.#now().wall).toISOString();
    const words = { holder: "", epoch, durationMs: settings.durationMs, acquiredAt: at, renewedAt: at };
    const answer = await this.#asked(settings.renewDeadlineMs, (signal) =>
      api.create(this.#noted(newLease(place, words)), signal),
    );
    const outcome = this.#seen(answer);
    this.#set(made(this.#election, outcome, this.#now()));
    if (outcome.is === "failed") await this.#failed(outcome.why, answer);
    else this.#failures = 0;
  }

  /** What a watch told may be old, and its version given to another state since: it is read before it is taken. */
  async #take(): Promise<void> {
    if ((await this.#look()) === "failed") return;
    const step = nextStep(this.#election, this.#now());
    // Somebody renewed it, and the watch did not say so: it is begun anew.
    if (step.do !== "take") return this.#watch.end();
    if (this.#ending.signal.aborted) return;
    const { over, epoch } = step;
    const { api, settings, identity, reach } = this.#options;
    this.#watch.end();
    const sentAt = this.#now();
    const at = new Date(sentAt.wall).toISOString();
    const words = { holder: identity, epoch, durationMs: settings.durationMs, acquiredAt: at, renewedAt: at };
    const lease = heldLease(over, { ...words, reach: reach?.() });
    this.#set(taking(this.#election, epoch));
    const answer = await this.#asked(settings.renewDeadlineMs, (signal) =>
      api.replace(this.#noted(lease), signal),
    );
    const outcome = this.#seen(answer);
    this.#set(taken(this.#election, epoch, outcome, sentAt, this.#now()));
    if (outcome.is === "failed") await this.#failed(outcome.why, answer);
    else this.#failures = 0;
  }

  async #renew(as: Leader): Promise<void> {
    const { api, settings, identity, reach } = this.#options;
    const sentAt = this.#now();
    const { asked: hurried } = this.#hurried;
    const held = heldLease(as.lease, {
      holder: identity,
      reach: reach?.(),
      epoch: as.epoch,
      durationMs: settings.durationMs,
      acquiredAt: new Date(as.acquiredAt.wall).toISOString(),
      renewedAt: new Date(sentAt.wall).toISOString(),
    });
    const lease = this.#noted(held);
    const answer = await this.#asked(this.#tryMs(), (signal) => api.replace(lease, signal));
    const outcome = this.#seen(answer);
    if (outcome.is === "done") this.#hurried.written = hurried;
    this.#set(renewed(this.#election, outcome, sentAt, this.#now()));
    if (outcome.is === "failed") await this.#failed(outcome.why, answer);
    else this.#failures = 0;
  }

  async #letGo(standing: Leader): Promise<void> {
    const { api, settings, log } = this.#options;
    const at = new Date(this.#now().wall).toISOString();
    const lease = handedOverLease(standing.lease, {
      epoch: standing.epoch,
      durationMs: settings.durationMs,
      acquiredAt: new Date(standing.acquiredAt.wall).toISOString(),
      renewedAt: at,
    });
    // From here on it leads no more, whatever is answered.
    this.#endTerm("it let go of its Lease");
    const answer = await within(this.#options.clock, settings.renewDeadlineMs, (signal) =>
      api.replace(lease, signal),
    );
    if (answer.is === "lease") this.#set(released(this.#election));
    else log.warn("Lease not let go", { epoch: standing.epoch, why: wordsOf(answer) });
  }

  /** Half of what is left at least stays for another try. */
  #tryMs(): number {
    const { standing } = this.#election;
    if (standing.is !== "leader") return 0;
    const left = leftMs(this.#election, standing, this.#now());
    return Math.max(left / 2, Math.min(left, SHORTEST_TRY_MS));
  }

  #noted(lease: KubeObject): KubeObject {
    return notedLease(lease, this.#options.notes?.(this.#election.standing) ?? {});
  }

  #asked(ms: number, ask: (signal: AbortSignal) => Promise<LeaseAnswer>): Promise<LeaseAnswer> {
    return within(this.#options.clock, ms, ask);
  }

  #seen(answer: LeaseAnswer): Outcome {
    if (answer.is !== "lease") return answer;
    const lease = seenLease(answer.object, this.#options.place.name);
    return lease === undefined ? { is: "failed", why: "the answer is no Lease" } : { is: "done", lease };
  }

  async #failed(why: string, answer: LeaseAnswer): Promise<void> {
    const { log, random } = this.#options;
    this.#failures++;
    const leads = this.#leads();
    const ms = backoffMs(this.#failures, leads ? LEADERS_PAUSES : PAUSES);
    log[leads ? "warn" : "debug"]("Lease not answered", { why, failures: this.#failures });
    const asked = answer.is === "failed" ? (answer.retryAfterMs ?? 0) : 0;
    await this.#rest(Math.max(asked, ms / 2 + (ms / 2) * random()));
  }

  /** Until the time is over, somebody tells something, or it ends. */
  async #rest(ms: number): Promise<void> {
    const until = AbortSignal.any([this.#wake.signal, this.#ending.signal]);
    await this.#options.clock.sleep(Math.max(1, Math.ceil(ms)), until).catch(() => undefined);
  }

  // ---------------------------------------------------------------- what others do

  #mustWatch(): boolean {
    return !this.#leads() && !this.#watch.isOpen;
  }

  #told(object: Parameters<Parameters<LeaseApi["watch"]>[0]>[0]): void {
    const { standing } = this.#election;
    // What a watch says while we ask ourselves may be older than the answer.
    if (standing.is !== "follower" && standing.is !== "lost") return;
    const seen = object === "absent" ? object : seenLease(object, this.#options.place.name);
    if (seen === undefined) return;
    this.#set(sighted(this.#election, seen, this.#now()));
    this.#wake.abort();
  }

  // ---------------------------------------------------------------- what we are

  #now(): Moment {
    const { clock } = this.#options;
    return { monotonic: clock.monotonic(), wall: clock.now() };
  }

  #leads(): boolean {
    return this.#election.standing.is === "leader";
  }

  #lookAtTheTime(): void {
    this.#set(expired(this.#election, this.#now()));
  }

  #set(election: Election): void {
    const before = this.#election.standing;
    const { sighting: seenBefore } = this.#election;
    this.#election = election;
    const { standing, sighting } = election;
    if (sighting !== seenBefore && sighting.is !== "unseen")
      this.#options.saw?.(sighting.is === "present" ? sighting.lease : "absent");
    if (standing === before) return;
    const { log, watchdog, settings, became } = this.#options;
    if (standing.is === "leader") {
      watchdog?.arm(leftMs(election, standing, this.#now()) + settings.slackMs / 2);
      if (before.is === "leader" && before.epoch === standing.epoch) return;
      log.info("leads", { epoch: standing.epoch });
      this.#beginTerm(standing.epoch);
    } else if (standing.is === "lost") {
      log.warn("leads no more", { epoch: standing.epoch, why: standing.why });
      this.#endTerm(standing.why);
    }
    became(standing);
  }

  #beginTerm(epoch: number): void {
    const over = new AbortController();
    this.#term = { over, fence: { epoch, mayWrite: () => this.#against(epoch), signal: over.signal } };
    void this.#watchDeadline(over.signal);
  }

  #endTerm(why: string): void {
    const term = this.#term;
    this.#term = undefined;
    term?.over.abort(notLeading(this.#name, why));
    this.#options.watchdog?.disarm();
  }

  /** What is under way is cut when the time is over, also while a renewal is not answered. */
  async #watchDeadline(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      const { standing } = this.#election;
      if (standing.is !== "leader") return;
      const ms = Math.max(leftMs(this.#election, standing, this.#now()), 1);
      await this.#options.clock.sleep(ms, over).catch(() => undefined);
      this.#lookAtTheTime();
    }
  }

  #against(epoch: number): ReturnType<Fence["mayWrite"]> {
    this.#lookAtTheTime();
    const { standing } = this.#election;
    if (standing.is !== "leader" || standing.epoch !== epoch)
      return notLeading(this.#name, standing.is === "lost" ? standing.why : `epoch ${epoch} is over`);
    return this.#stopping === "no" ? undefined : notLeading(this.#name, "it is stopping");
  }

  get #name(): string {
    const { namespace, name } = this.#options.place;
    return `${namespace}/${name}`;
  }
}

function aborted(signal: AbortSignal): Promise<"lost"> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve("lost");
    else signal.addEventListener("abort", () => resolve("lost"), { once: true });
  });
}

function wordsOf(answer: LeaseAnswer): string {
  return answer.is === "failed" ? answer.why : answer.is;
}
