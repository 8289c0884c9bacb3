/** Pages beside the applications: resources of all of them, the activity, repositories and clusters. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { ActivityEntry } from "../../src/core/model/activity.ts";
import { appKey } from "../../src/core/model/application.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeRepositories, knownRepository } from "../fakes/fake-repositories.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const SLOW_MS = 60_000;
const HOSTILE = `<img src=x onerror="document.title='run'">`;

let browser: Browser;
let api: FakeApi;

beforeAll(async () => {
  browser = await startBrowser();
}, SLOW_MS);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

describe("resources", () => {
  test(
    "are found by what one types, and lead by keys to the object in its application",
    async () => {
      const control = fakeControl();
      for (const name of ["api", "web"]) control.put(fakeApp("argocd", name));
      api = startFakeApi(control);
      const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
      await page.goto(`${api.url}/resources`);
      await page.getByRole("searchbox", { name: "Find" }).fill("kind:replicaset app:web");
      const grid = page.getByRole("grid", { name: "Resources" });
      await page.getByText("1 object", { exact: true }).waitFor();
      expect(page.url()).toContain("?q=kind%3Areplicaset+app%3Aweb");
      expect(await grid.getByRole("row").nth(1).textContent()).toContain("web-5d4 of Deployment web");
      expect(await accessibilityProblems(page)).toEqual([]);
      await grid.getByRole("row").nth(1).focus();
      await page.keyboard.press("Enter");
      await page.waitForURL(
        (url) =>
          url.pathname === "/applications/argocd/web" &&
          (url.searchParams.get("node") ?? "").startsWith("apps/ReplicaSet/"),
      );
      await page.goBack();
      await page.getByText("1 object", { exact: true }).waitFor();
      await page.getByRole("searchbox", { name: "Find" }).fill("nothing-like-it");
      await page.getByText("No object is like that.").waitFor();
      await page.getByRole("button", { name: "Show all" }).click();
      await grid.waitFor();
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );

  test(
    "say in one query whose a Pod is, and what is looked for is kept by a name in this browser",
    async () => {
      const control = fakeControl();
      for (const name of ["api", "web"]) control.put(fakeApp("argocd", name));
      const told = control.resourceTree;
      control.resourceTree = (key) => {
        const tree = told(key);
        const set = tree.is === "found" ? tree.value.find(({ ref }) => ref.kind === "ReplicaSet") : undefined;
        if (key !== "argocd/web" || tree.is !== "found" || set === undefined) return tree;
        const ref = { group: "", kind: "Pod", namespace: "shop", name: "checkout-7d9f6c-x2kq8" };
        const parents = [{ ...set.ref, uid: set.uid ?? "" }];
        return { is: "found", value: [...tree.value, { ...set, ref, uid: "u-pod", parents, info: [] }] };
      };
      api = startFakeApi(control);
      const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
      const asked: string[] = [];
      page.on("request", (request) => {
        const { pathname, searchParams } = new URL(request.url());
        if (pathname.endsWith("/resources")) asked.push(searchParams.get("q") ?? "");
      });
      await page.goto(`${api.url}/resources?q=x2kq8`);
      const row = page.getByRole("grid", { name: "Resources" }).getByRole("row").nth(1);
      await row.getByText("checkout-7d9f6c-x2kq8").waitFor();
      // Its application and what it is of stand in the row: nothing else was asked.
      expect(await row.textContent()).toContain("of Deployment web");
      expect(await row.getByText("argocd/web").count()).toBe(1);
      expect(new Set(asked)).toEqual(new Set(["x2kq8"]));

      await page.getByText("Views", { exact: true }).click();
      await page.getByLabel("Name of this view").fill("The <b>Pod</b>");
      await page.keyboard.press("Enter");
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, "resources-views");
      await page.keyboard.press("Escape");
      await page.getByRole("searchbox", { name: "Find" }).fill("kind:service");
      await page.getByText("2 objects", { exact: true }).waitFor();
      await page.reload();
      await page.getByText("Views 1", { exact: true }).click();
      await page.getByRole("button", { name: "The <b>Pod</b>", exact: true }).click();
      await row.getByText("checkout-7d9f6c-x2kq8").waitFor();
      expect(page.url()).toBe(`${api.url}/resources?q=x2kq8`);
      // The list of applications has views of its own.
      await page.goto(`${api.url}/applications`);
      await page.getByText("Views", { exact: true }).waitFor();
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );

  test(
    "are read on as one scrolls, and what one types shows nothing of what was asked before",
    async () => {
      const control = fakeControl();
      for (let at = 0; at < 150; at += 1) control.put(fakeApp("argocd", `app-${at}`));
      api = startFakeApi(control);
      const { page } = await watchedPage(browser, api.url, { expected: [501] });
      await page.goto(`${api.url}/resources?q=is:own`);
      const rows = page.getByRole("grid", { name: "Resources" });
      await rows.waitFor();
      const total = Number(await rows.getAttribute("aria-rowcount")) - 1;
      expect(total).toBeGreaterThan(200);
      // More than a page of them, and few are drawn.
      for (let at = 0; at < 6; at += 1) {
        await page.keyboard.press("End");
        await page.evaluate(() => scrollTo(0, document.documentElement.scrollHeight));
        await page.waitForFunction(() => scrollY > 0);
      }
      await page.waitForFunction(
        (count) =>
          [...document.querySelectorAll('[role="row"]')].some(
            (row) => Number(row.getAttribute("aria-rowindex")) === count + 1,
          ),
        total,
      );
      expect(await rows.getByRole("row").count()).toBeLessThan(80);
      await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
      await page.getByText(`Copy all ${total}`).waitFor();
      await page.getByRole("button", { name: "as CSV" }).click();
      await page.getByText(`Copied: ${total} as CSV`).waitFor();
      const csv = await page.evaluate(() => navigator.clipboard.readText());
      expect(csv.trim().split("\n").length).toBe(total + 1);
      await page.context().close();
    },
    SLOW_MS,
  );
});

const entry = (seq: number, more: Partial<ActivityEntry> = {}): ActivityEntry => ({
  ...{ seq, at: "2026-11-23T04:00:00Z", actor: seq % 2 === 0 ? "user:ann" : "user:bob", action: "sync" },
  ...{ outcome: { is: "done" }, details: {}, previous: "0", hash: "f".repeat(64) },
  ...more,
});

describe("activity", () => {
  test(
    "is found by who did it, read to the first entry, and saved",
    async () => {
      const control = fakeControl();
      const entries = Array.from({ length: 250 }, (_, at) => entry(at + 1));
      entries[249] = entry(250, {
        ...{ reason: HOSTILE, action: "update" },
        ...{ before: { spec: { replicas: 1 } }, after: { spec: { replicas: 3 } } },
      });
      control.activity = ({ actor, order, beyond, limit }) =>
        (order === "newest-first" ? entries.toReversed() : entries)
          .filter((one) => actor === undefined || one.actor === actor)
          .filter(({ seq }) =>
            beyond === undefined ? true : order === "newest-first" ? seq < beyond : seq > beyond,
          )
          .slice(0, limit);
      api = startFakeApi(control);
      const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
      await page.goto(`${api.url}/activity`);
      await page.getByText(HOSTILE).waitFor();
      expect(await page.title()).toBe("Activity · Holdfast");
      await page.getByText("What changed").click();
      await page.locator("ins", { hasText: "replicas: 3" }).waitFor();
      const rows = page.locator("tbody tr:not(.group)");
      expect(await rows.count()).toBe(100);
      await page.getByRole("button", { name: "Older" }).click();
      await page.waitForFunction(() => document.querySelectorAll("tbody tr:not(.group)").length === 200);
      await page.getByRole("button", { name: "Older" }).click();
      await page.getByText("That is all of it.").waitFor();
      expect(await rows.count()).toBe(250);
      expect(await accessibilityProblems(page)).toEqual([]);

      await page.getByLabel("Who").selectOption("user:bob");
      await page.waitForURL((url) => url.searchParams.get("q") === "actor:user:bob");
      await page.waitForFunction(() => !document.querySelector("table")?.textContent?.includes("user:ann"));
      const saving = page.waitForEvent("download");
      await page.getByRole("link", { name: "CSV" }).click();
      const saved = await saving;
      expect(saved.suggestedFilename()).toBe("activity.csv");
      const text = await Bun.file(await saved.path()).text();
      expect(text.trimEnd().split("\r\n")).toHaveLength(126);
      expect(text).not.toContain("user:ann");
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );
});

describe("the activity's columns", () => {
  test(
    "tell what a sync came to by its run, and part no word of what it is of",
    async () => {
      const control = fakeControl();
      const app = fakeApp("argocd", "import");
      control.put(app);
      const entries = [
        entry(3, {
          ...{ action: "request", outcome: { is: "refused", why: "no right" } },
          details: { on: "PATCH /api/v1/projects/platform" },
        }),
        entry(2, { action: "delete", app: appKey("argocd", "gone") }),
        entry(1, { app: appKey("argocd", "import"), reason: "a long reason ".repeat(20) }),
      ];
      control.activity = () => entries;
      api = startFakeApi(control);
      const { page } = await watchedPage(browser, api.url, { expected: [501] });
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.goto(`${api.url}/activity`);
      const rows = page.locator("tbody tr:not(.group)");
      await rows.nth(2).waitFor();
      const outcome = (row: number) => rows.nth(row).locator("[data-head=Outcome]");
      expect(await outcome(2).textContent()).toStartWith("asked for");
      expect(await outcome(1).textContent()).toBe("asked for");
      expect(await rows.nth(0).locator("[data-head=Of]").textContent()).toBe("project platform");
      const heights = await page
        .locator("[data-head=Of] a")
        .evaluateAll((all) => all.map((one) => one.getClientRects().length));
      expect(heights).toEqual([1]);
      // Nor of its head, however long a reason is.
      const head = page.locator("thead th", { hasText: "Outcome" });
      const lines = await head.evaluate((one) => {
        const range = document.createRange();
        range.selectNodeContents(one);
        return range.getClientRects().length;
      });
      expect(lines).toBe(1);
      await outcome(2).getByRole("link", { name: "What came of it" }).click();
      await page.waitForURL((url) => url.searchParams.get("run") === "2026-11-23T04:00:00Z");
      await page.context().close();
    },
    SLOW_MS,
  );
});

describe("repositories", () => {
  test(
    "are added after they answered, and removed after what that costs was read",
    async () => {
      const calls: string[] = [];
      const known = [knownRepository("https://git.example.com/shop.git")];
      api = startFakeApi(fakeControl(), { repositories: fakeRepositories(known, calls) });
      const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
      await page.goto(`${api.url}/repositories`);
      await page.getByRole("button", { name: "Add a repository" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel("Address").fill("https://git.example.com/new.git");
      await dialog.getByLabel("Who asks").selectOption("password");
      await dialog.getByRole("textbox", { name: "Password or token" }).fill("s3cret-value");
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await dialog.textContent()).not.toContain("s3cret-value");
      await dialog.getByRole("button", { name: "Test and save" }).click();
      await page.getByRole("link", { name: "https://git.example.com/new.git" }).waitFor();
      expect(await page.content()).not.toContain("s3cret-value");
      await page.getByRole("link", { name: "https://git.example.com/shop.git" }).click();
      await page.getByRole("heading", { level: 1, name: "https://git.example.com/shop.git" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole("button", { name: "Remove" }).click();
      await dialog.getByText("No application that you may see").waitFor();
      await page.keyboard.press("Escape");
      await dialog.waitFor({ state: "detached" });
      expect(calls).toEqual(["put https://git.example.com/new.git"]);
      await page.getByRole("button", { name: "Remove" }).click();
      await dialog.getByRole("button", { name: "Remove" }).click();
      await page.waitForURL((url) => url.pathname === "/repositories");
      expect(calls.at(-1)).toBe("remove https://git.example.com/shop.git");
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );
});

describe("clusters", () => {
  test(
    "say why one does not answer and what helps, and who would lose it",
    async () => {
      const control = fakeControl();
      control.put(fakeApp("argocd", "web"));
      control.clusters = () => [
        {
          ...{ name: "prod", server: "https://kubernetes.default.svc", kubeVersion: "v1.35" },
          connection: {
            is: "unreachable",
            since: 0,
            why: `certificate signed by unknown authority ${HOSTILE}`,
          },
          size: { objects: 12, kinds: 3, listedAt: Date.now() - 7_260_000 },
        },
      ];
      api = startFakeApi(control);
      const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
      await page.goto(`${api.url}/clusters`);
      await page.getByRole("link", { name: "prod" }).click();
      await page.getByText("caData").waitFor();
      await page.getByText(HOSTILE).waitFor();
      await page.getByText("12 objects of 3 kinds, last listed whole 2 h ago").waitFor();
      await page.getByRole("link", { name: "argocd/web" }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      await page.getByRole("button", { name: "Remove" }).click();
      await page.getByText("no longer delivered").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Remove" }).click();
      // Here they stand in the config.
      await page.getByRole("alert").waitFor();
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );
});
