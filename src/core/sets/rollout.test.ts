import { describe, expect, test } from "bun:test";
import type { Application } from "../model/application.ts";
import type { RolloutStep } from "../model/application-set.ts";
import type { ApplicationRollout } from "../model/application-set-status.ts";
import { showProblem } from "../model/problem.ts";
import { planSet } from "./plan-set.ts";
import { rollout } from "./rollout.ts";
import { RolloutWorld } from "./testdata/rollout-world.ts";
import { app, at, byKey, child, generated, key, part, rolling, setOf, stage } from "./testdata/set-cases.ts";

const STEPS = [stage("dev"), { ...stage("test"), maxUpdate: 1 }, { ...stage("prod"), maxUpdate: "50%" }];
const APPS = [at("dev", "dev"), at("t1", "test"), at("t2", "test"), at("p1", "prod"), at("p2", "prod")];

/** `dev Pending! · t1 Waiting`: an exclamation mark where a sync is asked for. */
function frame(world: RolloutWorld): string {
  const { move } = world.pass();
  const asked = new Set(move.sync.map((each) => each.key));
  return move.applicationStatus
    .map(({ application, status }) => `${application} ${status}${asked.has(key(application)) ? "!" : ""}`)
    .join(" · ");
}

/** All are made, compared, synced and Healthy. */
function settled(steps: RolloutStep[], apps: Application[]): RolloutWorld {
  const world = new RolloutWorld(rolling(steps), apps);
  world.pass();
  for (const { metadata } of apps) {
    world.real.set(metadata.name, { deployed: world.wish(metadata.name), health: "Healthy" });
    world.compare(metadata.name);
  }
  world.pass();
  return world;
}

function committed(steps = STEPS, apps = APPS): RolloutWorld {
  const world = settled(steps, apps);
  world.nowMs += 60_000;
  world.commit();
  for (const { metadata } of apps) world.compare(metadata.name);
  return world;
}

function through(world: RolloutWorld, name: string): void {
  world.nowMs += 1_000;
  world.begin(name);
  world.end(name, "Succeeded");
  world.become(name, "Healthy");
}

const messages = (world: RolloutWorld): Record<string, string> =>
  Object.fromEntries(world.entries.map(({ application, message }) => [application, message]));

