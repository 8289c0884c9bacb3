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

test("what is shown first needs none of what comes later, which nobody asks for who only looks", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).pathname));
  // Nobody answers for the parts: the list is there all the same.
  const first: string[] = [];
  await page.route(/\/ui\/[\w-]+\.js$/, (route) =>
    first.length < 1 ? (first.push(route.request().url()), route.continue()) : undefined,
  );
  await page.goto(`${api.url}/applications`);
  const link = page.getByRole("link", { name: "web" }).first();
  await link.waitFor();
  await page.evaluate(() => new Promise((done) => requestIdleCallback(() => requestIdleCallback(done))));
  // reference: six requests, of which these are the page's files.
  expect(asked.filter((path) => path.endsWith(".js"))).toHaveLength(1);
  expect(asked.filter((path) => /^\/(ui\/|applications$)/.test(path)).length).toBeLessThanOrEqual(6);
  // Whoever points at a link is about to go there: all that it needs is asked for at once, unanswered as it is.
  const next = page.waitForRequest(/\/ui\/application-page-/);
  await link.hover();
  await next;
  await page.waitForFunction(() => document.querySelector("main .app[id]") !== null);
  expect(asked.filter((path) => path.endsWith(".js")).length).toBeGreaterThan(2);
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

test("whoever comes to a link by keys has its page loaded, and whoever has gone somewhere finds the rest", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications`);
  await page.getByRole("link", { name: "web" }).first().waitFor();
  const projects = page.waitForRequest(/\/ui\/rest-/);
  await page.getByRole("link", { name: "Projects" }).focus();
  await projects;
  const application = page.waitForRequest(/\/ui\/application-page-/);
  await page.keyboard.press("Enter");
  await page
    .getByRole("heading", { name: /project/i })
    .first()
    .waitFor();
  await application;
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);
