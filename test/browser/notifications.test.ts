/** Settings → Notifications: who is told, what was sent, what was given up, a test and another try. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { fakeControl } from "../fakes/fake-control.ts";
import { fakeNotifications } from "../fakes/fake-notifications.ts";
import { accessibilityProblems, screenshot, startBrowser } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;
const notifications = fakeNotifications();
beforeAll(async () => {
  api = startFakeApi(fakeControl(), { notifications });
  browser = await startBrowser();
});
afterAll(async () => {
  await browser?.close();
  await api?.stop();
});

for (const [width, theme] of [
  [1440, "light"],
  [1024, "dark"],
  [390, "light"],
  [320, "dark"],
] as const)
  test(`says who is told and what was given up, ${width} wide and ${theme}`, async () => {
    const page = await browser.newPage({ viewport: { width, height: 900 }, colorScheme: theme });
    await page.goto(`${api.url}/settings/notifications`);
    await page.getByText("Slack says channel_not_found").waitFor();
    const text = await page.locator("main").textContent();
    expect(text).toContain("service mail: settings.from is required");
    expect(text).toContain("2 messages wait: it answered HTTP 503");
    expect(text).toContain("there is no service pager");
    expect(await accessibilityProblems(page)).toEqual([]);
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBeLessThanOrEqual(0);
    await screenshot(page, `notifications-${width}-${theme}`);
    await page.close();
  }, 60_000);

test("a test is sent by keyboard, and what was given up is tried again", async () => {
  const page = await browser.newPage();
  await page.goto(`${api.url}/settings/notifications`);
  await page.getByLabel(/Recipient of a test by slack/).fill("ops");
  await page.keyboard.press("Enter");
  await page.getByText("Taken.").waitFor();
  await page.getByRole("button", { name: "Try again: web: sync failed" }).click();
  await page.waitForFunction(() => document.querySelector("main")?.textContent?.includes("Who is told"));
  await page.getByRole("button", { name: "Try all again" }).waitFor();
  expect(notifications.asked).toEqual(["test slack:ops", "resend 5"]);
  await page.close();
}, 60_000);
