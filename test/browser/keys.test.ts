/** Every key of the sheet, on the page where it does what the sheet says of it: the compiled demo with its neighbours. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { PLACES } from "../../src/ui/app/places.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
import { type DemoWithStory, demoWithStory } from "../lib/demo-with-story.ts";

let browser: Browser;
let demo: DemoWithStory;

beforeAll(async () => {
  browser = await startBrowser();
  demo = await demoWithStory();
}, 180_000);
afterAll(async () => {
  await browser?.close();
  await demo?.stop();
}, 60_000);

interface Case {
  /** As Playwright presses them, one after the other. */
  keys: readonly string[];
  path: string;
  /** There before the first of them is pressed. */
  ready: string;
  /** Seen after the last of them. */
  seen: string;
  /** What the address has then. */
  at?: RegExp;
}

const LIST = { path: "/applications", ready: "#app-argocd-mailer" };
const MAILER = { path: "/applications/argocd/mailer", ready: ".line:has-text('CrashLoopBackOff')" };
const PAYMENTS = { path: "/applications/argocd/payments", ready: ".line:has-text('payments-worker')" };
const LEDGER = { path: "/applications/argocd/ledger", ready: "a:text('Read its log')" };
const DIFF = { path: "/applications/argocd/payments?view=diff", ready: ".differences [data-is=new]" };
const GRAPH = { path: "/applications/argocd/shop?view=graph", ready: ".node" };
const PANEL = { path: "/applications/argocd/mailer?node=apps/Deployment/mailer/mailer", ready: ".sheet h2" };
const CHOSEN = '[role=tab][aria-selected="true"]';
const TABS = ["Resources", "Graph", "Diff", "History", "Runs", "Events", "Config"];

