/** What became of applications and clusters, on the pages of the activity and of a cluster. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { appKey } from "../../src/core/model/application.ts";
import type { Transition, TransitionKind } from "../../src/core/model/transition.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

const SLOW_MS = 90_000;
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

const at = (seq: number): string => new Date(Date.UTC(2026, 10, 30, 0, seq)).toISOString();
const of = (seq: number, kind: TransitionKind, more: Partial<Transition> = {}): Transition => ({
  ...{ seq, kind, app: appKey("argocd", "web"), at: at(seq), first: at(seq), count: 1 },
  ...more,
});
const AWAY: Transition = {
  ...{ seq: 301, kind: "cluster-unreachable", cluster: "edge", at: at(301), first: at(300), count: 4 },
  why: HOSTILE,
};

function world() {
  const control = fakeControl();
  control.put(fakeApp("argocd", "web"));
  control.setTransitions([
    ...Array.from({ length: 130 }, (_, index) =>
      of(index + 1, index % 2 === 0 ? "sync-running" : "sync-succeeded"),
    ),
    of(200, "drift-found", { why: HOSTILE }),
    of(201, "health-degraded", { why: "Deployment shop/web: 1 of 3 replicas", count: 3, first: at(190) }),
    of(202, "deleted", { app: appKey("argocd", "gone") }),
    AWAY,
  ]);
  api = startFakeApi(control);
}

test(
  "what happened stands under its day, each day once",
  async () => {
    const control = fakeControl();
    const on = (seq: number, at: string) => of(seq, "deployed", { at, first: at });
    control.setTransitions([
      on(1, "2025-03-02T12:00:00Z"),
      on(2, "2026-02-17T12:00:00Z"),
      on(3, "2026-02-17T12:30:00Z"),
    ]);
    api = startFakeApi(control);
    const { page, faults } = await watchedPage(browser, api.url, { expected: [501] });
    page.setDefaultTimeout(30_000);
    await page.goto(`${api.url}/activity?of=events`);
    const days = page.locator("tbody").filter({ has: page.getByRole("rowheader") });
    await days.nth(1).waitFor();
    const told = await days.evaluateAll((bodies) =>
      bodies.map((body) => [
        body.querySelector("th")?.textContent,
        body.querySelectorAll("tr:not(.group)").length,
      ]),
    );
    expect(told).toEqual([
      [expect.stringContaining("Tuesday"), 2],
      [expect.stringContaining("2025"), 1],
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  SLOW_MS,
);

describe("what happened", () => {
  test.each([
    { width: 1440, colorScheme: "light" },
    { width: 390, colorScheme: "dark" },
  ] as const)(
    "is read by kind and to its first, $width wide, $colorScheme",
    async ({ width, colorScheme }) => {
      world();
      const { page, faults } = await watchedPage(browser, api.url, {
        ...{ width, scheme: colorScheme, height: 900, expected: [501] },
      });
      page.setDefaultTimeout(30_000);
      await page.goto(`${api.url}/activity`);
      await page.getByRole("button", { name: "What happened" }).click();
      const rows = page.locator("tbody tr:not(.group)");
      await page.getByText("3 times since").waitFor();
      expect(await rows.count()).toBe(100);
      expect(await rows.first().textContent()).toContain("Unreachable");
      expect(await page.getByRole("link", { name: "argocd/gone" }).count()).toBe(0);
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, `transitions-${width}-${colorScheme}`);
      await page.getByRole("button", { name: "Older" }).click();
      await page.getByText("That is all that is kept of it.").waitFor();
      expect(await rows.count()).toBe(134);
      await page.getByRole("button", { name: "Drift" }).click();
      await page.waitForFunction(() => document.querySelectorAll("tbody tr:not(.group)").length === 1);
      expect(await rows.first().textContent()).toContain(HOSTILE);
      expect(new URL(page.url()).searchParams.get("kinds")).toBe("drift");
      await rows.getByRole("link", { name: "argocd/web" }).click();
      await page.waitForURL((url) => url.pathname === "/applications/argocd/web");
      await page.goBack();
      await page.waitForFunction(() => document.querySelectorAll("tbody tr:not(.group)").length === 1);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    SLOW_MS,
  );

  test(
    "is told of a cluster on its page, and nothing where it never went away",
    async () => {
      world();
      const { page } = await watchedPage(browser, api.url, { expected: [501] });
      page.setDefaultTimeout(30_000);
      await page.goto(`${api.url}/clusters/edge`);
      await page.getByRole("heading", { name: "When it was away" }).waitFor();
      await page.getByText("4 times since").waitFor();
      expect(await page.locator("tbody tr:not(.group)").first().textContent()).toContain(HOSTILE);
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, "transitions-cluster");
      await page.goto(`${api.url}/clusters/in-cluster`);
      await page.getByRole("heading", { name: "Applications on it" }).waitFor();
      expect(await page.getByRole("heading", { name: "When it was away" }).count()).toBe(0);
      await page.context().close();
    },
    SLOW_MS,
  );
});
