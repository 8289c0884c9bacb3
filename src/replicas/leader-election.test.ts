/** What a leader may and may not, and elections under troubles by seed, in virtual time. */
import { describe, expect, test } from "bun:test";
import { type Replica, World } from "../../test/replicas/lease-world.ts";
import { playElection } from "../../test/replicas/play-election.ts";
import { ELECTION } from "../core/replicas/election-settings.ts";
import type { Fence } from "./fence.ts";

const SEEDS = Array.from({ length: 60 }, (_, at) => at + 1);

function fenceOf({ election }: Replica): Fence {
  const fence = election.fence();
  if (fence === undefined) throw new Error(`it is ${election.standing.is}`);
  return fence;
}

async function led(): Promise<{ world: World; leader: Replica; other: Replica }> {
  const world = new World(7, ELECTION);
  world.add();
  world.add();
  await world.time.pass(6_000);
  const [leader] = world.writers();
  const other = world.replicas.find((one) => one !== leader);
  if (leader === undefined || other === undefined) throw new Error("nobody leads");
  return { world, leader, other };
}

describe("LeaderElection", () => {
  test("no two write at once under any seed, and one leads afterwards", async () => {
    let epochs = 0;
    for (const seed of SEEDS) {
      const played = await playElection(seed);
      expect([seed, played.violation, played.violation === undefined ? [] : played.trace.slice(-40)]).toEqual(
        [...[seed, undefined, []]],
      );
      epochs += played.epochs;
    }
    // Otherwise nothing was changed by the troubles.
    expect(epochs).toBeGreaterThan(SEEDS.length * 3);
  });

  test("cuts what is under way at its deadline, before anybody else may lead, and says why", async () => {
    const { world, leader, other } = await led();
    const fence = fenceOf(leader);
    expect([fence.mayWrite(), fence.signal.aborted]).toEqual([undefined, false]);
    leader.machine.parted = "parted";
    await world.time.until(() => fence.signal.aborted, 10_000);
    expect(other.election.standing.is).toBe("follower");
    expect(String(fence.signal.reason)).toContain("its Lease was not renewed in time");
    expect(fence.mayWrite()?.message).toBe(
      "Lease holdfast/holdfast: cannot write to clusters: its Lease was not renewed in time",
    );
  });

  test("lets nothing through an old fence when it leads again", async () => {
    const { world, leader, other } = await led();
    const fence = fenceOf(leader);
    other.kill();
    leader.machine.parted = "parted";
    await world.time.pass(3_500);
    leader.machine.parted = "no";
    await world.time.until(() => leader.mayWrite() !== undefined, 15_000);
    expect(fenceOf(leader).epoch).toBe(fence.epoch + 1);
    expect([fenceOf(leader).mayWrite(), fence.mayWrite()?.code]).toEqual([undefined, "not-ready"]);
  });

  test("hands over when its writes are over, and begins none meanwhile", async () => {
    const { world, leader, other } = await led();
    const fence = fenceOf(leader);
    const writes = Promise.withResolvers<void>();
    const stopped = leader.election.stop(writes.promise);
    await world.time.pass(6_000);
    // Longer than its deadline: it renews while it waits.
    expect([fence.mayWrite()?.why, fence.signal.aborted]).toEqual(["it is stopping", false]);
    expect(other.election.standing.is).toBe("follower");
    writes.resolve();
    await world.time.until(() => other.mayWrite() !== undefined, 1_000);
    expect(other.mayWrite()).toBe(fence.epoch + 1);
    await stopped;
    expect([leader.election.standing.is, fence.signal.aborted]).toEqual(["released", true]);
  });

  test("does not hand over what may still arrive", async () => {
    const { world, leader, other } = await led();
    const stopped = leader.election.stop(Promise.reject(new Error("a write has no answer")));
    await world.time.pass(2_000);
    await stopped;
    expect(world.server.lease?.["spec"]).toMatchObject({ holderIdentity: leader.identity });
    expect(await world.time.until(() => other.mayWrite() !== undefined, 1_000)).toBe(false);
    expect(await world.time.until(() => other.mayWrite() !== undefined, 5_000)).toBe(true);
  });

  test("that is asked to stop again goes on stopping, whatever becomes of the second one's writes", async () => {
    const { world, leader, other } = await led();
    const writes = Promise.withResolvers<void>();
    const stopped = [
      leader.election.stop(writes.promise),
      leader.election.stop(Promise.reject(new Error("a write has no answer"))),
    ];
    await world.time.pass(1_000);
    expect(other.election.standing.is).toBe("follower");
    writes.resolve();
    await world.time.until(() => other.mayWrite() !== undefined, 1_000);
    await Promise.all(stopped);
    expect(leader.election.standing.is).toBe("released");
  });

  test("has itself watched while it leads, for half the slack beyond its deadline", async () => {
    const { world, leader } = await led();
    expect(leader.watched).toBeGreaterThan(ELECTION.renewDeadlineMs);
    expect(leader.watched).toBeLessThanOrEqual(ELECTION.renewDeadlineMs + ELECTION.slackMs / 2);
    leader.machine.parted = "parted";
    await world.time.pass(4_000);
    expect([leader.election.standing.is, leader.watched]).toEqual(["lost", undefined]);
  });

  test("says who leads, and asks for nothing while somebody does", async () => {
    const { world, leader, other } = await led();
    expect(other.election.holder()?.identity).toBe(leader.identity);
    const before = world.server.requests.get(other.identity);
    await world.time.pass(60_000);
    expect(world.server.requests.get(other.identity)).toBe(before);
  });
});
