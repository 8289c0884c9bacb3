import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, type Shown, type Stage } from "../../lib/stage.ts";

const NAMESPACE = "shop";
const at = (path: string): string => path.replace("NS", `namespaces/${NAMESPACE}`);
const ADMIN = at("/api/v1/NS/secrets/shop-admin");
const SHOP = at("/apis/apps/v1/NS/deployments/shop");

const hooksOf = (app: Shown): string[] =>
  ((app.status.operationState?.syncResult?.resources ?? []) as Shown[]).flatMap(
    ({ kind, name, hookType, hookPhase }) =>
      hookType === undefined ? [] : [`${hookType} ${kind}/${name} ${hookPhase}`],
  );

export function chartEstate(stage: () => Stage): void {
  test("a chart with hooks, tests and a password of its own: hooks by their weights at each upgrade, no test is run, and the password stays the first one", async () => {
    const { must, find, daemon, writes } = stage();
    const jobs = async (): Promise<string[]> =>
      ((await must("GET", at("/apis/batch/v1/NS/jobs"))).items as Shown[]).map(
        ({ metadata }) => metadata.name,
      );
    const app = await placeEstate(stage(), "chart", { makeNamespace: "none" });
    const first = await app.untilSettled(60_000);
    expect(hooksOf(first)).toEqual([
      "PreSync ConfigMap/shop-migrate Succeeded",
      "PreSync Job/shop-migrate Succeeded",
      "PostSync Job/shop-warm Succeeded",
    ]);
    const order = writes(NAMESPACE).flatMap(({ verb, resource, name }) =>
      verb === "patch" && resource !== "namespaces" ? [`${resource} ${name}`] : [],
    );
    expect(order).toEqual([
      "configmaps shop-migrate",
      "jobs.batch shop-migrate",
      "secrets shop-admin",
      "deployments.apps shop",
      "jobs.batch shop-warm",
    ]);
    await eventually("both Jobs are tidied away", async () => (await jobs()).length === 0);
    expect(await find(at("/api/v1/NS/pods/shop-test"))).toBeUndefined();
    // The test Pod is no object of the application, nor is a hook.
    expect((first.status.resources as Shown[]).map(({ kind, name }) => `${kind}/${name}`).sort()).toEqual([
      "Deployment/shop",
      "Secret/shop-admin",
    ]);
    const password = (await must("GET", ADMIN)).data.password as string;
    await staysSynced(stage(), app);

    // The chart is rendered anew: by hand, and because a daemon keeps no Secret on disk.
    await app.refresh("hard");
    await app.untilSettled();
    await daemon.restart();
    await app.refresh();
    await app.untilSettled();
    await staysSynced(stage(), app);
    expect((await must("GET", ADMIN)).data.password).toBe(password);

    // An upgrade runs the hooks once more; a failing one leaves the old version, and its Job to be read.
    await app.edit(
      ({ spec }) =>
        void (spec.source = { ...spec.source!, helm: { valuesObject: { version: "2", migrate: "2" } } }),
    );
    await eventually("the new version is there", async () =>
      (await must("GET", SHOP)).spec.template.spec.containers[0].image.endsWith(":2"),
    );
    expect(hooksOf(await app.untilSettled())).toEqual([
      "PreSync ConfigMap/shop-migrate Succeeded",
      "PreSync Job/shop-migrate Succeeded",
      "PostSync Job/shop-warm Succeeded",
    ]);
    expect((await must("GET", ADMIN)).data.password).toBe(password);
    await app.edit(
      ({ spec }) =>
        void (spec.source = { ...spec.source!, helm: { valuesObject: { version: "3", migrate: "broken" } } }),
    );
    const failed = await app.until((now) => isQuiet(now) && now.status?.operationState.phase === "Failed");
    expect(failed.status.operationState.message).toMatch(/the hook batch\/Job shop\/shop-migrate failed/);
    expect((await must("GET", SHOP)).spec.template.spec.containers[0].image).toBe(
      "registry.example.com/shop:2",
    );
    expect(await jobs()).toEqual(["shop-migrate"]);

    // Without the rule each render's own is delivered where its inputs changed: no look at the same ones makes another
    // password, nor does a restart.
    await app.edit(({ spec }) => {
      spec.source = { ...spec.source!, helm: { valuesObject: { version: "2", migrate: "2" } } };
      spec.ignoreDifferences = [];
    });
    const now = async (): Promise<string> => (await must("GET", ADMIN)).data.password;
    await eventually("it is that of the last render", async () => (await now()) !== password);
    await app.untilSettled();
    const rotated = await now();
    await app.refresh("hard");
    await app.untilSettled();
    expect(await now()).toBe(rotated);
    await daemon.restart();
    await app.refresh();
    await app.untilSettled();
    await staysSynced(stage(), app);
    expect(await now()).toBe(rotated);
  });
}
