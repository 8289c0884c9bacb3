/** What was tried is remembered by its content: an unrelated commit is no reason to sync, before and after a restart. */
import { describe, expect, test } from "bun:test";
import type { Application } from "../../src/core/model/application.ts";
import {
  appOf,
  type Files,
  isQuiet,
  type Repository,
  type Rig,
  sharedWorld,
  type World,
} from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((it) => {
  world = it;
});

/** Automated without self-heal, from a folder of a repository that others use too. */
async function settled(
  rig: Rig,
  name: string,
  files: Files,
  syncs: "automatically" | "by hand" = "automatically",
): Promise<Repository> {
  await world.makeNamespace(name);
  const inFolder = Object.fromEntries(Object.entries(files).map(([file, text]) => [`mine/${file}`, text]));
  const repository = await world.repository(name, { ...inFolder, "theirs/a.yaml": configMap("x", "x") });
  const syncPolicy = syncs === "by hand" ? {} : { automated: {} };
  rig.place(appOf({ name, repository, path: "mine", spec: { syncPolicy } }));
  if (syncs === "by hand") await rig.sync(name);
  await rig.untilSettled(name);
  return repository;
}

const pathOf = (namespace: string, name: string) => configMapPath(namespace, name);
const edit = (namespace: string, name: string, data: Record<string, string>) =>
  world.must(
    "PATCH",
    `${pathOf(namespace, name)}?fieldManager=kubectl-edit`,
    { data },
    "application/merge-patch+json",
  );
const dataOf = async (namespace: string, name: string) => (await world.find(pathOf(namespace, name)))?.data;
const commitOf = (app: Application): string | undefined => app.status?.sync.revision;

async function drifted(rig: Rig, name: string): Promise<void> {
  await edit(name, "a", { key: "edited" });
  await rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
}

describe("with self-heal off, drift stays through a commit that changes nothing of the application", () => {
  test("while the daemon runs", async () => {
    const rig = await start();
    const repository = await settled(rig, "unrelated", { "a.yaml": configMap("unrelated", "a") });
    await drifted(rig, "unrelated");
    const commit = await repository.commit({ "theirs/a.yaml": configMap("x", "y") });
    rig.clock.advance(2_000);
    expect(commitOf(await rig.refresh("unrelated"))).toBe(commit);
    await rig.untilIdle();
    expect(await dataOf("unrelated", "a")).toEqual({ key: "edited" });
    expect(rig.store.runs({ limit: 10 })).toHaveLength(1);
  });

  test.each(["before the restart", "while it is down", "after the restart"])("that came %s", async (when) => {
    const name = when.replaceAll(" ", "-");
    const rig = await start();
    const repository = await settled(rig, name, { "a.yaml": configMap(name, "a") });
    await drifted(rig, name);
    const comes = () => repository.commit({ "theirs/a.yaml": configMap("x", "y") });
    if (when === "before the restart") {
      const commit = await comes();
      rig.clock.advance(2_000);
      expect(commitOf(await rig.refresh(name))).toBe(commit);
    }
    await rig.stop();
    if (when === "while it is down") await comes();
    const again = await start({ store: rig.store, folder: rig.folder });
    await eventually("it was looked at", () => again.control.ready());
    if (when === "after the restart") await comes();
    again.clock.advance(2_000);
    await again.refresh(name);
    await again.untilIdle();
    expect(await dataOf(name, "a")).toEqual({ key: "edited" });
    expect(again.app(name).status?.sync.status).toBe("OutOfSync");
    expect(again.store.runs({ limit: 10 })).toHaveLength(1);
  });
});

describe("a sync that puts something back", () => {
  test("because a commit changed another object says what, and who had set it", async () => {
    const rig = await start();
    const repository = await settled(rig, "puts-back", {
      "a.yaml": configMap("puts-back", "a"),
      "b.yaml": configMap("puts-back", "b"),
      "c.yaml": configMap("puts-back", "c"),
    });
    await drifted(rig, "puts-back");
    await world.must("DELETE", pathOf("puts-back", "c"));
    await rig.until(
      "puts-back",
      (app) => app.status?.resources?.some(({ health }) => health?.status === "Missing") === true,
    );
    await repository.commit({ "mine/b.yaml": configMap("puts-back", "b", { key: "new" }) });
    rig.clock.advance(2_000);
    await rig.refresh("puts-back");
    await rig.untilSettled("puts-back");
    const app = await rig.until("puts-back", isQuiet);
    expect(app.status?.operationState?.operation.info).toEqual([
      {
        name: "drift",
        value: expect.stringMatching(/^ConfigMap puts-back\/a: .*, written last by kubectl-edit \(Update\)$/),
      },
      { name: "drift", value: "ConfigMap puts-back/c: was deleted" },
    ]);
    expect(app.status?.operationState?.message).toMatch(
      /^successfully synced \(3 applied\)\. Put back: ConfigMap puts-back\/a: data\.key, written last by kubectl-edit \(Update\); and 1 more$/,
    );
    expect(await dataOf("puts-back", "a")).toEqual({ key: "value" });
  });

  test("because a person asked for it says so too; one that only delivers says nothing of the kind", async () => {
    const rig = await start();
    const repository = await settled(
      rig,
      "asked-back",
      { "a.yaml": configMap("asked-back", "a") },
      "by hand",
    );
    await drifted(rig, "asked-back");
    expect(await rig.sync("asked-back")).toMatchObject({
      message: expect.stringContaining("Put back: ConfigMap asked-back/a: "),
    });
    await repository.commit({ "mine/a.yaml": configMap("asked-back", "a", { key: "new" }) });
    rig.clock.advance(2_000);
    expect((await rig.sync("asked-back")).message).toBe("successfully synced (1 applied)");
    // Git changed it, and somebody else had changed it too.
    await repository.commit({ "mine/a.yaml": configMap("asked-back", "a", { key: "newer" }) });
    await edit("asked-back", "a", { key: "edited" });
    rig.clock.advance(2_000);
    expect((await rig.sync("asked-back")).message).toBe(
      "successfully synced (1 applied). Put back: ConfigMap asked-back/a: is not as its last sync left it, written last by kubectl-edit (Update)",
    );
  });
});
