/** What is said before a sync is asked for: that one runs, that somebody rolled it back, which hooks run. In a real browser. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { chooseAction } from "../lib/actions-menu.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

const AT = "2026-11-30T08:00:00Z";
const RESOURCE = { group: "apps", version: "v1", kind: "Deployment", namespace: "shop", name: "web" };
const MIGRATE = { group: "batch", kind: "Job", namespace: "shop", name: "migrate" };

function put(status: object): void {
  const app = fakeApp("argocd", "web");
  control.put({
    ...app,
    status: {
      ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [{ ...RESOURCE, status: "OutOfSync" }], history: [], ...status },
    } as ApplicationStatus,
  });
}

function served(status: object): void {
  control = fakeControl();
  put(status);
  api = startFakeApi(control);
}

const operation = (phase: string, more: object = {}) => ({
  ...{ phase, message: "waiting for completion of hook", startedAt: AT, operation: { sync: {} } },
  ...more,
});

async function openFromList() {
  const watched = await watchedPage(browser, api.url);
  await watched.page.goto(`${api.url}/applications`);
  await watched.page.getByTitle("Review what a sync of web would do", { exact: true }).click();
  return { ...watched, dialog: watched.page.getByRole("dialog") };
}

test("while a sync runs none is offered, with the menu's words and the way to it, and one is once it is over", async () => {
  served({ operationState: operation("Running") });
  const { page, faults, dialog } = await openFromList();
  const words = "Sync runs: wait for it, or terminate it";
  await dialog.getByText(`${words}.`).waitFor();
  const sync = dialog.getByRole("button", { name: "Sync", exact: true });
  await sync.waitFor();
  expect([await sync.getAttribute("aria-disabled"), await sync.getAttribute("title")]).toEqual([
    "true",
    words,
  ]);
  await sync.click({ force: true });
  await dialog.getByRole("alert").getByText(words).waitFor();
  expect(control.calls.filter((call) => call.startsWith("sync"))).toEqual([]);
  const run = dialog.getByRole("link", { name: "View the run" });
  expect(await run.getAttribute("href")).toBe("/applications/argocd/web?view=run");
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "sync-review-runs");
  put({ operationState: operation("Succeeded", { finishedAt: AT }) });
  await run.waitFor({ state: "detached" });
  const anew = dialog.getByRole("button", { name: "Show what it would do now" });
  if (await anew.isVisible()) await anew.click();
  await eventually("it is offered", async () => (await sync.getAttribute("aria-disabled")) === "false");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("that somebody rolled it back is said where a sync would undo that: at its head, and before the sync", async () => {
  const reason = "4.2 asks <b>too</b> much";
  const entry = { id: 3, revision: COMMIT, deployedAt: AT, deployStartedAt: AT };
  served({
    history: [{ ...entry, cause: "rollback to 0", reason, initiatedBy: { username: "user:pia" } }],
  });
  const says = `Rolled back to deployment 0 by pia: ${reason}`;
  const { page, faults, dialog } = await openFromList();
  expect(await dialog.locator(".words").textContent()).toStartWith(says);
  await page.goto(`${api.url}/applications/argocd/web`);
  const head = page.locator(".application-head .words", { hasText: "Rolled back" });
  await head.waitFor();
  expect(await head.textContent()).toStartWith(says);
  await screenshot(page, "rolled-back-by-hand");
  put({ history: [{ ...entry, id: 4, cause: "manual" }] });
  await head.waitFor({ state: "detached" });
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("hooks are named with their phases, and which of them failed last time", async () => {
  const result = { ...MIGRATE, version: "v1", hookType: "PreSync", hookPhase: "Failed", message: "exit 1" };
  served({
    operationState: operation("Failed", {
      finishedAt: AT,
      syncResult: { revision: COMMIT, resources: [result] },
    }),
  });
  const planOf = control.syncPlan.bind(control);
  control.syncPlan = async (...asked) => {
    const plan = await planOf(...asked);
    if (plan.is === "found")
      plan.value.steps.push(
        { ref: MIGRATE, does: "hook", phase: "PreSync", wave: 0 },
        { ref: { ...MIGRATE, name: "smoke" }, does: "hook", phase: "PostSync", wave: 0 },
      );
    return plan;
  };
  const { page, faults, dialog } = await openFromList();
  await dialog.getByText("It runs 2 hooks:").waitFor();
  const named = dialog.getByRole("listitem").filter({ hasText: "Job shop/" });
  expect(await named.allTextContents()).toEqual([
    "Job shop/migrate (PreSync), failed last time",
    "Job shop/smoke (PostSync)",
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "sync-review-hooks");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("that there is no way back by Git is no error in the browser, and says why", async () => {
  const entry = (id: number) => ({
    id,
    revision: String(id).repeat(40),
    deployedAt: AT,
    deployStartedAt: AT,
  });
  served({ sync: { status: "Synced", comparedTo: { destination: {} } }, history: [entry(0), entry(1)] });
  control.revertPlan = async () => {
    throw new Failure("git-auth", "Application argocd/web", "after-edit", {
      ...{ cannot: "put it back in Git", why: "nothing may be pushed to this repository" },
    });
  };
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web`);
  await chooseAction(page, "web", /Roll back/);
  const dialog = page.getByRole("dialog");
  await dialog.getByText(/nothing may be pushed to this repository/).waitFor();
  await dialog.getByRole("button", { name: /^Roll back to deployment/ }).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
