/** A rollback that deletes what holds data: it is said, and done once somebody typed the name. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { Failure } from "../../src/core/model/failure.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});

const CLAIM = { group: "", kind: "PersistentVolumeClaim", namespace: "shop", name: "data" };

test("a name is typed before a rollback deletes what holds data, and not where a guard keeps that", async () => {
  const control = fakeControl();
  const app = fakeApp("argocd", "web");
  const revisions = ["1".repeat(40), "2".repeat(40)] as const;
  control.put({
    ...app,
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} }, revision: revisions[1] } },
      ...{ health: { status: "Healthy" }, resources: [] },
      history: revisions.map((revision, id) => ({ id, revision, deployedAt: "2026-11-29T10:00:00Z" })),
    },
  });
  let refusals: { ref: typeof CLAIM; text: string }[] = [{ ref: CLAIM, text: "it asks first" }];
  control.rollbackPlan = async (key, deployment) => {
    const resources = await control.managedResources(key);
    if (resources.is === "absent") return { is: "absent" };
    const [one] = resources.value.filter(({ live }) => live !== undefined);
    if (one === undefined) throw new Error("the fake has no live object");
    const { target: _, predicted: __, ...extra } = one;
    return {
      is: "found",
      value: {
        deployment: { id: deployment, revision: revisions[0], deployedAt: "2026-11-29T10:00:00Z" },
        resources: [{ ...extra, ref: CLAIM, target: undefined, predicted: undefined }],
        ...{ refusals, then: "held", sources: "as-written", asNow: [] },
      },
    };
  };
  control.revertPlan = async () => {
    throw new Failure("git-unreachable", "https://git.example.com/shop.git", "backoff", {
      cannot: "push",
      why: "nobody may push there",
    });
  };
  const asked: boolean[] = [];
  control.rollback = async (_, { prune }) => {
    asked.push(prune === true);
    return { is: "written", app };
  };
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url, { expected: [400, 404, 409, 500, 502, 503] });
  const open = async () => {
    await page.goto(`${api.url}/applications/argocd/web?view=history`);
    await page
      .getByRole("button", { name: /^Roll back/ })
      .first()
      .click();
    const dialog = page.getByRole("dialog", { name: "Roll web back" });
    await dialog.getByText("PersistentVolumeClaim").first().waitFor();
    await dialog.getByRole("radio", { name: /^Roll live back/ }).check();
    return dialog;
  };
  const kept = await open();
  await kept.getByRole("checkbox", { name: /delete/i }).check();
  expect(await kept.getByText("What is deleted takes data with it.").count()).toBe(0);
  // What cannot be done is not recommended, and the choice stands before the plan, which may be long.
  expect(await kept.getByText("recommended").count()).toBe(0);
  const [how, plan] = await Promise.all(
    [kept.getByRole("group", { name: "How" }), kept.getByText("PersistentVolumeClaim").first()].map((one) =>
      one.boundingBox(),
    ),
  );
  expect(how?.y ?? Infinity).toBeLessThan(plan?.y ?? 0);
  refusals = [];
  const dialog = await open();
  expect(await dialog.getByText("What is deleted takes data with it.").count()).toBe(0);
  await dialog.getByRole("checkbox", { name: /delete/i }).check();
  const name = dialog.getByLabel(/What is deleted takes data with it/);
  const go = dialog.getByRole("button", { name: "Roll back to 0" });
  await go.click();
  await dialog.getByText("Type web to say that these may go.").waitFor();
  expect(asked).toEqual([]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "rollback-loses");
  await name.fill("web");
  await go.click();
  await dialog.waitFor({ state: "detached" });
  expect(asked).toEqual([true]);
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);
