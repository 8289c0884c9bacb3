/** An application behind a failing one on a real API server: nothing of it is written until that one is well, through kill -9 too. */
import { afterAll, beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { ANNOTATION } from "../../src/core/model/application.ts";
import { configMap, configMapPath, deployment } from "../lib/manifests.ts";
import { AUTOMATED, conditions, type Placed, type Stage, startStage, yaml } from "../lib/stage.ts";

setDefaultTimeout(120_000);

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
}, 120_000);
afterAll(() => stage?.stop(), 60_000);

const BROKEN = "registry.example.com/db:broken";
const WELL = "registry.example.com/db:1";
const database = (image: string): Record<string, string> => ({
  "db.yaml": yaml(deployment({ namespace: "behind-db", name: "db", image })),
});
const valueIn = async (name: string): Promise<unknown> =>
  (await stage.find(configMapPath(name, "it")))?.data?.["value"];
const waits = (app: Placed, forWhat: string) =>
  app.until((now) => conditions(now, "DependencyWarning").some((text) => text.includes(forWhat)));

test("it waits for one that is Degraded, says so, is not begun by a kill, and follows when that one is well", async () => {
  const db = await stage.place({
    name: "behind-db",
    files: database(BROKEN),
    spec: { syncPolicy: AUTOMATED },
  });
  await db.until((now) => now.status?.health?.status === "Degraded");
  const shop = await stage.place({
    name: "behind-shop",
    files: { "it.yaml": yaml(configMap("behind-shop", "it", { value: "one" })) },
    metadata: { annotations: { [ANNOTATION.dependsOn]: "behind-db" } },
    spec: { syncPolicy: AUTOMATED },
  });
  await waits(shop, "argocd/behind-db (");
  const { stdout } = await stage.daemon.cli("app", "get", "behind-shop");
  expect(stdout).toContain("argocd/behind-db (");
  expect(stage.writes("behind-shop")).toEqual([]);

  await stage.daemon.kill("SIGKILL");
  await stage.daemon.restart();
  await waits(shop, "argocd/behind-db (");
  expect([await valueIn("behind-shop"), stage.writes("behind-shop")]).toEqual([undefined, []]);

  await db.commit(database(WELL));
  await db.untilSettled();
  await shop.untilSettled();
  expect(await valueIn("behind-shop")).toBe("one");
  expect(conditions(await shop.get(), "DependencyWarning")).toEqual([]);
});

test("a circle and a name that nobody has are named, and a person syncs all the same", async () => {
  const inCircle = (name: string, after: string) =>
    stage.place({
      name,
      files: { "it.yaml": yaml(configMap(name, "it", { value: "one" })) },
      metadata: { annotations: { [ANNOTATION.dependsOn]: after } },
      spec: { syncPolicy: AUTOMATED },
    });
  const one = await inCircle("circle-one", "circle-two");
  await inCircle("circle-two", "circle-one");
  await waits(one, "a circle that never ends: argocd/circle-one → argocd/circle-two → argocd/circle-one");
  const nobody = await stage.place({
    name: "waits-for-nobody",
    files: { "it.yaml": yaml(configMap("waits-for-nobody", "it", { value: "one" })) },
    metadata: { annotations: { [ANNOTATION.dependsOn]: "bd" } },
    spec: { syncPolicy: AUTOMATED },
  });
  await waits(nobody, "argocd/bd (there is no such application)");
  expect((await stage.daemon.cli("app", "sync", "circle-one")).code).toBe(0);
  expect([await valueIn("circle-one"), await valueIn("waits-for-nobody")]).toEqual(["one", undefined]);
});
