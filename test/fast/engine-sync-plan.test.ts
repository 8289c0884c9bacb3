/** What a sync of just these options would do, told before: the same that it then does. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import type { SyncRequest } from "../../src/core/model/operation.ts";
import type { Project } from "../../src/core/model/project.ts";
import type { SyncPlan } from "../../src/engine/control.ts";
import { propose } from "../lib/blast-of.ts";
import { rejectionOf } from "../lib/ending-of.ts";
import { isQuiet, type Rig } from "../lib/engine-rig.ts";
import { configMap, service } from "../lib/manifests.ts";
import { holding, keyOf, rollbackStage } from "../lib/rollback-stage.ts";

const on = rollbackStage();
const { startRig, valueIn } = on;

async function planned(rig: Rig, name: string, sync: SyncRequest): Promise<SyncPlan> {
  const found = await rig.control.syncPlan(keyOf(name), { sync });
  if (found.is === "absent") throw new Error(`there is no application ${name}`);
  return found.value;
}
const stepsOf = ({ steps }: SyncPlan): string[] => steps.map(({ ref, does }) => `${does} ${ref.name}`).sort();

/** Synced once, by hand, with a commit since: `it` is another one, `new` comes, `old` goes. @returns both commits */
async function behind(rig: Rig, name: string): Promise<[string, string]> {
  const both = { "old.yaml": configMap(name, "old"), "same.yaml": configMap(name, "same") };
  const repository = await rig.placeNew(
    name,
    { ...holding(name, "one"), ...both },
    { spec: { syncPolicy: {} } },
  );
  await rig.untilIdle();
  const asked = await rig.control.sync(keyOf(name), { operation: { sync: {} }, actor: "user:ann" });
  expect(asked.is).toBe("written");
  await rig.until(name, (app) => app.status?.sync.status === "Synced" && isQuiet(app));
  const first = rig.app(name).status?.sync.revision ?? "";
  const second = await repository.commit({
    ...holding(name, "two"),
    ...{ "new.yaml": configMap(name, "new", { value: "x" }), "old.yaml": null },
  });
  await rig.refresh(name);
  await rig.until(name, (app) => app.status?.sync.revision === second);
  await rig.untilIdle();
  return [first, second];
}

describe("the plan of a sync at a revision that nobody merged", () => {
  const project: Project = {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AppProject",
    metadata: { name: "plans", namespace: "argocd" },
    spec: {
      sourceRepos: ["*"],
      destinations: [{ server: "*", namespace: "*" }],
      namespaceResourceBlacklist: [{ group: "", kind: "ServiceAccount" }],
    },
  };
  const account = (namespace: string) => ({
    ...{ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "theirs", namespace } },
    automountServiceAccountToken: true,
  });

  test("watches nothing more, and reads nothing that the project does not permit", async () => {
    const rig = await startRig();
    rig.folder.projects.push({ project, file: "projects/plans.yaml", line: 1 });
    rig.read();
    const repository = await rig.placeNew("unmerged", holding("unmerged", "one"), {
      spec: { project: "plans", syncPolicy: {} },
    });
    await rig.untilIdle();
    await rig.sync("unmerged");
    await on.world.must("POST", "/api/v1/namespaces/unmerged/serviceaccounts", account("unmerged"));
    await propose(
      repository,
      {
        ...holding("unmerged", "two"),
        "theirs.yaml": JSON.stringify({ ...account("unmerged"), automountServiceAccountToken: false }),
        "kind.yaml": JSON.stringify(service("unmerged", "web")),
      },
      { branch: "feature" },
    );
    await rig.untilIdle();
    const before = rig.requests.length;
    const plan = await planned(rig, "unmerged", { revision: "feature", prune: true });
    const made = rig.requests.slice(before);
    expect(made.filter(({ verb }) => verb === "watch" || verb === "list")).toEqual([]);
    expect(made.filter(({ kind }) => kind === "/ServiceAccount")).toEqual([]);
    expect(stepsOf(plan)).toEqual(["server-side it", "server-side web"]);
    expect(plan.resources.find(({ ref }) => ref.name === "theirs")).toMatchObject({
      live: undefined,
      why: expect.stringContaining("not permitted"),
    });
    expect(plan.refusals.map(({ ref, text }) => [ref.name, text])).toEqual([
      ["theirs", expect.stringContaining("not permitted")],
    ]);
    expect(rig.app("unmerged").status?.sync.status).toBe("Synced");
  });
});

describe("the plan of a sync", () => {
  test("is of just its options, and writes nothing", async () => {
    const rig = await startRig();
    const [, second] = await behind(rig, "options");
    const plain = await planned(rig, "options", {});
    expect(plain.revisions).toEqual([second]);
    expect(stepsOf(plain).filter((step) => !step.endsWith(" same"))).toEqual([
      "server-side it",
      "server-side new",
    ]);
    const pruning = await planned(rig, "options", { prune: true });
    expect(stepsOf(pruning)).toContain("prune old");
    expect(pruning.candidates).toBe(1);
    const replacing = await planned(rig, "options", {
      ...{ syncOptions: ["Replace=true", "ApplyOutOfSyncOnly=true"] },
      syncStrategy: { hook: { force: true } },
    });
    expect(stepsOf(replacing)).toEqual(["replace-or-recreate it", "replace-or-recreate new"]);
    const some = await planned(rig, "options", {
      prune: true,
      resources: [{ kind: "ConfigMap", name: "new" }],
    });
    expect(stepsOf(some)).toEqual(["server-side new"]);
    // What is left out is shown all the same.
    expect(some.resources.map(({ ref }) => ref.name)).toContain("old");
    expect(await valueIn("options", "new")).toBeUndefined();
    expect(await valueIn("options")).toBe("one");
  });

  test("of another revision is of that one, and of what is not there says so", async () => {
    const rig = await startRig();
    const [first] = await behind(rig, "another");
    const plan = await planned(rig, "another", { revision: first });
    expect(plan.revisions).toEqual([first]);
    expect(stepsOf(plan).filter((step) => step.endsWith(" new"))).toEqual([]);
    expect(
      await rejectionOf(planned(rig, "another", { resources: [{ kind: "ConfigMap", name: "nothing" }] })),
    ).toMatchObject({
      code: "conflict",
      why: expect.stringMatching(/^no object of argocd\/another fits/),
    });
    expect(await rejectionOf(planned(rig, "another", { prune: true, confirmPrune: 7 }))).toMatchObject({
      why: expect.stringMatching(/you approved of deleting 7 objects, but there are 1/),
    });
    expect(await rig.control.syncPlan(keyOf("nowhere"), { sync: {} })).toEqual({ is: "absent" });
  });
});
