/** Settings → Notifications: who is told, what was sent, what was given up, a test and another try. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeNotifications } from "../fakes/fake-notifications.ts";
import { PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { accessibilityProblems, screenshot, startBrowser } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;
const notifications = fakeNotifications();
beforeAll(async () => {
  const control = fakeControl();
  control.put(fakeApp("payments", "web"));
  api = startFakeApi(control, { notifications });
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

test("what an event would send is shown, to whom and how it reads", async () => {
  const page = await browser.newPage({ viewport: { width: 390, height: 900 } });
  await page.goto(`${api.url}/settings/notifications`);
  await page.getByLabel("Application", { exact: true }).fill("payments/web");
  await page.getByLabel("Event").selectOption("on-deployed");
  await page.getByRole("button", { name: "Show" }).click();
  const shown = page.getByRole("article", { name: "To slack:deploys" });
  await shown.getByText("Deployment payments/web: the server refused it").waitFor();
  expect(await shown.getByRole("link").getAttribute("href")).toBe(
    "https://cd.example.com/applications/payments/web?view=run",
  );
  await shown.getByText("What is sent").click();
  expect(await shown.locator("pre").textContent()).toBe(
    'POST slack.com\nAuthorization: ***\n\n{"text":"web: sync failed"}',
  );
  await page.getByText("holdfast notify preview payments/web deployed").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  await screenshot(page, "notifications-preview");
  await page.close();
}, 60_000);

test("on a daemon without a service it is shown how an event would read; who may only look sends nothing, with why", async () => {
  const daemon = await startAccountsDaemon(undefined, "", {
    policy: ["p, role:dev, applications, get, */*, allow"],
  });
  const wired = await startAccountsDaemon(
    () =>
      '\nnotifications: { services: [{ name: hook, type: webhook, settings: { url: "http://127.0.0.1:9/in" } }] }',
    "",
    { policy: ["p, role:dev, applications, get, */*, allow"] },
  );
  const signedIn = async (url: string, name: string) => {
    const context = await browser.newContext();
    const page = await context.newPage();
    page.setDefaultTimeout(30_000);
    await page.goto(`${url}/settings/notifications`);
    await page.getByLabel("Name").fill(name);
    await page.getByLabel("Password").fill(PASSWORD);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByRole("heading", { name: "How it reads" }).waitFor();
    return page;
  };
  try {
    const ann = await signedIn(daemon.url, "ann");
    await ann.getByText("Nobody is told yet").waitFor();
    await ann.getByLabel("Application", { exact: true }).fill("argocd/mine");
    await ann.getByRole("button", { name: "Show" }).click();
    const shown = ann.getByRole("article", { name: "To nobody" });
    await shown.getByText("mine: sync failed").waitFor();
    expect(await shown.getByRole("note").textContent()).toContain("no service is configured");

    const looker = await signedIn(wired.url, "ann");
    const send = looker.getByRole("button", { name: "Send a test" });
    await looker.locator('button[aria-disabled="true"]', { hasText: "Send a test" }).waitFor();
    expect(await send.getAttribute("title")).toBe("Your policy does not let you update applications */*");
    await send.click({ force: true });
    const root = await signedIn(wired.url, "root");
    await root.getByRole("button", { name: "Send a test" }).click();
    await root.getByText("Not sent: nothing listens there").waitFor();
    expect(await looker.getByText("Not sent").count()).toBe(0);
  } finally {
    for (const context of browser.contexts()) await context.close();
    await daemon.stop();
    await wired.stop();
  }
}, 120_000);
