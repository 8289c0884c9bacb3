/** The list where there is none: nothing yet, nothing that comes, nothing that is like that, and nothing of now. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { SettingsFacts } from "../../src/api/context.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

const SETTINGS: SettingsFacts = {
  ...{ installationID: "", namespaces: "home", impersonation: "off", plugins: [], trust: [], badges: [] },
  ...{ home: "cluster", kustomize: { buildOptions: [], versions: [] } },
};

const hosts = (page: Page) => page.locator("#apps .app:not(.head)");

test("no applications: what makes the first one here, to copy", async () => {
  const control = fakeControl();
  control.clusters = () => [
    {
      ...{ name: "east", server: "https://east.example.com:6443", size: { objects: 0, kinds: 0 } },
      connection: { is: "connected", since: 0 },
      kubeVersion: "v1.35",
    },
  ];
  api = startFakeApi(control, { settings: () => SETTINGS });
  for (const scheme of ["light", "dark"] as const) {
    const { page, faults } = await watchedPage(browser, api.url, { scheme, width: 320 });
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.goto(`${api.url}/applications`);
    await page.getByText("kubectl apply -f -").waitFor();
    await page.getByText("holdfast app create guestbook").waitFor();
    await page.getByRole("button", { name: "Copy", exact: true }).click();
    await page.getByText("Copied: the manifest").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(
      /^kubectl apply -f - <<'EOF'\n\{.*"east".*\}\nEOF$/,
    );
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(320);
    await screenshot(page, `list-empty-${scheme}`);
    expect([...(await accessibilityProblems(page)), ...faults()]).toEqual([]);
    await page.context().close();
  }
}, 90_000);

test("what comes at once is not announced, what takes longer is drawn as twelve rows", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "shop"));
  api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  let letGo: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await page.route("**/api/holdfast/v1/list", async (route) => {
    await held;
    await route.continue();
  });
  await page.clock.install();
  await page.clock.pauseAt(Date.now() + 1_000);
  await page.goto(`${api.url}/applications`);
  await page.getByRole("heading", { name: "Asking the daemon" }).waitFor();
  await page.clock.runFor(140);
  expect(await page.locator(".skeleton > div").count()).toBe(0);
  // An effect runs a few frames after what it is of was drawn.
  await page.clock.runFor(300);
  expect(await page.locator(".skeleton > div").count()).toBe(12);
  await page.clock.resume();
  await screenshot(page, "list-skeleton");
  expect(await accessibilityProblems(page)).toEqual([]);
  letGo();
  await hosts(page).first().waitFor();
  expect([await page.locator(".skeleton").count(), ...faults()]).toEqual([0]);
  await page.context().close();
}, 60_000);

test("a name that nothing is asked by is said where nothing is found, with those that there are", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "shop"));
  api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications?q=foo:bar`);
  await page.getByText("foo:bar is looked for as text: what is asked by name is is:, health:").waitFor();
  await page.goto(`${api.url}/applications?q=health:degraded`);
  await page.getByRole("heading", { name: "None of 1 is like that" }).waitFor();
  expect(await page.getByText("is looked for as text").count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("nothing is like that: what leaves all out is one press away", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "shop"));
  api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications?q=project:default%20health:degraded`);
  await page.getByRole("heading", { name: "None of 1 is like that" }).waitFor();
  await screenshot(page, "list-nothing");
  await page.getByRole("button", { name: "Without health:degraded: 1" }).click();
  await hosts(page).first().waitFor();
  expect(new URL(page.url()).searchParams.get("q")).toBe("project:default");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

/** Of states and of the bars beside sentences: each once. */
const coloursOf = (page: Page): Promise<string[]> =>
  page.evaluate(() => {
    const states = [...document.querySelectorAll("main .state")].map((one) => getComputedStyle(one).color);
    const bars = [...document.querySelectorAll("main .words")].map(
      (one) => getComputedStyle(one).borderLeftColor,
    );
    return [...new Set([...states, ...bars].map((one) => one.replace(/ /g, "")))];
  });

test.each(["light", "dark"] as const)(
  "the daemon is gone: since when, what is shown is of then, nothing is done, and it goes on by itself (%s)",
  async (scheme) => {
    const control = fakeControl();
    control.put(fakeApp("argocd", "till"));
    control.put({
      ...fakeApp("argocd", "shop"),
      status: {
        sync: { status: "Synced", comparedTo: { destination: {} } },
        health: { status: "Degraded", message: "Deployment web: 0 of 1 replicas are available" },
        resources: [],
      },
    });
    api = startFakeApi(control);
    const { page } = await watchedPage(browser, api.url, { scheme });
    // Who looked at one has the scripts for all.
    await page.goto(`${api.url}/applications/argocd/shop`);
    await page.getByRole("heading", { level: 1, name: "shop" }).waitFor();
    await page.getByRole("link", { name: "Applications", exact: true }).click();
    await page.getByRole("checkbox", { name: "Select shop" }).click();
    await page.getByRole("button", { name: "Refresh" }).waitFor();
    const beside = await page.context().newPage();
    await beside.goto(`${api.url}/applications/argocd/shop`);
    await beside.locator(".application-head .words").first().waitFor();
    expect((await coloursOf(beside)).length).toBeGreaterThan(1);
    const port = Number(new URL(api.url).port);
    await api.stop();
    await page.locator("#offline").getByText("Not connected since").waitFor();
    expect(await page.locator("#offline time").getAttribute("datetime")).toMatch(/^\d{4}-.*Z$/);
    expect(await page.locator("h1").textContent()).toStartWith("As of ");
    for (const name of ["New application", "Review & sync", "Refresh", "Delete"]) {
      const button = page.getByRole("button", { name, exact: true });
      expect([
        await button.getAttribute("aria-disabled"),
        (await button.getAttribute("title"))?.slice(0, 29),
      ]).toEqual(["true", "The daemon is not reached: wh"]);
    }
    await page.getByRole("button", { name: "Delete", exact: true }).click({ force: true });
    expect(await page.getByRole("dialog").count()).toBe(0);
    await screenshot(page, `list-stale-${scheme}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await coloursOf(page)).toHaveLength(1);
    // One that was looked at is grey too: how it stands, and the bars beside what is said of it.
    await beside.locator("#offline").waitFor();
    expect(await beside.locator(".application-head .words").count()).toBeGreaterThan(0);
    expect(await coloursOf(beside)).toHaveLength(1);
    expect(await accessibilityProblems(beside)).toEqual([]);
    await screenshot(beside, `application-stale-${scheme}`);
    // One that was not read before shows what the list had of it.
    await page.locator("#app-argocd-till").getByRole("link", { name: "till", exact: true }).click();
    await page.getByText("This is what the list had.").waitFor();
    await page.locator(".state", { hasText: "Unknown" }).first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.goBack();
    api = startFakeApi(control, { port });
    await page.locator("#connection-word", { hasText: "Live" }).waitFor();
    expect(await page.locator("#offline").count()).toBe(0);
    await page.getByRole("checkbox", { name: "Select shop" }).click();
    expect(await page.getByRole("button", { name: "Refresh" }).getAttribute("aria-disabled")).toBe("false");
    expect(await page.locator("h1").textContent()).not.toStartWith("As of ");
    await page.context().close();
  },
  90_000,
);
