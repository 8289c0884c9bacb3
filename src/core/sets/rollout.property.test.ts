import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Application } from "../model/application.ts";
import type { RolloutStep } from "../model/application-set.ts";
import { mostAtOnce, stepOf } from "./rollout-steps.ts";
import { RolloutWorld } from "./testdata/rollout-world.ts";
import { at, rolling, stage } from "./testdata/set-cases.ts";

describe("any rollout", () => {
  const MOVES = [
    "pass",
    "pass",
    "pass",
    "compare",
    "compare",
    "begin",
    "begin",
    "succeed",
    "succeed",
    "fail",
    "heal",
    "heal",
    "degrade",
    "lose",
    "commit",
    "push",
    "template",
    "tick",
    "person",
    "vanish",
  ] as const;
  const script = fc.record({
    steps: fc.array(fc.constantFrom<RolloutStep["maxUpdate"] | "all">("all", 0, 1, 2, "1%", "50%", "100%"), {
      minLength: 1,
      maxLength: 4,
    }),
    apps: fc.array(fc.nat(4), { minLength: 1, maxLength: 9 }),
    moves: fc.array(fc.tuple(fc.constantFrom(...MOVES), fc.nat(8)), { maxLength: 120 }),
  });

  function worldOf({
    steps,
    apps,
  }: {
    steps: (RolloutStep["maxUpdate"] | "all")[];
    apps: number[];
  }): RolloutWorld {
    const written = steps.map(
      (maxUpdate, index): RolloutStep => ({
        ...stage(`s${index}`),
        ...(maxUpdate === "all" || maxUpdate === undefined ? {} : { maxUpdate }),
      }),
    );
    return new RolloutWorld(
      rolling(written),
      apps.map((step, index) => at(`a${index}`, `s${step}`)),
    );
  }

  function checkedPass(world: RolloutWorld): void {
    const pendingBefore = new Set(
      world.entries.filter(({ status }) => status === "Pending").map(({ application }) => application),
    );
    const thereBefore = new Set(
      world.wanted.filter((one) => world.isThere(one)).map(({ metadata }) => metadata.name),
    );
    const { move } = world.pass();
    const steps = world.set.spec.strategy?.rollingSync?.steps ?? [];
    for (const { key: asked } of move.sync) {
      const name = asked.split("/")[1] as string;
      const one = world.wanted.find(({ metadata }) => metadata.name === name) as Application;
      const step = stepOf(world.set, one);
      expect(step).toBeDefined();
      const ofStep = (index: number) => world.wanted.filter((other) => stepOf(world.set, other) === index);
      // Never a later step before the earlier ones are really there, of what Git wants now.
      for (let earlier = 0; earlier < (step as number); earlier += 1)
        for (const other of ofStep(earlier))
          expect([name, thereBefore.has(other.metadata.name)]).toEqual([name, true]);
      // Never more than maxUpdate, in what is said and in what is done.
      const all = ofStep(step as number);
      const most = mostAtOnce(steps[step as number] as RolloutStep, all.length);
      const busy = all.filter(
        ({ metadata }) => world.children.has(metadata.name) && world.isBusy(metadata.name),
      );
      expect(busy.length).toBeLessThanOrEqual(Math.max(most, 0) + persons(world, all));
      const isNew = !pendingBefore.has(name);
      const underWay = move.applicationStatus.filter(
        ({ step: of, status }) =>
          of === `${(step as number) + 1}` && (status === "Pending" || status === "Progressing"),
      );
      if (isNew) expect(underWay.length).toBeLessThanOrEqual(most);
    }
    expect(move.sync.length).toBe(new Set(move.sync.map((each) => each.key)).size);
  }

  /** Syncs that people asked for are theirs. */
  function persons(world: RolloutWorld, all: Application[]): number {
    return all.filter(({ metadata }) => {
      const child = world.children.get(metadata.name)?.app;
      const operation = child?.operation ?? child?.status?.operationState?.operation;
      return operation !== undefined && operation.initiatedBy === undefined;
    }).length;
  }

  function play(world: RolloutWorld, move: (typeof MOVES)[number], index: number): void {
    if (move === "pass") return checkedPass(world);
    if (move === "tick") world.nowMs += 1_000;
    if (move === "commit") return world.commit();
    if (move === "push") {
      world.commit();
      for (const name of world.children.keys()) world.compare(name);
      return;
    }
    const one = world.wanted[index % world.wanted.length] as Application;
    const { name } = one.metadata;
    if (move === "template")
      world.wanted = world.wanted.map((other) =>
        other === one || index % 2 === 0
          ? { ...other, spec: { ...other.spec, source: { repoURL: "https://a", path: `p${index}` } } }
          : other,
      );
    if (!world.children.has(name)) return;
    if (move === "compare") world.compare(name);
    if (move === "begin") world.begin(name);
    if (move === "succeed") world.end(name, "Succeeded");
    if (move === "fail") world.end(name, "Failed");
    if (move === "heal") world.become(name, "Healthy");
    if (move === "degrade") world.become(name, "Degraded");
    if (move === "lose") world.lose(name);
    if (move === "person" && !world.isBusy(name)) world.ask(name, { sync: {} });
    if (move === "vanish") world.children.delete(name);
  }

  test("syncs no later step before the earlier ones are there, and no more than maxUpdate at once", () => {
    fc.assert(
      fc.property(script, ({ moves, ...given }) => {
        const world = worldOf(given);
        for (const [move, index] of moves) play(world, move, index);
      }),
      { numRuns: 1_200, seed: 7 },
    );
  });

  test("comes to its end once nothing fails any more, but for what nobody syncs", () => {
    fc.assert(
      fc.property(script, ({ moves, ...given }) => {
        const world = worldOf({ ...given, steps: given.steps.map((most) => (most === 0 ? 1 : most)) });
        for (const [move, index] of moves) play(world, move, index);
        // What failed or is ill is the next commit's to mend.
        world.nowMs += 60_000;
        world.commit();
        for (let round = 0; round < 60; round += 1) {
          world.nowMs += 1_000;
          checkedPass(world);
          for (const name of world.children.keys()) {
            world.begin(name);
            world.end(name, "Succeeded");
            world.become(name, "Healthy");
          }
        }
        const { plan, move } = world.pass();
        expect(plan.steps.every((step) => step.do === "nothing")).toBe(true);
        const open = move.applicationStatus.filter(
          ({ status, step }) => status !== "Healthy" && step !== "-1",
        );
        expect(open).toEqual([]);
        expect(move.sync).toEqual([]);
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});
