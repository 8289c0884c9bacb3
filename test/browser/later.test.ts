/** Parts of the page come when somebody goes there: one that does not come is said, and can be had all the same. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
import { startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});

test("a part that is cut off on its way is said, and comes at the next try", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const { page } = await watchedPage(browser, api.url);
  // Nothing is loaded by itself: the button alone brings it.
  await page.addInitScript(() => {
    globalThis.requestIdleCallback = () => 0;
  });
  let isCut = true;
  await page.route(/\/ui\/(application-page|rest)-/, (route) =>
    isCut ? route.abort("connectionreset") : route.continue(),
  );
  await page.goto(`${api.url}/applications`);
  await page.getByRole("link", { name: "web" }).first().waitFor();
  await page.goto(`${api.url}/applications/argocd/web`);
  const alert = page.getByRole("alert").filter({ hasText: "could not be loaded" });
  await alert.waitFor();
  expect(await alert.textContent()).toContain("or it is another version than this page");
  isCut = false;
  await alert.getByRole("button", { name: "Try again" }).click();
  await page.getByRole("heading", { name: "web" }).waitFor();
  await page.context().close();
  await api.stop();
}, 60_000);

test("what is shown first needs none of what comes later", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  // What people go to next is asked for meanwhile.
  const next = page.waitForRequest(/\/ui\/application-page-/);
  // Nobody answers for the parts: the list is there all the same.
  await page.route(/\/ui\/(?!main-)[\w-]+\.js$/, () => {});
  await page.goto(`${api.url}/applications`);
  await page.getByRole("link", { name: "web" }).first().waitFor();
  await next;
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);
