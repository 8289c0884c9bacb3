/** A cluster that is met for the first time, or with a store that is gone or old: nothing goes that is not known. */
import { describe, expect, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { memoryStore } from "../fakes/memory-store.ts";
import { copyStore } from "../lib/copy-store.ts";
import { appOf, conditions, isQuiet, type Rig, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath, deployment, service, tracked } from "../lib/manifests.ts";
import { MERGE } from "../lib/stage.ts";

let world: World;
const start = sharedWorld((one) => {
  world = one;
});

/** Blocked because there is no record of it, and there still, whatever a person who does not name it approves. */
async function staysUnrecorded(rig: Rig, app: string, object: string): Promise<void> {
  await rig.until(app, (now) => isQuiet(now) && conditions(now, "PruneBlocked").length > 0);
  expect(conditions(rig.app(app), "PruneBlocked").join()).toMatch(
    new RegExp(`ConfigMap ${app}/${object} .*no record of having applied it.*--resource :ConfigMap:`),
  );
  const confirmed = await rig.sync(app, { prune: true });
  expect(confirmed.message).toMatch(/1 not pruned/);
  const { repoURL } = rig.app(app).spec.source as { repoURL: string };
  const repository = { url: repoURL, commit: () => Promise.reject(new Error("nothing is committed")) };
  rig.clock.advance(3_000);
  const annotations = { [ANNOTATION.deletionApproved]: new Date(rig.clock.now()).toISOString() };
  rig.place(appOf({ name: app, repository, metadata: { annotations } }));
  await rig.refresh(app);
  await rig.untilIdle();
  expect(await world.hasConfigMap(app, object)).toBe(true);
}

describe("an automated application that prunes", () => {
  test("takes over what another tool delivered under its name, and leaves what of that is not in Git", async () => {
    const name = "migrated";
    await world.makeNamespace(name);
    for (const object of ["wanted", "dropped"])
      await world.must(
        "POST",
        `/api/v1/namespaces/${name}/configmaps`,
        tracked(name, configMap(name, object)),
      );
    const rig = await start();
    await rig.placeNew(name, { "a.yaml": configMap(name, "wanted", { by: "holdfast" }) });
    await staysUnrecorded(rig, name, "dropped");
    const taken = await world.must("GET", configMapPath(name, "wanted"));
    expect(taken.data).toMatchObject({ by: "holdfast" });
  });

  test("leaves what Git gave up while its store was lost", async () => {
    const name = "lost";
    const first = await start();
    const repository = await first.placeNew(name, {
      "a.yaml": configMap(name, "a"),
      "b.yaml": configMap(name, "b"),
    });
    await first.untilSettled(name);
    await first.stop();
    await repository.commit({ "b.yaml": null });
    const rig = await start({ folder: first.folder });
    await staysUnrecorded(rig, name, "b");
  });

  test("leaves what was made, or made anew by others, since its store was written, and takes what it knows", async () => {
    const name = "restored";
    const first = await start();
    const repository = await first.placeNew(name, {
      "keep.yaml": configMap(name, "keep"),
      "known.yaml": configMap(name, "known"),
      "anew.yaml": configMap(name, "anew"),
    });
    await first.untilSettled(name);
    await first.untilIdle();
    const backup = memoryStore();
    copyStore(first.store, backup);
    await repository.commit({ "late.yaml": configMap(name, "late") });
    await first.refresh(name);
    await first.until(name, () => true);
    await eventually("it is delivered", () => world.hasConfigMap(name, "late"));
    await first.untilSettled(name);
    await first.stop();
    // Somebody restores it from elsewhere: the name and the mark of the one that was recorded, and another object.
    await world.must("DELETE", configMapPath(name, "anew"));
    await world.must("POST", `/api/v1/namespaces/${name}/configmaps`, tracked(name, configMap(name, "anew")));
    await repository.commit({ "known.yaml": null, "anew.yaml": null, "late.yaml": null });
    const rig = await start({ folder: first.folder, store: backup });
    await eventually("what it knows is pruned", async () => !(await world.hasConfigMap(name, "known")));
    await rig.until(name, isQuiet);
    const blocked = conditions(rig.app(name), "PruneBlocked").join();
    expect(blocked).toMatch(/ConfigMap restored\/anew .*no record/);
    expect(blocked).toMatch(/ConfigMap restored\/late .*no record/);
    expect([await world.hasConfigMap(name, "anew"), await world.hasConfigMap(name, "late")]).toEqual([
      true,
      true,
    ]);
  });

  test("writes to nothing that is equal, though it was ours in an earlier life and another tool delivered it since", async () => {
    const name = "again";
    const first = await start();
    const repository = await first.placeNew(name, {
      "a.yaml": configMap(name, "a", { mode: "v1" }),
      "b.yaml": configMap(name, "b", { mode: "v1" }),
    });
    await first.untilSettled(name);
    await first.stop();
    await repository.commit({ "a.yaml": configMap(name, "a", { mode: "v2" }) });
    await world.must(
      "PATCH",
      `${configMapPath(name, "a")}?fieldManager=argocd-controller`,
      { data: { mode: "v2" } },
      MERGE,
    );
    const versions = () =>
      Promise.all(
        ["a", "b"].map(
          async (each) => (await world.must("GET", configMapPath(name, each))).metadata.resourceVersion,
        ),
      );
    const before = await versions();
    const rig = await start({ folder: first.folder });
    await rig.untilSettled(name);
    await rig.refresh(name);
    await rig.untilIdle();
    expect(await versions()).toEqual(before);
    expect(rig.app(name).status?.sync.status).toBe("Synced");

    // A sync makes it ours again.
    await rig.sync(name);
    await rig.untilSettled(name);
    expect((await versions())[0]).not.toEqual(before[0]);
  });
});

describe("what another tool delivered just as Git has it", () => {
  const objectsOf = (name: string): KubeObject[] => [
    configMap(name, "a", { z: "1", a: "2" }),
    service(name, "web"),
    deployment({ namespace: name, name: "web", container: { env: [{ value: "b", name: "A" }] } }),
  ];
  const listOf = ({ apiVersion, kind, metadata: { namespace } }: KubeObject): string =>
    `/${apiVersion.includes("/") ? "apis" : "api"}/${apiVersion}/namespaces/${namespace}/${kind.toLowerCase()}s`;
  const lastApplied = (object: KubeObject): KubeObject => {
    const { metadata } = object;
    const annotations = { ...metadata.annotations, [ANNOTATION.lastApplied]: JSON.stringify(object) };
    return { ...object, metadata: { ...metadata, annotations } };
  };

  test.each(["by server-side apply", "by kubectl apply", "by create"])(
    "is Synced at first sight: %s",
    async (how) => {
      const name = how.replaceAll(" ", "-");
      await world.makeNamespace(name);
      for (const object of objectsOf(name).map((one) => tracked(name, one)))
        if (how === "by server-side apply")
          await world.must(
            "PATCH",
            `${listOf(object)}/${object.metadata.name}?fieldManager=argocd-controller`,
            object,
            "application/apply-patch+yaml",
          );
        else
          await world.must(
            "POST",
            `${listOf(object)}?fieldManager=argocd-controller`,
            how === "by create" ? object : lastApplied(object),
          );
      const repository = await world.repository(name, { "all.yaml": objectsOf(name) });
      const rig = await start();
      rig.place(appOf({ name, repository, spec: { syncPolicy: {} } }));
      const { status } = await rig.until(
        name,
        (app) => app.status?.sync.status !== undefined && isQuiet(app),
      );
      expect(status?.resources?.map((one) => one.status)).toEqual(["Synced", "Synced", "Synced"]);
    },
  );
});
