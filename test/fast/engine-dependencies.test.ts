/** Applications that come after others: by events alone, as the store and the repositories of a test never poll. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION, type Application, appKey } from "../../src/core/model/application.ts";
import {
  AUTOMATED,
  appOf,
  conditions,
  HOME,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

const after = (...names: string[]) => ({
  metadata: { annotations: { [ANNOTATION.dependsOn]: names.join(", ") } },
});
const keyIn = async (name: string): Promise<unknown> =>
  (await world.find(configMapPath(name, name)))?.data?.key;
/** What it is said to wait for, without since when. */
const waitsFor = (app: Application): string[] =>
  conditions(app, "DependencyWarning").map((text) => {
    expect(text).toMatch(/^What is to be synced waits: it waits since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ for /);
    return text.replace(/^.* for /, "");
  });
const untilWaits = (rig: Rig, name: string, forWhat: string): Promise<Application> =>
  rig.until(name, (app) => waitsFor(app).includes(forWhat));

/** One repository with a folder for each name; its ConfigMap bears the same name. */
async function foldersOf(...names: string[]): Promise<Repository> {
  for (const name of names) await world.makeNamespace(name);
  return world.repository(
    names.join("-"),
    Object.fromEntries(names.map((name) => [`${name}/it.yaml`, configMap(name, name, { key: "1" })])),
  );
}
const edited = (value: string, ...names: string[]) =>
  Object.fromEntries(names.map((name) => [`${name}/it.yaml`, configMap(name, name, { key: value })]));
const appIn = (repository: Repository, name: string, more: object = {}, policy: object = AUTOMATED) =>
  appOf({ name, repository, path: name, ...more, spec: { syncPolicy: policy } });

/** Both settled, the second after the first. */
async function two(
  first: string,
  second: string,
  policy: object = AUTOMATED,
): Promise<{ rig: Rig; repository: Repository }> {
  const rig = await start();
  const repository = await foldersOf(first, second);
  rig.place(appIn(repository, first, {}, policy), appIn(repository, second, after(first)));
  if (policy !== AUTOMATED) {
    await rig.until(first, ({ status }) => status?.sync.status === "OutOfSync");
    await rig.sync(first);
  }
  await rig.untilSettled(second);
  return { rig, repository };
}

