/** What deletes waits for what others may want of it, and says so meanwhile. In this process, on the sandbox. */
import { expect, test } from "bun:test";
import { RESOURCES_FINALIZER } from "../../src/core/model/application.ts";
import { appOf, conditions, HOME, sharedWorld, type World } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { messageOf } from "../lib/hook-objects.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";

let world: World;
const start = sharedWorld((started) => {
  world = started;
});

test("a prune and a deletion say for whose look they wait, since when, and go on after it", async () => {
  const silence = Promise.withResolvers<void>();
  const rig = await start({
    git: (git) => ({
      ...git,
      async resolve(...ask) {
        if (ask[0].url.endsWith("/silent")) await silence.promise;
        return git.resolve(...ask);
      },
    }),
  });
  const both = (name: string) => ({ "a.yaml": configMap(name, "a"), "b.yaml": configMap(name, "b") });
  const repository = await rig.placeNew("prunes", both("prunes"));
  await rig.placeNew("goes", both("goes"), { metadata: { finalizers: [RESOURCES_FINALIZER] } });
  await rig.untilSettled("prunes");
  await rig.untilSettled("goes");
  rig.place(appOf({ name: "silent", repository: await world.repository("silent", both("silent")) }));
  await repository.commit({ "b.yaml": null });
  void rig.refresh("prunes");
  rig.unplace("goes");
  const waits = "waiting for the look at what argocd/silent may want of what is to be deleted since ";
  await rig.until("prunes", (app) => messageOf(app).startsWith(waits));
  await rig.until("goes", (app) =>
    conditions(app, "DeletionHeldWarning")[0]?.startsWith(`Its deletion is ${waits}`),
  );
  expect([await world.hasConfigMap("prunes", "b"), await world.hasConfigMap("goes", "a")]).toEqual([
    true,
    true,
  ]);
  silence.resolve();
  await eventually("it is pruned", async () => !(await world.hasConfigMap("prunes", "b")));
  expect(messageOf(await rig.untilSettled("prunes"))).toMatch(/^successfully synced/);
  await rig.untilGone("goes");
});

test("a prune waits for what an application wants that failed until its project permitted it", async () => {
  const silence = Promise.withResolvers<void>();
  let isSilent = false;
  const rig = await start({
    git: (git) => ({
      ...git,
      async resolve(...ask) {
        if (isSilent && ask[0].url.endsWith("/takes")) await silence.promise;
        return git.resolve(...ask);
      },
    }),
  });
  const permit = (namespace: string): void => {
    rig.folder.projects = [
      {
        project: {
          apiVersion: "argoproj.io/v1alpha1",
          kind: "AppProject",
          metadata: { name: "team", namespace: HOME },
          spec: { sourceRepos: ["*"], destinations: [{ server: "*", namespace }] },
        },
        file: "apps/team.yaml",
        line: 1,
      },
    ];
    rig.read();
  };
  const moves = configMap("gives", "moves");
  const gives = await rig.placeNew("gives", { "a.yaml": configMap("gives", "stays"), "b.yaml": moves });
  await rig.untilSettled("gives");
  const before = await world.must("GET", configMapPath("gives", "moves"));
  permit("elsewhere");
  const takes = await world.repository("takes", { "b.yaml": moves });
  const team = { spec: { project: "team" } };
  rig.place(appOf({ name: "takes", repository: takes, namespace: "gives", ...team }));
  await rig.until("takes", (app) => conditions(app, "InvalidSpecError").length > 0);
  isSilent = true;
  await gives.commit({ "b.yaml": null });
  permit("*");
  void rig.refresh("gives");
  await rig.until("gives", (app) => messageOf(app).startsWith("waiting for the look at what argocd/takes"));
  silence.resolve();
  for (const name of ["gives", "takes"]) await rig.untilSettled(name);
  const after = await world.must("GET", configMapPath("gives", "moves"));
  expect(after.metadata.uid).toBe(before.metadata.uid);
});
