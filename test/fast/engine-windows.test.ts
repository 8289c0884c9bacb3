/** Sync windows: what waits for one says so and begins when it opens; nothing is written while it is closed. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, appKey } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import type { SyncWindow } from "../../src/core/model/sync-window.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  HOME,
  type Repository,
  type Rig,
  type RigOptions,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

/** Tomorrow, so that no pause that began before is still to come. */
const DAY = new Date(Date.now() + 86_400_000).toISOString().slice(0, 10);
const at = (time: string): number => Date.parse(`${DAY}T${time}Z`);
const FREEZE: SyncWindow = {
  kind: "deny",
  schedule: "0 10 * * *",
  duration: "1h",
  applications: ["*"],
  description: "freeze",
};
const OPEN = "09:30:00",
  CLOSED = "10:30:00";
const SAID = `the deny window "freeze" (0 10 * * * for 1h, UTC) of project team forbids it until ${DAY}T11:00:00Z`;

const setTo = (rig: Rig, time: string): void => rig.clock.set(at(time) - rig.clock.now());
const key = (name: string) => appKey(HOME, name);
const has = (app: string, name: string): Promise<boolean> => world.hasConfigMap(app, name);
const dataOf = async (app: string, name = "a"): Promise<unknown> =>
  (await world.find(configMapPath(app, name)))?.data?.key;
const waits = (rig: Rig, name: string): Promise<unknown> =>
  rig.until(name, () => conditions(rig.app(name), "SyncWindowWarning").length > 0);

function writeProject(rig: Rig, syncWindows: SyncWindow[]): void {
  rig.folder.projects = [
    {
      project: {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "AppProject",
        metadata: { name: "team", namespace: HOME },
        spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace: "*" }], syncWindows },
      },
      file: "apps/team.yaml",
      line: 1,
    },
  ];
  rig.read();
}

/** Synced, at a time when the window is open. */
async function settled(
  name: string,
  windows: SyncWindow[],
  { policy = AUTOMATED as object, ...options }: RigOptions & { policy?: object } = {},
): Promise<{ rig: Rig; repository: Repository }> {
  const rig = await start(options);
  setTo(rig, OPEN);
  writeProject(rig, windows);
  const files = { "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") };
  const repository = await rig.placeNew(name, files, { spec: { project: "team", syncPolicy: policy } });
  if (policy === AUTOMATED) await rig.untilSettled(name);
  else await rig.until(name, ({ status }) => status?.sync.status === "OutOfSync");
  return { rig, repository };
}

