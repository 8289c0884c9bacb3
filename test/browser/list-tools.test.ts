/** What finds and arranges the list: favourites, suggestions, columns, views that are kept, rows that stay under the pointer. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, screenshots, startBrowser, watchedPage } from "../lib/browser.ts";
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
  put("api", "pay", "Degraded");
  put("db", "pay", "Healthy");
  put("web", "shop", "Healthy");
  api = startFakeApi(control);
});
afterEach(() => api?.stop());

function put(name: string, project: string, health: string, revision = "main"): void {
  const app = fakeApp("argocd", name);
  control.put({
    ...app,
    metadata: { ...app.metadata, annotations: { team: project, "x.io/huge": "y".repeat(5_000) } },
    spec: {
      ...app.spec,
      project,
      source: { repoURL: "https://git.example.com/shop.git", path: name, targetRevision: revision },
    },
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: app.spec.destination } } },
      ...{ health: { status: health as "Healthy" }, resources: [], history: [] },
    },
  });
}
const open = async (query = "", options: Parameters<typeof watchedPage>[2] = {}) => {
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications${query}`);
  await watched.page.locator("#app-argocd-web").waitFor();
  return watched;
};
const names = (page: Page): Promise<string> =>
  page.locator(".app[id]").evaluateAll((rows) => rows.map(({ id }) => id.replace("app-argocd-", "")).join());
const shows = (page: Page, wanted: string) =>
  eventually(
    () => `${wanted} are shown`,
    async () => (await names(page)) === wanted,
  );
const appOf = (name: string) =>
  control.applications().find(({ metadata }) => metadata.name === name) as Application;
const HOLD = {
  deployment: 0,
  by: "user:ana",
  since: "2026-11-30T00:00:00Z",
  extras: "kept",
  until: "lifted",
};
const star = (page: Page, name: string) => page.getByRole("button", { name: `Favourite ${name}` });

test("what is held is counted, and the count finds it; what waits for too long needs attention, and says for how long", async () => {
  const held = appOf("db");
  control.put({
    ...held,
    status: { ...held.status, hold: { ...HOLD, at: { revision: "a".repeat(40) } } } as never,
  });
  const slow = appOf("api");
  const since = (minutes: number): string => new Date(Date.now() - minutes * 60_000 - 30_000).toISOString();
  const waits = (minutes: number): void =>
    control.put({
      ...slow,
      status: {
        ...slow.status,
        health: { status: "Progressing" },
        operationState: {
          ...{ phase: "Running", operation: { sync: {} }, startedAt: since(minutes) },
          message: `waiting for healthy state of apps/Deployment pay/api since ${since(minutes)}`,
        },
      } as never,
    });
  waits(3);
  const { page, faults } = await open();
  const chip = page.getByRole("button", { name: "Held 1" });
  await chip.click();
  await shows(page, "db");
  await chip.click();
  await shows(page, "api,db,web");
  await page.getByRole("heading", { name: "1 of 3 applications is on its way" }).waitFor();
  const row = page.locator("#app-argocd-api");
  await row.getByText("began 3 min ago").waitFor();
  waits(25);
  await page.getByRole("heading", { name: "1 of 3 applications needs attention" }).waitFor();
  await page.locator(".attention", { hasText: "api waits for 25 min" }).waitFor();
  await row.getByText(/^Sync running: waiting for .* for 25 min$/).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("who needs attention beyond the first few is a click away; on a phone the counts are one line, which is moved", async () => {
  for (const at of [1, 2, 3, 4, 5, 6]) put(`bad-${at}`, "pay", at < 4 ? "Degraded" : "Missing");
  put("slow", "pay", "Progressing");
  put("off", "pay", "Suspended");
  const { page, faults } = await open("", { width: 390 });
  const chips = page.locator(".chips");
  const { height, beyond, wide } = await chips.evaluate((line) => ({
    height: line.clientHeight,
    beyond: line.scrollWidth - line.clientWidth,
    wide: document.documentElement.scrollWidth,
  }));
  expect([height < 48, beyond > 0, wide]).toEqual([true, true, 390]);
  // The last of them is reached by keys, as it is by a finger.
  const last = chips.getByRole("button").last();
  await last.focus();
  await eventually("it is in sight", () =>
    last.evaluate((chip) => chip.getBoundingClientRect().right <= innerWidth),
  );
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("link", { name: "and 2 more" }).click();
  await shows(page, "api,bad-1,bad-2,bad-3,bad-4,bad-5,bad-6");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("Enter leads from what is looked for to what was found, and once more opens it", async () => {
  const { page, faults } = await open();
  await page.keyboard.press("/");
  await page.keyboard.type("db");
  await shows(page, "db");
  await page.keyboard.press("Enter");
  expect(await page.evaluate(() => document.activeElement?.id)).toBe("app-argocd-db");
  await page.keyboard.press("Enter");
  await page.waitForURL(`${api.url}/applications/argocd/db`);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("no name is cut while there is room, a namespace that all share is not repeated, and a destination's is seen", async () => {
  const long = (name: string, namespace = "argocd") => {
    const app = fakeApp(namespace, name);
    const destination = { name: "production", namespace: name };
    control.put({ ...app, spec: { ...app.spec, destination } });
  };
  long("paper-production");
  long("tenant-initech-europe-west");
  const { page, faults } = await open();
  const cell = (name: string, column: string) => page.locator(`#app-argocd-${name} .cell.${column}`);
  const isCut = (name: string, column: string) =>
    cell(name, column).evaluate((element) =>
      [element, ...element.querySelectorAll("*")].some((one) => one.scrollWidth > one.clientWidth + 1),
    );
  const cut = async () => [
    await isCut("paper-production", "name"),
    await isCut("tenant-initech-europe-west", "name"),
  ];
  expect(await cut()).toEqual([false, false]);
  expect(await cell("paper-production", "name").textContent()).toBe("paper-production");
  const where = cell("paper-production", "destination");
  expect(await where.textContent()).toBe("production · paper-production");
  const isSeen = () =>
    where.evaluate((element) => {
      const [box, last] = [
        element.getBoundingClientRect(),
        element.lastElementChild?.getBoundingClientRect(),
      ];
      return last !== undefined && last.right <= box.right + 1;
    });
  expect(await isSeen()).toBe(true);
  await screenshot(page, "list-long-names");
  await page.setViewportSize({ width: 1120, height: 800 });
  expect(await isSeen()).toBe(true);
  await screenshot(page, "list-long-names-1120");
  await page.setViewportSize({ width: 1440, height: 800 });
  long("elsewhere", "team-a");
  await page.locator("#app-team-a-elsewhere").waitFor();
  expect(await cell("paper-production", "name").textContent()).toBe("argocd/paper-production");
  expect([...(await cut()), faults()]).toEqual([false, false, []]);
  await page.context().close();
}, 60_000);

describe("tiles", () => {
  test("say what rows say, are found, chosen and walked by the same keys, and stand in the address", async () => {
    const { page, faults } = await open();
    await page.getByText("Display").click();
    await page.getByLabel("As tiles").check();
    const tiles = page.getByRole("list", { name: "Applications" });
    await tiles.getByRole("listitem").filter({ hasText: "api" }).getByText("Degraded").waitFor();
    expect(new URL(page.url()).searchParams.get("as")).toBe("tiles");
    expect(await page.locator(".tile").evaluateAll((all) => all.map(({ id }) => id))).toEqual(
      ["api", "db", "web"].map((name) => `app-argocd-${name}`),
    );
    await page.keyboard.press("Escape");
    await page.locator("#app-argocd-api").focus();
    await page.keyboard.press("ArrowRight");
    const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
    await eventually("the second has the focus", async () => (await focused()) === "app-argocd-db");
    for (const key of ["f", "x"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "Favourites 1" }).waitFor();
    expect(await page.locator("#app-argocd-db").getByRole("checkbox").isChecked()).toBe(true);
    await page.keyboard.press("End");
    await eventually("the last has the focus", async () => (await focused()) === "app-argocd-web");
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel("Find").fill("db");
    await eventually("one is left", async () => (await page.locator(".tile").count()) === 1);
    await page.keyboard.press("Enter");
    expect(await focused()).toBe("app-argocd-db");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${api.url}/applications/argocd/db`);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 390 },
  ] as const)(
    "of thousands those in sight are drawn, and none is cut off: $scheme, $width",
    async (look) => {
      for (let at = 0; at < 1_000; at += 1) put(`many-${at}`, "pay", at % 7 === 0 ? "Degraded" : "Healthy");
      const watched = await watchedPage(browser, api.url, look);
      const { page, faults } = watched;
      await page.goto(`${api.url}/applications?as=tiles`);
      await page.locator(".tile").first().waitFor();
      expect(await page.locator(".tile").count()).toBeLessThan(100);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(look.width);
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.screenshot({ path: join(screenshots, `tiles-${look.scheme}-${look.width}.png`) });
      await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
      await page.locator("#app-argocd-web").waitFor();
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});

describe("favourites", () => {
  test("are marked by a click, a key, and in the head; found, put on top, and the same in another tab", async () => {
    const { page, faults } = await open();
    await star(page, "web").click();
    await page.getByRole("button", { name: "Favourites 1" }).waitFor();
    for (const key of ["Home", "j", "f"]) await page.keyboard.press(key);
    await page.getByRole("button", { name: "Favourites 2" }).waitFor();
    expect(await star(page, "db").getAttribute("aria-pressed")).toBe("true");
    await page.getByText("Display").click();
    await page.getByLabel("Favourites on top").check();
    await shows(page, "db,web,api");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "list-display");
    await page.keyboard.press("Escape");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Display");
    await page.getByRole("button", { name: "Favourites 2" }).click();
    await shows(page, "db,web");
    expect(new URL(page.url()).searchParams.get("q")).toBe("is:favourite");
    const other = await page.context().newPage();
    await other.goto(`${api.url}/applications/argocd/web`);
    await other.getByRole("heading", { level: 1, name: "web" }).waitFor();
    await eventually(
      "it is one there too",
      async () => (await star(other, "web").getAttribute("aria-pressed")) === "true",
    );
    // What is gone is none.
    control.drop("argocd/db" as never);
    await page.getByRole("button", { name: "Favourites 1" }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("one that the daemon refuses is none again, with why; pressed twice it ends as it was", async () => {
    const { page, faults } = await open("", { expected: [404] });
    await star(page, "web").dblclick();
    await eventually(
      "it is none",
      async () => (await star(page, "web").getAttribute("aria-pressed")) === "false",
    );
    await page.route("**/favourite", (route) =>
      route.fulfill({
        status: 404,
        contentType: "application/json",
        body: '{"message":"application is not found"}',
      }),
    );
    await star(page, "web").click();
    await page.locator(".notes").getByText("application is not found").first().waitFor();
    expect(await star(page, "web").getAttribute("aria-pressed")).toBe("false");
    const { items } = (await (await fetch(`${api.url}/api/holdfast/v1/favourites`)).json()) as {
      items: string[];
    };
    expect(items).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("the line that finds", () => {
  test("goes on by keys alone, with how many have each value; Esc closes what it offers, and nothing else", async () => {
    const { page, faults } = await open("?open=argocd/web");
    const line = page.getByRole("combobox", { name: "Find" });
    await page.locator("body").press("/");
    await line.press("ArrowDown");
    const option = (name: string | RegExp) => page.getByRole("option", { name });
    await option(/^is:/).waitFor();
    await line.pressSequentially("pro");
    await line.press("ArrowDown");
    await line.press("Enter");
    await option("project:pay 2").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "list-suggestions");
    await line.press("ArrowDown");
    expect(await line.getAttribute("aria-activedescendant")).toBe("query-0");
    await line.press("Enter");
    await shows(page, "api,db");
    expect(await line.inputValue()).toBe("project:pay ");
    await line.pressSequentially("he");
    await option(/^health:/).waitFor();
    await line.press("Escape");
    await page.getByRole("listbox", { name: "What it could go on as" }).waitFor({ state: "hidden" });
    expect(new URL(page.url()).searchParams.get("open")).toBe("argocd/web");
    // Once more leaves the line, with what was written there and what is open beside the list.
    await line.press("Escape");
    expect(await line.evaluate((field) => document.activeElement === field)).toBe(false);
    expect(await line.inputValue()).toBe("project:pay he");
    expect(new URL(page.url()).searchParams.get("open")).toBe("argocd/web");
    await line.fill("health:degraded OR project:shop");
    await shows(page, "api,web");
    await line.fill("annotation:team=shop");
    await shows(page, "web");
    // What nobody types is not sent to the page.
    await line.fill("annotation:x.io/huge");
    await page.getByText("None of 3 is like that").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("a part that hides all is dropped by one click, and what is found without it is said", async () => {
    const { page, faults } = await open("?q=");
    await page.getByLabel("Find").fill('project:pay "<b>no</b>" OR nowhere');
    await page.getByRole("button", { name: 'Without "<b>no</b>" OR nowhere: 2' }).click();
    await shows(page, "api,db");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("the list's look", () => {
  test("a revision says which commit changed it, as text, whole in its title, and again when it is another", async () => {
    const by = (subject: string): NonNullable<ReturnType<typeof control.changeOf>> => ({
      ...{ is: "commit", commit: "e1".repeat(20), author: "Ana <i>Ruiz</i> <ana@example.com>" },
      ...{ subject, date: "2026-11-30T08:00:00Z", signedOffBy: [] },
    });
    let change = by(`<img src=x onerror=alert(1)> ${"long ".repeat(40)}`);
    control.changeOf = (key) => (key === "argocd/web" ? change : undefined);
    for (const [scheme, width] of [
      ["light", 1440],
      ["dark", 1280],
    ] as const) {
      const { page, faults } = await open("", { scheme, width });
      const cell = page.locator("#app-argocd-web .revision");
      await cell.getByText("<img src=x").waitFor();
      expect(await cell.textContent()).toStartWith("e1e1e1e <img src=x");
      expect(await cell.getAttribute("title")).toMatch(
        /^e1e1e1e <img src=x onerror=alert\(1\)> long .*, by Ana <i>Ruiz<\/i>$/,
      );
      // Where the branch is by then is asked by whoever points there, each time anew, and of nobody else.
      for (const tip of ["9f2e1aa", "8d1c0bb"]) {
        const app = control.application("argocd/web" as never) as Application;
        const sync = { ...app.status?.sync, revision: tip.padEnd(40, "0") };
        control.put({ ...app, status: { ...app.status, sync } } as Application);
        await cell.hover();
        await page
          .locator(`#app-argocd-web .revision[title$="main@${tip} is what it is compared with"]`)
          .waitFor();
        await page.getByLabel("Find").hover();
        await page.locator('#app-argocd-web .revision:not([title*="compared with"])').waitFor();
      }
      expect(await page.locator("#app-argocd-api .revision").getAttribute("title")).toBe("main");
      expect(await page.locator(".app img").count()).toBe(0);
      expect(await page.locator("#app-argocd-api .revision").textContent()).toBe("main");
      // Both lines are within the row, a lower one too.
      if (width === 1280)
        await page.evaluate(() =>
          document.querySelector<HTMLElement>("#apps")?.style.setProperty("--row", "32px"),
        );
      expect(
        await cell.evaluate(
          (one) => one.getBoundingClientRect().height <= (one.closest(".app")?.clientHeight ?? 0),
        ),
      ).toBe(true);
      await screenshot(page, `list-subjects-${scheme}-${width}`);
      expect(await accessibilityProblems(page)).toEqual([]);
      change = by("Lower the limits");
      put("web", "shop", "Progressing");
      control.emit({ type: "MODIFIED", app: control.application("argocd/web" as never) as never });
      await cell.getByText("Lower the limits").waitFor();
      change = by(`<img src=x onerror=alert(1)> ${"long ".repeat(40)}`);
      expect(faults()).toEqual([]);
      await page.context().close();
    }
  }, 60_000);

  test("columns are chosen, each orders, rows are lower, and a view is kept by a name in this browser", async () => {
    const { page, faults } = await open("", { width: 1440 });
    await page.getByText("Display").click();
    await page.getByLabel("Project", { exact: true }).check();
    await page.getByLabel("Source").check();
    await page.getByLabel("Lower rows").check();
    await page.keyboard.press("Escape");
    for (const head of ["Project", "Source", "Revision"])
      await page.getByRole("columnheader", { name: head }).getByRole("button").click();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("revision");
    await page.getByRole("columnheader", { name: "Project" }).getByRole("button").click();
    await page.getByRole("columnheader", { name: "Project ↑" }).getByRole("button").click();
    await shows(page, "web,db,api");
    expect((await page.locator("#app-argocd-web").boundingBox())?.height).toBe(32);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "list-columns");
    await page.getByText("Views").click();
    await page.getByLabel("Name of this view").fill("By <b>project</b>");
    await page.getByRole("button", { name: "Keep" }).click();
    await page.getByRole("button", { name: "By <b>project</b>", exact: true }).waitFor();
    // A head that lies half below what is open is smaller for as long.
    const found = await accessibilityProblems(page);
    expect(found.filter((one) => !one.startsWith("target-size"))).toEqual([]);
    await screenshot(page, "list-views");
    await page.goto(`${api.url}/applications`);
    await page.getByText("Views 1").click();
    await page.getByRole("button", { name: "By <b>project</b>", exact: true }).click();
    await shows(page, "web,db,api");
    await page.getByRole("button", { name: "Forget By <b>project</b>" }).click();
    await page.getByText("None is kept in this browser yet.").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("no row moves under the pointer or the focus: a button says how many changes wait", async () => {
    const { page, faults } = await open();
    await page.locator("#app-argocd-db .cell.health").hover();
    put("web", "shop", "Degraded");
    await page.getByRole("button", { name: "2 changes: apply" }).waitFor();
    expect(await names(page)).toBe("api,db,web");
    // Whoever leaves has them in order.
    await page.mouse.move(4, 4);
    await shows(page, "api,web,db");
    await page.locator("#app-argocd-api").focus();
    await page.keyboard.press("j");
    put("web", "shop", "Healthy");
    await page.getByRole("button", { name: "2 changes: apply" }).waitFor();
    expect(await names(page)).toBe("api,web,db");
    await page.getByRole("button", { name: "2 changes: apply" }).focus();
    await shows(page, "api,db,web");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});
