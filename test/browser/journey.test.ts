/** By keys alone: a degraded application is found, its cause read, logs and diff opened, then synced and rolled back. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ApplicationStatus } from "../../src/core/model/application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let control: FakeControl;
let api: FakeApi;

const entry = (id: number, letter: string) => ({
  ...{ id, revision: letter.repeat(40), deployedAt: "2026-11-23T04:31:08Z", cause: "manual" as const },
});
const resource = (kind: string, group: string, status: string, health: string) => ({
  ...{ group, version: "v1", kind, namespace: "shop", name: "web", status, health: { status: health } },
});

beforeAll(async () => {
  browser = await startBrowser();
  control = fakeControl();
  const well = { sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } };
  for (const name of ["api", "zoo"])
    control.put({ ...fakeApp("argocd", name), status: { ...well, resources: [], history: [] } as never });
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      ...{
        sync: { status: "OutOfSync", comparedTo: { destination: {} } },
        history: [entry(1, "b"), entry(2, "c")],
      },
      health: { status: "Degraded", message: "Deployment shop/web: 0/3 ready" },
      resources: [
        resource("ConfigMap", "", "Synced", "Healthy"),
        resource("Deployment", "apps", "OutOfSync", "Degraded"),
      ],
    } as unknown as ApplicationStatus,
  });
  api = startFakeApi(control);
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await api?.stop();
});

const press = async (page: Page, ...keys: string[]): Promise<void> => {
  for (const key of keys) await page.keyboard.press(key);
};
const has = (page: Page, what: string): Promise<unknown> =>
  page.waitForFunction((what) => document.activeElement?.textContent?.includes(what), what);
const query = (page: Page): URLSearchParams => new URL(page.url()).searchParams;

test("finds what is degraded, reads why, opens logs and diff, syncs, and rolls back", async () => {
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications`);
  await page.locator("#app-argocd-web").waitFor();
  // Found by what is typed; letters in the field are letters.
  await press(page, "/");
  await page.keyboard.type("health:degraded");
  await page.locator("#app-argocd-api").waitFor({ state: "detached" });
  expect(query(page).get("q")).toBe("health:degraded");
  await page.locator("#app-argocd-web").focus();
  await press(page, "Enter");
  await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
  // Why: the first of what is said.
  await page
    .locator(".application-head .words")
    .first()
    .getByText("Deployment shop/web: 0/3 ready")
    .waitFor();

  // Logs of what is worst, beside it; Esc closes that alone.
  await press(page, "l");
  const panel = page.getByRole("complementary", { name: "Deployment web" });
  await panel.waitFor();
  expect([query(page).get("node"), query(page).get("tab")]).toEqual(["apps/Deployment/shop/web", "logs"]);
  await panel.getByText("listening on 8080").waitFor();
  await press(page, "]");
  // What it owns comes before what stands beside it.
  await panel.waitFor({ state: "detached" });
  await press(page, "[");
  await panel.waitFor();
  await press(page, "Escape");
  await panel.waitFor({ state: "detached" });
  expect(new URL(page.url()).pathname).toBe("/applications/argocd/web");

  await press(page, "d");
  await page.getByRole("tab", { name: "Diff", selected: true }).waitFor();
  await page
    .getByText("spec.replicas")
    .or(page.getByText(/Deployment/))
    .first()
    .waitFor();
  await press(page, "1");
  await page.getByRole("tab", { name: "Resources", selected: true }).waitFor();

  // Esc closes the menu, then the review, each alone, and the focus goes back to where it came from.
  await press(page, ".");
  await has(page, "Review & sync");
  await press(page, "Escape");
  await has(page, "Actions");
  await press(page, ".");
  await has(page, "Review & sync");
  await press(page, "Enter");
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("button", { name: "Sync", exact: true }).waitFor();
  await has(page, "Cancel");
  // Keys of the page are asleep below a question.
  await press(page, "d", "h");
  expect(query(page).get("view")).toBeNull();
  await press(page, "Escape");
  await dialog.waitFor({ state: "detached" });
  await has(page, "Actions");
  await press(page, "s");
  await dialog.getByRole("button", { name: "Sync", exact: true }).waitFor();
  await has(page, "Cancel");
  await press(page, "Tab");
  await has(page, "Sync");
  await press(page, "Enter");
  await eventually("a sync is asked for", async () => control.calls.includes("sync argocd/web user:local"));
  await page.getByRole("button", { name: "View run web" }).waitFor();
  const { operation: _, ...app } = control.application("argocd/web" as never) ?? fakeApp("argocd", "web");
  const ended = { ...app.status?.operationState, phase: "Succeeded", finishedAt: "2026-11-23T04:32:08Z" };
  control.put({
    ...app,
    status: { ...app.status, operationState: ended } as never,
  });
  await page.getByRole("button", { name: "Review & sync web" }).waitFor();

  await press(page, ".");
  await has(page, "Review & sync");
  await press(page, "ArrowDown");
  await has(page, "Roll back");
  await press(page, "Enter");
  await dialog.getByText(/^web to bbbbbbb: /).waitFor();
  await dialog.getByLabel(/^Revert in Git/).focus();
  await press(page, "ArrowDown");
  await dialog.getByRole("button", { name: "Roll back to deployment 1" }).focus();
  await press(page, "Enter");
  await page.locator(".title .state", { hasText: "Held" }).waitFor();
  expect(
    control.calls.filter((call) => /^(sync|rollback|revert)/.test(call)).map((call) => call.split(" ")[0]),
  ).toEqual(["sync", "rollback"]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);

test("no single key acts where they are turned off, nor while an input method composes", async () => {
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web`);
  await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
  await page.evaluate(() =>
    document.body.dispatchEvent(
      new KeyboardEvent("keydown", { key: "h", bubbles: true, isComposing: true, cancelable: true }),
    ),
  );
  expect(query(page).get("view")).toBeNull();
  await page.evaluate(() =>
    localStorage.setItem(`holdfast-keys ${location.pathname.replace(/applications.*/, "")}`, "off"),
  );
  await page.reload();
  await page.getByRole("heading", { level: 1, name: "web" }).waitFor();
  await press(page, "h", ".", "?");
  expect(query(page).get("view")).toBeNull();
  expect(await page.getByRole("menu").or(page.getByRole("dialog")).count()).toBe(0);
  // With Ctrl it is no single key: the palette does what the keys did.
  await press(page, "Control+k");
  await page.keyboard.type("Copy as");
  await page.getByRole("option", { name: "Copy as CLI of web", selected: true }).waitFor();
  await press(page, "Escape");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
