/** What Git wants and is on its way out is not what Git wants. In this process, on the sandbox. */
import { describe, expect, test } from "bun:test";
import { refKey } from "../../src/core/model/object-ref.ts";
import { conditions } from "../lib/engine-rig.ts";
import { eventually } from "../lib/eventually.ts";
import { configMap, configMapPath } from "../lib/manifests.ts";
import { maps, sharedSyncs } from "../lib/syncs.ts";

const on = sharedSyncs();
const MERGE = "application/merge-patch+json";
const HELD = "example.com/held";

/** By somebody else, of whom Git says nothing. */
const heldBy = (finalizers: string[] | null, namespace: string, name: string): Promise<unknown> =>
  on.world.must("PATCH", configMapPath(namespace, name), { metadata: { finalizers } }, MERGE);
const lineOf = (app: string, name: string) =>
  on.rig.app(app).status?.resources?.find((resource) => resource.name === name);

describe("an object whose deletion a finalizer holds", () => {
  test("is OutOfSync once it is wanted again, is written no more, and is made anew when it is gone", async () => {
    const name = "wanted-again";
    const repository = await on.settled(name, {
      files: { ...maps(name, 1), "held.yaml": configMap(name, "held") },
    });
    await heldBy([HELD], name, "held");
    await on.deliver(name, repository, { "held.yaml": null });
    const uid = (await on.world.find(configMapPath(name, "held")))?.metadata.uid;
    await on.deliver(name, repository, { "held.yaml": configMap(name, "held") });
    const app = await on.rig.until(name, (now) => now.status?.sync.status === "OutOfSync");
    expect(lineOf(name, "held")).toMatchObject({
      status: "OutOfSync",
      leavingSince: expect.stringMatching(/^20/),
      health: { status: "Progressing", message: `Being deleted; waits for ${HELD}` },
    });
    expect(lineOf(name, "m0")).toMatchObject({ status: "Synced" });
    expect(conditions(app, "DeletionHeldWarning")).toEqual([
      expect.stringMatching(/^ConfigMap wanted-again\/held was asked to go .* held by the finalizer/),
    ]);
    const before = on.rig.requests.length;
    await on.rig.refresh(name);
    await on.rig.untilIdle();
    expect(on.rig.requests.slice(before).filter(({ verb }) => verb === "patch")).toEqual([]);
    await heldBy(null, name, "held");
    await on.rig.untilSettled(name);
    const anew = await on.world.find(configMapPath(name, "held"));
    expect([typeof anew?.metadata.uid, anew?.metadata.uid === uid]).toEqual(["string", false]);
    expect(lineOf(name, "held")?.leavingSince).toBeUndefined();
  });
});

describe("a Namespace that is on its way out", () => {
  test("stops a sync that is to make it, says so, and is made anew when it is gone", async () => {
    const name = "going-space";
    const syncPolicy = { syncOptions: ["CreateNamespace=true"] };
    await on.placed(name, { files: { "held.yaml": configMap(name, "held") }, spec: { syncPolicy } });
    expect((await on.rig.sync(name)).phase).toBe("Succeeded");
    await heldBy([HELD], name, "held");
    await on.world.must("DELETE", `/api/v1/namespaces/${name}`);
    await on.rig.until(name, (app) => app.status?.sync.status === "OutOfSync");
    const refused = await on.rig.sync(name);
    expect([refused.phase, refused.message]).toEqual([
      "Failed",
      expect.stringMatching(
        /^nothing was written, because of Namespace going-space: it was asked to go at 20.*, and everything in it goes with it\. A sync makes it anew once it is gone$/,
      ),
    ]);
    expect(conditions(on.rig.app(name), "DeletionHeldWarning").join("\n")).toContain(
      "Namespace going-space was asked to go at ",
    );
    await heldBy(null, name, "held");
    await on.rig.until(name, (app) => app.status?.health.status === "Missing");
    const space = refKey({ group: "", kind: "Namespace", namespace: "", name });
    await eventually("the Namespace is gone", () => on.rig.cluster.get(space) === undefined);
    expect((await on.rig.sync(name)).phase).toBe("Succeeded");
    expect(await on.world.hasConfigMap(name, "held")).toBe(true);
  });
});