const CASES: readonly Case[] = [
  { keys: ["Control+k"], ...LIST, seen: 'dialog[aria-label="Go to"]' },
  { keys: ["/"], ...LIST, seen: "#query:focus" },
  { keys: ["/"], path: "/clusters", ready: "h1:text('Clusters')", seen: "#query", at: /\/applications$/ },
  { keys: ["?"], ...LIST, seen: "dialog[open] .sheet-of-keys" },
  ...PLACES.map(({ key, path, word }) => ({
    ...{ keys: ["g", key], path: "/help", ready: "h1:text('Help')" },
    ...{ seen: path === "/applications" ? "#query" : `h1:text('${word}')`, at: new RegExp(`${path}$`) },
  })),
  { keys: ["j"], ...LIST, seen: ".app:focus" },
  { keys: ["j", "j", "k"], ...LIST, seen: ".app:focus" },
  { keys: ["j", "ArrowDown", "ArrowUp"], ...LIST, seen: ".app:focus" },
  { keys: ["j", "x"], ...LIST, seen: '.app[aria-selected="true"]' },
  { keys: ["j", "x", "j", "j", "X"], ...LIST, seen: ".bulk:has-text('3')" },
  { keys: ["j", "Enter"], ...LIST, seen: ".application-head h1", at: /\/applications\/argocd\// },
  { keys: ["j", "o"], ...LIST, seen: ".pane .application-head", at: /[?&]open=/ },
  { keys: ["j", "o", "Escape"], ...LIST, seen: "body:not(:has(.pane))", at: /\/applications$/ },
  { keys: ["j", "s"], ...LIST, seen: "dialog[open] h2:has-text('Sync')" },
  { keys: ["j", "d"], ...LIST, seen: ".application-head h1", at: /\/applications\/argocd\/\w+\?view=diff$/ },
  { keys: ["j", "h"], ...LIST, seen: ".application-head h1", at: /\/argocd\/\w+\?view=history$/ },
  { keys: ["j", "o", "d"], ...LIST, seen: `.pane ${CHOSEN}:has-text('Diff')`, at: /[?&]view=diff/ },
  { keys: ["j", "f"], ...LIST, seen: '.app:focus .star[aria-pressed="true"]' },
  ...TABS.map((word, at) => ({
    ...{ keys: [String(at + 1)], ...MAILER, seen: `${CHOSEN}:text-is("${word}")` },
  })),
  { keys: ["s"], ...PAYMENTS, seen: "dialog[open] h2:has-text('payments')" },
  { keys: ["d"], ...PAYMENTS, seen: `${CHOSEN}:text-is("Diff")`, at: /view=diff/ },
  { keys: ["l"], ...MAILER, seen: ".log-rows", at: /tab=logs/ },
  {
    keys: ["l"],
    ...LEDGER,
    seen: ".log-rows:has-text('migrate')",
    at: /node=batch%2FJob%2Fledger%2Fmigrate/,
  },
  { keys: ["h"], ...MAILER, seen: `${CHOSEN}:text-is("History")`, at: /view=history/ },
  { keys: ["f"], ...PAYMENTS, seen: '.title .star[aria-pressed="true"]' },
  { keys: ["c"], ...MAILER, seen: ".note:has-text('Copied')" },
  { keys: ["."], ...MAILER, seen: "[role=menu]" },
  { keys: ["]"], ...PANEL, seen: ".sheet h2:has-text('ReplicaSet')" },
  { keys: ["]", "["], ...PANEL, seen: ".sheet h2:has-text('Deployment')" },
  { keys: ["Escape"], ...PANEL, seen: "body:not(:has(.sheet))" },
  { keys: ["n"], ...DIFF, seen: '[data-at="true"]' },
  { keys: ["n", "n", "p"], ...DIFF, seen: '[data-at="true"]' },
  { keys: ["-"], ...GRAPH, seen: ".graph-tools:not(:has-text('100 %'))" },
  { keys: ["-", "0"], ...GRAPH, seen: ".graph-tools:has-text('100 %')" },
  { keys: ["-", "-", "+", "+"], ...GRAPH, seen: ".graph-tools:has-text('100 %')" },
];

/** Of the keys that need more than to be seen: they ask the daemon. */
const ASKING = ["r", "R"];

const AS_PRESSED: Readonly<Record<string, string>> = {
  ...{ "Ctrl+K": "Control+k", Esc: "Escape", "Shift+x": "X", "Shift+r": "R" },
  ...{ "↓": "ArrowDown", "↑": "ArrowUp" },
};

const focused = async (page: Page, selector: string): Promise<void> => {
  // In a graph the focus says whose keys they are.
  if (selector === ".node") await page.locator(selector).first().focus();
};

test("each key of the sheet does on its page what the sheet says", async () => {
  const { page, faults } = await watchedPage(browser, demo.url);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
  page.setDefaultTimeout(15_000);
  const found: string[] = [];
  await page.goto(`${demo.url}/help`);
  await page.locator("h1").waitFor();
  await page.keyboard.press("?");
  await page.locator(".sheet-of-keys dt").first().waitFor();
  const sheet = await page.locator(".sheet-of-keys dt").allTextContents();
  const pressed = new Set([...CASES.flatMap(({ keys }) => keys), ...ASKING]);
  // What a person reads, as Playwright has it; the tabs are a row each below.
  const known = sheet
    .filter((shown) => shown !== "1 … 9")
    .flatMap((shown) => shown.split(/,? /))
    .filter((key) => key !== "")
    .map((key) => AS_PRESSED[key] ?? key);
  expect(known.length).toBeGreaterThan(25);
  expect(known.filter((key) => !pressed.has(key))).toEqual([]);
  for (const { keys, path, ready, seen, at } of CASES) {
    const what = `${keys.join(" ")} at ${path}`;
    await page.goto("about:blank");
    await page.goto(`${demo.url}${path}`);
    try {
      await page.locator("#connection-word", { hasText: "Live" }).waitFor({ state: "attached" });
      await page.locator(ready).first().waitFor();
      await focused(page, ready);
      for (const key of keys) {
        await page.keyboard.press(key);
        // What a key did is drawn, and has the focus, before the next one comes.
        await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn, 30))));
      }
      await page.locator(seen).first().waitFor({ state: "attached" });
      if (at !== undefined) await page.waitForURL(at);
    } catch (cause) {
      found.push(`${what}: ${String(cause).split("\n")[0]}`);
    }
  }
  expect([...found, ...faults()]).toEqual([]);
  await page.context().close();
}, 300_000);

