/** What people come for, in clicks: the compiled daemon in demo mode, real Chromium, and a hand that counts. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import type { Browser, Locator, Page } from "playwright-core";
import { toolsFromNpm } from "../../src/render/tools-from-npm.ts";
import { startBrowser, type Watched, watchedPage } from "../lib/browser.ts";
import { BINARY, run, settled } from "../lib/daemon.ts";
import { eventually } from "../lib/eventually.ts";
import { type Started, started } from "../lib/started.ts";

const home = mkdtempSync(join(tmpdir(), "holdfast-tasks-"));
let env: Record<string, string>;
let browser: Browser;
let demo: Started;
let url: string;

const holdfast = async (...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await run([BINARY, ...words], {
    cwd: home,
    env: { ...env, HOLDFAST_SERVER: url },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) });
  return stdout;
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
}, 120_000);

afterAll(async () => {
  await browser?.close();
  demo?.toItself("SIGTERM");
  await demo?.ended;
  rmSync(home, { recursive: true, force: true });
}, 60_000);

interface Hand extends Watched {
  click(on: Locator): Promise<void>;
  clicks(): number;
  end(): Promise<void>;
}

/** Whoever opens the page, at that path, and has done nothing yet. @param expected as `watchedPage` has it */
async function handAt(path: string, expected: number[] = []): Promise<Hand> {
  const watched = await watchedPage(browser, url, { expected });
  let clicks = 0;
  await watched.page.goto(`${url}${path}`);
  await watched.page.locator("#connection-word", { hasText: "Live" }).waitFor();
  return {
    ...watched,
    async click(on) {
      await on.click();
      clicks += 1;
    },
    clicks: () => clicks,
    async end() {
      expect(watched.faults()).toEqual([]);
      await watched.page.context().close();
    },
  };
}
const tab = (page: Page, name: string): Locator => page.getByRole("tab", { name });
const nameIn = (page: Page, name: string): Locator =>
  page.locator(`#app-argocd-${name}`).getByRole("link", { name, exact: true });

test("why is it broken: the list says it, its reason first, and the Pod that is to blame is two clicks away", async () => {
  await holdfast("demo", "break");
  const hand = await handAt("/applications");
  const { page } = hand;
  const why = /Pod guestbook-\S+ container page waits: CrashLoopBackOff/;
  const short = /CrashLoopBackOff: container page of Pod guestbook-/;
  await page.locator("#app-argocd-guestbook").getByText(short).first().waitFor();
  expect(hand.clicks()).toBe(0);
  await hand.click(nameIn(page, "guestbook"));
  await page.locator(".application-head .words").getByText(why).first().waitFor();
  // What is not well is open.
  const pod = page.getByRole("row", { name: /^Pod guestbook-\S+ CrashLoopBackOff/ }).getByText(/^guestbook-/);
  await hand.click(pod);
  await page
    .getByRole("complementary", { name: /Pod guestbook-/ })
    .getByText(/CrashLoopBackOff/)
    .first()
    .waitFor();
  expect(hand.clicks()).toBeLessThanOrEqual(2);
  await hand.end();
  // And what it wrote is as near.
  const reading = await handAt("/applications");
  await reading.click(nameIn(reading.page, "guestbook"));
  await reading.click(reading.page.getByRole("link", { name: "Read its log" }));
  await reading.page
    .getByLabel(/^Log of Pod guestbook-/)
    .getByText(/exit code/)
    .first()
    .waitFor();
  expect(reading.clicks()).toBe(2);
  await holdfast("demo", "heal");
  await reading.end();
}, 120_000);

test("roll back: what it would change is two clicks from the list, and done is three", async () => {
  await holdfast("demo", "commit", "clock");
  await eventually(
    "two deployments are on record",
    async () => (await holdfast("app", "history", "clock", "-o", "id")).trim().split("\n").length > 1,
  );
  // The demo's config allows no pushes: 400 says so beside that way back, and the other one is offered.
  const { page, click, clicks, end } = await handAt("/applications", [400]);
  await click(nameIn(page, "clock"));
  await click(page.getByRole("button", { name: "Roll back clock…" }));
  await page
    .locator("#rollback-sum")
    .getByText(/1 to update/)
    .waitFor();
  await page.getByText(/does not allow pushes to/).waitFor();
  expect(clicks()).toBe(2);
  await click(page.getByRole("dialog").getByRole("button", { name: /^Roll back to/ }));
  await page.locator(".title .state", { hasText: "Held" }).waitFor();
  expect(clicks()).toBe(3);
  await end();
}, 120_000);

