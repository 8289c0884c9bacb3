/** The page as a person meets it: the compiled daemon in demo mode, real Chromium, axe. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { chooseAction } from "../lib/actions-menu.ts";
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
  demo = started([BINARY, "demo", "--apps", "0", "--listen", "127.0.0.1:0"], { cwd: home, env });
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

/** One application's own page. */
const openOne = async (name: string, options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> => {
  const watched = await watchedPage(browser, url, options);
  await watched.page.goto(`${url}/applications/argocd/${name}`);
  await watched.page.getByRole("heading", { name }).waitFor();
  return watched;
};
const noted = (page: Page, text: string | RegExp): Promise<void> =>
  page.locator(".notes .note").getByText(text).first().waitFor();
const resource = (page: Page, name: string | RegExp): Locator => page.getByRole("row", { name });

describe("the list", () => {
  test("has a row for each application, with words for sync and health", async () => {
    const { page, faults } = await open();
    for (const name of ["clock", "guestbook", "shop"]) {
      await word(page, name, "Synced").waitFor();
      await word(page, name, "Healthy").waitFor();
    }
    expect(await page.locator("h1").textContent()).toContain("3 applications");
    expect([await page.title(), page.url()]).toEqual(["Holdfast", `${url}/applications`]);
    expect(await page.locator("#connection-word").textContent()).toBe("Live");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("shows what breaks and what heals as it happens, without a reload, the worst first", async () => {
    const { page, faults } = await open();
    await page.evaluate(() => document.body.setAttribute("data-same-page", "yes"));
    await holdfast("demo", "break");
    await word(page, "guestbook", "Degraded").waitFor();
    await row(page, "guestbook")
      .getByText(/CrashLoopBackOff: container page of Pod guestbook-/)
      .first()
      .waitFor();
    expect(await page.title()).toBe("✗ 1 · Holdfast");
    await page.locator(".attention").getByRole("link", { name: "guestbook" }).waitFor();
    expect(await page.locator(".app[id]").first().getAttribute("id")).toBe("app-argocd-guestbook");
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

  test("finds by words, facets and counts, in the address; a word that hides all is taken out by a button", async () => {
    const { page, faults } = await open();
    const shown = (): Promise<string[]> =>
      page.locator(".app[id]").evaluateAll((rows) => rows.map(({ id }) => id.replace("app-argocd-", "")));
    await page.getByLabel("Find").fill("shop");
    await eventually("one is left", async () => (await shown()).join() === "shop");
    expect(new URL(page.url()).searchParams.get("q")).toBe("shop");
    await page.getByLabel("Find").fill("health:healthy -shop");
    await eventually("two are left", async () => (await shown()).join() === "clock,guestbook");
    await page.reload();
    await row(page, "clock").waitFor();
    expect(await shown()).toEqual(["clock", "guestbook"]);
    await page.getByRole("button", { name: "Healthy" }).click();
    expect(new URL(page.url()).searchParams.get("q")).toBe("-shop");
    await page.goBack();
    await eventually(
      "as before",
      async () => (await page.getByLabel("Find").inputValue()) === "health:healthy -shop",
    );
    await page.getByLabel("Find").fill("clock nowhere");
    await page.getByText("None of 3 is like that").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("button", { name: "Without nowhere: 1" }).click();
    await row(page, "clock").waitFor();
    expect(await shown()).toEqual(["clock"]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is sorted by its heads, and opens one beside it", async () => {
    const { page, faults } = await open();
    await page.getByRole("columnheader", { name: "Application" }).getByRole("button").click();
    await page.getByRole("columnheader", { name: "Application" }).getByRole("button").click();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("-name");
    await eventually(
      "the last name is first",
      async () => (await page.locator(".app[id]").first().getAttribute("id")) === "app-argocd-shop",
    );
    await row(page, "clock").locator(".cell.sync").click();
    const pane = page.getByRole("complementary", { name: "clock" });
    await pane.getByRole("heading", { name: "clock" }).waitFor();
    await resource(page, /^Deployment clock/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "pane");
    await pane.getByRole("button", { name: "Close" }).click();
    await pane.waitFor({ state: "hidden" });
    await row(page, "clock").getByRole("link", { name: "clock", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "clock" }).waitFor();
    expect(page.url()).toBe(`${url}/applications/argocd/clock`);
    await page.goBack();
    await row(page, "clock").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is moved in, selected from and synced by keys alone, and focus is seen", async () => {
    const { page, faults } = await open();
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Skip to the content");
    await page.locator(".app[tabindex='0']").focus();
    for (const key of ["End", "k", "k", "Home", "j"]) await page.keyboard.press(key);
    const focused = (): Promise<string | undefined> => page.evaluate(() => document.activeElement?.id);
    await eventually("the second has the focus", async () => (await focused()) === "app-argocd-guestbook");
    expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe(
      "solid",
    );
    await page.keyboard.press("x");
    await page.getByText("1 selected").waitFor();
    await page.keyboard.press("j");
    await eventually("the third has the focus", async () => (await focused()) === "app-argocd-shop");
    await page.keyboard.press("x");
    await page.getByText("2 selected").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("s");
    await page
      .getByRole("dialog")
      .getByText(/^Nothing differs\.$/)
      .waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await eventually("the focus is back", async () => (await focused()) === "app-argocd-shop");
    await page.keyboard.press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    for (const key of ["g", "p"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "Projects" }).waitFor();
    for (const key of ["p", "s", "g", "a"]) await page.keyboard.press(key);
    await row(page, "shop").waitFor();
    await page.locator(".app[tabindex='0']").focus();
    for (const key of ["g", "s"]) await page.keyboard.press(key);
    await page.getByRole("heading", { name: "ApplicationSets" }).waitFor();
    expect(await page.getByRole("dialog").count()).toBe(0);
    for (const key of ["g", "a"]) await page.keyboard.press(key);
    await row(page, "shop").waitFor();
    await page.keyboard.press("/");
    await eventually("the line has the focus", async () => (await focused()) === "query");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("several are reviewed together, and synced", async () => {
    const { page, faults } = await open();
    const runs = async (name: string): Promise<number> =>
      ((await holdfast("runs", "--app", name)).match(new RegExp(`argocd/${name}`, "g")) ?? []).length;
    const before = await Promise.all(["clock", "shop"].map(runs));
    for (const name of ["clock", "shop"]) await row(page, name).getByRole("checkbox").click();
    await page.getByRole("toolbar").getByRole("button", { name: "Review & sync" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("listitem").filter({ hasText: "argocd/clock" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Sync 2" }).click();
    await page.getByRole("heading", { name: "Sync 2 applications: asked for" }).waitFor();
    await page.keyboard.press("Escape");
    await eventually("both were synced once more", async () => {
      const after = await Promise.all(["clock", "shop"].map(runs));
      return after.every((count, at) => count === (before[at] ?? 0) + 1);
    });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("an application's page", () => {
  test("lists what it consists of, and follows it", async () => {
    const { page, faults } = await openOne("shop");
    for (const name of ["window", "till"])
      await resource(page, new RegExp(`^Deployment .*${name}`)).waitFor();
    const revision = (await page.locator(".facts:not(.commit)").first().textContent()) ?? "";
    await holdfast("demo", "commit", "shop");
    await eventually(
      "the page shows another revision",
      async () => (await page.locator(".facts:not(.commit)").first().textContent()) !== revision,
    );
    expect(await page.title()).toContain("shop");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("folds by keys, and opens an object: what differs, what it is, what happened, what it writes", async () => {
    const { page, faults } = await openOne("guestbook");
    const deployment = resource(page, /^Deployment guestbook/);
    await deployment.waitFor();
    await deployment.focus();
    expect(await deployment.getAttribute("aria-expanded")).toBe("true");
    await page.keyboard.press("ArrowLeft");
    await eventually(
      "it is folded",
      async () => (await deployment.getAttribute("aria-expanded")) === "false",
    );
    await page.keyboard.press("ArrowRight");
    await eventually("it is open", async () => (await deployment.getAttribute("aria-expanded")) === "true");
    await page.keyboard.press("Enter");
    const sheet = page.getByRole("complementary", { name: "Deployment guestbook" });
    // It is as Git says, so that is not what one looks for first.
    await sheet.getByRole("tab", { name: "Summary", selected: true }).waitFor();
    await sheet.getByRole("tab", { name: "Diff" }).click();
    await sheet.getByText("No differences: it is as Git says.").waitFor();
    await sheet.getByRole("tab", { name: "Live" }).click();
    await sheet.getByText(/^kind: Deployment$/m).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await sheet.getByRole("tab", { name: "Events" }).click();
    await sheet
      .getByText(/No events|ago|just now/)
      .first()
      .waitFor();
    await sheet.getByRole("tab", { name: "Logs" }).click();
    await sheet.getByLabel("Log of Deployment guestbook").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(new URL(page.url()).searchParams.get("node")).toBe("apps/Deployment/guestbook/guestbook");
    await page.reload();
    await sheet.getByRole("tab", { name: "Logs", selected: true }).waitFor();
    await sheet.getByRole("button", { name: "Close" }).click();
    await sheet.waitFor({ state: "hidden" });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("tells how the hooks of the last sync ended, and where it is written", async () => {
    const { page } = await openOne("guestbook");
    await page.getByRole("tab", { name: "Runs" }).click();
    const lanes = page.getByRole("list", { name: "Phases and waves" });
    await lanes.getByRole("heading", { name: "PreSync Succeeded" }).waitFor();
    await lanes
      .getByRole("listitem")
      .filter({ hasText: /^Job migrate Succeeded/ })
      .waitFor();
    await lanes.getByRole("heading", { name: "Wave 0 Succeeded" }).waitFor();
    await page
      .getByRole("row", { name: /^\d+ Succeeded/ })
      .first()
      .getByRole("link")
      .click();
    await page.waitForURL(({ searchParams }) => /^\d+$/.test(searchParams.get("run") ?? ""));
    // The newest is the last one, whichever way leads there.
    await page.getByRole("heading", { name: /^(Last sync|Run \d+)$/ }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByRole("tab", { name: "Config" }).click();
    await page.getByText(/^Written in .*: edit it there\.$/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("compares two of its deployments, object by object", async () => {
    const [, commit = ""] = /Committed ([0-9a-f]{7})/.exec(await holdfast("demo", "commit", "clock")) ?? [];
    const { page, faults } = await openOne("clock");
    await page.getByRole("tab", { name: "History" }).click();
    await page.getByRole("row", { name: new RegExp(`Current.*${commit}`) }).waitFor();
    await page.getByRole("button", { name: "Compare two" }).click();
    const compared = page.getByRole("region", { name: "What changed" });
    await compared.getByText("changed apps/Deployment clock/clock").waitFor();
    expect([
      await compared.locator("del").allTextContents(),
      await compared.locator("ins").allTextContents(),
    ]).toEqual([[expect.stringContaining("replicas: 1")], [expect.stringContaining("replicas: 2")]]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "compared");
    // The same one twice: nothing differs, and that is said.
    await compared.getByLabel("From deployment").selectOption({ index: 0 });
    await compared.getByText("Git gives the same at both.").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("one that is not there is said so", async () => {
    const watched = await watchedPage(browser, url, { expected: [403, 404] });
    await watched.page.goto(`${url}/applications/argocd/nowhere`);
    await watched.page.getByRole("heading", { name: "There is no application nowhere" }).waitFor();
    expect(await accessibilityProblems(watched.page)).toEqual([]);
    expect(watched.faults()).toEqual([]);
    await watched.page.context().close();
  }, 60_000);

  test("Refresh looks again, and says so", async () => {
    const { page, faults } = await openOne("clock");
    await chooseAction(page, "clock", /^Refresh/);
    await noted(page, "clock was refreshed");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("a sync is reviewed first, and starts once a person says so", async () => {
    const { page, faults } = await openOne("clock");
    const runs = async (): Promise<number> =>
      ((await holdfast("runs", "--app", "clock")).match(/argocd\/clock/g) ?? []).length;
    const before = await runs();
    // Nothing is due, so that no button asks for one.
    expect(await page.getByRole("button", { name: "Review & sync clock" }).count()).toBe(0);
    await chooseAction(page, "clock", /^Review & sync/);
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^Nothing differs\.$/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "review");
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await runs()).toBe(before);
    await page.keyboard.press("s");
    await dialog.getByRole("button", { name: "Sync", exact: true }).dblclick();
    await noted(page, /^clock: Sync: successfully synced/);
    await eventually("one more sync is on record", async () => (await runs()) === before + 1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says what is held and why, and the hold is lifted by its button", async () => {
    const { page, faults } = await openOne("shop");
    const lift = page.getByRole("button", { name: "Lift the hold of shop" });
    expect(await lift.isVisible()).toBe(false);
    const [latest = ""] = (await holdfast("app", "history", "shop", "-o", "id")).split("\n");
    await holdfast("app", "rollback", "shop", latest, "--yes", "--reason", "the page shows it");
    await page.locator(".title .state", { hasText: "Held" }).waitFor();
    await page.getByText("the page shows it").waitFor();
    expect(await page.locator(".facts:not(.commit)").first().textContent()).toContain("held@");
    // A sync would be refused: what is offered is the way on.
    expect(await page.getByRole("button", { name: "Review & sync shop" }).isVisible()).toBe(false);
    expect(await accessibilityProblems(page)).toEqual([]);
    await lift.click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText(/^shop to [0-9a-f]{7}, as Git says now: nothing differs\.$/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    expect(await lift.isVisible()).toBe(true);
    await lift.click();
    await dialog.getByRole("button", { name: "Lift the hold" }).click();
    await noted(page, "shop follows Git again");
    await lift.waitFor({ state: "hidden" });
    expect(await page.locator(".facts:not(.commit)").first().textContent()).toContain("main@");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("what is made on the page", () => {
  test("an application is made of what is filled in, and nothing of it is on the cluster before somebody syncs", async () => {
    const { page, faults } = await watchedPage(browser, url);
    const { items } = (await (await fetch(`${url}/api/v1/applications`)).json()) as {
      items: Record<string, any>[];
    };
    const repository = String(items[0]?.["spec"].source.repoURL);
    await page.goto(`${url}/applications`);
    await page.getByRole("link", { name: "New application" }).click();
    await page.getByRole("heading", { level: 1, name: "New application" }).waitFor();
    await page.getByRole("button", { name: "Create" }).click();
    // The browser itself says what is needed.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("new-name");
    await page.getByLabel("Name", { exact: true }).fill("Not A Name");
    await page.getByLabel("Repository").fill(repository);
    await page.getByLabel("Folder").fill("apps/guestbook");
    await page.getByLabel("Cluster").fill("in-cluster");
    await page.getByLabel("Namespace", { exact: true }).fill("another");
    await page.getByRole("button", { name: "Create" }).click();
    await page
      .getByRole("alert")
      .getByText(/metadata\.name/)
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel("Name", { exact: true }).fill("another");
    expect(await page.getByLabel("Manifest", { exact: true }).inputValue()).toContain("path: apps/guestbook");
    await page.getByRole("button", { name: "Preview" }).click();
    await page.getByText(/^Objects: \d+ to create, 1 to run as a hook\.$/).waitFor();
    await page.getByText(/^create Deployment another\/guestbook$/).click();
    await page.locator(".text-diff ins", { hasText: "kind: Deployment" }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "new-filled");
    await page.getByRole("button", { name: "Create" }).click();
    await page.getByRole("heading", { level: 1, name: "another" }).waitFor();
    await page.locator(".title .state", { hasText: "OutOfSync" }).waitFor();
    await page.getByRole("button", { name: "Review & sync another" }).click();
    await page
      .getByRole("dialog")
      .getByText(/\d to create/)
      .first()
      .waitFor();
    await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
    expect(faults()).toEqual([]);
    await page.context().close();
    await holdfast("app", "delete", "another", "--yes", "--no-cascade");
  }, 60_000);

  test("Ctrl+K goes anywhere by a few letters, and gives the focus back where nothing is chosen", async () => {
    const { page, faults } = await open();
    const palette = page.getByRole("dialog", { name: "Go to" });
    const field = palette.getByRole("combobox", { name: "Go to" });
    await page.getByLabel("Find").focus();
    await page.keyboard.press("Control+k");
    await field.waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "palette");
    await page.keyboard.press("Escape");
    await palette.waitFor({ state: "hidden" });
    expect(await page.evaluate(() => document.activeElement?.id)).toBe("query");
    // The key comes before the page has heard that the one before was closed.
    await page.keyboard.press("Control+k");
    await field.waitFor();
    await page.evaluate(() => {
      document.querySelector<HTMLDialogElement>("dialog[open]")?.close();
      document.dispatchEvent(new KeyboardEvent("keydown", { key: "k", ctrlKey: true, bubbles: true }));
    });
    await field.waitFor();
    await page.keyboard.type("sho");
    await palette.getByRole("option", { name: /^argocd\/shop/, selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "shop" }).waitFor();
    expect(page.url()).toBe(`${url}/applications/argocd/shop`);
    await page.keyboard.press("Control+k");
    await page.keyboard.type("clus");
    await palette.getByRole("option", { name: "Clusters", selected: true }).waitFor();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: "Clusters" }).waitFor();
    await page.keyboard.press("Control+k");
    await page.keyboard.type("nothing like that");
    // What is nothing's name may be some object's.
    await palette
      .getByRole("option", {
        name: "Find “nothing like that” in resources of all applications",
        selected: true,
      })
      .waitFor();
    await page.keyboard.press("Enter");
    await page.waitForURL(`${url}/resources?q=nothing+like+that`);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("single keys do nothing where somebody turned them off, and Argo CD's addresses of settings lead on", async () => {
    const { page, faults } = await open();
    await page.keyboard.press("g");
    await page.keyboard.press(",");
    await page.getByRole("heading", { level: 1, name: "Settings" }).waitFor();
    await page.getByLabel(/^Single keys act/).uncheck();
    await page.locator("h1").focus();
    for (const key of ["g", "a", "?"]) await page.keyboard.press(key);
    expect([page.url(), await page.getByRole("dialog").count()]).toEqual([`${url}/settings`, 0]);
    await page.reload();
    expect(await page.getByLabel(/^Single keys act/).isChecked()).toBe(false);
    for (const [old, now] of [
      ["settings/repos", "repositories"],
      ["settings/projects", "projects"],
      ["settings/projects/default", "projects/default"],
      ["settings/clusters", "clusters"],
      ["settings/clusters/https%3A%2F%2Fkubernetes.default.svc", "clusters"],
      ["settings/certs", "settings/certificates"],
      ["settings/gpgkeys", "settings/gpg"],
      ["applications/clock", "applications/argocd/clock"],
      ["applications/argocd/clock?view=tree&resource=", "applications/argocd/clock?view=graph"],
      ["applications?search=clock&health=Healthy", "applications?q=clock+health%3AHealthy"],
    ]) {
      await page.goto(`${url}/${old}`);
      await page.waitForURL(`${url}/${now}`);
    }
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("an address at which nothing is says so, and leads to what is there", async () => {
    const { page } = await open();
    const reply = await page.goto(`${url}/nothing/%zz`);
    expect(reply?.status()).toBe(404);
    await page.getByRole("heading", { level: 1, name: "There is no page at this address" }).waitFor();
    await page.getByRole("main").getByRole("link", { name: "Clusters" }).click();
    await page.waitForURL(`${url}/clusters`);
    await page.context().close();
  }, 60_000);

  test("a theme that somebody chose stays, whatever the system says", async () => {
    const { page } = await open({ scheme: "light" });
    const background = (): Promise<string> =>
      page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await background();
    await page.getByLabel("Theme").selectOption("dark");
    const dark = await background();
    expect(dark).not.toBe(light);
    await page.reload();
    await row(page, "clock").waitFor();
    expect(await background()).toBe(dark);
    await page.context().close();
  }, 60_000);
});

describe("the page below a base path", () => {
  test("has its links, its files and its requests there, and a path of it opens there too", async () => {
    const manifest = {
      ...{ apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
      metadata: { name: "web", namespace: "argocd" },
      spec: {
        ...{ project: "default", destination: { name: "in-cluster", namespace: "web" } },
        source: { repoURL: "https://git.invalid/web.git", path: ".", targetRevision: "main" },
      },
    };
    const daemon = await startDaemon(
      "applications: [./apps]\n",
      { "apps/web.yaml": JSON.stringify(manifest) },
      { basePath: "/cd" },
    );
    const { page, faults } = await watchedPage(browser, daemon.url);
    await page.goto(`${daemon.url}/cd`);
    await row(page, "web").getByRole("link", { name: "web", exact: true }).click();
    await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
    expect(page.url()).toBe(`${daemon.url}/cd/applications/argocd/web`);
    await page.reload();
    await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
    const links = await page.$$eval("a[href]", (all) => all.map((one) => one.getAttribute("href") ?? ""));
    expect(links.filter((link) => !/^(\/cd\/|[?#])/.test(link))).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
    await daemon.stop();
  }, 60_000);
});

describe("the page of a daemon with a token", () => {
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
      `${daemon.url}/applications`,
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
    await page.getByText("the daemon does not answer").waitFor();
    expect(await page.locator("#connection-word").textContent()).toBe("Offline");
    await screenshot(page, "offline");
    await daemon.restart();
    await page.locator("#connection-word", { hasText: "Live" }).waitFor();
    expect(await page.locator("#offline").isVisible()).toBe(false);
  }, 90_000);
});
