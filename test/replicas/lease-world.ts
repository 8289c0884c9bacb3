/**
 * A Lease on a server, and processes that stand for election by it, in virtual time: machines whose clocks run unevenly,
 * are set and stand still, processes that are stopped and killed, a network that is late, loses, doubles and parts.
 */
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { Clock } from "../../src/core/ports/clock.ts";
import type { LeaseAnswer, LeaseApi } from "../../src/core/ports/lease-api.ts";
import type { ElectionSettings } from "../../src/core/replicas/election-settings.ts";
import { LeaderElection } from "../../src/replicas/leader-election.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { type Chance, chance } from "../model/chance.ts";
import { VirtualTime } from "../model/virtual-time.ts";

export const PLACE = { namespace: "holdfast", name: "holdfast" };
const WRITE_EVERY_MS = 60;
/** Before the fault of the network is looked at. */
const TRAVEL_MS = 40;

/** Of one machine: what it measures is `rate` times as much as passes. */
interface Machine {
  rate: number;
  wallOffsetMs: number;
  /** So much was slept through, which the clock that never steps does not know. */
  sleptMs: number;
  stopped: "no" | "process" | "machine";
  stoppedAt: number;
  parted: "no" | "parted";
  deferred: (() => void)[];
}

interface Arrived {
  epoch: number;
  by: string;
}

export class World {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly server: LeaseServer;
  readonly replicas: Replica[] = [];
  /** That reached the server. */
  writes = 0;
  /** About the order in which they did. */
  wrong: string | undefined;
  readonly #terms = new Set<string>();
  #lastTerm = "";
  #lastEpoch = 0;
  readonly trace: string[] = [];
  /** Percent of messages that are late, lost or doubled. */
  trouble = 0;
  #made = 0;

  constructor(
    seed: number,
    readonly settings: ElectionSettings,
  ) {
    this.chance = chance(seed);
    this.server = new LeaseServer(this);
  }

  note(text: string): void {
    this.trace.push(`${(this.time.elapsed / 1000).toFixed(3)} ${text}`);
  }

  add(): Replica {
    const replica = new Replica(this, `replica-${++this.#made}`);
    this.replicas.push(replica);
    replica.begin();
    return replica;
  }

  /** Who would write if it were asked now; a process that is stopped is asked when it goes on. */
  writers(): Replica[] {
    return this.replicas.filter((one) => one.mayWrite() !== undefined);
  }

