/** What stands around every page: the rail and its words, who looks, where the focus goes, and what large text and forced colours leave of it. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;
let control: FakeControl;
/** In the page: titles of pages that were left. */
declare const left: WeakRef<Element>[];

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

const live = (page: Page): Promise<void> =>
  page.locator("#connection-word", { hasText: "Live" }).waitFor({ timeout: 20_000 });

async function opened(
  route: string,
  look: Parameters<typeof watchedPage>[2] = {},
  others: readonly string[] = [],
) {
  control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  for (const key of others) control.put(fakeApp(...(key.split("/") as [string, string])));
  api = startFakeApi(control);
  const watched = await watchedPage(browser, api.url, { expected: [501], ...look });
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}${route}`);
  await live(watched.page);
  return watched;
}

test("the rail has words where there is room, and keeps what somebody chose", async () => {
  const { page, faults } = await opened("/applications", { width: 1440 });
  const rail = page.getByRole("navigation", { name: "Pages" });
  const width = async (): Promise<number> => (await rail.boundingBox())?.width ?? 0;
  expect(await width()).toBe(208);
  await page.setViewportSize({ width: 1024, height: 900 });
  expect(await width()).toBe(56);
  // A word is there for whoever listens, and for whoever comes near.
  expect(await rail.getByRole("link").allTextContents()).toContain("Repositories");
  await rail.getByRole("link", { name: "Repositories" }).focus();
  await rail.getByRole("button", { name: "Expand" }).click();
  expect(await width()).toBe(208);
  await page.reload();
  await live(page);
  expect(await width()).toBe(208);
  await rail.getByRole("button", { name: "Collapse" }).click();
  await page.setViewportSize({ width: 1440, height: 900 });
  expect(await width()).toBe(56);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the clock beside the time zone that is chosen is of that zone, and goes on", async () => {
  api = startFakeApi(fakeControl());
  const context = await browser.newContext({ timezoneId: "Asia/Kolkata", locale: "en-GB" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.clock.install({ time: "2026-11-30T10:00:00Z" });
  await page.goto(`${api.url}/settings/appearance`);
  const zones = page.getByRole("group", { name: "Times are of" });
  const said = zones.locator("label", { has: page.getByRole("radio", { checked: true }) });
  await said.getByText(/^This machine's now 15:30 (GMT\+5:30|IST)$/).waitFor();
  await zones.getByLabel("UTC", { exact: true }).check();
  await said.getByText(/^UTC now 10:00 UTC$/).waitFor();
  expect(await zones.getByText("now").count()).toBe(1);
  await page.clock.runFor("05:00");
  await said.getByText(/^UTC now 10:05 UTC$/).waitFor();
  await page.reload();
  await said.getByText(/^UTC now 10:0\d UTC$/).waitFor();
  await context.close();
}, 60_000);

test.each(["light", "dark"] as const)(
  "what cannot be pressed now looks alike, whatever it would do: %s",
  async (scheme) => {
    const { page } = await opened("/applications", { scheme });
    const colours = await page.evaluate(() =>
      ["", "primary", "danger"].map((name) => {
        const button = Object.assign(document.createElement("button"), {
          className: name,
          textContent: "Delete",
        });
        button.setAttribute("aria-disabled", "true");
        document.querySelector("main")?.append(button);
        const { color, borderColor } = getComputedStyle(button);
        return [color, borderColor];
      }),
    );
    expect(new Set(colours.map(String)).size).toBe(1);
    await page.context().close();
  },
  60_000,
);

test("by keys alone: past the rail, onto a page whose title has the focus then, and to the palette and back", async () => {
  const { page, faults } = await opened("/applications");
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.textContent ?? "");
  await page.getByLabel("Theme").selectOption("dark");
  expect(await page.evaluate(() => getComputedStyle(document.body).colorScheme)).toBe("dark");
  await page.reload();
  await live(page);
  await page.keyboard.press("Tab");
  expect(await focused()).toBe("Skip to the content");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("main");
  // Scripts of that page come only now.
  await page.getByRole("link", { name: "Clusters", exact: true }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Clusters" }).waitFor();
  await page.waitForFunction(() => document.activeElement?.tagName === "H1");
  const finder = page.getByRole("button", { name: "Go to" });
  await finder.press("Enter");
  await page.getByRole("combobox", { name: "Go to" }).waitFor();
  await page.keyboard.press("Escape");
  await page.waitForFunction(() => document.activeElement?.classList.contains("finder"));
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the menu of who looks opens, is closed by Escape alone, and logs out of a tab's token", async () => {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  api = startFakeApi(control, { token: "a-token-of-the-config-1234567890" });
  const { page } = await watchedPage(browser, api.url, { expected: [401, 501] });
  page.setDefaultTimeout(20_000);
  await page.goto(`${api.url}/applications`);
  await page.getByLabel("Token").fill("a-token-of-the-config-1234567890");
  await page.getByRole("button", { name: "Show the applications" }).click();
  await live(page);
  const you = page.getByRole("button", { name: "You:" });
  await you.press("Enter");
  await page.getByRole("button", { name: "Log out" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "shell-menu");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Log out" }).waitFor({ state: "hidden" });
  expect(await you.evaluate((one) => document.activeElement === one)).toBe(true);
  await you.click();
  await page.getByRole("button", { name: "Log out" }).click();
  await page.getByLabel("Token").waitFor();
  // Nothing opens it any more.
  await page.reload();
  await page.getByLabel("Token").waitFor();
  await page.context().close();
}, 60_000);

/** What one can press in the rail and in the bar, and whose own words do not fit into it. */
const clipped = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll<HTMLElement>(".bar :is(a, button, label), .rail :is(a, button)")].flatMap(
      (one) => {
        if (!one.checkVisibility({ visibilityProperty: true })) return [];
        const { left, right, top, bottom, width, height } = one.getBoundingClientRect();
        const isOut = left < -1 || right > document.documentElement.clientWidth + 1 || top < -1;
        const isSmall = width < 24 || height < 24;
        const isCut = one.scrollHeight > Math.ceil(bottom - top) + 1;
        return isOut || isSmall || isCut
          ? [`${one.outerHTML.slice(0, 100)} ${left}–${right}, ${top}–${bottom}, ${one.scrollHeight}`]
          : [];
      },
    ),
  );

// A browser draws a window of 1280 pixels that large.
test.each([
  { zoom: 200, width: 640, height: 450 },
  { zoom: 400, width: 320, height: 256 },
])(
  "nothing of the shell is cut off at $zoom %",
  async ({ width, height }) => {
    const { page, faults } = await opened("/settings", { width, height });
    expect(await clipped(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    await page.getByRole("button", { name: "More" }).click();
    expect(await clipped(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("a window of little height reaches all of the rail", async () => {
  const { page } = await opened("/applications", { width: 1024, height: 260 });
  await page.getByRole("button", { name: "Expand" }).click();
  const settings = page.getByRole("navigation", { name: "Pages" }).getByRole("link", { name: "Settings" });
  await settings.click();
  await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
  await page.context().close();
}, 60_000);

test("with colours of the system and without motion one sees where one is, and nothing moves", async () => {
  const { page, faults } = await opened("/clusters");
  await page.emulateMedia({ forcedColors: "active", reducedMotion: "reduce" });
  const current = page.getByRole("navigation", { name: "Pages" }).locator("[aria-current]");
  const outline = (): Promise<string> => current.evaluate((one) => getComputedStyle(one).outlineStyle);
  expect(await outline()).toBe("solid");
  expect(
    await page.evaluate(() =>
      [...document.querySelectorAll(".bar *, .rail *")].filter(
        (one) => Number.parseFloat(getComputedStyle(one).transitionDuration) > 0,
      ),
    ),
  ).toEqual([]);
  await screenshot(page, "shell-forced-colours");
  await page.emulateMedia({ forcedColors: "none" });
  expect(await outline()).toBe("none");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the palette tells applications apart whose names are the same once their namespaces stand before them", async () => {
  const { page, faults } = await opened("/applications", {}, ["a-b/c-one", "a/b-c-one"]);
  await page.keyboard.press("Control+k");
  await page.getByRole("combobox", { name: "Go to" }).fill("c-one");
  const options = page.getByRole("listbox", { name: "What there is" }).getByRole("option");
  await options.getByText("a-b/c-one").waitFor();
  const ids = await options.evaluateAll((all) => all.map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("nothing holds on to the elements of a page that was left, though the shell was drawn anew while it stood", async () => {
  const { page, faults } = await opened("/applications");
  const cdp = await page.context().newCDPSession(page);
  const go = async (name: string): Promise<void> => {
    await page.locator(`.rail a[href="/${name.toLowerCase()}"]`).click();
    await page.locator("main h1", { hasText: name }).waitFor();
  };
  const paused = page.locator("#paused");
  await page.evaluate(() => Object.assign(globalThis, { left: [] }));
  for (const name of ["Projects", "Clusters", "Repositories", "Resources"]) {
    await go(name);
    await page.evaluate(() => left.push(new WeakRef(document.querySelector("main h1") ?? document.body)));
    control.pause({ of: "writes", why: "a test", actor: "alice" });
    await paused.waitFor();
    control.resume({ why: "it is over", actor: "alice" });
    await paused.waitFor({ state: "detached" });
  }
  await page.locator('.rail a[href="/applications"]').click();
  await page.locator(".app[id]").first().waitFor();
  let kept: string[] = [];
  await eventually(
    () => `the titles of pages that were left are gone, but for ${kept.join(", ")}`,
    async () => {
      await cdp.send("HeapProfiler.collectGarbage");
      kept = await page.evaluate(() => left.flatMap((one) => one.deref()?.textContent ?? []));
      return kept.length === 0;
    },
    10_000,
  );
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  ["shapes alone", 1024],
  ["words", 1440],
  ["the bar of a phone", 390],
] as const)(
  "the count beside ApplicationSets covers no shape: %s",
  async (_, width) => {
    const { page, faults } = await opened("/applications", { width });
    const rail = page.getByRole("navigation", { name: "Pages" });
    let many = 0;
    await page.route("**/api/holdfast/v1/status", async (route) => {
      const reply = await route.fetch();
      const wrong = Array.from({ length: many }, (_, at) => ({ name: `argocd/set-${at}`, message: "x" }));
      const applicationSets = { waiting: [], wrong };
      await route.fulfill({ response: reply, json: { ...(await reply.json()), applicationSets } });
    });
    for (many of [1, 12, 128]) {
      await page.reload();
      await live(page);
      await rail.getByText(many > 99 ? "99+" : String(many), { exact: true }).waitFor();
      const covered = await rail.evaluate((one) => {
        const mark = one.querySelector(".sets-mark")?.getBoundingClientRect();
        if (mark === undefined) return ["there is no mark"];
        if (mark.right > one.getBoundingClientRect().right) return [`it ends at ${mark.right}`];
        const shapes = [...one.querySelectorAll("a > svg")].filter((shape) => shape.checkVisibility());
        const said = shapes.flatMap((shape) => {
          const { left, right, top, bottom } = shape.getBoundingClientRect();
          const [x, y] = [(left + right) / 2, (top + bottom) / 2];
          const isOver = mark.left <= x && x <= mark.right && mark.top <= y && y <= mark.bottom;
          return isOver ? [shape.closest("a")?.textContent ?? ""] : [];
        });
        return shapes.length > 3 ? said : [`only ${shapes.length} shapes are drawn`];
      });
      expect(covered).toEqual([]);
    }
    await page.unrouteAll({ behavior: "ignoreErrors" });
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);
