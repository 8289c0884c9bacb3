/** A phone: nothing that one can press is cut off at its side, on any page, and every page is reached. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
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

const ONE = "/applications/argocd/a-shop-with-a-name-that-is-rather-long-for-a-phone";
const ROUTES = [
  ...["/applications", `/applications?open=${ONE.slice("/applications/".length)}`, "/activity", "/settings"],
  ...["resources", "graph", "diff", "history", "run", "events", "config"].map(
    (view) => `${ONE}?view=${view}`,
  ),
  ...["diff", "live", "events", "logs"].map((tab) => `${ONE}?node=apps/Deployment/shop/web&tab=${tab}`),
  `${ONE}?node=apps/Deployment/shop/web&tab=live&edit=yes`,
  ...[
    "/resources",
    "/applicationsets",
    "/projects",
    "/projects/default",
    "/clusters/a-cluster-with-a-long-name.eu-central-1.example.com",
    "/clusters",
    "/repositories",
    "/new/application",
    "/fleet/diff",
  ],
];

async function served(): Promise<void> {
  const control = fakeControl();
  const resource = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "OutOfSync",
  };
  control.put({
    ...fakeApp("argocd", ONE.split("/").at(-1) ?? ""),
    status: {
      ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Degraded" } },
      ...{ resources: [resource], history: [] },
    } as never,
  });
  control.clusters = () => [
    {
      ...{
        name: "a-cluster-with-a-long-name.eu-central-1.example.com",
        server: "https://k8s.example.com:6443",
      },
      connection: { is: "unreachable", since: 0, why: "certificate signed by an unknown authority" },
      ...{ kubeVersion: "v1.35", size: { objects: 12_000, kinds: 120 } },
    },
  ];
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu", "us"]));
  api = startFakeApi(control, { sets });
}

/** What one can press, is in sight, and sticks out at a side. The graph is a ground that is moved. */
const cutOff = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll("a, button, input, select, textarea, summary, [role=tab]")].flatMap(
      (one) => {
        // The graph is moved about, and so is the one line of counts above the list, sideways.
        if (one.closest(".graph, .skip, .chips") !== null) return [];
        if (!one.checkVisibility({ visibilityProperty: true })) return [];
        const { left, right, width } = one.getBoundingClientRect();
        // As far as what clips it lets it be seen.
        let [from, to] = [0, document.documentElement.clientWidth];
        for (let up = one.parentElement; up !== null; up = up.parentElement)
          if (getComputedStyle(up).overflowX !== "visible") {
            const box = up.getBoundingClientRect();
            [from, to] = [Math.max(from, box.left), Math.min(to, box.right)];
          }
        return width > 0 && (left < from - 1 || right > to + 1)
          ? [`${one.outerHTML.slice(0, 120)} ${left}–${right}`]
          : [];
      },
    ),
  );

describe("a phone", () => {
  test.each([
    { width: 390, scheme: "light" },
    { width: 320, scheme: "dark" },
  ] as const)(
    "cuts off nothing that one can press, on any page: $width wide",
    async ({ width, scheme }) => {
      await served();
      const { page, faults } = await watchedPage(browser, api.url, {
        width,
        height: 844,
        scheme,
        expected: [501, 404],
      });
      page.setDefaultTimeout(20_000);
      for (const route of ROUTES) {
        await page.goto(`${api.url}${route}`);
        await page.locator("#connection-word", { hasText: "Live" }).waitFor();
        await page.locator("h1").first().waitFor();
        await page.waitForFunction(
          () => ![...document.querySelectorAll("p.dim")].some((one) => one.textContent?.endsWith("…")),
        );
        expect(await cutOff(page), route).toEqual([]);
        expect(await page.evaluate(() => document.documentElement.scrollWidth), route).toBe(width);
      }
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    120_000,
  );

  test("leads to every page by a bar below, and what is gone to seldom by a button, by keys too", async () => {
    await served();
    const { page, faults } = await watchedPage(browser, api.url, {
      width: 390,
      height: 844,
      expected: [501],
    });
    await page.goto(`${api.url}/applications`);
    const pages = page.getByRole("navigation", { name: "Pages" });
    const more = pages.getByRole("button", { name: "More" });
    expect(await pages.getByRole("link").allTextContents()).toEqual([
      "Applications",
      "ApplicationSets",
      "Activity",
      "Clusters",
    ]);
    const [bar] = [await pages.boundingBox()];
    expect((bar?.y ?? 0) + (bar?.height ?? 0)).toBe(844);
    await more.focus();
    await page.keyboard.press("Enter");
    expect(await more.getAttribute("aria-expanded")).toBe("true");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "narrow-more");
    await page.keyboard.press("Escape");
    expect([
      await more.getAttribute("aria-expanded"),
      await more.evaluate((one) => document.activeElement === one),
    ]).toEqual(["false", true]);
    for (const name of ["Resources", "Projects", "Repositories", "Settings"]) {
      await more.click();
      await pages.getByRole("link", { name }).click();
      await page.getByRole("heading", { level: 1, name }).waitFor();
      // Behind the button again, which says that one is there.
      await page.locator('#more-pages[aria-expanded="false"][data-current="true"]').waitFor();
    }
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is not what a wide window is: there all stand beside each other", async () => {
    await served();
    const { page } = await watchedPage(browser, api.url, { width: 1024, expected: [501] });
    await page.goto(`${api.url}/applications`);
    expect(await page.getByRole("navigation", { name: "Pages" }).getByRole("link").count()).toBe(8);
    expect(await page.getByRole("button", { name: "More" }).count()).toBe(0);
    await page.context().close();
  }, 60_000);
});
