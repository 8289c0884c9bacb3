/** An object beside its application: at a glance, as Git wants it, what can be done to it, and that it is gone. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { KubeObject } from "../../src/core/model/kube-object.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import {
  accessibilityProblems,
  screenshot,
  startBrowser,
  type Watched,
  watchedPage,
} from "../lib/browser.ts";
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

const WEB = { group: "apps", kind: "Deployment", namespace: "shop", name: "web" };
const app = (
  resources: object[] = [{ ...WEB, version: "v1", status: "OutOfSync", health: { status: "Healthy" } }],
) => ({
  ...fakeApp("argocd", "web"),
  status: {
    ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
    ...{ resources, history: [], reconciledAt: new Date().toISOString() },
  } as never,
});

beforeEach(() => {
  control = fakeControl();
  control.put(app());
  control.liveObject = async (_, ref) => ({
    is: "found",
    value: {
      ...{ apiVersion: "apps/v1", kind: ref.kind },
      metadata: {
        ...{ name: ref.name, namespace: "shop", uid: "u-1", creationTimestamp: "2026-11-23T04:00:00Z" },
        managedFields: [
          {
            manager: "holdfast",
            operation: "Apply",
            time: "2026-11-30T00:00:00Z",
            fieldsV1: { "f:spec": { "f:replicas": {} } },
          },
        ],
      },
      spec: {
        replicas: 5,
        template: {
          spec: { containers: [{ name: "web", image: "nginx:1.29", ports: [{ containerPort: 80 }] }] },
        },
      },
    } as unknown as KubeObject,
  });
  api = startFakeApi(control);
  return () => api.stop();
});

const PANEL = "/applications/argocd/web?node=apps/Deployment/shop/web";
const called = (what: string): string | undefined =>
  control.calls.filter((call) => call.startsWith(what)).at(-1);

async function opened(query = "", options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}${PANEL}${query}`);
  await watched.page.getByRole("complementary", { name: "Deployment web" }).waitFor();
  return watched;
}
const tab = (page: Page, name: string) =>
  page.getByRole("tablist", { name: "About it" }).getByRole("tab", { name });

test("an object at a glance, as Git wants it and where, as it is and who set what; `[` and `]` lead on", async () => {
  const { page, faults } = await opened("&tab=summary");
  await page.locator(".at-a-glance").getByText("nginx:1.29").waitFor();
  await page.getByText("web/deployment.yaml:12").waitFor();
  expect(await page.locator(".at-a-glance dt").allTextContents()).toEqual([
    "Created",
    "Images",
    "Ports",
    "Replicas",
    "Owns",
  ]);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-summary");
  await tab(page, "Desired").click();
  const manifest = page.getByLabel("Manifest", { exact: true });
  await manifest.getByText("kind: Deployment").waitFor();
  await page.getByText("web/deployment.yaml:12").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await tab(page, "Live").click();
  await manifest.getByText("replicas: 5").waitFor();
  expect(await manifest.textContent()).not.toContain("managedFields");
  await page.locator("label", { hasText: "Field owners" }).locator("select").selectOption("listed");
  await page.getByLabel("Field owners").getByText("holdfast", { exact: true }).click();
  await page.getByText("spec.replicas").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-live-owners");
  await page.keyboard.press("]");
  await page.getByRole("complementary", { name: "ReplicaSet web-5d4" }).waitFor();
  await page.keyboard.press("[");
  await page.getByRole("complementary", { name: "Deployment web" }).waitFor();
  await page.getByRole("link", { name: "Full page" }).click();
  await page.getByRole("link", { name: "Beside" }).waitFor();
  await screenshot(page, "panel-full");
  // Wider by keys, and it stays so.
  await page.getByRole("link", { name: "Beside" }).click();
  const edge = page.getByRole("separator", { name: "Width of the panel" });
  await edge.focus();
  await page.keyboard.press("ArrowLeft");
  expect(await edge.getAttribute("aria-valuenow")).toBe("760");
  await page.reload();
  await edge.waitFor();
  expect((await page.locator(".sheet").boundingBox())?.width).toBe(760);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("an object that is not in the cluster yet is said to be that, and its cluster is not asked for it", async () => {
  control.put(app([{ ...WEB, health: { status: "Missing" } }]));
  control.resourceTree = () => ({ is: "found", value: [] });
  const { page, faults } = await opened("&tab=summary");
  const panel = page.getByRole("complementary", { name: "Deployment web" });
  await panel.getByText("It is not in the cluster: a sync creates it.").waitFor();
  await panel.getByText("web/deployment.yaml:12").waitFor();
  await tab(page, "Live").click();
  await panel.getByText("It is not in the cluster: a sync creates it.").waitFor();
  expect(await panel.getByRole("button", { name: "Edit" }).count()).toBe(0);
  expect(await panel.getByRole("alert").count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("an action says what it would do before it does it, and what came of it; Escape closes the menu alone", async () => {
  const { page, faults } = await opened();
  const actions = page.getByRole("button", { name: "Actions", exact: true });
  const menu = page.locator(".actions-menu");
  await actions.click();
  await menu.getByRole("button", { name: "restart" }).waitFor();
  expect(await menu.getByRole("button", { name: "resume" }).getAttribute("aria-disabled")).toBe("true");
  await menu.getByText("it is not paused").waitFor();
  expect(await menu.getByRole("button", { name: "restart" }).getAttribute("title")).toBe(
    "applications, action/apps/Deployment/restart",
  );
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-actions");
  await page.keyboard.press("Escape");
  await menu.waitFor({ state: "hidden" });
  await page.getByRole("complementary", { name: "Deployment web" }).waitFor();
  await actions.click();
  await menu.getByRole("button", { name: "scale" }).click();
  const dialog = page.getByRole("dialog", { name: "scale web" });
  const values = dialog.getByLabel("replicas");
  expect(await values.inputValue()).toBe("3");
  expect(await dialog.getByRole("button", { name: "scale", exact: true }).count()).toBe(0);
  await values.fill("7");
  await values.press("Enter");
  await dialog.getByText("spec.replicas").waitFor();
  expect(called("act")).toBeUndefined();
  expect(called("rehearse")).toContain('{"replicas":"7"}');
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-action-shown");
  // Another value is another question.
  await values.fill("8");
  expect(await dialog.getByRole("button", { name: "scale", exact: true }).count()).toBe(0);
  await dialog.getByRole("button", { name: "Show what it would do" }).click();
  expect(await dialog.locator(".cli code").textContent()).toContain("--param replicas=8");
  await dialog.getByRole("button", { name: "scale", exact: true }).click();
  await page.getByText("scale web: changed spec.replicas").waitFor();
  expect(called("act")).toContain('scale Deployment/web {"replicas":"8"}');
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("it is deleted after what goes with it was shown, by the uid that was seen", async () => {
  const { page, faults } = await opened();
  await page.getByRole("button", { name: "Actions", exact: true }).click();
  await page.locator(".actions-menu").getByRole("button", { name: "Delete" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete Deployment web?" });
  await dialog.getByText("self-heal makes it again at once").waitFor();
  await dialog.getByText("ReplicaSet web-5d4").waitFor();
  const itself = dialog.getByRole("list", { name: "What goes" });
  await itself.locator("summary").click();
  await itself.locator("del").getByText("replicas: 5").waitFor();
  expect(await itself.locator("del").getByText("managedFields").count()).toBe(0);
  const owned = dialog.getByRole("list", { name: "What it owns" });
  await owned.locator("summary").first().click();
  await owned.locator("del").getByText("kind: ReplicaSet").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-delete");
  await dialog.getByLabel("Leave what it owns").check();
  await dialog.getByText("belongs to nobody then").waitFor();
  // What stays is not lost, and there is nothing to open.
  expect(await owned.locator("details").count()).toBe(0);
  expect(await dialog.locator(".cli code").textContent()).toContain("--orphan");
  expect(called("delete")).toBeUndefined();
  await dialog.getByRole("button", { name: "Delete", exact: true }).click();
  await page.getByText("Deployment web is being deleted").waitFor();
  expect(called("delete")).toContain("Deployment/web Orphan");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("what goes while one looks is gone since then, and what a sync pruned since that", async () => {
  const { page, faults } = await opened("&tab=summary", { expected: [404] });
  await page.locator(".at-a-glance").getByText("nginx:1.29").waitFor();
  control.resourceTree = () => ({ is: "found", value: [] });
  control.put(app([]));
  await page.getByText("It is gone since").waitFor();
  expect(await page.getByRole("button", { name: "Actions", exact: true }).count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  const gone = app([]);
  Object.assign(gone.status, {
    operationState: {
      ...{ phase: "Succeeded", message: "", operation: {}, startedAt: "2026-11-30T00:00:00Z" },
      finishedAt: "2026-11-30T00:01:00Z",
      syncResult: { resources: [{ ...WEB, version: "v1", status: "Pruned", message: "" }] },
    },
  });
  control.put(gone);
  await page.getByText("a sync pruned it").waitFor();
  await screenshot(page, "panel-gone");
  await page.goto(`${api.url}/applications/argocd/web?node=/Pod/shop/never`);
  await page.getByText("nothing of this application was ever called so").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("on a phone and in the dark it is the whole page, and nothing is cut off", async () => {
  const { page, faults } = await opened("&tab=summary", { width: 390, height: 844, scheme: "dark" });
  await page.locator(".at-a-glance").getByText("nginx:1.29").waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "panel-phone-dark");
  expect(faults()).toEqual([]);
  await eventually("nothing was asked to be done", async () => called("act") === undefined);
  await page.context().close();
}, 60_000);
