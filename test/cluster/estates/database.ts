import { expect, test } from "bun:test";
import { staysSynced } from "../../lib/calm.ts";
import { placeEstate } from "../../lib/estate.ts";
import { eventually } from "../../lib/eventually.ts";
import { isQuiet, isSynced, MERGE, type Shown, type Stage } from "../../lib/stage.ts";

const NAMESPACE = "orders";
const MIGRATE = `/apis/batch/v1/namespaces/${NAMESPACE}/jobs/migrate`;
const ORDERS = `/apis/apps/v1/namespaces/${NAMESPACE}/deployments/orders`;

const imageOf = (object: Shown | undefined): string | undefined =>
  object?.spec.template.spec.containers[0].image;
const hooksOf = (app: Shown): string[] =>
  ((app.status.operationState?.syncResult?.resources ?? []) as Shown[]).flatMap(
    ({ name, hookType, hookPhase }) =>
      hookType === undefined ? [] : [`${hookType} ${name.replace(/^smoke-.*/, "smoke")} ${hookPhase}`],
  );

export function databaseEstate(stage: () => Stage): void {
  test("a database with a migration: it fails and is tried again, each upgrade runs it anew before the new version, and a smoke test ends the sync", async () => {
    const { must, find, daemon, writes } = stage();
    const node = (reachable: "reachable" | null) =>
      must(
        "PATCH",
        "/api/v1/nodes/kwok-0",
        { metadata: { labels: { "estates.example.com/database": reachable } } },
        MERGE,
      );
    const made = (): string[] =>
      writes(NAMESPACE)
        .filter(
          ({ verb, resource }) => verb === "patch" && ["jobs.batch", "deployments.apps"].includes(resource),
        )
        .map(({ name }) => name.replace(/^smoke-.*/, "smoke"));

    const app = await placeEstate(stage(), "database", { makeNamespace: "none" });
    const failed = await app.until((now) => (now.status?.operationState?.retryCount ?? 0) > 0);
    expect(failed.status.operationState.phase).toBe("Running");
    // Nothing of the application is there before its migration went through.
    expect(await find(ORDERS)).toBeUndefined();
    expect((await daemon.cli("app", "get", NAMESPACE)).stdout).toMatch(/migrate/);
    await node("reachable");
    const first = await app.untilSettled(60_000);
    expect(first.status.operationState).toMatchObject({ phase: "Succeeded" });
    expect(hooksOf(first)).toEqual([
      "PreSync migrate-settings Succeeded",
      "PreSync migrate Succeeded",
      "PostSync smoke Succeeded",
    ]);
    expect(made().slice(-3)).toEqual(["migrate", "orders", "smoke"]);
    expect(new Set(made().slice(0, -2))).toEqual(new Set(["migrate"]));
    await eventually("HookSucceeded takes the smoke test", async () => {
      const { items } = await must("GET", `/apis/batch/v1/namespaces/${NAMESPACE}/jobs`);
      return items.length === 1;
    });
    await staysSynced(stage(), app);

    // An upgrade: the migration runs anew, with its new image, before the new version is written.
    const before = { job: (await must("GET", MIGRATE)).metadata.uid, made: made().length };
    await app.rewrite({
      "migrate.yaml": ["orders-migrate:1", "orders-migrate:2"],
      "orders.yaml": ["orders:1", "orders:2"],
    });
    await eventually("the new version is there", async () => imageOf(await find(ORDERS))?.endsWith(":2"));
    await app.untilSettled();
    expect(made().slice(before.made)).toEqual(["migrate", "orders", "smoke"]);
    expect((await must("GET", MIGRATE)).metadata.uid).not.toBe(before.job);
    expect(imageOf(await find(MIGRATE))).toBe("registry.example.com/orders-migrate:2");
    await staysSynced(stage(), app);

    // A migration that fails keeps the old version, and says why; drift of the old version is put back meanwhile.
    await app.edit(({ spec }) => void (spec.syncPolicy = { ...spec.syncPolicy, retry: { limit: 0 } }));
    await app.rewrite({
      "migrate.yaml": ["orders-migrate:2", "orders-migrate:broken"],
      "orders.yaml": ["orders:2", "orders:3"],
    });
    const broken = await app.until((now) => isQuiet(now) && now.status?.operationState.phase === "Failed");
    expect(broken.status.operationState.message).toMatch(/the hook batch\/Job orders\/migrate failed/);
    expect(broken.status.sync.status).toBe("OutOfSync");
    expect(imageOf(await find(ORDERS))).toBe("registry.example.com/orders:2");
    const told = await daemon.cli("app", "get", NAMESPACE);
    expect(told.stdout).toMatch(/the hook batch\/Job orders\/migrate failed/);

    // A version whose smoke test fails is deployed, and its sync has failed: no endless tries, and the Job stays to be read.
    await app.rewrite({
      "migrate.yaml": ["orders-migrate:broken", "orders-migrate:3"],
      "smoke.yaml": ["smoke:1", "smoke:broken"],
    });
    const smoked = await app.until(
      (now) =>
        isQuiet(now) &&
        now.status?.operationState.phase === "Failed" &&
        hooksOf(now).some((one) => one.startsWith("PostSync")),
    );
    expect(smoked.status.operationState.message).toMatch(/the hook batch\/Job orders\/smoke-\S+ failed/);
    expect(imageOf(await find(ORDERS))).toBe("registry.example.com/orders:3");
    expect(isSynced(smoked)).toBe(true);
    await staysSynced(stage(), app);
    await node(null);
  });
}
