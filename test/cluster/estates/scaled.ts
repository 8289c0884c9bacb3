import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, isSynced, type Shown, type Stage } from "../../lib/stage.ts";

const DEPLOYMENTS = "/apis/apps/v1/namespaces/traffic/deployments";
const NAMES = ["by-pointer", "by-manager", "unsaid"];

export function scaledEstate(stage: () => Stage): void {
  test("autoscalers and replicas that are left to them: by a pointer, by their owner, by Git's silence; they stay through syncs, commits, a heal and a restart", async () => {
    const { must, daemon } = stage();
    const all = (): Promise<Shown[]> =>
      Promise.all(NAMES.map((name) => must("GET", `${DEPLOYMENTS}/${name}`)));
    const replicas = async (): Promise<number[]> => (await all()).map(({ spec }) => spec.replicas as number);
    const scaledTo = (count: number) =>
      // Its controller looks every 15 seconds.
      eventually(
        "the autoscalers have scaled",
        async () => (await replicas()).every((now) => now === count),
        60_000,
      );

    const app = await placeEstate(stage(), "scaled", { makeNamespace: "none" });
    await app.until((now) => isSynced(now) && isQuiet(now));
    await scaledTo(3);
    await app.until((now) => isSynced(now) && isQuiet(now));
    await staysSynced(stage(), app);
    const diff = await daemon.cli("app", "diff", "traffic");
    expect(diff).toMatchObject({ code: 0 });

    // A sync by hand, a commit of another image, and each again by PUT, which leaves nothing to others but what is ignored.
    for (const [option, image, kept] of [
      ["Validate=false", 2, NAMES],
      ["Replace=true", 3, NAMES.slice(0, 2)],
    ] as const) {
      const options = [option, "RespectIgnoreDifferences=true"];
      await app.edit(({ spec }) => void (spec.syncPolicy = { ...spec.syncPolicy, syncOptions: options }));
      expect((await app.sync()).phase).toBe("Succeeded");
      expect((await replicas()).slice(0, kept.length)).toEqual(kept.map(() => 3));
      await app.rewrite({ "traffic.yaml": [`web:${image - 1}`, `web:${image}`] });
      await eventually("the commit is there", async () =>
        (await all()).every(({ spec }) => spec.template.spec.containers[0].image.endsWith(`:${image}`)),
      );
      await app.until((now) => isSynced(now) && isQuiet(now));
      expect((await replicas()).slice(0, kept.length)).toEqual(kept.map(() => 3));
    }
    await scaledTo(3);
    await app.rewrite({ "traffic.yaml": ["replicas: 1\n", "replicas: 2\n"] });
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect(await replicas()).toEqual([3, 3, 3]);

    // What is beside the replicas is Git's, and putting it back leaves them alone.
    await app.edit(({ spec }) => void (spec.syncPolicy = { automated: { prune: true, selfHeal: true } }));
    await must(
      "PATCH",
      `${DEPLOYMENTS}/by-pointer?fieldManager=kubectl-edit`,
      {
        spec: {
          template: { spec: { containers: [{ name: "web", image: "registry.example.com/web:edited" }] } },
        },
      },
      "application/strategic-merge-patch+json",
    );
    await eventually("it is put back", async () =>
      (await all())[0]?.spec.template.spec.containers[0].image.endsWith(":3"),
    );
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect(await replicas()).toEqual([3, 3, 3]);

    // The autoscalers scale on, and no pass and no restart puts that back.
    await app.rewrite({ "traffic.yaml": ["minReplicas: 3", "minReplicas: 5"] });
    await scaledTo(5);
    await app.until((now) => isSynced(now) && isQuiet(now));
    await daemon.restart();
    await app.until((now) => isSynced(now) && isQuiet(now));
    expect((await app.sync()).phase).toBe("Succeeded");
    expect(await replicas()).toEqual([5, 5, 5]);
    await staysSynced(stage(), app);
  });
}
