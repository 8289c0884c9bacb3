/** Replicas that share the work by Leases, under troubles by a seed, in virtual time; and what must hold meanwhile and afterwards. */
import { ELECTION } from "../../src/core/replicas/election-settings.ts";
import { MEMBER_OF, VIEW } from "../../src/core/replicas/membership.ts";
import type { Shard } from "../../src/core/replicas/view.ts";
import { memberPlace, Shards } from "../../src/replicas/shards.ts";
import { recordingLog } from "../lib/recording-log.ts";
import { type Chance, chance } from "../model/chance.ts";
import { VirtualTime } from "../model/virtual-time.ts";
import { LeasesServer } from "./leases-server.ts";
import { Machine } from "./machine.ts";

const PLACE = { namespace: "holdfast", name: "holdfast" };
const TRAVEL_MS = 40;
const TROUBLED_MS = 40_000;
/** Requests that hang, the Lease by which they elect, each one's own, a view that nobody knows, what drains; see `src/README.md`. */
const SETTLED_MS = 30_000;
/** What somebody wrote into a Lease by hand may hold it for a minute, and so may the next. */
const EDITED_MS = 125_000;
const STEADY_MS = 8_000;

/** One large cluster, and ordinary ones with an application each: a unit of work each. */
export const SHARDS: Shard[] = [
  ...Array.from({ length: 8 }, (_, at) => ({ cluster: "large", application: `app-${at}` })),
  ...Array.from({ length: 8 }, (_, at) => ({ cluster: `cluster-${at}`, application: "app" })),
];
const keyOf = ({ cluster, application }: Shard): string => `${cluster}/${application}`;

export class Replica {
  readonly machine: Machine;
  readonly shards: Shards;
  readonly #underWay = new Map<string, number>();
  #answered = (): void => undefined;

  constructor(
    readonly world: ShardWorld,
    readonly name: string,
    readonly identity: string,
  ) {
    const { time, chance: c, server } = world;
    this.machine = new Machine(time, c, () => {
      world.note(`${identity}: the kernel's timer runs out`);
      world.time.after(1_000, () => world.add(name));
    });
    const { machine } = this;
    this.shards = new Shards({
      ...{ place: PLACE, name, identity, weight: 1 + (name.length % 2) },
      api: {
        leader: server.one(machine, PLACE.name),
        member: server.one(machine, memberPlace(PLACE, name).name),
        members: server.labelled(machine, MEMBER_OF),
      },
      clock: machine.clock,
      // Elsewhere there is no timer of the kernel.
      watchdog: c.happens(50) ? machine.watchdog : undefined,
      random: () => c.next(),
      log: recordingLog(),
      applications: () => world.applications,
      writesOver: (isGivenUp) => this.#writesOver(isGivenUp),
      changed: () => undefined,
    });
    this.shards.start();
    for (const shard of SHARDS) this.#write(shard);
  }

  /** @returns the epoch */
  mayWrite(shard: Shard): number | undefined {
    if (this.machine.alive === "gone" || this.machine.stopped !== "no") return undefined;
    const fence = this.shards.fence(shard);
    return fence === undefined || fence.mayWrite() !== undefined ? undefined : fence.epoch;
  }

