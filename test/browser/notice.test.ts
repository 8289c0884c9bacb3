/** What whoever runs the daemon has the page say: a name, a notice as text, and whom to ask. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { INSTANCE_COLOURS, type PageWords } from "../../src/core/model/page-words.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type AccountsDaemon, PASSWORD, startAccountsDaemon } from "../lib/accounts-daemon.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});

test("the notice is text, put away until it is another one, and leads nowhere that runs something", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  let page: PageWords = {
    instance: "staging",
    banner: {
      text: "<img src=x onerror=alert(1)> freeze",
      url: "javascript:alert(1)",
      permanent: "no",
      position: "both",
    },
    chat: { url: "https://chat.example.com", text: "Ask us" },
  };
  const api = startFakeApi(control, {
    settings: () => ({
      ...{ installationID: "", namespaces: "others-too", impersonation: "off", plugins: [], trust: [] },
      ...{ kustomize: { buildOptions: [], versions: [] }, badges: [], page },
    }),
  });
  const watched = await watchedPage(browser, api.url, { expected: [501] });
  const on = watched.page;
  on.setDefaultTimeout(20_000);
  const live = () => on.locator("#connection-word", { hasText: "Live" }).waitFor();
  await on.goto(`${api.url}/clusters`);
  await live();
  const notice = on.getByRole("region", { name: "Notice", exact: true });
  expect(await notice.textContent()).toContain("<img src=x onerror=alert(1)> freeze");
  expect([await notice.locator("img, a").count(), await on.title()]).toEqual([0, "Clusters · staging"]);
  expect(await on.locator(".name").textContent()).toBe("staging");
  await on.getByRole("heading", { level: 1, name: "Clusters" }).waitFor();
  expect(await accessibilityProblems(on)).toEqual([]);
  await screenshot(on, "notice");
  await notice.getByRole("button", { name: "Dismiss" }).click();
  await on.reload();
  await live();
  expect(await notice.count()).toBe(0);
  page = {
    ...page,
    banner: { text: "over", url: "https://example.com/status", permanent: "yes", position: "top" },
  };
  await on.goto(`${api.url}/help`);
  await notice.getByRole("link", { name: "over" }).waitFor();
  expect(await notice.getByRole("button").count()).toBe(0);
  expect(await on.getByRole("link", { name: "Ask us" }).getAttribute("href")).toBe(
    "https://chat.example.com",
  );
  expect(watched.faults()).toEqual([]);
  await on.context().close();
  await api.stop();
}, 60_000);

test("an installation has its name, a stripe and a tab's icon of a colour", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  let page: PageWords = { instance: "staging" };
  const api = startFakeApi(control, {
    settings: () => ({
      ...{ installationID: "", namespaces: "others-too", impersonation: "off", plugins: [], trust: [] },
      ...{ kustomize: { buildOptions: [], versions: [] }, badges: [], page },
    }),
  });
  const { page: on, faults } = await watchedPage(browser, api.url);
  on.setDefaultTimeout(20_000);
  const look = async () => {
    await on.goto(`${api.url}/help`);
    await on.locator("#connection-word", { hasText: "Live" }).waitFor();
    return on.evaluate(() => {
      const bar = document.querySelector<HTMLElement>(".bar");
      return {
        stripe: bar === null ? "" : getComputedStyle(bar).boxShadow,
        name: bar?.querySelector(".name")?.textContent,
        icon: decodeURIComponent(document.querySelector<HTMLLinkElement>("link[rel=icon]")?.href ?? ""),
      };
    });
  };
  const plain = await look();
  expect([plain.stripe, plain.icon.startsWith("data:")]).toEqual(["none", false]);
  const stripes = new Set<string>();
  const fills = new Set<string>();
  for (const colour of INSTANCE_COLOURS) {
    page = { instance: "production", colour };
    const { stripe, name, icon } = await look();
    expect(name).toBe("production");
    stripes.add(stripe);
    const [, fill = ""] = /rx="5" fill="(#[0-9a-f]{6})"/.exec(icon) ?? [];
    fills.add(fill);
    // White is read on it: relative luminance of WCAG.
    const [red = 0, green = 0, blue = 0] = [1, 3, 5]
      .map((at) => Number.parseInt(fill.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    expect(1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)).toBeGreaterThanOrEqual(4.5);
  }
  expect([stripes.size, fills.size]).toEqual([INSTANCE_COLOURS.length, INSTANCE_COLOURS.length]);
  expect(await accessibilityProblems(on)).toEqual([]);
  await screenshot(on, "instance-colour");
  expect(faults()).toEqual([]);
  await on.context().close();
  await api.stop();
}, 60_000);

test("the config says it, and the API tells it as Argo CD's clients know it", async () => {
  const daemon: AccountsDaemon = await startAccountsDaemon(
    () => 'page: { instance: production, banner: { text: "Freeze", position: bottom } }',
  );
  const json = { "content-type": "application/json" };
  const login = await fetch(`${daemon.url}/api/v1/session`, {
    ...{ method: "POST", headers: json },
    body: JSON.stringify({ username: "root", password: PASSWORD }),
  });
  const { token } = (await login.json()) as { token: string };
  const told = await fetch(`${daemon.url}/api/v1/settings`, {
    headers: { authorization: `Bearer ${token}` },
  });
  expect(await told.json()).toMatchObject({
    ...{ uiBannerContent: "Freeze", uiBannerPermanent: false, uiBannerPosition: "bottom" },
  });
  // Nobody who has not signed in is told.
  expect((await fetch(`${daemon.url}/api/v1/settings`)).status).toBe(401);
  await daemon.stop();
}, 60_000);