test("r asks for a refresh, and Shift with it for one that renders again", async () => {
  const { page, faults } = await watchedPage(browser, demo.url);
  await page.goto(`${demo.url}${MAILER.path}`);
  await page.locator(MAILER.ready).first().waitFor();
  for (const [key, how] of [
    ["r", "{}"],
    ["R", "hard"],
  ] as const) {
    const asked = page.waitForRequest((request) =>
      /refresh/.test(request.url() + (request.postData() ?? "")),
    );
    await page.keyboard.press(key);
    const request = await asked;
    expect(decodeURIComponent(request.url()) + (request.postData() ?? "")).toContain(how);
    await request.response();
    await page.getByText("Refreshing…").waitFor({ state: "detached" });
  }
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);

test("Escape closes the topmost alone, one after the other, and the focus goes back to where it was", async () => {
  const { page, faults } = await watchedPage(browser, demo.url);
  await page.goto(`${demo.url}${PANEL.path}`);
  await page.locator(PANEL.ready).first().waitFor();
  const open = async (): Promise<string[]> =>
    page.evaluate(() =>
      [".sheet", "[role=menu], .actions-menu[data-is-open]", "dialog[open]"].filter(
        (one) => document.querySelector(one) !== null,
      ),
    );
  await page.locator(".sheet").getByRole("button", { name: "Actions" }).click();
  await page.locator(".actions-menu[data-is-open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".actions-menu[data-is-open]").waitFor({ state: "detached" });
  expect(await open()).toEqual([".sheet"]);
  await page.keyboard.press("?");
  await page.locator("dialog[open]").waitFor();
  await page.keyboard.press("Escape");
  await page.locator("dialog[open]").waitFor({ state: "detached" });
  expect(await open()).toEqual([".sheet"]);
  await page.keyboard.press("Escape");
  await page.locator(".sheet").waitFor({ state: "detached" });
  expect(new URL(page.url()).search).toBe("");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);

test("Tab goes through the page in the order in which it is read, and one sees where it is", async () => {
  const { page, faults } = await watchedPage(browser, demo.url);
  for (const { path, ready } of [LIST, MAILER, DIFF]) {
    await page.goto(`${demo.url}${path}`);
    await page.locator(ready).first().waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    const unseen: string[] = [];
    const order: string[] = [];
    for (const _ of Array.from({ length: 30 })) {
      await page.keyboard.press("Tab");
      const now = await page.evaluate(() => {
        const one = document.activeElement;
        if (one === null || one === document.body) return undefined;
        // Of what is drawn over something, that is outlined.
        const marked = one.closest(".icon:has(:focus-visible)") ?? one;
        const { outlineStyle, outlineWidth } = getComputedStyle(marked);
        const region =
          one.closest(".bar, .rail, main, .skip")?.className ?? one.closest("main")?.tagName ?? "";
        return {
          html: one.outerHTML.slice(0, 100),
          region,
          isSeen: outlineStyle !== "none" && outlineWidth !== "0px",
        };
      });
      if (now === undefined) break;
      if (!now.isSeen) unseen.push(`${path}: ${now.html}`);
      if (order.at(-1) !== now.region) order.push(now.region);
    }
    expect(unseen).toEqual([]);
    // Each region once: nobody is thrown back and forth.
    expect(order.length, path).toBe(new Set(order).size);
  }
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);