describe("while a deny window is open", () => {
  test("a commit waits and says for what, prunes nothing, and begins by itself when it closes", async () => {
    const name = "win-commit";
    const { rig, repository } = await settled(name, [FREEZE]);
    setTo(rig, CLOSED);
    await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }), "b.yaml": null });
    await rig.refresh(name);
    await waits(rig, name);
    await rig.untilIdle();
    expect(conditions(rig.app(name), "SyncWindowWarning")).toEqual([`What is to be synced waits: ${SAID}`]);
    expect([await dataOf(name), await has(name, "b")]).toEqual(["value", true]);
    expect(rig.app(name).status?.sync.status).toBe("OutOfSync");
    // From here on nobody looks at it but the timer.
    setTo(rig, "10:59:59.700");
    await rig.refresh(name);
    await eventually("it is synced when the window closes", async () => (await dataOf(name)) === "2");
    await rig.untilSettled(name);
    expect(await has(name, "b")).toBe(false);
    expect(conditions(rig.app(name), "SyncWindowWarning")).toEqual([]);
  });

  test("drift is left until it closes", async () => {
    const name = "win-drift";
    const { rig } = await settled(name, [FREEZE]);
    setTo(rig, CLOSED);
    await world.must("DELETE", configMapPath(name, "a"));
    await waits(rig, name);
    await rig.untilIdle();
    expect(await has(name, "a")).toBe(false);
    setTo(rig, "11:00:00");
    await rig.refresh(name);
    await eventually("it is put back", () => has(name, "a"));
  });

  test("a retry of a sync that failed waits for it", async () => {
    const name = "win-retry";
    const retry = { limit: 5, backoff: { duration: "1m", factor: 1 } };
    const { rig, repository } = await settled(name, [FREEZE], { policy: { ...AUTOMATED, retry } });
    await rig.untilSettled(name);
    const refused = { ...configMap(name, "a"), data: { key: { no: "text" } as unknown as string } };
    await repository.commit({ "a.yaml": refused });
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.operationState?.retryCount === 1);
    setTo(rig, CLOSED);
    rig.clock.advance(61_000);
    await rig.refresh(name);
    await waits(rig, name);
    await rig.refresh(name);
    expect(rig.app(name).status?.operationState?.retryCount).toBe(1);
    setTo(rig, "11:00:00");
    await rig.refresh(name);
    await rig.until(name, ({ status }) => status?.operationState?.retryCount === 2);
  });

  test("a person's sync, undo and rollback are refused with what to do; a rehearsal is not", async () => {
    const name = "win-person";
    const { rig, repository } = await settled(name, [FREEZE]);
    await repository.commit({ "b.yaml": null });
    await rig.refresh(name);
    await eventually("it is pruned", async () => !(await has(name, "b")));
    await rig.untilIdle();
    setTo(rig, CLOSED);
    const refused = {
      is: "conflict",
      why: `${SAID}. Ask again then; what opens when: holdfast project window list team`,
    };
    const actor = "user:bob";
    expect(await rig.control.sync(key(name), { operation: { sync: {} }, actor })).toEqual(refused as never);
    expect(await rig.control.undo(key(name), { mode: "write", actor })).toEqual(refused as never);
    const back = { deployment: 0, until: "lifted", actor } as const;
    expect(await rig.control.rollback(key(name), back)).toEqual(refused as never);
    expect((await rig.sync(name, { dryRun: true })).phase).toBe("Succeeded");
    expect(rig.control.syncWindows(key(name))).toMatchObject({
      value: {
        windows: [{ window: FREEZE, is: "open", changesAt: at("11:00:00") }],
        manual: { may: "not", why: SAID, until: at("11:00:00") },
        automated: { may: "not" },
      },
    });
  });

  test("an application that it is not for is synced", async () => {
    const name = "win-other";
    const { rig, repository } = await settled(name, [{ ...FREEZE, applications: ["win-o"] }]);
    setTo(rig, CLOSED);
    await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }) });
    await rig.refresh(name);
    await eventually("it is synced", async () => (await dataOf(name)) === "2");
  });

  test("a window that is edited out lets go at once", async () => {
    const name = "win-edit";
    const { rig, repository } = await settled(name, [FREEZE]);
    setTo(rig, CLOSED);
    await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }) });
    await rig.refresh(name);
    await waits(rig, name);
    writeProject(rig, []);
    await eventually("it is synced", async () => (await dataOf(name)) === "2");
  });

  test("a restart goes on waiting, also where no end is to be seen", async () => {
    const name = "win-restart",
      store = memoryStore();
    const { rig, repository } = await settled(name, [], { store });
    writeProject(rig, [{ ...FREEZE, schedule: "* * * * *" }]);
    await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }) });
    await rig.refresh(name);
    await waits(rig, name);
    expect(conditions(rig.app(name), "SyncWindowWarning")[0]).toContain("and no end of that is to be seen");
    const { folder } = rig;
    await rig.stop();
    const again = await start({ store, folder });
    await waits(again, name);
    await again.untilIdle();
    expect(await dataOf(name)).toBe("value");
    writeProject(again, []);
    await eventually("it is synced", async () => (await dataOf(name)) === "2");
  });

  test("an operation that comes with an edit is refused as any other", async () => {
    const name = "win-edited-in";
    const rig = await start();
    setTo(rig, CLOSED);
    writeProject(rig, [FREEZE]);
    await world.makeNamespace(name);
    const repository = await world.repository(name, { "a.yaml": configMap(name, "a") });
    const app = appOf({ name, repository, spec: { project: "team", syncPolicy: {} } });
    const actor = "user:bob";
    expect(await rig.control.create(app, { upsert: false, actor })).toMatchObject({ is: "written" });
    expect(await rig.control.update({ ...app, operation: { sync: {} } }, actor)).toMatchObject({
      is: "conflict",
      why: expect.stringContaining(SAID),
    });
  });
});

