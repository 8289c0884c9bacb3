/** What is asked of a Pod's logs and of a refresh, by click and by key, against the real API. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { chooseAction } from "../lib/actions-menu.ts";
import { accessibilityProblems, startBrowser, watchedPage } from "../lib/browser.ts";
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
beforeEach(() => {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  api = startFakeApi(control);
  return () => api.stop();
});
const asked = (what: string): string[] => control.calls.filter((call) => call.startsWith(what));

test("a log is followed, and that of the run before is read to its end, in place of it", async () => {
  control.setLogs(
    async function* ({ of }) {
      yield {
        ...{ is: "line", pod: "web-1", time: "2026-11-30T00:00:00Z" },
        text: of === "previous" ? "panic: no config" : "starting",
      };
    },
    ["web-1"],
  );
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?node=/Pod/shop/web-1&tab=logs`);
  const log = page.getByLabel("Log of Pod web-1");
  await log.getByText("starting").waitFor();
  expect(asked("logs").at(-1)).toContain('"of":"this-run"');
  await page.getByLabel("Previous container").check();
  await log.getByText("panic: no config").waitFor();
  expect(await log.getByText("starting").count()).toBe(0);
  expect(asked("logs").at(-1)).toContain('"of":"previous"');
  await page.getByText("Ended · 1 line").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByLabel("Previous container").uncheck();
  await log.getByText("starting").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a refresh renders again where Shift is held, on the page and in the list; the menu has both", async () => {
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web`);
  const last = (how: string) =>
    eventually(`a ${how} refresh is asked for`, async () => asked("refresh").at(-1)?.includes(how) === true);
  /** While one is under way a key asks for no second one. */
  const press = (key: string, how: string) =>
    eventually(`${key} asks for a ${how} refresh`, async () => {
      if (asked("refresh").at(-1)?.includes(how) === true) return true;
      await page.keyboard.press(key);
      return false;
    });
  await chooseAction(page, "web", /^Refresh/);
  await last("normal");
  await page.getByText("web was refreshed", { exact: true }).waitFor();
  await chooseAction(page, "web", /render again/);
  await last("hard");
  await press("r", "normal");
  await press("Shift+R", "hard");
  await page.getByText("web was refreshed, and rendered again").first().waitFor();
  await page.goto(`${api.url}/applications`);
  await page.locator("#app-argocd-web").focus();
  await press("r", "normal");
  await press("Shift+R", "hard");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
