import { ELECTION, type ElectionSettings } from "../../src/core/replicas/election-settings.ts";
import { HANDED_OVER } from "../../src/core/replicas/lease.ts";
import { type Replica, World } from "./lease-world.ts";

const TROUBLED_MS = 40_000;
/** Requests that hang, the pause after them, what a Lease lasts, and the way of the last requests. */
const SETTLED_MS = 11_000;
/** What somebody wrote into the Lease by hand may hold it for a minute, seen late for two. */
const EDITED_MS = 125_000;
const STEADY_MS = 15_000;

export interface PlayedElection {
  violation: string | undefined;
  trace: string[];
  /** That led. */
  epochs: number;
  writes: number;
}

interface Fault {
  weight: number;
  /** @returns that the Lease may be held by words of somebody's */
  do(world: World, one: Replica): "edited" | undefined;
}

const HOUR_MS = 3_600_000;
const later = (world: World, undo: () => void, most = 12_000): undefined => {
  world.time.after(200 + world.chance.below(most), undo);
};

const faults: Record<string, Fault> = {
  kill: {
    weight: 3,
    do(world, one) {
      one.kill();
      later(world, () => world.add(), 3_000);
      return undefined;
    },
  },
  stop: {
    weight: 4,
    do(world, one) {
      one.stop(world.chance.happens(50) ? "process" : "machine");
      return later(world, () => one.goOn());
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
      if (one.machine.stopped === "machine" && one.kernel === "knows nothing") return undefined;
      one.machine.wallOffsetMs += world.chance.pick([HOUR_MS, -HOUR_MS, 2_500, -2_500]);
      world.note(`${one.identity}: its clock is set`);
      return undefined;
    },
  },
  trouble: {
    weight: 4,
    do(world) {
      world.trouble = 10 + world.chance.below(50);
      return later(world, () => {
        world.trouble = 0;
      });
    },
  },
  slow: {
    weight: 3,
    do(world) {
      world.server.slowMs = 3_500;
      return later(world, () => {
        world.server.slowMs = 0;
      });
    },
  },
  mood: {
    weight: 3,
    do(world) {
      world.server.moody = world.chance.pick(["429", "500", "409"]);
      return later(world, () => {
        world.server.moody = "no";
      });
    },
  },
  letGo: {
    weight: 2,
    do(world, one) {
      world.note(`${one.identity} is asked to stop`);
      void one.election.stop(one.writesOver()).then(() => one.kill());
      later(world, () => world.add(), 2_000);
      return undefined;
    },
  },
  restore: {
    weight: 1,
    do(world) {
      world.server.restore();
      return "edited";
    },
  },
  delete: {
    weight: 1,
    do(world) {
      world.note("the Lease is deleted");
      world.server.put(undefined);
      return undefined;
    },
  },
  edit: {
    weight: 2,
    do(world) {
      const edited = world.chance.pick<Record<string, unknown>>([
        { holderIdentity: "somebody" },
        { holderIdentity: "" },
        { leaseDurationSeconds: -5 },
        { leaseDurationSeconds: 2_000_000_000 },
        { leaseTransitions: -1, renewTime: "never" },
        { renewTime: "2001-01-01T00:00:00.000000Z", acquireTime: "2099-01-01T00:00:00.000000Z" },
      ]);
      world.note(`the Lease is edited: ${JSON.stringify(edited)}`);
      world.server.edit((lease) => {
        Object.assign(lease["spec"] as object, edited);
        if ("leaseTransitions" in edited) world.server.counts = "anew";
        lease.metadata.labels = { team: String(world.chance.below(10)) };
      });
      return "edited";
    },
  },
  staleMark: {
    weight: 1,
    do(world) {
      world.note("the Lease is emptied under an old mark");
      world.server.edit((lease) => {
        const spec = lease["spec"] as Record<string, unknown>;
        spec["holderIdentity"] = "";
        lease.metadata.annotations = { [HANDED_OVER]: String(Number(spec["leaseTransitions"]) - 1) };
      });
      return "edited";
    },
  },
};

/** Plays troubles by the seed, then quiet; the first broken rule is the violation. */
export async function playElection(
  seed: number,
  settings: ElectionSettings = ELECTION,
): Promise<PlayedElection> {
  const world = new World(seed, settings);
  const { chance: c, time } = world;
  for (let count = 2 + c.below(3); count > 0; count--) world.add();
  let violation: string | undefined;
  let edited: "edited" | undefined;
  const look = (): void => {
    const writers = world.writers();
    if (writers.length > 1)
      violation ??= `${writers.map(({ identity }) => identity).join(" and ")} may write at once`;
    violation ??= world.wrong;
    if (violation === undefined) time.after(25, look);
  };
  time.after(25, look);
  const weights = Object.fromEntries(Object.entries(faults).map(([name, { weight }]) => [name, weight]));
  const strike = (): void => {
    if (time.elapsed > TROUBLED_MS) return;
    const alive = world.replicas.filter((one) => one.alive === "alive");
    const [first, ...rest] = alive;
    if (first !== undefined) {
      // Whoever leads is struck most.
      const leader = alive.find((one) => one.mayWrite() !== undefined);
      const one = leader !== undefined && c.happens(60) ? leader : c.pick([first, ...rest]);
      edited = faults[c.weighted(weights)]?.do(world, one) ?? edited;
    }
    time.after(100 + c.below(4_000), strike);
  };
  time.after(c.below(6_000), strike);
  await time.until(() => violation !== undefined, TROUBLED_MS + 13_000);
  const at = time.elapsed;
  await time.until(() => violation !== undefined, SETTLED_MS + (edited === undefined ? 0 : EDITED_MS));
  const leaders = (): string =>
    world
      .writers()
      .map(({ identity, election }) => `${identity} ${election.fence()?.epoch}`)
      .join(", ");
  const chosen = leaders();
  if (chosen === "") violation ??= `nobody leads so long after ${(at / 1000).toFixed(3)}`;
  await time.until(() => violation !== undefined, STEADY_MS);
  if (leaders() !== chosen) violation ??= `${chosen} led, and now ${leaders()}, for no reason`;
  return {
    violation,
    trace: world.trace,
    epochs: world.epochs,
    writes: world.writes,
  };
}