  stop(): Promise<void> {
    return this.shards.stop(this.#writesOver(() => true));
  }

  #write(shard: Shard): void {
    const key = keyOf(shard);
    const epoch = this.mayWrite(shard);
    if (epoch !== undefined) {
      const { world, identity } = this;
      // What left before the end may arrive until the slack is over.
      const ms = world.chance.happens(5) ? world.chance.below(ELECTION.slackMs) : TRAVEL_MS;
      this.#underWay.set(key, (this.#underWay.get(key) ?? 0) + 1);
      world.time.after(ms, () => {
        world.arrived(key, epoch, identity);
        this.machine.run(() => {
          this.#underWay.set(key, (this.#underWay.get(key) ?? 1) - 1);
          this.#answered();
        });
      });
    }
    this.machine.after(120, () => this.#write(shard));
  }

  #writesOver(isGivenUp: (shard: Shard) => boolean): Promise<void> {
    // Whoever does not know says so, and is waited for.
    if (this.world.chance.happens(10)) return Promise.reject(new Error("a write has no answer"));
    return new Promise((resolve) => {
      const before = this.#answered;
      const look = (): void => {
        before();
        const left = SHARDS.filter((one) => isGivenUp(one) && (this.#underWay.get(keyOf(one)) ?? 0) > 0);
        if (left.length === 0) resolve();
      };
      this.#answered = look;
      look();
    });
  }
}

export class ShardWorld {
  readonly time = new VirtualTime();
  readonly chance: Chance;
  readonly server: LeasesServer;
  readonly replicas: Replica[] = [];
  readonly trace: string[] = [];
  applications: Map<string, number> = new Map();
  writes = 0;
  wrong: string | undefined;
  /** Whether no Lease was deleted or restored, so that numbers only grow. */
  counts: "on" | "anew" = "on";
  readonly #last = new Map<string, { epoch: number; by: string }>();
  readonly #terms = new Set<string>();
  #made = 0;

  constructor(seed: number) {
    this.chance = chance(seed);
    this.server = new LeasesServer(this.time, this.chance);
    this.grow(300);
  }

  grow(large: number): void {
    this.applications = new Map([
      ["large", large],
      ...SHARDS.slice(8).map(({ cluster }) => [cluster, 10] as const),
    ]);
    for (const { shards } of this.alive()) shards.reconsider();
  }

  note(text: string): void {
    this.trace.push(`${(this.time.elapsed / 1000).toFixed(3)} ${text}`);
  }

  add(name = `pod-${"x".repeat(this.#made % 3)}${this.#made}`): Replica | undefined {
    if (this.alive().some((one) => one.name === name)) return undefined;
    const replica = new Replica(this, name, `${name}_${++this.#made}`);
    this.note(`${replica.identity} starts`);
    this.replicas.push(replica);
    return replica;
  }

  alive(): Replica[] {
    return this.replicas.filter(({ machine }) => machine.alive === "alive");
  }

  writers(shard: Shard): Replica[] {
    return this.replicas.filter((one) => one.mayWrite(shard) !== undefined);
  }

  /** Who has what, and since which view. */
  held(): Record<string, string> {
    return Object.fromEntries(
      SHARDS.map((shard) => [
        keyOf(shard),
        this.writers(shard)
          .map((one) => `${one.identity} ${one.mayWrite(shard)}`)
          .join(" and "),
      ]),
    );
  }

  arrived(key: string, epoch: number, by: string): void {
    this.writes++;
    const last = this.#last.get(key);
    if (last?.by === by && last.epoch === epoch) return;
    const term = `${key} ${epoch} ${by}`;
    if (this.#terms.has(term))
      this.wrong ??= `${key}: a write of ${by} in view ${epoch} after one of ${last?.by}`;
    this.#terms.add(term);
    this.#last.set(key, { epoch, by });
    if (this.counts === "on" && last !== undefined && epoch <= last.epoch)
      this.wrong ??= `${key}: ${by} in view ${epoch} came after ${last.by} in view ${last.epoch}`;
  }

  get terms(): number {
    return this.#terms.size;
  }
}

type Edited = "edited" | undefined;
const faults: Record<string, { weight: number; do(world: ShardWorld, one: Replica): Edited }> = {
  kill: {
    weight: 4,
    do(world, one) {
      world.note(`${one.identity} is killed`);
      one.machine.kill();
      // Under the same name, or as another Pod.
      const name = world.chance.happens(60) ? one.name : undefined;
      return later(world, () => world.add(name), 3_000);
    },
  },
  stop: {
    weight: 4,
    do(world, one) {
      const what = world.chance.happens(50) ? "process" : "machine";
      world.note(`${one.identity}: its ${what} stops`);
      one.machine.stop(what);
      return later(world, () => {
        world.note(`${one.identity} goes on`);
        one.machine.goOn();
      });
    },
  },
  part: {
    weight: 4,
    do(world, one) {
      world.note(`${one.identity} is parted`);
      one.machine.parted = "parted";
      return later(world, () => {
        one.machine.parted = "no";
      });
    },
  },
  setClock: {
    weight: 2,
    do(world, one) {
      // Set back by about as long as the machine sleeps, it hides the sleep from everybody but the kernel.
      if (one.machine.stopped === "machine") return undefined;
      one.machine.wallOffsetMs += world.chance.pick([3_600_000, -3_600_000, 2_500, -2_500]);
      return undefined;
    },
  },
  trouble: {
    weight: 4,
    do(world) {
      world.server.trouble = 10 + world.chance.below(50);
      return later(world, () => {
        world.server.trouble = 0;
      });
    },
  },
  slow: {
    weight: 2,
    do(world) {
      world.server.slowMs = 3_500;
      return later(world, () => {
        world.server.slowMs = 0;
      });
    },
  },
  letGo: {
    weight: 3,
    do(world, one) {
      world.note(`${one.identity} is asked to stop`);
      void one.stop().then(() => one.machine.kill());
      return later(world, () => world.add(), 2_000);
    },
  },
  join: {
    weight: 2,
    do(world) {
      if (world.alive().length < 6) world.add();
      return undefined;
    },
  },
  grow: {
    weight: 1,
    do(world) {
      world.note("a cluster grows or shrinks");
      world.grow(world.chance.pick([5, 60, 300]));
      return undefined;
    },
  },
  restore: {
    weight: 1,
    do(world) {
      world.note("the server is restored");
      world.counts = "anew";
      world.server.restore();
      return "edited";
    },
  },
  delete: {
    weight: 1,
    do(world) {
      const name = pickLease(world);
      world.note(`Lease ${name} is deleted`);
      world.counts = "anew";
      world.server.put(name, undefined);
      return undefined;
    },
  },
  edit: {
    weight: 2,
    do(world) {
      const name = pickLease(world);
      const lease = structuredClone(world.server.leases.get(name));
      if (lease === undefined) return undefined;
      world.note(`Lease ${name} is edited`);
      const spec = lease["spec"] as Record<string, unknown>;
      world.chance.pick<() => void>([
        () => (spec["holderIdentity"] = "somebody"),
        () => (spec["holderIdentity"] = ""),
        () => (spec["leaseDurationSeconds"] = 1),
        () => (lease.metadata.labels = {}),
        () => (lease.metadata.annotations = { [VIEW]: "{}" }),
        () => (lease.metadata.annotations = {}),
      ])();
      world.counts = "anew";
      world.server.put(name, lease);
      return "edited";
    },
  },
};

function pickLease(world: ShardWorld): string {
  return world.chance.pick([PLACE.name, ...world.server.leases.keys()]);
}

function later(world: ShardWorld, undo: () => void, most = 12_000): undefined {
  world.time.after(200 + world.chance.below(most), undo);
}

export interface PlayedShards {
  violation: string | undefined;
  trace: string[];
  writes: number;
  /** Times that a shard changed hands. */
  terms: number;
  /** Milliseconds of virtual time from the last trouble until every shard was held. */
  settledMs: number;
}

/** Plays troubles by the seed, then quiet, then one death; the first broken rule is the violation. */
export async function playShards(seed: number): Promise<PlayedShards> {
  const world = new ShardWorld(seed);
  const { chance: c, time, trace } = world;
  for (let count = 2 + c.below(3); count > 0; count--) world.add();
  let violation: string | undefined;
  const look = (): void => {
    for (const shard of SHARDS) {
      const writers = world.writers(shard);
      if (writers.length > 1)
        violation ??= `${keyOf(shard)}: ${writers.map(({ identity }) => identity).join(" and ")} may write at once`;
    }
    violation ??= world.wrong;
    if (violation === undefined) time.after(25, look);
  };
  time.after(25, look);
  const untilSo = async (isSo: () => boolean, mostMs: number): Promise<boolean> => {
    for (const end = time.elapsed + mostMs; time.elapsed < end; ) {
      await time.pass(50);
      if (isSo()) return true;
    }
    return false;
  };
  const weights = Object.fromEntries(Object.entries(faults).map(([name, { weight }]) => [name, weight]));
  let edited: Edited;
  const strike = (): void => {
    if (time.elapsed > TROUBLED_MS) return;
    const [first, ...rest] = world.alive();
    if (first !== undefined)
      edited = faults[c.weighted(weights)]?.do(world, c.pick([first, ...rest])) ?? edited;
    time.after(100 + c.below(4_000), strike);
  };
  time.after(3_000 + c.below(9_000), strike);
  const isBroken = (): boolean => violation !== undefined;
  const done = (settledMs: number): PlayedShards => ({
    ...{ violation, trace, writes: world.writes, terms: world.terms, settledMs },
  });
  await time.until(isBroken, TROUBLED_MS + 13_000);
  if (world.alive().length === 0) world.add();
  const quietAt = time.elapsed;
  const isAllHeld = (): boolean => Object.values(world.held()).every((by) => by !== "");
  const isSettled = (): boolean => isBroken() || isAllHeld();
  if (!(await untilSo(isSettled, SETTLED_MS + (edited === undefined ? 0 : EDITED_MS))))
    violation ??= `not held so long after ${(quietAt / 1000).toFixed(3)}: ${JSON.stringify(world.held())}`;
  const settledMs = time.elapsed - quietAt;
  // Whoever has still to come back, and Leases that hands wrote into.
  await time.until(isBroken, SETTLED_MS + (edited === undefined ? 0 : EDITED_MS));
  const steady = world.held();
  await time.until(isBroken, STEADY_MS);
  const isUnmoved = JSON.stringify(world.held()) === JSON.stringify(steady);
  if (!isUnmoved)
    violation ??= `moved for no reason: ${JSON.stringify(steady)}, then ${JSON.stringify(world.held())}`;
  if (isBroken() || world.alive().length < 2) return done(settledMs);
  // What the one that dies had goes to others; what they had stays theirs, without a break.
  const dies = c.pick(world.alive() as [Replica]);
  world.note(`${dies.identity} dies for good`);
  dies.machine.kill();
  const kept = Object.entries(steady).filter(([, by]) => !by.startsWith(`${dies.identity} `));
  const isKept = (): boolean => {
    const now = world.held();
    const lost = kept.find(([key, by]) => now[key] !== by);
    if (lost !== undefined) violation ??= `${lost[0]} was ${lost[1]}'s and moved: ${now[lost[0]]}`;
    return isBroken() || isAllHeld();
  };
  if (!(await untilSo(isKept, SETTLED_MS)))
    violation ??= `not held after a death: ${JSON.stringify(world.held())}`;
  return done(settledMs);
}
