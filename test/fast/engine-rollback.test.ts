/** History, and the way back: its plan, by hand, and where it is refused. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { memoryStore } from "../fakes/memory-store.ts";
import { endingOf, rejectionOf } from "../lib/ending-of.ts";
import { appOf, HOME, isQuiet, type Repository, type Rig } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { deliver, deployed, holding, keyOf, planOf, rollback, rollbackStage } from "../lib/rollback-stage.ts";

const on = rollbackStage();
const { startRig, valueIn } = on;

describe("history", () => {
  test("tells of each deployment what brought it about, who and why", async () => {
    const rig = await startRig();
    const { commits } = await deployed(rig, "told", ["one", "two"]);
    await rollback(rig, "told", 0, { reason: "two is broken" });
    expect(rig.app("told").status?.history).toMatchObject([
      { id: 0, revision: commits[0], cause: "automated", initiatedBy: { automated: true } },
      { id: 1, revision: commits[1], cause: "automated" },
      {
        id: 2,
        revision: commits[0],
        cause: "rollback to 0",
        reason: "two is broken",
        initiatedBy: { username: "ann" },
        source: { repoURL: expect.any(String) },
      },
    ]);
    const [run] = rig.control.runs({ app: keyOf("told"), limit: 1 });
    expect(run).toMatchObject({ cause: "rollback", state: { phase: "Succeeded" } });
    const deeds = rig.control.audits({ app: keyOf("told"), limit: 10 });
    expect(deeds.find(({ action }) => action === "sync")).toMatchObject({
      reason: "two is broken",
      details: { rollback: 0 },
    });
    expect(deeds.map(({ action }) => action)).toContain("hold");
  });
});

describe("the plan of a rollback", () => {
  test("holds what was deployed then against what is there, and writes nothing", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "plan", ["one", "two"]);
    await deliver(rig, "plan", repository, {
      ...holding("plan", "three"),
      "new.yaml": configMap("plan", "new", { value: "x" }),
    });
    await deliver(rig, "plan", repository, { "other.yaml": configMap("plan", "other") });
    const before = rig.requests.length;
    const plan = await planOf(rig, "plan", 0);
    expect(
      plan.resources.map(({ ref, target, modified, fields }) => [
        ref.name,
        target === undefined ? "pruned" : modified ? "changed" : "same",
        fields.map(({ path, live, desired }) => [path, live, desired]),
      ]),
    ).toEqual([
      ["it", "changed", [["data.value", "three", "one"]]],
      ["new", "pruned", []],
      ["other", "pruned", []],
    ]);
    expect(plan).toMatchObject({ then: "held", sources: "as-written", deployment: { id: 0 } });
    const writes = rig.requests
      .slice(before)
      .filter(({ verb }) => !/dry-run|get|list|watch|discover/.test(verb));
    expect(writes).toEqual([]);
    // Nothing of what is followed now went out of sight by looking at what was then.
    expect(rig.app("plan").status?.sync.status).toBe("Synced");
    await on.world.must("DELETE", configMapPath("plan", "new"));
    await eventually("it is healed", () => on.world.hasConfigMap("plan", "new"));
  });

  test("says which deletions a guard would stop", async () => {
    const rig = await startRig();
    const { repository } = await deployed(rig, "guarded", ["one"]);
    await deliver(
      rig,
      "guarded",
      repository,
      Object.fromEntries(
        Array.from({ length: 7 }, (_, at) => [`m${at}.yaml`, configMap("guarded", `m${at}`)]),
      ),
    );
    const { refusals } = await planOf(rig, "guarded", 0);
    expect(refusals).toHaveLength(7);
    expect(refusals[0]?.text).toContain("7 of 8 objects");
  });
});

describe("a rollback of an application that is synced by hand", () => {
  const MANUAL = { spec: { syncPolicy: {} } } as const;

  async function byHand(rig: Rig, name: string, values: readonly string[]): Promise<Repository> {
    const [first = "", ...rest] = values;
    const repository = await rig.placeNew(name, holding(name, first), MANUAL);
    await rig.until(name, (app) => app.status !== undefined);
    await rig.sync(name);
    for (const value of rest) {
      await repository.commit(holding(name, value));
      await rig.sync(name);
    }
    return repository;
  }

  test("is a sync to that entry, and holds nothing", async () => {
    const rig = await startRig();
    await byHand(rig, "by-hand", ["one", "two"]);
    expect(await rollback(rig, "by-hand", 0)).toMatchObject({ is: "written" });
    expect(await valueIn("by-hand")).toBe("one");
    expect(rig.app("by-hand").status).toMatchObject({ sync: { status: "OutOfSync" } });
    expect(rig.app("by-hand").status?.hold).toBeUndefined();
    expect(await rig.sync("by-hand")).toMatchObject({ phase: "Succeeded" });
    expect(await valueIn("by-hand")).toBe("two");
  });

  test("takes the source as it was then, not as it is written today", async () => {
    const rig = await startRig();
    const repository = await byHand(rig, "moved", ["one"]);
    await repository.commit({
      "it.yaml": null,
      "elsewhere/it.yaml": configMap("moved", "it", { value: "two" }),
    });
    rig.place(appOf({ name: "moved", repository, path: "elsewhere", ...MANUAL }));
    await rig.refresh("moved");
    await rig.sync("moved");
    expect(await valueIn("moved")).toBe("two");
    expect(await planOf(rig, "moved", 0)).toMatchObject({ sources: "of-that-time", then: "left" });
    await rollback(rig, "moved", 0);
    expect(await valueIn("moved")).toBe("one");
    expect(rig.app("moved").status?.history?.at(-1)).toMatchObject({ source: { path: "." } });
  });
});

describe("what cannot be gone back to", () => {
  test("an entry that is not there, with those that are", async () => {
    const rig = await startRig();
    await deployed(rig, "none", ["one", "two"]);
    expect(await rollback(rig, "none", 9)).toMatchObject({
      is: "invalid",
      problems: [{ text: expect.stringContaining("no deployment 9"), fix: expect.stringContaining("0, 1") }],
    });
    expect(await rejectionOf(planOf(rig, "none", 9))).toMatchObject({
      code: "not-found",
      why: "there is no deployment 9 in its history",
    });
    expect(
      (await rig.control.rollback(keyOf("nobody"), { deployment: 0, until: "lifted", actor: "x" })).is,
    ).toBe("absent");
  });

  test("a repository that the project permits no more", async () => {
    const rig = await startRig();
    const team = (sourceRepos: string[]): void => {
      const metadata = { name: "team", namespace: HOME };
      const spec = { sourceRepos, destinations: [{ server: "*", namespace: "*" }] };
      const project = { apiVersion: "argoproj.io/v1alpha1", kind: "AppProject", metadata, spec } as const;
      rig.folder.projects = [{ project, file: "team.yaml", line: 1 }];
      rig.read();
    };
    team(["*"]);
    await deployed(rig, "team", ["one"], { spec: { project: "team" } });
    const repository = await on.world.repository("team-new", holding("team", "two"));
    rig.place(appOf({ name: "team", repository, spec: { project: "team" } }));
    await rig.until("team", (app) => (app.status?.history ?? []).length === 2 && isQuiet(app));
    team([repository.url]);
    await rig.untilSettled("team");
    expect(await endingOf(rollback(rig, "team", 0))).toThrow(/is not permitted/);
    expect(rig.app("team").status?.hold).toBeUndefined();
    expect(await valueIn("team")).toBe("two");
  });

  test("a commit that is gone: nothing is held, nothing is written", async () => {
    const rig = await startRig();
    await deployed(rig, "lost", ["one", "two"]);
    const state = rig.store.states().find(({ key }) => key === keyOf("lost"));
    expect(state?.status?.history).toHaveLength(2);
    const store = memoryStore();
    const history = (state?.status?.history ?? []).map((entry) => ({
      ...entry,
      revision: "0123456789012345678901234567890123456789",
    }));
    if (state?.status === undefined) throw new Error("it was not looked at");
    store.putStates([{ ...state, status: { ...state.status, history } }]);
    await rig.stop();
    const later = await startRig({ store, folder: rig.folder });
    await later.until("lost", (app) => app.status?.sync.status === "Synced" && isQuiet(app));
    expect(
      await endingOf(
        later.control.rollback(keyOf("lost"), { deployment: 0, until: "lifted", actor: "user:ann" }),
      ),
    ).toThrow(/0123456789/);
    expect(later.app("lost").status?.hold).toBeUndefined();
    expect(await valueIn("lost")).toBe("two");
  });

  test("two at once: the second is refused, and so is one while an operation runs", async () => {
    const rig = await startRig();
    await deployed(rig, "twice", ["one", "two", "three"]);
    const both = await Promise.all([
      rig.control.rollback(keyOf("twice"), { deployment: 0, until: "lifted", actor: "user:ann" }),
      rig.control.rollback(keyOf("twice"), { deployment: 1, until: "lifted", actor: "user:ben" }),
    ]);
    expect(both.map(({ is }) => is).sort()).toEqual(["conflict", "written"]);
    const won = both[0]?.is === "written" ? 0 : 1;
    await rig.until("twice", isQuiet);
    await rig.untilIdle();
    expect(rig.app("twice").status?.hold).toMatchObject({ deployment: won });
    expect(await valueIn("twice")).toBe(won === 0 ? "one" : "two");
  });
});