describe("manualSync", () => {
  const LETS = { ...FREEZE, manualSync: true };
  test("lets a person through, and nobody else", async () => {
    const name = "win-manual";
    const { rig, repository } = await settled(name, [LETS]);
    setTo(rig, CLOSED);
    await repository.commit({ "a.yaml": configMap(name, "a", { key: "2" }) });
    await rig.refresh(name);
    await waits(rig, name);
    expect(rig.control.syncWindows(key(name))).toMatchObject({
      value: { manual: { may: "sync" }, automated: { may: "not" } },
    });
    expect((await rig.sync(name)).phase).toBe("Succeeded");
    expect(await dataOf(name)).toBe("2");
  });
});

describe("allow windows", () => {
  const ALLOW = { ...FREEZE, kind: "allow", description: "" } as const;
  test("let nothing begin while all are closed", async () => {
    const name = "win-allow";
    const rig = await start();
    setTo(rig, "09:30:00");
    writeProject(rig, [ALLOW]);
    await rig.placeNew(
      name,
      { "a.yaml": configMap(name, "a") },
      { spec: { project: "team", syncPolicy: AUTOMATED } },
    );
    await waits(rig, name);
    expect(conditions(rig.app(name), "SyncWindowWarning")[0]).toBe(
      `What is to be synced waits: the allow window (0 10 * * * for 1h, UTC) of project team is closed until ${DAY}T10:00:00Z`,
    );
    expect(await has(name, "a")).toBe(false);
    setTo(rig, "10:00:00");
    await rig.refresh(name);
    await eventually("it is made", () => has(name, "a"));
  });
});

const inWave = (wave: number, object: KubeObject): KubeObject => ({
  ...object,
  metadata: { ...object.metadata, annotations: { [ANNOTATION.syncWave]: String(wave) } },
});

describe("a window that closes in the middle of a sync", () => {
  async function caught(name: string, window: SyncWindow): Promise<Rig> {
    const rig = await start();
    setTo(rig, OPEN);
    writeProject(rig, [window]);
    rig.judge("ConfigMap", name, `gate-${name}`, "Progressing");
    await rig.placeNew(
      name,
      { "a.yaml": inWave(0, configMap(name, `gate-${name}`)), "b.yaml": inWave(1, configMap(name, "last")) },
      { spec: { project: "team", syncPolicy: AUTOMATED } },
    );
    await eventually("the first wave is written", () => has(name, `gate-${name}`));
    await rig.until(name, ({ status }) => status?.operationState?.message.includes("waiting"));
    setTo(rig, CLOSED);
    rig.judge("ConfigMap", name, `gate-${name}`, "Healthy");
    return rig;
  }

  test("ends it between two objects; what was written stays, and the rest follows", async () => {
    const name = "win-middle";
    const rig = await caught(name, FREEZE);
    await rig.until(name, ({ status }) => status?.operationState?.message.includes("cannot go on"));
    expect(rig.app(name).status?.operationState?.message).toContain(
      `${SAID}. What it wrote stays. The rest is synced then`,
    );
    expect([await has(name, `gate-${name}`), await has(name, "last")]).toEqual([true, false]);
    await waits(rig, name);
    // The pause after a failed try is over, too.
    rig.clock.advance(300_000);
    setTo(rig, "11:00:00");
    await rig.refresh(name);
    await eventually("the rest is written", () => has(name, "last"));
  });

  test("does not, where it lets what began end", async () => {
    const name = "win-overrun";
    const rig = await caught(name, { ...FREEZE, syncOverrun: true });
    await eventually("the second wave is written", () => has(name, "last"));
    await rig.untilSettled(name);
    expect(rig.app(name).status?.operationState?.phase).toBe("Succeeded");
  });
});