describe("an application that comes after another", () => {
  test("waits while that is not healthy, says for whom and since when, and goes on by itself", async () => {
    const { rig, repository } = await two("ill-db", "ill-shop");
    rig.judge("ConfigMap", "ill-db", "ill-db", "Degraded");
    await rig.until("ill-db", ({ status }) => status?.health.status === "Degraded");
    await repository.commit(edited("2", "ill-shop"));
    await rig.refresh("ill-shop");
    await untilWaits(rig, "ill-shop", "argocd/ill-db (Degraded)");
    await rig.untilIdle();
    expect(await keyIn("ill-shop")).toBe("1");
    rig.judge("ConfigMap", "ill-db", "ill-db", "Healthy");
    const app = await rig.untilSettled("ill-shop");
    expect([await keyIn("ill-shop"), waitsFor(app)]).toEqual(["2", []]);
  });

  test("does not overtake it in one commit, whoever of the two hears of it first", async () => {
    const { rig, repository } = await two("one-db", "one-shop", {});
    await repository.commit(edited("2", "one-db", "one-shop"));
    // Nobody asks the first one to look: it hears of the commit by the second.
    await rig.refresh("one-shop");
    await untilWaits(rig, "one-shop", "argocd/one-db (OutOfSync)");
    await rig.untilIdle();
    expect([await keyIn("one-db"), await keyIn("one-shop")]).toEqual(["1", "1"]);
    await rig.sync("one-db");
    await rig.until("one-shop", ({ status }) => status?.sync.status === "Synced");
    expect(await keyIn("one-shop")).toBe("2");
  });

  test("has drift healed all the same, and a person's sync done", async () => {
    const { rig, repository } = await two("heal-db", "heal-shop", {});
    await repository.commit(edited("2", "heal-db"));
    await rig.refresh("heal-db");
    await rig.until("heal-db", ({ status }) => status?.sync.status === "OutOfSync");
    await world.must(
      "PATCH",
      configMapPath("heal-shop", "heal-shop"),
      { data: { key: "by hand" } },
      "application/merge-patch+json",
    );
    await rig.until("heal-shop", () =>
      rig.store
        .runs({ app: appKey("argocd", "heal-shop"), limit: 10 })
        .some(({ cause, state }) => cause === "self-heal" && state.phase === "Succeeded"),
    );
    // The branch moved on by a commit that changes nothing of it: what was deployed is what is deployed.
    expect(rig.app("heal-shop").status?.history?.map(({ id }) => id)).toEqual([0]);
    await rig.untilSettled("heal-shop");
    expect(await keyIn("heal-shop")).toBe("1");
    await repository.commit(edited("3", "heal-shop"));
    await rig.refresh("heal-shop");
    await untilWaits(rig, "heal-shop", "argocd/heal-db (OutOfSync)");
    expect((await rig.sync("heal-shop")).phase).toBe("Succeeded");
    expect(await keyIn("heal-shop")).toBe("3");
  });

  test("waits for a name that nobody has, until somebody has it, and again when that is gone", async () => {
    const rig = await start();
    const repository = await foldersOf("no-db", "no-shop");
    rig.place(appIn(repository, "no-shop", after("no-db")));
    await untilWaits(rig, "no-shop", "argocd/no-db (there is no such application)");
    rig.place(appIn(repository, "no-db"));
    await rig.untilSettled("no-shop");
    rig.unplace("no-db");
    await rig.untilGone("no-db");
    await repository.commit(edited("2", "no-shop"));
    await rig.refresh("no-shop");
    await untilWaits(rig, "no-shop", "argocd/no-db (there is no such application)");
  });

  test("waits with a further try of a sync that failed, too", async () => {
    const retry = { limit: 50, backoff: { duration: "1s", factor: 1 } };
    const { rig, repository } = await two("try-db", "try-shop");
    rig.place(appIn(repository, "try-shop", after("try-db"), { ...AUTOMATED, retry }));
    await repository.commit({ "try-shop/more.yaml": configMap("try-later", "more") });
    await rig.refresh("try-shop");
    await rig.until("try-shop", ({ status }) => (status?.operationState?.retryCount ?? 0) > 0);
    rig.judge("ConfigMap", "try-db", "try-db", "Degraded");
    await untilWaits(rig, "try-shop", "argocd/try-db (Degraded)");
    await world.makeNamespace("try-later");
    rig.judge("ConfigMap", "try-db", "try-db", "Healthy");
    await rig.untilSettled("try-shop");
    expect(await world.hasConfigMap("try-later", "more")).toBe(true);
  });

  test("waits through a restart", async () => {
    const { rig, repository } = await two("up-db", "up-shop", {});
    await repository.commit(edited("2", "up-db", "up-shop"));
    await rig.refresh("up-shop");
    await untilWaits(rig, "up-shop", "argocd/up-db (OutOfSync)");
    await rig.stop();
    const again = await start({ store: rig.store, folder: rig.folder });
    await untilWaits(again, "up-shop", "argocd/up-db (OutOfSync)");
    await again.untilIdle();
    expect(await keyIn("up-shop")).toBe("1");
    await again.sync("up-db");
    await again.untilSettled("up-shop");
    expect(await keyIn("up-shop")).toBe("2");
  });
});

test("a circle is named by all of it, does nothing, keeps nobody busy, and ends with an edit", async () => {
  const rig = await start();
  const repository = await foldersOf("ring-a", "ring-b");
  const [a, b] = [
    appIn(repository, "ring-a", after("ring-b")),
    appIn(repository, "ring-b", after("ring-a")),
  ] as const;
  rig.place(a, b);
  const says = (...way: string[]) =>
    `a circle that never ends: ${way.map((name) => appKey(HOME, name)).join(" → ")}. Take one of the names out of the annotations ${ANNOTATION.dependsOn}`;
  await untilWaits(rig, "ring-a", says("ring-a", "ring-b", "ring-a"));
  await untilWaits(rig, "ring-b", says("ring-b", "ring-a", "ring-b"));
  // Whoever wakes the other one for ever is never idle.
  await rig.untilIdle();
  expect([await keyIn("ring-a"), await keyIn("ring-b")]).toEqual([undefined, undefined]);
  // One that is not synced by itself moves by its annotation alone.
  rig.place(appIn(repository, "ring-b", after("ring-a"), {}));
  await rig.until("ring-b", (app) => waitsFor(app).length === 0);
  rig.place(appIn(repository, "ring-b", {}, {}));
  await untilWaits(rig, "ring-a", "argocd/ring-b (OutOfSync, Missing)");
  rig.place(appIn(repository, "ring-b"));
  await rig.untilSettled("ring-a");
  await rig.untilSettled("ring-b");
});
