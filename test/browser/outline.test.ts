/** An application's objects as lines in a real browser: found, grouped, ordered, walked by keys; what is hidden is said. */
import { afterAll, beforeAll, beforeEach, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ResourceStatus } from "../../src/core/model/application.ts";
import type { ResourceNode } from "../../src/engine/control.ts";
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
beforeEach(() => {
  control = fakeControl();
  api = startFakeApi(control);
  return () => api.stop();
});

const HOSTILE = `a"]<img src=x onerror=alert(1)>\\`;

/** Deployments of two Pods each, and a name that somebody made to be code. @param deployments of which the second is not well */
function served(deployments: number): void {
  const nodes: ResourceNode[] = [];
  const resources: ResourceStatus[] = [];
  const add = (kind: string, name: string, owner?: ResourceNode, more: Partial<ResourceNode> = {}) => {
    const ref = { group: kind === "Pod" ? "" : "apps", kind, namespace: "shop", name };
    const one: ResourceNode = {
      ...{ ref, version: "v1", uid: `${kind} ${name}`, resourceVersion: "1", images: [], info: [] },
      parents: owner === undefined ? [] : [{ ...owner.ref, uid: owner.uid ?? "" }],
      ...{ createdAt: "2026-11-28T00:00:00Z", health: { status: "Healthy", message: "" } },
      ...more,
    };
    nodes.push(one);
    return one;
  };
  for (let at = 0; at < deployments; at += 1) {
    const name = `web-${String(at).padStart(3, "0")}`;
    const deployment = add("Deployment", name, undefined, { images: [`registry.example.com/web:1.${at}`] });
    resources.push({
      ...{ ...deployment.ref, version: "v1", status: "Synced", syncWave: at % 3 },
      health: { status: "Healthy" },
    });
    const set = add("ReplicaSet", `${name}-5d4`, deployment);
    for (const pod of ["a", "b"])
      add("Pod", `${name}-5d4-${pod}`, set, {
        info: [
          { name: "Node", value: `node-${pod}` },
          ...(at === 1 ? [{ name: "Restart Count", value: "7" }] : []),
        ],
        ...(at === 1 && pod === "b"
          ? { health: { status: "Degraded", message: "it waits: CrashLoopBackOff" } as const }
          : {}),
      });
  }
  resources.push({
    ...{ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name: HOSTILE, status: "OutOfSync" },
  });
  control.resourceTree = () => ({ is: "found", value: nodes });
  const app = fakeApp("argocd", "web");
  control.put({
    ...app,
    spec: { ...app.spec, destination: { ...app.spec.destination, namespace: "shop" } },
    status: {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      health: { status: "Degraded" },
      resources,
    },
  });
}

