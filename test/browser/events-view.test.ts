/** What happened to an application, on the page: the cluster's events among what was done here. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { ActivityEntry } from "../../src/core/model/activity.ts";
import { Failure } from "../../src/core/model/failure.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
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
afterEach(() => api?.stop());

const event = (name: string, type: string, reason: string, message: string, minute: number) => ({
  ...{ apiVersion: "v1", kind: "Event", metadata: { name, namespace: "shop", uid: name } },
  ...{ type, reason, message, count: type === "Warning" ? 12 : 1 },
  lastTimestamp: new Date(Date.UTC(2026, 10, 29, 0, minute)).toISOString(),
  involvedObject: { apiVersion: "v1", kind: "Pod", namespace: "shop", name },
});
const HELD = {
  ...{ seq: 1, at: new Date(Date.UTC(2026, 10, 29, 0, 2)).toISOString(), actor: "user:ann", action: "hold" },
  ...{ outcome: { is: "done" }, reason: "freeze", details: {}, previous: "", hash: "" },
} as unknown as ActivityEntry;

async function open(
  prepare: (control: FakeControl) => void = () => undefined,
  how: Parameters<typeof watchedPage>[2] = {},
) {
  control = fakeControl();
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [], history: [] },
    } as never,
  });
  control.runs = () => [];
  control.activity = () => [HELD];
  control.events = async () => ({
    is: "found",
    value: [
      event("web-1", "Normal", "Pulled", "Container image pulled", 1),
      event(
        "web-2",
        "Warning",
        "BackOff",
        "Back-off <img src=x onerror=alert(1)> restarting failed container",
        3,
      ),
    ],
  });
  prepare(control);
  api = startFakeApi(control);
  const watched = await watchedPage(browser, api.url, how);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=events`);
  return watched;
}

const rows = (page: Page): Locator => page.locator("#view tbody tr");
const chip = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

describe("the events of an application", () => {
  test("are the cluster's and ours, the newest first, and lead to their objects", async () => {
    const { page, faults } = await open();
    await eventually("all of them", async () => (await rows(page).count()) === 3);
    const [first = "", second = "", third = ""] = await rows(page).allTextContents();
    expect([first, second, third]).toEqual([
      expect.stringContaining("Warning BackOff 12×Pod shop/web-2Back-off <img src=x onerror=alert(1)>"),
      expect.stringContaining("Heldthe applicationfreezeann"),
      expect.stringContaining("PulledPod shop/web-1"),
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await chip(page, "Warnings").click();
    await eventually("the warning", async () => (await rows(page).count()) === 1);
    expect(new URL(page.url()).searchParams.get("of")).toBe("warning");
    await chip(page, "Warnings").click();
    await page.getByRole("searchbox", { name: "Find in the events" }).fill("ann freeze");
    await eventually("the hold", async () => (await rows(page).count()) === 1);
    await page.getByRole("searchbox").fill("");
    await page.getByRole("link", { name: "Pod shop/web-2" }).click();
    await page.getByRole("complementary", { name: "Pod web-2" }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("of a cluster that does not answer say so, beside what is known here", async () => {
    const { page } = await open(
      (it) => {
        it.events = () =>
          Promise.reject(
            new Failure("cluster-unreachable", "Cluster prod", "backoff", {
              cannot: "list events",
              why: "refused",
            }),
          );
      },
      { expected: [500, 502, 503] },
    );
    await page
      .getByRole("alert")
      .getByText("The cluster's events are not known:", { exact: false })
      .waitFor();
    await eventually("ours", async () => (await rows(page).count()) === 1);
    await page.context().close();
  }, 60_000);

  test("that are many are drawn a part at a time", async () => {
    const { page } = await open((it) => {
      it.events = async () => ({
        is: "found",
        value: Array.from({ length: 450 }, (_, at) => event(`p-${at}`, "Normal", "Pulled", "x", at)),
      });
    });
    await eventually("some", async () => (await rows(page).count()) === 200);
    await chip(page, "Older").click();
    await eventually("more", async () => (await rows(page).count()) === 400);
    await page.context().close();
  }, 60_000);

  test.each([
    { width: 1440, scheme: "dark" },
    { width: 390, scheme: "light" },
    { width: 320, scheme: "dark" },
  ] as const)(
    "are drawn $width wide, $scheme",
    async ({ width, scheme }) => {
      const { page, faults } = await open(() => undefined, { width, scheme, height: 900 });
      await eventually("all of them", async () => (await rows(page).count()) === 3);
      await screenshot(page, `events-${width}-${scheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});