  /** A Lease that was deleted or restored counts its epochs anew for who did not see it before. */
  arrived({ epoch, by }: Arrived): void {
    this.writes++;
    const term = `epoch ${epoch} of ${by}`;
    if (term === this.#lastTerm) return;
    if (this.#terms.has(term)) this.wrong ??= `a write of ${term} after one of ${this.#lastTerm}`;
    this.#terms.add(term);
    this.#lastTerm = term;
    if (this.server.counts === "on" && epoch <= this.#lastEpoch)
      this.wrong ??= `${term} came after epoch ${this.#lastEpoch}`;
    this.#lastEpoch = epoch;
  }

  get epochs(): number {
    return this.#terms.size;
  }
}

export class Replica {
  readonly election: LeaderElection;
  readonly machine: Machine;
  alive: "alive" | "gone" = "alive";
  /** Milliseconds for which the watchdog was set last. */
  watched: number | undefined;
  /** Whether there is a timer of the kernel; elsewhere there is none. */
  readonly kernel: "kills" | "knows nothing";
  #armed: { at: number } | undefined;
  #underWay = 0;
  #arrivedAll: () => void = () => undefined;

  constructor(
    readonly world: World,
    readonly identity: string,
  ) {
    const { chance: c, settings } = world;
    this.kernel = c.happens(50) ? "kills" : "knows nothing";
    this.machine = {
      rate: 0.995 + c.next() * 0.01,
      wallOffsetMs: (c.next() - 0.5) * 20_000,
      sleptMs: 0,
      stopped: "no",
      stoppedAt: 0,
      parted: "no",
      deferred: [],
    };
    this.election = new LeaderElection({
      api: world.server.api(this),
      place: PLACE,
      identity,
      settings,
      clock: this.#clock(),
      random: () => c.next(),
      log: recordingLog(),
      watchdog: {
        arm: (ms) => {
          this.watched = ms;
          if (this.kernel === "kills") this.#armed = { at: world.time.elapsed + ms / this.machine.rate };
          const armed = this.#armed;
          // By a clock that counts what the machine sleeps through.
          if (armed !== undefined)
            world.time.after(armed.at - world.time.elapsed, () => this.#kernelLooks(armed));
        },
        disarm: () => {
          this.watched = undefined;
          this.#armed = undefined;
        },
      },
      became: (standing) =>
        world.note(`${identity} ${standing.is}${"epoch" in standing ? ` ${standing.epoch}` : ""}`),
    });
  }

  begin(): void {
    this.election.start();
    const write = (): void => {
      if (this.alive === "gone") return;
      const epoch = this.mayWrite();
      if (epoch !== undefined) {
        const { world, identity: by } = this;
        // What left before the deadline may arrive until the slack is over.
        const ms = world.chance.happens(5) ? world.chance.below(world.settings.slackMs) : TRAVEL_MS;
        this.#underWay++;
        world.time.after(ms, () => {
          world.arrived({ epoch, by });
          if (--this.#underWay === 0) this.#arrivedAll();
        });
      }
      this.after(WRITE_EVERY_MS, write);
    };
    this.after(WRITE_EVERY_MS, write);
  }

  /** @returns the epoch */
  mayWrite(): number | undefined {
    if (this.alive === "gone" || this.machine.stopped !== "no") return undefined;
    const fence = this.election.fence();
    return fence === undefined || fence.mayWrite() !== undefined ? undefined : fence.epoch;
  }

  /** Nothing that it wrote is under way any more. */
  writesOver(): Promise<void> {
    if (this.#underWay === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#arrivedAll = () => this.run(resolve);
    });
  }

  kill(): void {
    this.world.note(`${this.identity} is killed`);
    this.alive = "gone";
  }

  /** A machine that sleeps runs no kernel. */
  #kernelLooks(armed: { at: number }): void {
    if (this.alive === "gone" || this.#armed !== armed || this.machine.stopped === "machine") return;
    this.world.note(`${this.identity}: the kernel's timer runs out`);
    this.kill();
    this.world.time.after(1_000, () => this.world.add());
  }

  stop(what: "process" | "machine"): void {
    if (this.machine.stopped !== "no") return;
    this.world.note(`${this.identity}: its ${what} stops`);
    this.machine.stopped = what;
    this.machine.stoppedAt = this.world.time.elapsed;
  }

  goOn(): void {
    const { machine, world } = this;
    if (machine.stopped === "no") return;
    if (machine.stopped === "machine") machine.sleptMs += world.time.elapsed - machine.stoppedAt;
    machine.stopped = "no";
    world.note(`${this.identity} goes on`);
    if (this.#armed !== undefined && this.#armed.at <= world.time.elapsed) this.#kernelLooks(this.#armed);
    for (const run of machine.deferred.splice(0))
      world.time.after(world.chance.below(3), () => this.run(run));
  }

  /** What the process does, when it runs. */
  run(work: () => void): void {
    if (this.alive === "gone") return;
    if (this.machine.stopped === "no") work();
    else this.machine.deferred.push(() => work());
  }

  after(ms: number, work: () => void): number {
    return this.world.time.after(ms / this.machine.rate, () => this.run(work));
  }

  #clock(): Clock {
    const { machine, world } = this;
    const measured = (): number => world.time.elapsed * machine.rate;
    const asleep = (): number =>
      machine.sleptMs + (machine.stopped === "machine" ? world.time.elapsed - machine.stoppedAt : 0);
    return {
      now: () => 1_800_000_000_000 + measured() + machine.wallOffsetMs,
      monotonic: () => measured() - asleep(),
      sleep: (ms, signal) =>
        new Promise((resolve, reject) => {
          if (signal?.aborted) return reject(signal.reason);
          const end = (): void => reject(signal?.reason);
          signal?.addEventListener("abort", end, { once: true });
          this.after(ms, () => {
            signal?.removeEventListener("abort", end);
            resolve();
          });
        }),
    };
  }
}

/** The one Lease, by the rules of an API server, behind a network with faults. */
export class LeaseServer {
  lease: KubeObject | undefined;
  /** By who asked; watches are none. */
  readonly requests = new Map<string, number>();
  #version = 100;
  #uids = 0;
  /** Whether epochs never came back: nobody deleted, restored or rewrote them. */
  counts: "on" | "anew" = "on";
  /** Answers nothing until then. */
  downUntil = 0;
  /** Each answer is one of these for a while. */
  moody: "no" | "429" | "500" | "409" = "no";
  /** Answers, not requests, take up to so long. */
  slowMs = 0;
  readonly #kept: { lease: KubeObject | undefined; version: number }[] = [];
  readonly #watches = new Set<(lease: KubeObject | "absent") => void>();

  constructor(readonly world: World) {}

  /** By hand, or by a restored backup: nobody is asked. */
  put(lease: KubeObject | undefined): void {
    if (lease === undefined) this.counts = "anew";
    this.#kept.push({ lease: this.lease, version: this.#version });
    this.#store(lease);
  }

  edit(change: (lease: KubeObject) => void): void {
    if (this.lease === undefined) return;
    const lease = structuredClone(this.lease);
    change(lease);
    this.put(lease);
  }

  /** As it was once, versions too, after an outage. */
  restore(): void {
    this.counts = "anew";
    const kept = this.world.chance.pick([{ lease: undefined, version: 100 }, ...this.#kept]);
    this.downUntil = this.world.time.elapsed + 4_500;
    this.world.time.after(4_400, () => {
      this.lease = kept.lease;
      this.#version = kept.version;
      this.world.note(`the server is as it was at version ${kept.version}`);
    });
  }

  #store(lease: KubeObject | undefined): void {
    this.#version++;
    this.lease =
      lease === undefined
        ? undefined
        : {
            ...lease,
            metadata: {
              ...lease.metadata,
              uid: this.lease?.metadata.uid ?? `uid-${++this.#uids}`,
              resourceVersion: String(this.#version),
            },
          };
    for (const tell of this.#watches) tell(this.lease ?? "absent");
  }

  api(replica: Replica): LeaseApi {
    const send = (ask: () => LeaseAnswer): Promise<LeaseAnswer> => this.#sent(replica, ask);
    return {
      read: () =>
        send(() => (this.lease === undefined ? { is: "absent" } : { is: "lease", object: this.lease })),
      create: (lease) =>
        send(() => {
          if (this.lease !== undefined) return { is: "conflict" };
          return this.#write(lease);
        }),
      replace: (lease) =>
        send(() => {
          if (this.lease === undefined) return { is: "absent" };
          const { uid, resourceVersion } = this.lease.metadata;
          if (lease.metadata.uid !== uid || lease.metadata.resourceVersion !== resourceVersion)
            return { is: "conflict" };
          return this.#write(lease);
        }),
      watch: (told, signal) => {
        const tell = (lease: KubeObject | "absent"): void => {
          if (replica.machine.parted === "parted" || this.world.chance.happens(this.world.trouble / 2))
            return;
          this.world.time.after(this.#travelMs(), () => replica.run(() => !signal.aborted && told(lease)));
        };
        this.#watches.add(tell);
        if (this.lease !== undefined) tell(this.lease);
        return new Promise((resolve) =>
          signal.addEventListener("abort", () => {
            this.#watches.delete(tell);
            resolve();
          }),
        );
      },
    };
  }

  #write(lease: KubeObject): LeaseAnswer {
    this.put(lease);
    return { is: "lease", object: this.lease as KubeObject };
  }

  #travelMs(): number {
    const { chance: c, trouble } = this.world;
    return c.happens(trouble) ? c.below(6_000) : 1 + c.below(TRAVEL_MS);
  }

  /** A request goes, or is lost; the server does it, once or twice; its answer comes, or is lost. */
  #sent(replica: Replica, ask: () => LeaseAnswer): Promise<LeaseAnswer> {
    const { world } = this;
    this.requests.set(replica.identity, (this.requests.get(replica.identity) ?? 0) + 1);
    const isLost = (): boolean =>
      replica.machine.parted === "parted" ||
      world.time.elapsed < this.downUntil ||
      world.chance.happens(world.trouble / 3);
    return new Promise((resolve) => {
      if (isLost()) return;
      world.time.after(this.#travelMs(), () => {
        if (isLost()) return;
        const answer = this.#answer(ask);
        if (world.chance.happens(world.trouble / 4)) world.time.after(this.#travelMs(), () => void ask());
        if (isLost()) return;
        const slowMs = world.chance.below(this.slowMs + 1);
        world.time.after(this.#travelMs() + slowMs, () => replica.run(() => resolve(answer)));
      });
    });
  }

  #answer(ask: () => LeaseAnswer): LeaseAnswer {
    if (this.moody === "no" || this.world.chance.happens(30)) return ask();
    if (this.moody === "409") return { is: "conflict" };
    if (this.moody === "429") return { is: "failed", why: "HTTP 429", retryAfterMs: 1_000 };
    // It may have been done all the same.
    if (this.world.chance.happens(50)) ask();
    return { is: "failed", why: "HTTP 500" };
  }
}