async function opened(query: string, options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications/argocd/web${query}`);
  await watched.page.getByRole("treegrid", { name: "Resources of web" }).waitFor();
  return watched;
}
const names = (page: Page): Promise<string[]> => page.locator(".line:not(.head) .what a").allTextContents();
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.querySelector(".what")?.textContent ?? undefined);

test("what is looked for is in the address, leads there by what owns it, and what is hidden is counted", async () => {
  served(3);
  const { page, faults } = await opened("");
  await page.getByText("13 objects", { exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("kind:pod name:web-001*");
  await page.getByText("2 of 13 objects: 11 hidden").waitFor();
  expect(await names(page)).toEqual(["web-001", "web-001-5d4", "web-001-5d4-b", "web-001-5d4-a"]);
  expect(new URL(page.url()).searchParams.get("find")).toBe("kind:pod name:web-001*");
  await page.reload();
  await page.getByText("2 of 13 objects: 11 hidden").waitFor();
  await page.getByRole("searchbox", { name: "Find objects" }).fill("name:[");
  await page.getByText("name:[").last().waitFor();
  await page.getByText("13 objects", { exact: true }).waitFor();
  await page.getByRole("searchbox", { name: "Find objects" }).fill("nothing");
  await page.getByText("Nothing is like that: all 13 objects are hidden.").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Show all" }).click();
  await page.getByRole("button", { name: "Degraded 1" }).click();
  await page.getByText("1 of 13 objects: 12 hidden").waitFor();
  await page.goBack();
  await page.getByText("13 objects", { exact: true }).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the objects are asked for once, before the scripts that draw them are there, and where there is none it says so", async () => {
  served(3);
  const { page, faults } = await watchedPage(browser, api.url);
  const asked: string[] = [];
  let askedForTree: () => void = () => undefined;
  const tree = new Promise<void>((resolve) => {
    askedForTree = resolve;
  });
  page.on("request", (request) => {
    if (!request.url().includes("/resource-tree?")) return;
    asked.push(request.url());
    askedForTree();
  });
  await page.route(/\/ui\/application-page-/, async (route) => {
    await tree;
    await route.continue();
  });
  await page.goto(`${api.url}/applications/argocd/web`);
  await page.getByText("13 objects", { exact: true }).waitFor();
  expect(asked).toEqual([`${api.url}/api/v1/applications/web/resource-tree?appNamespace=argocd`]);
  await page.goto(`${api.url}/applications/argocd/none`);
  await page.getByRole("heading", { name: "There is no application none" }).waitFor();
  expect(faults().filter((fault) => !fault.includes("404"))).toEqual([]);
  await page.context().close();
}, 60_000);

test("flat, ordered by a column, and grouped by kind and node; columns are chosen", async () => {
  served(3);
  const { page, faults } = await opened("?group=flat");
  expect((await names(page)).slice(0, 3)).toEqual([HOSTILE, "web-001-5d4-b", "web-000"]);
  await page.getByRole("button", { name: "Resource", exact: true }).click();
  await page.getByRole("button", { name: "Resource ↑" }).click();
  await page.getByRole("columnheader", { name: "Resource ↓" }).waitFor();
  await eventually("the last name is first", async () => (await names(page))[0] === "web-002-5d4");
  await page.getByRole("button", { name: "Restarts" }).click();
  await page.getByRole("button", { name: "Restarts ↑" }).click();
  await eventually(
    "most restarts first",
    async () => (await names(page))[0]?.startsWith("web-001-5d4-") === true,
  );
  expect(new URL(page.url()).searchParams.get("order")).toBe("-restarts");
  await page.getByRole("button", { name: "By node" }).click();
  await page.getByRole("row", { name: "node-b", expanded: true }).waitFor();
  await page.getByRole("button", { name: "By kind" }).click();
  await page.getByRole("row", { name: "6 Pods", expanded: true }).waitFor();
  await page.locator("summary", { hasText: "Columns" }).click();
  await page.getByLabel("Images").uncheck();
  await page.getByRole("columnheader", { name: "Images" }).waitFor({ state: "detached" });
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await page.getByLabel("Images").waitFor({ state: "hidden" });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Columns");
  expect(new URL(page.url()).searchParams.get("columns")).toBe("sync,health,wave,age,restarts");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("keys walk, fold and open, also to what nobody drew yet of 2,000; letters lead where single keys are off", async () => {
  served(500);
  const { page, faults } = await opened("?group=flat");
  await page.getByText("2001 objects").waitFor();
  expect(await page.locator(".line").count()).toBeLessThan(80);
  await page.locator(".line:not(.head)").first().focus();
  await page.keyboard.press("End");
  await eventually(
    "the last one has the focus",
    async () => (await focused(page))?.includes("web-499-5d4") === true,
  );
  expect(await page.locator(".line").count()).toBeLessThan(80);
  // At once: the first is not drawn when the next key comes.
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowDown");
  await eventually(
    "the second has it",
    async () => (await focused(page))?.includes("web-001-5d4-b") === true,
  );
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Pod web-001-5d4-b" }).waitFor();
  await page.goto(`${api.url}/applications/argocd/web`);
  const row = page.getByRole("row", { name: /Deployment web-001/ });
  await row.focus();
  await page.keyboard.press("ArrowLeft");
  await eventually("it is folded", async () => (await row.getAttribute("aria-expanded")) === "false");
  await page.keyboard.press("ArrowRight");
  await eventually("it is open", async () => (await row.getAttribute("aria-expanded")) === "true");
  // While single keys act on the page letters are theirs.
  await page.keyboard.type("w");
  expect(await focused(page)).toContain("web-001");
  await page.evaluate(() => localStorage.setItem("holdfast-keys /", "off"));
  await page.reload();
  await row.focus();
  await page.keyboard.type("web-3");
  await eventually("letters led there", async () => (await focused(page))?.includes("web-300") === true);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 90_000);

test("what is no application's is counted, shown where somebody asks for it, and opens", async () => {
  served(1);
  control.orphanedResources = () => ({
    is: "found",
    value: [
      {
        ref: { group: "", kind: "Secret", namespace: "shop", name: "left-behind" },
        ...{ version: "v1", uid: "o", parents: [], resourceVersion: "1", images: [], info: [] },
        ...{ createdAt: "2026-11-28T00:00:00Z", health: undefined },
      },
    ],
  });
  const { page, faults } = await opened("");
  await page.getByText("5 objects", { exact: true }).waitFor();
  await page.getByRole("checkbox", { name: "and 1 orphaned" }).check();
  await page.getByText("6 objects", { exact: true }).waitFor();
  const row = page.getByRole("row", { name: /Secret left-behind.*orphaned/ });
  await row.waitFor();
  expect(new URL(page.url()).searchParams.get("orphans")).toBe("yes");
  expect(await accessibilityProblems(page)).toEqual([]);
  await row.click();
  await page.getByRole("complementary", { name: "Secret left-behind" }).waitFor();
  await page.getByRole("tab", { name: "Graph" }).click();
  await page.getByRole("treeitem", { name: /Secret left-behind, orphaned/ }).waitFor();
  expect(faults().filter((fault) => !fault.includes("404"))).toEqual([]);
  await page.context().close();
}, 60_000);

test("Pods are squares by node or owner, each with its state in words, walked by arrows and opened by Enter", async () => {
  served(3);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?group=pods`);
  await page.getByRole("group", { name: "node-b: 1 Degraded, 2 Healthy" }).waitFor();
  const pods = page.getByRole("listbox", { name: "Pods of web" });
  await pods.getByRole("option", { name: "web-001-5d4-b, Degraded, it waits: CrashLoopBackOff" }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await pods.getByRole("option").first().focus();
  const at = (): Promise<string | undefined> =>
    page.evaluate(() => (document.activeElement as HTMLElement | null)?.dataset.id);
  for (const [key, id] of [
    ["ArrowRight", "/Pod/shop/web-001-5d4-a"],
    ["ArrowDown", "/Pod/shop/web-000-5d4-b"],
    ["ArrowUp", "/Pod/shop/web-001-5d4-a"],
    ["End", "/Pod/shop/web-002-5d4-b"],
  ] as const) {
    await page.keyboard.press(key);
    await eventually(`${key} leads to ${id}`, async () => (await at()) === id);
  }
  await page.keyboard.press("Enter");
  await page.getByRole("complementary", { name: "Pod web-002-5d4-b" }).waitFor();
  await page.getByRole("button", { name: "By first owner" }).click();
  await page.getByRole("group", { name: "Deployment web-001: 1 Degraded, 1 Healthy" }).waitFor();
  await page.getByRole("searchbox", { name: "Find objects" }).fill("health:degraded");
  await eventually("one is left", async () => (await pods.getByRole("option").count()) === 1);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a node says what it has room for above its Pods, or why that is not known", async () => {
  served(3);
  const pods = { cpu: 300, memory: 192 * 2 ** 20, pods: 3 };
  control.hosts = async () => ({
    is: "found",
    value: [
      {
        ...{ name: "node-a", byApp: pods, byOthers: { cpu: 1_500, memory: 2 ** 30, pods: 9 } },
        facts: {
          is: "known",
          node: {
            capacity: { cpu: 4_000, memory: 16 * 2 ** 30, pods: 110 },
            allocatable: { cpu: 3_920, memory: 15 * 2 ** 30, pods: 110 },
            system: {},
          },
        },
      },
      {
        ...{ name: "node-b", byApp: pods, byOthers: undefined },
        facts: { is: "unknown", why: `the daemon may not read Nodes (${HOSTILE}): grant get on nodes` },
      },
    ],
  });
  for (const [scheme, width] of [
    ["light", 1440],
    ["dark", 1024],
    ["light", 390],
    ["dark", 320],
  ] as const) {
    const { page, faults } = await watchedPage(browser, api.url, { scheme, width });
    await page.goto(`${api.url}/applications/argocd/web?group=pods`);
    await page
      .getByRole("group", {
        name: "node-a: 3 Healthy; CPU 0.3 here · 1.5 by others · 2.12 of 3.92 cores free; Memory 192 MiB here",
      })
      .waitFor();
    await page
      .getByRole("group", { name: /^node-b: .* is not known: the daemon may not read Nodes/ })
      .waitFor();
    expect(await page.locator(".room img").count()).toBe(0);
    await screenshot(page, `pods-room-${scheme}-${width}`);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    // By owner a group may be on many nodes.
    await page.getByRole("button", { name: "By owner" }).click();
    await page.getByRole("group", { name: /^ReplicaSet web-001/ }).waitFor();
    expect(await page.locator(".room").count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  }
}, 120_000);

test("whoever types is left where they are, whatever keys led to before", async () => {
  served(3);
  const { page, faults } = await opened("");
  await page.locator(".line:not(.head)").first().focus();
  await page.keyboard.press("ArrowDown");
  const line = page.getByRole("searchbox", { name: "Find objects" });
  await line.fill("nothing");
  await page.getByText("Nothing is like that").waitFor();
  await line.fill("web");
  await page.getByText(/of 13 objects/).waitFor();
  expect(await line.evaluate((one) => one === document.activeElement)).toBe(true);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 1024 },
  { scheme: "light", width: 390 },
  { scheme: "dark", width: 320 },
] as const)(
  "fits, and axe finds nothing: $scheme, $width wide",
  async ({ scheme, width }) => {
    served(5);
    const { page, faults } = await opened("", { scheme, width });
    for (const group of ["tree", "flat", "kind", "node"]) {
      await page.goto(`${api.url}/applications/argocd/web?group=${group}`);
      await page.locator(".line:not(.head)").first().waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(
        await page.evaluate(
          () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
        ),
      ).toBe(0);
      await screenshot(page, `outline-${group}-${scheme}-${width}`);
    }
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);
