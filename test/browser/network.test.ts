/** The network in a real browser: each way in told apart by colour, pattern and letter, and lit as a whole. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { ObjectRef } from "../../src/core/model/object-ref.ts";
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
afterEach(() => api?.stop());

const HOSTILE = "<img src=x onerror=alert(1)>.example.com/";
const GROUPS: Readonly<Record<string, string>> = {
  ...{ Ingress: "networking.k8s.io", HTTPRoute: "gateway.networking.k8s.io" },
  Gateway: "gateway.networking.k8s.io",
};
const ref = (kind: string, name: string): ObjectRef => ({
  ...{ group: GROUPS[kind] ?? "", kind, namespace: "shop", name },
});

function served(): void {
  control = fakeControl();
  const one = (
    kind: string,
    name: string,
    networking: ResourceNode["networking"] = {},
    status: "Healthy" | "Degraded" = "Healthy",
  ): ResourceNode => ({
    ref: ref(kind, name),
    ...{ version: "v1", uid: `${kind} ${name}`, parents: [], resourceVersion: "1", images: [], info: [] },
    ...{ createdAt: undefined, health: { status, message: "" }, networking },
  });
  const nodes = [
    one("Gateway", "public"),
    one("HTTPRoute", "api", {
      ...{ sourceRefs: [ref("Gateway", "public")], targetRefs: [ref("Service", "api")] },
      targetWords: [["api.example.com/v1 :80"]],
    }),
    one("Ingress", "shop", {
      targetRefs: [ref("Service", "web"), ref("Service", "api")],
      targetWords: [["shop.example.com/ :80", "www.example.com/ :80"], [HOSTILE]],
    }),
    one("Service", "web", { targetLabels: { app: "web" }, ports: ["80 to 8080"] }),
    one("Service", "api", { targetLabels: { app: "api" }, ports: ["80 to 9090"] }),
    one("Service", "api-direct", {
      ...{ targetLabels: { app: "api" }, opens: "LoadBalancer", ports: ["443 (30443) to https"] },
    }),
    one("Service", "cache", { targetLabels: { app: "cache" }, ports: ["6379 to 6379"] }),
    ...["a", "b"].map((name) => one("Pod", `web-${name}`, { labels: { app: "web" } })),
    ...["a", "b"].map((name) => one("Pod", `api-${name}`, { labels: { app: "api" } }, "Degraded")),
    one("Pod", "cache-0", { labels: { app: "cache" } }),
  ];
  control.resourceTree = () => ({ is: "found", value: nodes });
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      sync: { status: "Synced", comparedTo: { destination: {} } },
      health: { status: "Degraded" },
      resources: [],
    },
  });
  api = startFakeApi(control);
}

async function opened(options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  served();
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=graph&preset=network`);
  await watched.page.getByRole("tree", { name: "Graph of web" }).waitFor();
  return watched;
}
const node = (page: Page, id: string) => page.locator(`.node[data-id="${id}"]`);
const lit = (page: Page): Promise<string[]> =>
  page
    .locator('.node[data-way="on"]')
    .evaluateAll((all) => all.map((one) => one.getAttribute("data-id")?.split("/").at(-1) ?? "").sort());
const off = (page: Page): Promise<number> => page.locator('.way-lines path[data-way="off"]').count();

test("each way in has a line, a letter and a name of its own, and every box says from where it is reached", async () => {
  const { page, faults } = await opened({ width: 1440 });
  const legend = page.getByRole("list", { name: "Ways in" });
  expect((await legend.getByRole("listitem").allTextContents()).map((text) => text.trim())).toEqual([
    "A Gateway public",
    "B Ingress shop",
    "C Service api-direct",
  ]);
  const looks = await page
    .locator(".drawing .way-lines path")
    .evaluateAll((all) =>
      all.map((one) => [one.getAttribute("stroke-dasharray"), getComputedStyle(one).stroke]),
    );
  // Three ways, and what is reached from nowhere outside: no two alike in colour, and the ways not in pattern.
  expect(looks).toHaveLength(4);
  expect(new Set(looks.map(([, colour]) => colour)).size).toBe(4);
  const dashes = looks.map(([dash]) => dash).filter((dash) => dash !== null);
  expect(new Set(dashes).size).toBe(3);
  const said = (id: string): Promise<string | null> => node(page, id).getAttribute("aria-label");
  expect(await said("/Pod/shop/api-a")).toContain(
    "reached from Gateway public (A), Ingress shop (B), Service api-direct (C) by 80 to 9090, 443 (30443) to https",
  );
  expect(await said("/Service/shop/api")).toContain(
    `reached from Gateway public (A), Ingress shop (B) by api.example.com/v1 :80, ${HOSTILE}`,
  );
  expect(await said("/Pod/shop/cache-0")).not.toContain("reached from");
  expect(await page.locator(".way-lines text").allTextContents()).toContain("B shop.example.com/ :80 +1");
  expect(await page.locator(".way-lines img").count()).toBe(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the whole way of what is pointed at or has the focus is lit, and the others are dimmed until it is left", async () => {
  const { page, faults } = await opened({ width: 1440 });
  await node(page, "/Pod/shop/web-a").hover();
  await eventually(
    "its way is lit",
    async () => (await lit(page)).join() === "api,api-a,api-b,shop,web,web-a,web-b",
  );
  expect(await off(page)).toBe(3);
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.mouse.move(4, 4);
  await eventually("nothing is dimmed", async () => (await off(page)) === 0);
  await node(page, "/Service/shop/api-direct").focus();
  await eventually("its way is lit", async () => (await lit(page)).join() === "api-a,api-b,api-direct");
  // What nothing outside leads to dims nothing.
  await node(page, "/Service/shop/cache").focus();
  await eventually("nothing is dimmed", async () => (await off(page)) === 0);
  expect(await lit(page)).toEqual([]);
  await page.getByRole("button", { name: "Ownership" }).click();
  await page.getByRole("list", { name: "Ways in" }).waitFor({ state: "detached" });
  expect(await page.locator(".way-lines").count()).toBe(0);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  { scheme: "light", width: 1440, forced: "none" },
  { scheme: "dark", width: 1440, forced: "none" },
  { scheme: "light", width: 1024, forced: "none" },
  { scheme: "dark", width: 390, forced: "none" },
  { scheme: "light", width: 390, forced: "none" },
  { scheme: "dark", width: 1440, forced: "active" },
] as const)(
  "fits, and axe finds nothing: $scheme, $width wide, forced colours $forced",
  async ({ scheme, width, forced }) => {
    const { page, faults } = await opened({ scheme, width });
    if (forced === "active") await page.emulateMedia({ forcedColors: forced });
    await node(page, "networking.k8s.io/Ingress/shop/shop").focus();
    await eventually("its way is lit", async () => (await off(page)) > 0);
    expect(await accessibilityProblems(page)).toEqual([]);
    const wider = () =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await wider()).toBe(0);
    await screenshot(page, `network-lit-${scheme}-${width}-${forced}`);
    await page.getByRole("button", { name: "Network" }).focus();
    await eventually("nothing is dimmed", async () => (await off(page)) === 0);
    await screenshot(page, `network-${scheme}-${width}-${forced}`);
    if (forced === "active") {
      const looks = await page
        .locator(".drawing .way-lines path")
        .evaluateAll((all) => all.map((one) => getComputedStyle(one).stroke));
      expect(new Set(looks).size).toBe(1);
    }
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);
