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

test("a rollback begins at the last that went well, and says of each how it fared and what it was", async () => {
  const control = fakeControl();
  const app = fakeApp("argocd", "web");
  const subjects = ["one", "two crashes", "three", "four"];
  const history = subjects.map((_, id) => ({
    ...{ id, revision: String(id).repeat(40), deployedAt: "2026-11-29T10:00:00Z" },
  }));
  const put = (more: object = {}) =>
    control.put({
      ...app,
      status: {
        sync: { status: "Synced", comparedTo: { destination: {} }, revision: "3".repeat(40) },
        ...{ health: { status: "Healthy" }, resources: [], history, ...more },
      } as never,
    });
  put();
  const bad = {
    is: "degraded",
    why: "apps/Deployment shop/web: Pod web-1 container web waits: CrashLoopBackOff: 40s",
  };
  let fared: readonly unknown[] = [{ is: "healthy" }, bad, bad, undefined];
  control.deployments = async () => ({
    is: "found",
    value: {
      ...{ revisions: [], now: [] },
      items: history.map((entry, id) => ({
        ...entry,
        commits: [
          {
            ...{ is: "commit", subject: subjects[id] ?? "", author: "Ana <a@x>" },
            ...{ date: "2026-11-23T03:55:00Z", signedOffBy: [] },
          },
        ],
        ...(fared[id] === undefined ? {} : { fared: fared[id] as never }),
      })),
    },
  });
  control.rollbackPlan = async (_, deployment) => {
    const entry = history.find(({ id }) => id === deployment);
    if (entry === undefined) return { is: "absent" };
    return {
      is: "found",
      value: {
        deployment: entry,
        resources: [],
        refusals: [],
        then: "held",
        sources: "as-written",
        asNow: [],
      },
    };
  };
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url, { expected: [400, 404] });
  const open = async () => {
    await page.goto(`${api.url}/applications/argocd/web`);
    await page.getByRole("button", { name: "Roll back web…" }).click();
    return page.getByRole("dialog", { name: "Roll web back" });
  };
  const dialog = await open();
  const select = dialog.getByLabel("To deployment");
  await dialog
    .locator("#rollback-sum")
    .getByText(/^web to 0000000: /)
    .waitFor();
  expect(await select.inputValue()).toBe("0");
  expect(
    (await select.locator("option").allTextContents()).map((text) => text.replace(/ · \d+ \w+ ago/, "")),
  ).toEqual([
    "2 · 2222222 · Degraded: CrashLoopBackOff · three",
    "1 · 1111111 · Degraded: CrashLoopBackOff · two crashes",
    "0 · 0000000 · Healthy · one",
  ]);
  expect(await dialog.getByText("It did not go well").count()).toBe(0);
  await dialog.getByText(/^one, .*; deployed \d+ \w+ ago/).waitFor();
  await select.selectOption("1");
  await dialog.getByText("It did not go well Degraded: CrashLoopBackOff").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "rollback-fared");
  // A phone has room for it too, and no keys.
  await page.setViewportSize({ width: 390, height: 844 });
  await page.goto(`${api.url}/applications/argocd/web`);
  const button = page.getByRole("button", { name: "Roll back web…" });
  await button.waitFor();
  expect(
    await button.evaluate((one) => one.getBoundingClientRect().right <= document.documentElement.clientWidth),
  ).toBe(true);
  await page.getByRole("button", { name: "Actions of web" }).click();
  await page.getByRole("menuitem", { name: "Refresh", exact: true }).waitFor();
  expect(await page.locator(".menu .key").count()).toBeGreaterThan(0);
  expect(await page.locator(".menu .key:visible").count()).toBe(0);
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.locator(".menu .key:visible").first().waitFor();
  await page.goto(`${api.url}/applications/argocd/web?view=history`);
  await page
    .getByRole("row", { name: /two crashes/ })
    .getByText("Degraded: CrashLoopBackOff")
    .waitFor();

  // Nothing is chosen for anybody where all of them went wrong.
  fared = [bad, bad, bad, undefined];
  const none = await open();
  await none.getByText(/None of those before is known to have gone well/).waitFor();
  expect(await none.getByLabel("To deployment").inputValue()).toBe("");
  expect(await none.getByRole("button", { name: /^Roll back/ }).count()).toBe(0);

  // What is held has its hold lifted first: the button is that one, and the menu's dialog leads to it.
  fared = [{ is: "healthy" }, bad, bad, undefined];
  put({
    hold: {
      ...{ at: { revision: "3".repeat(40) }, deployment: 1, by: "ann", since: "2026-11-29T10:00:00Z" },
      ...{ extras: "kept", until: "lifted" },
    },
  });
  await page.goto(`${api.url}/applications/argocd/web`);
  await page.getByRole("button", { name: "Lift the hold of web" }).waitFor();
  expect(await page.getByRole("button", { name: "Roll back web…" }).count()).toBe(0);
  await page.getByRole("button", { name: "Actions of web" }).click();
  await page.getByRole("menuitem", { name: "Roll back…" }).click();
  expect(await page.getByLabel("To deployment").inputValue()).toBe("");
  await page.getByRole("dialog").getByRole("button", { name: "Lift the hold…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Lift the hold" }).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

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
      why: `nobody may push there, ${"and the config does not say that anybody may, ".repeat(5)}`,
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
  // What cannot be done is one line and not recommended, and what would change stands before the choice.
  await kept.getByText(/^Revert in Git is not possible: .*nobody may push there/).waitFor();
  expect(await kept.getByText("recommended").count()).toBe(0);
  const [how, plan, whole] = await Promise.all(
    [kept.getByRole("group", { name: "How" }), kept.getByText("PersistentVolumeClaim").first(), kept].map(
      (one) => one.boundingBox(),
    ),
  );
  expect((how?.x ?? 0) + (how?.width ?? Infinity)).toBeLessThan((whole?.x ?? 0) + (whole?.width ?? 0));
  expect(plan?.y ?? Infinity).toBeLessThan(how?.y ?? 0);
  refusals = [];
  const dialog = await open();
  expect(await dialog.getByText("What is deleted takes data with it.").count()).toBe(0);
  await dialog.getByRole("checkbox", { name: /delete/i }).check();
  const name = dialog.getByLabel(/What is deleted takes data with it/);
  const go = dialog.getByRole("button", { name: "Roll back to deployment 0" });
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