test("who changed it: the history of one application is two clicks from the list, and what everybody did is one", async () => {
  await holdfast("app", "sync", "shop", "--reason", "because somebody asked");
  const hand = await handAt("/applications");
  await hand.click(nameIn(hand.page, "shop"));
  await hand.click(tab(hand.page, "History"));
  await hand.page
    .getByRole("row", { name: /Current/ })
    .getByRole("cell", { name: "Holdfast" })
    .waitFor();
  expect(hand.clicks()).toBe(2);
  await hand.end();

  const all = await handAt("/applications");
  await all.click(all.page.getByRole("link", { name: "Activity" }));
  await all.page
    .getByRole("row", { name: /user:local/ })
    .filter({ hasText: "argocd/shop" })
    .filter({ hasText: "because somebody asked" })
    .first()
    .waitFor();
  expect(all.clicks()).toBe(1);
  await all.end();
}, 120_000);

test("add an application: two clicks, with what is to be written between them", async () => {
  const { items } = (await (await fetch(`${url}/api/v1/applications`)).json()) as {
    items: { spec: { source: { repoURL: string } } }[];
  };
  const hand = await handAt("/applications", [501]);
  const { page } = hand;
  await hand.click(page.getByRole("link", { name: "New application" }));
  const field = (name: string): Locator => page.getByLabel(name, { exact: true });
  await field("Name").fill("second");
  await field("Repository").fill(items[0]?.spec.source.repoURL ?? "");
  await field("Folder").fill("apps/guestbook");
  await field("Cluster").fill("in-cluster");
  await field("Namespace").fill("second");
  await hand.click(page.getByRole("button", { name: "Create" }));
  await page.getByRole("heading", { level: 1, name: "second" }).waitFor();
  expect(hand.clicks()).toBe(2);
  await hand.end();
}, 60_000);

test("what will a sync do: its counts in the list are a click from the plan of it", async () => {
  const hand = await handAt("/applications");
  const { page } = hand;
  const row = page.locator("#app-argocd-second");
  await hand.click(row.getByRole("button", { name: /^\d+ to create$/ }));
  const dialog = page.getByRole("dialog", { name: /^Sync second to / });
  await dialog.locator(".sum", { hasText: /^\d+ to create\.$/ }).waitFor();
  expect(hand.clicks()).toBe(1);
  // The list stays behind it, with no panel beside.
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe("/applications");
  await hand.end();
}, 60_000);

test("what will a sync do: a click on OutOfSync, of a row and of a tile", async () => {
  const dialog = (page: Page): Locator => page.getByRole("dialog", { name: /^Sync second to / });
  for (const path of ["/applications", "/applications?as=tiles"]) {
    const hand = await handAt(path);
    const { page } = hand;
    const one = page.locator("#app-argocd-second");
    await hand.click(one.getByRole("button", { name: "OutOfSync" }));
    await dialog(page)
      .locator(".sum", { hasText: /^\d+ to create\.$/ })
      .waitFor();
    expect(hand.clicks()).toBe(1);
    // What is as in Git has nothing to review.
    await page.keyboard.press("Escape");
    await dialog(page).waitFor({ state: "detached" });
    const clock = page.locator("#app-argocd-clock");
    expect(await clock.getByText("Synced", { exact: true }).count()).toBe(1);
    expect(await clock.getByRole("button", { name: "Synced" }).count()).toBe(0);
    await hand.end();
  }
}, 60_000);

test("what will a sync do: a click, and nothing is done by it", async () => {
  const hand = await handAt("/applications/argocd/second");
  const { page } = hand;
  await hand.click(page.getByRole("button", { name: "Review & sync second" }));
  await page
    .getByRole("dialog")
    .getByText(/\d to create/)
    .first()
    .waitFor();
  expect(hand.clicks()).toBe(1);
  expect(await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).count()).toBe(1);
  await hand.end();
}, 60_000);
