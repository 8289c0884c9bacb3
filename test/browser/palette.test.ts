/** Ctrl+K from the list: deeds on an application by its name, which lead to the review and do nothing by themselves. In a real browser. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;
const done: string[] = [];

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
beforeEach(() => {
  done.length = 0;
  control = fakeControl();
  for (const name of ["payments", "mailer", "pay-more"]) put(name);
  const { sync, rollback, refresh } = control;
  control.sync = (...asked) => {
    done.push("sync");
    return sync(...asked);
  };
  control.rollback = (...asked) => {
    done.push("rollback");
    return rollback(...asked);
  };
  control.refresh = (...asked) => {
    done.push(`refresh ${asked[0]}`);
    return refresh(...asked);
  };
  api = startFakeApi(control);
});
afterEach(() => api?.stop());

function put(name: string, more: object = {}): void {
  const app = fakeApp("argocd", name);
  control.put({
    ...app,
    status: {
      ...{ sync: { status: "OutOfSync", comparedTo: { destination: app.spec.destination } } },
      ...{ health: { status: "Healthy" }, resources: [], history: [] },
      ...more,
    },
  } as Application);
}

const open = async () => {
  const watched = await watchedPage(browser, api.url);
  await watched.page.goto(`${api.url}/applications`);
  await watched.page.locator("#app-argocd-payments").waitFor();
  return watched;
};
const type = async (page: Page, line: string): Promise<void> => {
  await page.keyboard.press("Control+k");
  await page.keyboard.type(line);
};
const option = (page: Page, name: RegExp) =>
  page.getByRole("dialog", { name: "Go to" }).getByRole("option", { name });

test("sync and a name lead to the review of that application, and nothing is synced by it", async () => {
  const { page, faults } = await open();
  await type(page, "sync payments");
  const first = option(page, /^Review & sync… of argocd\/payments/);
  await first.waitFor();
  expect(await first.getAttribute("aria-selected")).toBe("true");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Enter");
  await page.getByRole("dialog", { name: /^Sync payments to/ }).waitFor();
  expect(page.url()).toBe(`${api.url}/applications/argocd/payments`);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  // It is asked once, and of nobody else who is looked at later.
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "payments" }).waitFor();
  await page.getByRole("button", { name: "Review & sync payments" }).waitFor();
  expect(await page.getByRole("dialog").count()).toBe(0);
  expect(done).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("what cannot be done now is there with the reason, and Enter does not choose it", async () => {
  put("payments", { hold: { at: {}, deployment: 0, by: "user:ann", since: "2026-11-30T03:00:00Z" } });
  const { page, faults } = await open();
  await type(page, "sync payments");
  const held = option(page, /^Review & sync… of argocd\/payments It is held: lift the hold first/);
  await held.waitFor();
  expect(await held.getAttribute("aria-disabled")).toBe("true");
  await page.keyboard.press("Enter");
  await held.waitFor();
  await page.keyboard.press("Escape");
  await type(page, "roll back mailer");
  await option(page, /^Roll back… of argocd\/mailer Nothing was deployed before/).waitFor();
  await page.keyboard.press("Escape");
  await type(page, "unhold mailer");
  await option(page, /^Lift the hold… of argocd\/mailer It is not held/).waitFor();
  expect(page.url()).toBe(`${api.url}/applications`);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("an Enter that comes before the list does is not lost, several of a name are told apart, and a refresh stays where one is", async () => {
  const { page, faults } = await open();
  const held = Promise.withResolvers<void>();
  await page.route(/\/ui\/.*\.js$/, async (route) => {
    await held.promise;
    await route.continue();
  });
  await type(page, "refresh pay");
  await page.keyboard.press("Enter");
  expect(await option(page, /pay/).count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  held.resolve();
  await page.getByText("pay-more was refreshed").waitFor();
  expect(done).toEqual(["refresh argocd/pay-more"]);
  expect(page.url()).toBe(`${api.url}/applications`);
  await type(page, "terminate pay");
  await option(page, /^Terminate… of argocd\/pay-more Nothing runs/).waitFor();
  await option(page, /^Terminate… of argocd\/payments Nothing runs/).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("whoever goes elsewhere before the application is shown is asked nothing there later", async () => {
  const { page, faults } = await open();
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await type(page, "sync payments");
  const first = option(page, /^Review & sync… of argocd\/payments/);
  await first.waitFor();
  await page.route("**/api/holdfast/v1/applications/argocd/payments", async (route) => {
    await held;
    await route.continue();
  });
  await page.keyboard.press("Enter");
  await page.waitForURL(`${api.url}/applications/argocd/payments`);
  await page.goBack();
  await page.locator("#app-argocd-payments").waitFor();
  letGo();
  await page.locator("#app-argocd-payments .name a").first().click();
  // Below a dialog nobody could press it.
  await page.getByRole("button", { name: "Review & sync payments" }).click();
  await page.getByRole("dialog", { name: /^Sync payments to/ }).waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
