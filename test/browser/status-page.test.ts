/** The status page as a person meets it: the compiled daemon in demo mode, real Chromium, axe. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import {
  accessibilityProblems,
  screenshot,
  screenshots,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";
import { BINARY, type Daemon, run, settled, startDaemon } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type Started, started } from "../lib/started.ts";

const home = mkdtempSync(join(tmpdir(), "holdfast-browser-"));
let env: Record<string, string>;
let browser: Browser;
let demo: Started;
let url: string;

/** The row of an application. */
const row = (page: Page, name: string): Locator => page.locator(`#app-argocd-${name}`);
const word = (page: Page, name: string, text: string): Locator =>
  row(page, name).locator(".state", { hasText: text }).first();
const holdfast = async (...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run([BINARY, ...words], {
    cwd: home,
    env: { ...env, HOLDFAST_SERVER: url },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return stdout;
};
const open = async (options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> => {
  const watched = await watchedPage(browser, url, options);
  await watched.page.goto(`${url}/`);
  for (const name of ["clock", "guestbook", "shop"]) await row(watched.page, name).waitFor();
  return watched;
};

beforeAll(async () => {
  const tools = await toolsFromNpm(join(import.meta.dir, "..", ".."));
  env = {
    HOME: home,
    PATH: [...(tools === undefined ? [] : [dirname(tools.helm)]), process.env.PATH ?? ""].join(delimiter),
  };
  browser = await startBrowser();
  demo = started([BINARY, "demo", "--listen", "127.0.0.1:0"], { cwd: home, env });
  url = (await demo.until(/Status page\s+(http:\/\/127\.0\.0\.1:\d+)\//))[1] ?? "";
  await eventually(
    () => `the demo's applications settle\n${demo.text()}`,
    async () => {
      const { items } = (await (await fetch(`${url}/api/v1/applications`)).json()) as {
        items: Record<string, any>[];
      };
      return items.length === 3 && items.every(settled);
    },
    60_000,
  );
  console.log(`screenshots: ${screenshots}`);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  demo?.toItself("SIGTERM");
  await demo?.ended;
  rmSync(home, { recursive: true, force: true });
}, 60_000);

test("what judges the page finds faults where there are some", async () => {
  const { page } = await watchedPage(browser, url);
  await page.goto(`${url}/`);
  await page.evaluate(() =>
    document.body.append(Object.assign(document.createElement("button"), { id: "planted" })),
  );
  expect(await accessibilityProblems(page)).toContainEqual(expect.stringMatching(/^button-name: .*planted/));
  await page.context().close();
}, 60_000);

describe("the status page", () => {
  test("lists the applications, each with words for sync and health", async () => {
    const { page, faults } = await open();
    for (const name of ["clock", "guestbook", "shop"]) {
      await word(page, name, "Synced").waitFor();
      await word(page, name, "Healthy").waitFor();
    }
    expect(await page.locator("h1").textContent()).toContain("3 applications");
    expect(await page.title()).toBe("Holdfast");
    expect(await page.locator("#connection-word").textContent()).toBe("Live");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("shows what breaks and what heals as it happens, without a reload", async () => {
    const { page, faults } = await open();
    await page.evaluate(() => document.body.setAttribute("data-same-page", "yes"));
    await holdfast("demo", "break");
    await word(page, "guestbook", "Degraded").waitFor();
    await row(page, "guestbook")
      .getByText(/Pod guestbook-\S+ container page waits: CrashLoopBackOff/)
      .first()
      .waitFor();
    await expect(page.title()).resolves.toBe("✗ 1 · Holdfast");
    await page.locator("#attention").getByRole("link", { name: "guestbook" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "degraded");
    await holdfast("demo", "heal");
    await word(page, "guestbook", "Healthy").waitFor();
    expect([await page.title(), await page.getAttribute("body", "data-same-page")]).toEqual([
      "Holdfast",
      "yes",
    ]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 90_000);

  test("an open part stays open while the application changes, and lists its objects", async () => {
    const { page } = await open();
    await row(page, "shop").locator("summary").click();
    for (const name of ["window", "till"])
      await row(page, "shop").getByRole("cell", { name }).first().waitFor();
    const revision = (await row(page, "shop").locator(".about").textContent()) ?? "";
    await holdfast("demo", "commit", "shop");
    await eventually(
      "the row shows another revision",
      async () => (await row(page, "shop").locator(".about").textContent()) !== revision,
    );
    expect(await row(page, "shop").locator("details").getAttribute("open")).toBe("");
    await page.context().close();
  }, 60_000);

  test("an open part tells how the hooks of the last sync ended", async () => {
    const { page } = await open();
    await word(page, "guestbook", "Synced").waitFor();
    await row(page, "guestbook").locator("summary").click();
    const hooks = row(page, "guestbook").locator("section", { hasText: "Hooks of the last sync" });
    await hooks.getByRole("row", { name: /^Job guestbook\/migrate PreSync Succeeded/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("Refresh looks again, and says so", async () => {
    const { page, faults } = await open();
    await page.getByRole("button", { name: "Refresh clock" }).click();
    await row(page, "clock").locator(".note", { hasText: "Refreshed" }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("Sync starts a sync that a person asked for", async () => {
    const { page, faults } = await open();
    const before = ((await holdfast("runs", "--app", "clock")).match(/argocd\/clock/g) ?? []).length;
    await page.getByRole("button", { name: "Sync clock" }).click();
    await row(page, "clock").locator(".note", { hasText: "Sync asked for" }).waitFor();
    await eventually(
      "another sync is on record",
      async () =>
        ((await holdfast("runs", "--app", "clock")).match(/argocd\/clock/g) ?? []).length === before + 1,
    );
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says what is held and why, and the hold is lifted by its button", async () => {
    const { page, faults } = await open();
    const lift = row(page, "shop").getByRole("button", { name: "Lift the hold of shop" });
    expect(await lift.isVisible()).toBe(false);
    const [latest = ""] = (await holdfast("app", "history", "shop", "-o", "id")).split("\n");
    await holdfast("app", "rollback", "shop", latest, "--yes", "--reason", "the page shows it");
    await word(page, "shop", "Held").waitFor();
    await row(page, "shop").getByText("the page shows it").waitFor();
    expect(await row(page, "shop").locator(".about").textContent()).toContain("held@");
    // A sync would be refused: what is offered is the way on.
    expect(await row(page, "shop").getByRole("button", { name: "Sync shop" }).isVisible()).toBe(false);
    expect(await accessibilityProblems(page)).toEqual([]);
    await lift.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^shop to [0-9a-f]{7}, as Git says now: nothing differs\.$/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await lift.isVisible()).toBe(true);
    await lift.click();
    await dialog.getByRole("button", { name: "Lift the hold" }).click();
    await row(page, "shop").locator(".note", { hasText: "It follows Git again" }).waitFor();
    await lift.waitFor({ state: "hidden" });
    expect(await row(page, "shop").locator(".about").textContent()).toContain("main@");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("everything can be reached and used by the keyboard, and focus is seen", async () => {
    const { page } = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the applications");
    const reached = new Set<string>();
    for (let presses = 0; presses < 15; presses++) {
      await page.keyboard.press("Tab");
      const at = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return undefined;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        return {
          name: element.getAttribute("aria-label") ?? element.tagName,
          outline: `${outlineStyle} ${outlineWidth}`,
        };
      });
      if (at === undefined) break;
      expect(at.outline).toBe("solid 2px");
      reached.add(at.name);
    }
    expect([...reached]).toEqual(
      expect.arrayContaining(["Refresh clock", "Sync clock", "Refresh shop", "Sync shop", "SUMMARY"]),
    );
    await row(page, "clock").locator("summary").focus();
    await page.keyboard.press("Enter");
    await row(page, "clock").getByRole("cell", { name: "Deployment", exact: true }).waitFor();
    await page.context().close();
  }, 60_000);

  test.each([
    { name: "light", scheme: "light", width: 1280 },
    { name: "dark", scheme: "dark", width: 1280 },
    { name: "light-phone", scheme: "light", width: 390 },
    { name: "dark-phone", scheme: "dark", width: 320 },
  ] as const)(
    "axe finds nothing, and nothing is cut off: $name",
    async ({ name, scheme, width }) => {
      const { page, faults } = await open({ scheme, width });
      await screenshot(page, name);
      await row(page, "shop").locator("summary").click();
      await row(page, "shop").getByRole("cell", { name: "window" }).first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(
        await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
      ).toBe(0);
      await screenshot(page, `${name}-open`);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});

describe("the status page of a daemon with a token", () => {
  let daemon: Daemon;
  let page: Page;
  let watched: Watched;

  beforeAll(async () => {
    daemon = await startDaemon("applications: []\n", {}, { token: "open-sesame-0123456789" });
    watched = await watchedPage(browser, daemon.url, { expected: [401] });
    ({ page } = watched);
  }, 60_000);
  afterAll(async () => {
    await page?.context().close();
    await daemon?.stop();
  });

  test("asks for it, in a form that a person can use", async () => {
    await page.goto(`${daemon.url}/`);
    await page.getByLabel("Token").waitFor();
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("token");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "token");
  }, 60_000);

  test("says that a wrong one is refused, and asks again", async () => {
    await page.getByLabel("Token").fill("something-else-0123456789");
    await page.keyboard.press("Enter");
    await page.getByText("The daemon refused that token.").waitFor();
    expect(await page.getByLabel("Token").inputValue()).toBe("");
  }, 60_000);

  test("shows the applications with the right one, which stays in this tab alone", async () => {
    await page.getByLabel("Token").fill("open-sesame-0123456789");
    await page.getByRole("button", { name: "Show the applications" }).click();
    await page.getByText("How to add one").waitFor();
    expect(await page.getByLabel("Token").isVisible()).toBe(false);
    expect([page.url(), await page.evaluate(() => [document.cookie, JSON.stringify(localStorage)])]).toEqual([
      `${daemon.url}/`,
      ["", "{}"],
    ]);
    await screenshot(page, "empty");
    await page.reload();
    await page.getByText("How to add one").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(watched.faults()).toEqual([]);
  }, 60_000);

  test("says that the daemon is gone, and goes on by itself when it is back", async () => {
    await daemon.kill("SIGKILL");
    await page.getByText("Not connected: the daemon does not answer").waitFor();
    expect(await page.locator("#connection-word").textContent()).toBe("Offline");
    await screenshot(page, "offline");
    await daemon.restart();
    await page.locator("#connection-word", { hasText: "Live" }).waitFor();
    expect(await page.locator("#offline").isVisible()).toBe(false);
  }, 90_000);
});