describe("rollout()", () => {
  test("goes step by step, and waits for each to be Healthy", () => {
    const world = committed();
    expect(frame(world)).toBe("dev Pending! · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)).toEqual({
      dev: "Its sync is asked for",
      t1: "Waits for step 1: argocd/dev (its sync is asked for)",
      t2: "Waits for step 1: argocd/dev (its sync is asked for)",
      p1: "Waits for step 1: argocd/dev (its sync is asked for)",
      p2: "Waits for step 1: argocd/dev (its sync is asked for)",
    });
    expect(frame(world)).toBe("dev Pending · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    world.begin("dev");
    expect(frame(world)).toStartWith("dev Progressing · t1 Waiting");
    expect(messages(world)["dev"]).toBe("Its sync is going on");
    world.end("dev", "Succeeded");
    expect(frame(world)).toStartWith("dev Progressing · t1 Waiting");
    expect(messages(world)["dev"]).toBe("It is Progressing");
    world.become("dev", "Healthy");
    expect(frame(world)).toBe("dev Healthy · t1 Pending! · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)["t2"]).toBe("Waits for its turn: step 2 has at most 1 of 2 under way at once");
    through(world, "t1");
    expect(frame(world)).toBe("dev Healthy · t1 Healthy · t2 Pending! · p1 Waiting · p2 Waiting");
    through(world, "t2");
    expect(frame(world)).toBe("dev Healthy · t1 Healthy · t2 Healthy · p1 Pending! · p2 Waiting");
    through(world, "p1");
    expect(frame(world)).toEndWith("p1 Healthy · p2 Pending!");
    through(world, "p2");
    const { move } = world.pass();
    expect(move.applicationStatus.map(({ status, step }) => `${step} ${status}`)).toEqual([
      "1 Healthy",
      "2 Healthy",
      "2 Healthy",
      "3 Healthy",
      "3 Healthy",
    ]);
    expect(move.conditions).toEqual([
      {
        type: "RolloutProgressing",
        status: "False",
        reason: "ApplicationSetRolloutComplete",
        message: "All 3 steps of the rollout are through",
      },
    ]);
  });

  test("one that fails in the middle stops all later ones, who say so, until a new commit mends it", () => {
    const world = committed();
    world.pass();
    through(world, "dev");
    world.pass();
    world.begin("t1");
    world.end("t1", "Failed");
    for (let pass = 0; pass < 3; pass += 1)
      expect(frame(world)).toBe("dev Healthy · t1 Progressing · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)).toMatchObject({
      t1: "Its sync failed: one or more objects failed",
      t2: "Waits for its turn: step 2 has at most 1 of 2 under way at once",
      p1: "Waits for step 2: argocd/t1 (its sync failed: one or more objects failed), argocd/t2 (it is to be synced)",
    });
    expect(world.pass().move.conditions).toMatchObject([
      {
        type: "RolloutProgressing",
        status: "True",
        message:
          "Step 2 of 3, 0 of 2 Healthy; the rollout waits for step 2: argocd/t1 (its sync failed: one or more objects failed), argocd/t2 (it is to be synced)",
      },
    ]);
    world.commit();
    for (const { metadata } of APPS) world.compare(metadata.name);
    expect(frame(world)).toStartWith("dev Pending! · t1 Waiting");
    through(world, "dev");
    expect(frame(world)).toStartWith("dev Healthy · t1 Pending! · t2 Waiting");
  });

  test("one that becomes Degraded after its sync holds up the later ones", () => {
    const world = committed();
    world.pass();
    world.begin("dev");
    world.end("dev", "Succeeded");
    world.become("dev", "Degraded");
    expect(frame(world)).toBe("dev Progressing · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)["t1"]).toBe("Waits for step 1: argocd/dev (it is Degraded)");
  });

  test("a person's sync of what waits counts", () => {
    const world = committed([{ ...stage("dev"), maxUpdate: 0 }, stage("test")], APPS.slice(0, 2));
    expect(frame(world)).toBe("dev Waiting · t1 Waiting");
    expect(messages(world)).toEqual({
      dev: "Step 1 syncs nothing by itself (maxUpdate is 0). Sync it by hand",
      t1: "Waits for step 1: argocd/dev (it is to be synced)",
    });
    world.ask("dev", { sync: {} });
    through(world, "dev");
    expect(frame(world)).toBe("dev Healthy · t1 Pending!");
  });

  test("a request that got lost is made again, and one that is known is not", () => {
    const world = committed();
    expect(frame(world)).toStartWith("dev Pending! ·");
    expect(frame(world)).toStartWith("dev Pending ·");
    world.lose("dev");
    expect(frame(world)).toStartWith("dev Pending! ·");
    world.begin("dev");
    world.end("dev", "Succeeded");
    expect(frame(world)).toStartWith("dev Progressing ·");
  });

  test("a commit in the middle of a sync: its end is waited for, and nobody else takes its place", () => {
    const world = committed([{ ...stage("dev"), maxUpdate: 1 }], [at("a", "dev"), at("b", "dev")]);
    expect(frame(world)).toBe("a Pending! · b Waiting");
    world.begin("a");
    world.commit();
    world.compare("a");
    world.compare("b");
    expect(frame(world)).toBe("a Waiting · b Waiting");
    expect(messages(world)["a"]).toBe("Its sync is going on");
    world.end("a", "Failed");
    expect(frame(world)).toBe("a Pending! · b Waiting");
  });

  test("a person's sync in the place of one that got lost is as good", () => {
    const world = committed();
    world.pass();
    world.lose("dev");
    world.nowMs += 1_000;
    world.ask("dev", { sync: {} });
    expect(frame(world)).toStartWith("dev Pending ·");
    world.begin("dev");
    world.end("dev", "Failed");
    expect(frame(world)).toStartWith("dev Progressing ·");
  });

  test("a sync is not asked for again before a commit was looked at", () => {
    const world = committed();
    world.pass();
    world.lose("dev");
    world.commit();
    expect(frame(world)).toStartWith("dev Pending ·");
    world.compare("dev");
    expect(frame(world)).toStartWith("dev Pending! ·");
  });

  test("an earlier sync is not taken for the one that was asked for, in the same second too", () => {
    const world = settled(STEPS, APPS);
    for (let round = 0; round < 2; round += 1) {
      world.commit();
      for (const { metadata } of APPS) world.compare(metadata.name);
      expect(frame(world)).toStartWith("dev Pending! ·");
      world.lose("dev");
      expect(frame(world)).toStartWith("dev Pending! ·");
      world.begin("dev");
      world.end("dev", "Succeeded");
      expect(frame(world)).toStartWith("dev Progressing ·");
    }
  });

  test("what was written a moment ago is not Healthy by what was seen before", () => {
    const world = settled(STEPS, APPS);
    world.wanted = world.wanted.map((one) => ({
      ...one,
      spec: { ...one.spec, source: { repoURL: "https://git.example.com/web.git", path: "new" } },
    }));
    expect(frame(world)).toBe("dev Waiting · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    // Of a later step it is known sooner that it differs.
    for (const name of ["t1", "t2", "p1", "p2"]) world.compare(name);
    expect(frame(world)).toBe("dev Waiting · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)["t1"]).toBe(
      "Waits for step 1: argocd/dev (what its spec says now was not compared yet)",
    );
    world.compare("dev");
    expect(frame(world)).toStartWith("dev Pending! · t1 Waiting");
  });

  test("the same plan is looked at again once it was carried out", () => {
    const world = settled(STEPS, APPS);
    world.wanted = world.wanted.map((one) => ({
      ...one,
      spec: { ...one.spec, source: { repoURL: "https://git.example.com/web.git", path: "new" } },
    }));
    const { plan } = world.pass();
    for (const { metadata } of APPS) world.compare(metadata.name);
    const { set, existing, entries: before, now } = world;
    const again = rollout({ set, generated: generated(...world.wanted), plan, existing, before, now });
    expect(again.sync.map((each) => each.key)).toEqual([key("dev")]);
  });

  test("a commit that an earlier step has not looked at yet is waited for, and what was Healthy stays so", () => {
    const world = settled(STEPS, APPS);
    world.commit();
    for (const name of ["t1", "t2", "p1", "p2"]) world.compare(name);
    expect(frame(world)).toBe("dev Healthy · t1 Waiting · t2 Waiting · p1 Waiting · p2 Waiting");
    expect(messages(world)["t1"]).toBe("Waits for step 1: argocd/dev (a commit is still to be looked at)");
    world.compare("dev");
    expect(frame(world)).toStartWith("dev Pending! · t1 Waiting");
  });

  test("one that is not made yet, or whose name is taken, is waited for", () => {
    const set = rolling(STEPS);
    const made = generated(...APPS);
    const t1 = child({ ...APPS[1], status: differing(APPS[1] as Application) } as Application);
    for (const [existing, why] of [
      [byKey([t1]), "it is not made yet"],
      [byKey([t1, child(app("dev"), { ownedBy: undefined })]), "somebody else's application has its name"],
    ] as const) {
      const plan = planSet({ set, generated: made, existing, budget: { percent: 100, count: 100 } });
      const { applicationStatus, sync } = rollout({
        set,
        generated: made,
        plan,
        existing,
        before: [],
        now: NOW,
      });
      expect(sync).toEqual([]);
      expect(applicationStatus).toMatchObject([
        { application: "t1", status: "Waiting", message: `Waits for step 1: argocd/dev (${why})` },
      ]);
    }
  });

  test("where the set was generated in part, what is there keeps its place", () => {
    const set = rolling(STEPS);
    const [dev, t1] = APPS as [Application, Application];
    const made = part(generated(t1));
    const existing = byKey([dev, t1].map((one) => child({ ...one, status: differing(one) })));
    const plan = planSet({ set, generated: made, existing, budget: { percent: 100, count: 100 } });
    const move = rollout({ set, generated: made, plan, existing, before: [], now: NOW });
    expect(move.sync.map((each) => each.key)).toEqual([key("dev")]);
  });

  test.each<{ what: string; change: (app: Application) => Application; why: string }>([
    {
      what: "is paused",
      change: (one) => ({
        ...one,
        metadata: { ...one.metadata, annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
      }),
      why: "it is paused by its annotation argocd.argoproj.io/skip-reconcile",
    },
    {
      what: "has a spec that cannot be obeyed",
      change: (one) => ({
        ...one,
        status: { ...differing(one), conditions: [{ type: "InvalidSpecError", message: "no such cluster" }] },
      }),
      why: "no such cluster",
    },
    {
      what: "cannot be compared",
      change: (one) => ({
        ...one,
        status: {
          ...differing(one),
          sync: { ...differing(one).sync, status: "Unknown" },
          conditions: [{ type: "ComparisonError", message: "Git did not answer" }],
        },
      }),
      why: "Git did not answer",
    },
  ])("one that $what is not synced, takes no place, and is named", ({ change, why }) => {
    const set = rolling([{ ...stage("dev"), maxUpdate: 1 }, stage("test")]);
    const apps = [at("a", "dev"), at("b", "dev"), at("c", "test")];
    const made = generated(...apps);
    const [a, ...rest] = apps.map((one) => ({ ...one, status: differing(one) }));
    const existing = byKey([child(change(a as Application)), ...rest.map((one) => child(one))]);
    const plan = planSet({ set, generated: made, existing, budget: { percent: 100, count: 100 } });
    const move = rollout({ set, generated: made, plan, existing, before: [], now: NOW });
    expect(move.sync.map((each) => each.key)).toEqual([key("b")]);
    expect(move.applicationStatus[2]?.message).toBe(
      `Waits for step 1: argocd/a (${why}), argocd/b (its sync is asked for)`,
    );
  });

  test("what no step selects is never synced, and what two select is the first one's", () => {
    const world = committed([stage("dev")], [at("dev", "dev"), at("x", "other")]);
    const { move } = world.pass();
    expect(move.sync.map((each) => each.key)).toEqual([key("dev")]);
    expect(move.applicationStatus[1]).toMatchObject({
      application: "x",
      step: "-1",
      status: "Waiting",
      message: "No step of the rollout selects it, so the rollout never syncs it",
    });
    expect(move.problems.map(showProblem)).toEqual([
      "ApplicationSet argocd/web: spec.strategy.rollingSync.steps: no step selects x, so that the rollout never syncs what it says of it. Add a step that does; one without matchExpressions selects all",
    ]);
    const both = committed([stage("dev"), {}], [at("dev", "dev"), at("x", "other")]).pass().move;
    expect(both.applicationStatus.map(({ step }) => step)).toEqual(["1", "2"]);
    expect(both.conditions[1]).toMatchObject({
      type: "InvalidRolloutConfig",
      status: "True",
      message:
        "spec.strategy.rollingSync.steps: steps 1 and 2 select dev: step 1 has it. Write expressions that hold for one step alone",
    });
  });

  test("drift of what was synced is not healed, and a spec that changed unseen is rolled out", () => {
    const deployed = (path: string) => ({
      id: 1,
      deployedAt: NOW,
      source: { ...at("a", "dev").spec.source, path },
    });
    const move = (path: string) => {
      const one = at("a", "dev");
      const status = { ...differing(one), history: [deployed(path)] } as Application["status"];
      const existing = byKey([child({ ...one, status } as Application)]);
      const set = rolling([stage("dev")]);
      const made = generated(at("a", "dev"));
      const plan = planSet({ set, generated: made, existing, budget: { percent: 100, count: 100 } });
      const before: ApplicationRollout[] = [
        { application: "a", status: "Healthy", step: "1", targetRevisions: ["r"], message: "" },
      ];
      return rollout({
        set,
        generated: made,
        plan,
        existing,
        before,
        now: NOW,
      });
    };
    expect(move("a").applicationStatus[0]).toMatchObject({
      status: "Healthy",
      message: "Was Synced and Healthy",
    });
    expect(move("other").applicationStatus[0]).toMatchObject({ status: "Pending" });
  });

  test("the sync is the one that an automated sync would be", () => {
    const one = app("a", {
      metadata: { labels: { stage: "dev" } },
      spec: {
        syncPolicy: { automated: { prune: true }, syncOptions: ["Validate=false"], retry: { limit: 2 } },
      },
    });
    expect(committed([stage("dev")], [one]).pass().move.sync).toEqual([
      {
        key: key("a"),
        operation: {
          initiatedBy: { username: "applicationset-controller", automated: true },
          info: [
            { name: "Reason", value: "Step 1 of the rollout of ApplicationSet argocd/web" },
            { name: "Rollout", value: "asked for at 2026-01-01T00:01:00Z" },
          ],
          sync: { prune: true, syncOptions: ["Validate=false"] },
          retry: { limit: 2 },
        },
      },
    ]);
    const disabled = app("a", {
      metadata: { labels: { stage: "dev" } },
      spec: { syncPolicy: { automated: { prune: true, enabled: false } } },
    });
    expect(committed([stage("dev")], [disabled]).pass().move.sync[0]?.operation.sync).toEqual({});
    const plain = committed([stage("dev")], [at("a", "dev")]).pass().move.sync[0]?.operation;
    expect(plain).toMatchObject({ sync: {}, retry: { limit: 5 } });
    expect(plain?.sync).not.toHaveProperty("prune");
  });

  test("times move with status and target alone", () => {
    const world = committed();
    world.pass();
    const before = world.entries.map(({ lastTransitionTime }) => lastTransitionTime);
    world.nowMs += 60_000;
    world.pass();
    expect(world.entries.map(({ lastTransitionTime }) => lastTransitionTime)).toEqual(before);
    through(world, "dev");
    world.pass();
    expect(world.entries.map(({ lastTransitionTime }) => lastTransitionTime === world.now)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  test("without a rollout there is nothing to say", () => {
    const set = setOf();
    const made = generated(at("a", "dev"));
    const plan = planSet({ set, generated: made, existing: byKey([]), budget: { percent: 1, count: 1 } });
    expect(rollout({ set, generated: made, plan, existing: byKey([]), before: [], now: NOW })).toEqual({
      applicationStatus: [],
      sync: [],
      conditions: [],
      problems: [],
    });
  });
});

const NOW = "2026-01-01T00:00:00Z";

function differing(one: Application): NonNullable<Application["status"]> {
  const { source, destination } = one.spec;
  return {
    sync: {
      status: "OutOfSync",
      comparedTo: { ...(source === undefined ? {} : { source }), destination },
      revision: "r",
    },
    health: { status: "Healthy" },
  };
}
