/** Applications that live in a cluster while the store takes nothing: what cannot be written down is not begun. */
import { afterAll, afterEach, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Failure } from "../../src/core/model/failure.ts";
import type { Store } from "../../src/core/ports/store.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { endingOf } from "../lib/ending-of.ts";
import { AUTOMATED } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap } from "../lib/manifests.ts";
import { APPLICATIONS, manifest, pathOf, RecordsStage, settled } from "../lib/records-stage.ts";

setDefaultTimeout(30_000);

const automated = { syncPolicy: AUTOMATED };
const byHand = { syncPolicy: {} };
const KEY = (name: string) => `argocd/${name}` as never;

let stage: RecordsStage;
beforeAll(async () => {
  stage = await RecordsStage.open();
});
afterEach(() => stage.clear());
afterAll(() => stage?.world.stop());

type Writes = "putStates" | "audit" | "putValue" | "startRun" | "putRecords" | "deleteRecords";

/** A store whose disk is full, as far as these writes go, for as long as `now.full` names any. */
function fillingStore(): { store: Store; now: { full: readonly Writes[] } } {
  const store = memoryStore();
  const now: { full: readonly Writes[] } = { full: [] };
  const full = (write: Writes): void => {
    if (now.full.includes(write))
      throw new Failure("store", "holdfast.db", "backoff", { cannot: "write the store", why: "disk full" });
  };
  const guarded = Object.fromEntries(
    (["putStates", "audit", "putValue", "startRun", "putRecords", "deleteRecords"] as const).map((write) => [
      write,
      (...asked: never[]) => {
        full(write);
        return (store[write] as (...asked: never[]) => unknown)(...asked);
      },
    ]),
  );
  return { store: { ...store, ...guarded } as Store, now };
}

describe("a sync that cannot be written down", () => {
  test("is refused to the person who asks for it, leaves no operation, and can be asked for again", async () => {
    const { store, now } = fillingStore();
    const rig = await stage.start({ store });
    await stage.apply("person", { "a.yaml": configMap("person", "a") }, { spec: byHand });
    await rig.until("person", ({ status }) => status?.sync.status === "OutOfSync");
    const ask = () =>
      rig.control.sync(KEY("person"), { operation: { sync: { revision: "HEAD" } }, actor: "user:dana" });
    for (const full of ["putStates", "audit"] as const) {
      now.full = [full];
      expect(await endingOf(ask())).toThrow("disk full");
      expect(rig.app("person").operation).toBeUndefined();
      now.full = [];
      await rig.refresh("person");
      await rig.untilIdle();
      expect(rig.control.runs({ limit: 10 })).toEqual([]);
      expect(await stage.world.hasConfigMap("person", "a")).toBe(false);
    }
    expect((await ask()).is).toBe("written");
    await stage.until("person", "is synced", settled);
    expect(rig.control.runs({ limit: 10 })).toHaveLength(1);
  });

  test("keeps what a person terminated as it was", async () => {
    const { store, now } = fillingStore();
    await stage.start({ store });
    await stage.apply("ended", { "a.yaml": configMap("ended", "a") }, { spec: automated });
    await stage.until("ended", "is Synced", settled);
    const [state] = store.states();
    await stage.stopAll();
    const terminated = { revisions: ["x"], by: "user:dana", at: "2026-01-01T00:00:00Z" };
    store.putStates([{ ...(state as NonNullable<typeof state>), terminated }]);
    const again = await stage.start({
      store,
      git: (git) => ({ ...git, resolve: () => new Promise(() => {}) }),
    });
    await again.until("ended", () => true);
    const ask = () => again.control.sync(KEY("ended"), { operation: { sync: {} }, actor: "user:dana" });
    now.full = ["putStates"];
    expect(await endingOf(ask())).toThrow("disk full");
    now.full = [];
    await stage.stopAll();
    expect(store.states()[0]?.terminated).toMatchObject({ by: "user:dana" });
  });

  test("stands in its field, is told, and is begun when the store is well", async () => {
    const { store, now } = fillingStore();
    const rig = await stage.start({ store });
    await stage.apply("field", { "a.yaml": configMap("field", "a") }, { spec: byHand });
    await stage.until("field", "is OutOfSync", (app) => app["status"]?.sync?.status === "OutOfSync");
    now.full = ["putStates"];
    await stage.patch("field", {
      operation: { initiatedBy: { username: "dana" }, sync: { revision: "HEAD" } },
    });
    await eventually("it is told", () =>
      rig.control.problems().some(({ text }) => text.includes("disk full") && text.includes("not taken up")),
    );
    expect(rig.app("field").operation).toBeUndefined();
    expect((await stage.read("field"))?.["operation"]).toBeDefined();
    expect(store.value("taken-operation argocd/field")).toBeUndefined();
    now.full = [];
    rig.engine.foldersRead({ applications: [], projects: [], problems: [], folders: [] });
    const app = await stage.until("field", "is synced", settled);
    expect(app["status"].operationState.operation.initiatedBy).toEqual({ username: "dana" });
    expect(rig.control.runs({ limit: 10 })).toHaveLength(1);
    expect(rig.control.problems()).toEqual([]);
  });
});

test("what is remembered of an application outlasts a store that takes nothing when it is met again", async () => {
  const { store, now } = fillingStore();
  await stage.start({ store });
  const name = "met-again";
  await stage.apply(name, { "a.yaml": configMap(name, "a") }, { spec: automated });
  await stage.until(name, "is Synced", settled);
  await stage.stopAll();
  await stage.world.must("DELETE", pathOf(name));
  const repository = await stage.world.repository(`${name}-other`, { "b.yaml": configMap(name, "b") });
  // Another one has its name: what is remembered is not of it, and goes.
  await stage.world.must("POST", APPLICATIONS, manifest(name, repository, { spec: byHand }));
  now.full = ["deleteRecords"];
  const rig = await stage.start({ store });
  await eventually("it is told", () => rig.control.problems().some(({ text }) => text.includes("disk full")));
  expect(rig.control.applications()).toEqual([]);
  expect(store.records(KEY(name))).toHaveLength(1);
  now.full = [];
  rig.engine.foldersRead({ applications: [], projects: [], problems: [], folders: [] });
  await rig.until(name, ({ status }) => status?.sync.status !== undefined);
  expect(store.records(KEY(name))).toEqual([]);
  expect(rig.app(name).status?.history).toBeUndefined();
});
