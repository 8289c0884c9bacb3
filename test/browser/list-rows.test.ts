/** What a row says of when things were and who made them, also while nothing comes. In a real browser, on its own clock. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
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
  api = startFakeApi(control);
});
afterEach(() => api?.stop());

const NOW = Date.UTC(2026, 10, 30, 10, 0, 0);
const ago = (seconds: number): string => new Date(NOW - seconds * 1_000).toISOString();
const DEPLOYMENT = { group: "apps", version: "v1", kind: "Deployment", namespace: "shop" };

function put(name: string, status: object): void {
  const app = fakeApp("argocd", name);
  control.put({
    ...app,
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: app.spec.destination } } },
      ...{ health: { status: "Healthy" }, resources: [], history: [] },
      ...status,
    } as ApplicationStatus,
  });
}

const open = async (query = "", width = 1280) => {
  const watched = await watchedPage(browser, api.url, { width });
  await watched.page.clock.install({ time: NOW });
  await watched.page.goto(`${api.url}/applications${query}`);
  await watched.page.locator("#app-argocd-web").waitFor();
  return watched;
};

test.each(["", "?view=tiles"])(
  "how long ago others set something goes on by itself: %j",
  async (view) => {
    put("web", {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      resources: [{ ...DEPLOYMENT, name: "web", status: "OutOfSync" }],
      others: {
        ...{ objects: 1, fields: 1, path: "spec.replicas", by: [{ manager: "kubectl", subresource: "" }] },
        ...{ how: "setter", deleted: 0, rest: "none", at: { is: "set", time: ago(23) } },
      },
    });
    const { page, faults } = await open(view);
    const why = page.locator("#app-argocd-web .why");
    await why.getByText(/^1 to update: spec.replicas set by kubectl \d\d s ago$/).waitFor();
    await page.clock.pauseAt(NOW + 10_000);
    for (const passed of [15, 20, 25, 30]) {
      await page.clock.runFor(5_000);
      const [, said = ""] = /(\d+) s ago$/.exec((await why.textContent()) ?? "") ?? [];
      expect(Number(said)).toBeGreaterThan(23 + passed - 5);
      expect(Number(said)).toBeLessThanOrEqual(23 + passed);
    }
    await page.clock.runFor(60_000);
    await why.getByText("set by kubectl 1 min ago").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test.each([
  { view: "", width: 1280 },
  { view: "?view=tiles", width: 1280 },
  { view: "", width: 390 },
  { view: "?view=tiles", width: 390 },
])(
  "what was set by hand is one sentence of two lines, over nobody else: $view at $width",
  async (of) => {
    const status = {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      resources: ["a", "b", "c"].map((name) => ({ ...DEPLOYMENT, name, status: "OutOfSync" })),
      others: {
        ...{ objects: 1, fields: 1, path: "spec.replicas", by: [{ manager: "kubectl", subresource: "" }] },
        ...{ how: "setter", deleted: 0, rest: "git", at: { is: "set", time: ago(11) } },
      },
    };
    for (const name of ["web", "web-2", "web-3"]) put(name, status);
    const { page, faults } = await open(of.view, of.width);
    const why = page.locator("#app-argocd-web-2 .why");
    await why
      .getByText(/^3 to update: spec.replicas set by kubectl \d\d s ago; the rest comes from Git$/)
      .waitFor();
    const drawn = await why.evaluate((cell) => {
      const words = document.createRange();
      words.selectNodeContents(cell.querySelector("button") ?? cell);
      const row = cell.closest(".app, .tile")?.getBoundingClientRect();
      const lines = [...words.getClientRects()];
      return {
        lines: new Set(lines.map(({ top }) => Math.round(top))).size,
        // A column beside it begins at the top again.
        isOneColumn: lines.every(({ top }, at) => at === 0 || top >= (lines[at - 1]?.top ?? 0) - 4),
        isWithin: lines.every(
          ({ top, bottom }) => row !== undefined && top >= row.top && bottom <= row.bottom,
        ),
      };
    });
    expect(drawn).toEqual({ lines: 2, isOneColumn: true, isWithin: true });
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("who made what cannot be compared stands in the title of its cause, as text", async () => {
  put("web", {
    sync: { status: "Unknown", comparedTo: { destination: {} } },
    conditions: [{ type: "ComparisonError", message: "web/it.yaml:3: a flow map is not closed" }],
  });
  control.newestOf = () => ({
    ...{ is: "commit", commit: "e0".repeat(20), subject: "web: <b>broken</b>", date: "" },
    ...{ author: "Pia <pia@example.com>", signedOffBy: [] },
  });
  for (const view of ["", "?view=tiles"]) {
    const { page, faults } = await open(view);
    expect(await page.locator("#app-argocd-web .why").getAttribute("title")).toBe(
      "Cannot be compared: web/it.yaml:3: a flow map is not closed\nNewest change: e0e0e0e web: <b>broken</b>, by Pia",
    );
    expect(faults()).toEqual([]);
    await page.context().close();
  }
}, 60_000);

test("a sync that failed since is what the last one was, with what went well before in its title", async () => {
  const failed = { phase: "Failed", message: "no quota", startedAt: ago(200), finishedAt: ago(185) };
  put("web", {
    operationState: { ...failed, operation: { sync: {}, initiatedBy: { username: "bob" } } },
    history: [{ id: 1, revision: "e1", deployedAt: ago(7_300), initiatedBy: { username: "ann" } }],
  });
  const dryRun = { phase: "Running", message: "2 of 3", startedAt: ago(5) };
  put("api", {
    operationState: { ...dryRun, operation: { sync: { dryRun: true } } },
    lastSync: { ...failed, operation: { sync: {} } },
  });
  for (const view of ["", "?view=tiles"]) {
    const { page, faults } = await open(view);
    const [web, api] = ["web", "api"].map((name) => page.locator(`#app-argocd-${name}`));
    const time = web!.getByText("failed 3 min ago");
    await time.hover();
    await page.locator('time[title*="Synced last "][title$=", by ann"]').waitFor();
    // What failed is told while something is rehearsed.
    await api!.getByText("failed 3 min ago").hover();
    await page.locator('time[title$="None went well before"]').waitFor();
    await api!.getByText("Sync failed: no quota").waitFor();
    expect(await api!.getByText("Dry run").count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  }
}, 60_000);
