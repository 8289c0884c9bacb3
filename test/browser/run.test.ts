/** A run that waits, as a person sees it: for what and since when, what is still to come, and how it is ended. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
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

function running(): Application {
  const since = new Date(Date.now() - 130_000).toISOString();
  const object = (name: string) => ({ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name });
  return {
    ...fakeApp("argocd", "web"),
    status: {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      health: { status: "Progressing" },
      resources: [
        { ...object("first"), status: "Synced", syncWave: -1, health: { status: "Healthy" } },
        {
          ...object("second"),
          status: "Synced",
          health: { status: "Progressing", message: "1 of 3 are ready" },
        },
        { ...object("third"), status: "OutOfSync", syncWave: 5 },
      ],
      operationState: {
        ...{ operation: { sync: {} }, phase: "Running", startedAt: since },
        message: `waiting for apps/Deployment shop/second (1 of 3) since ${since}`,
        syncResult: {
          resources: ["first", "second"].map((name) => ({
            ...object(name),
            ...{ status: "Synced", message: "configured", syncPhase: "Sync" },
          })),
        },
      },
    },
  };
}

test("says what it waits for and since when, what is still to come, and is ended once a person says so", async () => {
  const control = fakeControl();
  control.put(running());
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?view=run`);
  await page.getByText(/^Waiting 2m for apps\/Deployment shop\/second \(1 of 3\)$/).waitFor();
  const lanes = page.getByRole("list", { name: "Phases and waves" });
  expect(await lanes.getByRole("heading").allTextContents()).toEqual([
    "Wave -1 Succeeded",
    "Wave 0 Running",
    "Wave 5 Waiting",
  ]);
  await lanes.getByText("1 of 3 are ready").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "run-waits");
  const end = page.getByRole("button", { name: "Terminate" });
  await end.click();
  const dialog = page.getByRole("dialog", { name: "Terminate the sync of web" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(control.calls).toEqual([]);
  await end.click();
  await dialog.getByRole("button", { name: "Terminate" }).click();
  await page.locator(".run .state", { hasText: "Failed" }).waitFor();
  expect(control.calls).toEqual(["terminate argocd/web user:local"]);
  await end.waitFor({ state: "hidden" });
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);
