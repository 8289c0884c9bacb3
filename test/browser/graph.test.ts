/** An application of 2,000 objects as a graph in a real browser: what is in sight is in the DOM, keys and wheel lead to the rest. */
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

const DEPLOYMENTS = 500;
const [WIDE, MOST] = [1440, 300];

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

const nameOf = (at: number): string => `web-${String(at).padStart(3, "0")}`;

/** Each Deployment has a ReplicaSet with two Pods: 2,000 objects, of which one Pod is not well. */
function large(): void {
  const nodes: ResourceNode[] = [];
  const resources: ResourceStatus[] = [];
  const add = (kind: string, name: string, owner: ResourceNode | undefined, isWell = true): ResourceNode => {
    const ref = { group: kind === "Pod" ? "" : "apps", kind, namespace: "shop", name };
    const parents = owner === undefined ? [] : [{ ...owner.ref, uid: owner.uid ?? "" }];
    const one: ResourceNode = {
      ...{ ref, version: "v1", uid: `${kind} ${name}`, parents, resourceVersion: "1", images: [], info: [] },
      createdAt: undefined,
      health: isWell
        ? { status: "Healthy", message: "" }
        : { status: "Degraded", message: "it waits: CrashLoopBackOff" },
    };
    nodes.push(one);
    return one;
  };
  for (let at = 0; at < DEPLOYMENTS; at += 1) {
    const deployment = add("Deployment", nameOf(at), undefined);
    resources.push({ ...deployment.ref, version: "v1", status: "Synced", health: { status: "Healthy" } });
    const set = add("ReplicaSet", `${nameOf(at)}-5d4`, deployment);
    for (const pod of ["a", "b"]) add("Pod", `${nameOf(at)}-5d4-${pod}`, set, at !== 400 || pod === "a");
  }
  show(resources, nodes);
}

function show(resources: ResourceStatus[], nodes: ResourceNode[]): void {
  control.resourceTree = () => ({ is: "found", value: nodes });
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      sync: { status: "Synced", comparedTo: { destination: {} } },
      health: { status: "Healthy" },
      resources,
    },
  });
}

async function opened(query: string, options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=graph${query}`);
  await watched.page.getByRole("tree", { name: "Graph of web" }).waitFor();
  return watched;
}
const drawn = (page: Page): Promise<number> => page.getByRole("treeitem").count();
const focused = (page: Page): Promise<string | null | undefined> =>
  page.evaluate(() => document.activeElement?.getAttribute("data-id"));

test("draws what is in sight of 2,000 objects, what is not well first, and the rest once somebody scrolls there", async () => {
  large();
  const { page, faults } = await opened("&preset=whole", { width: WIDE });
  await page.getByText("2000 objects, each right of its owner").waitFor();
  await page.getByRole("treeitem", { name: "Pod web-400-5d4-b, Degraded" }).waitFor();
  expect(await drawn(page)).toBeWithin(10, MOST);
  expect(await page.locator(".graph *").count()).toBeLessThan(MOST);
  expect(await page.getByRole("treeitem", { name: /Deployment web-300/ }).count()).toBe(0);
  // One path has the lines of all that is in sight.
  expect(((await page.locator(".scaled > svg > path").getAttribute("d")) ?? "").length).toBeWithin(
    100,
    10_000,
  );
  await page.locator(".graph").evaluate((view) => view.scrollTo(0, view.scrollHeight));
  await page.getByRole("treeitem", { name: "Deployment web-499, Synced, Healthy" }).waitFor();
  expect(await drawn(page)).toBeWithin(10, MOST);
  expect(await accessibilityProblems(page)).toEqual([]);
  for (let times = 0; times < 4; times += 1) await page.getByRole("button", { name: "Zoom out" }).click();
  await page.getByText("40 %").waitFor();
  await eventually("more are in sight", async () => (await drawn(page)) > 60);
  expect(await drawn(page)).toBeLessThan(MOST);
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "graph-far");
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("keys lead from an owner to what it owns and back, to what nobody drew yet too, and open the panel that the outline opens", async () => {
  large();
  const { page, faults } = await opened("&preset=whole", { width: WIDE });
  await page.getByRole("treeitem", { name: "Deployment web-400, Synced, Healthy" }).focus();
  for (const [key, id] of [
    ["ArrowRight", "apps/ReplicaSet/shop/web-400-5d4"],
    ["ArrowRight", "/Pod/shop/web-400-5d4-b"],
    ["ArrowDown", "/Pod/shop/web-400-5d4-a"],
    ["ArrowLeft", "apps/ReplicaSet/shop/web-400-5d4"],
    ["ArrowLeft", "apps/Deployment/shop/web-400"],
    ["ArrowLeft", "apps/Deployment/shop/web-400"],
    ["End", "/Pod/shop/web-499-5d4-b"],
    ["Home", "apps/Deployment/shop/web-400"],
    ["ArrowDown", "apps/Deployment/shop/web-000"],
  ] as const) {
    await page.keyboard.press(key);
    await eventually(`${key} leads to ${id}`, async () => (await focused(page)) === id);
  }
  // What has the focus stays, wherever somebody scrolls.
  await page.locator(".graph").evaluate((view) => view.scrollTo(0, view.scrollHeight));
  await page.getByRole("treeitem", { name: /Deployment web-499/ }).waitFor();
  expect(await focused(page)).toBe("apps/Deployment/shop/web-000");
  await page.keyboard.press("-");
  await page.getByText("80 %").waitFor();
  await page.keyboard.press("0");
  await page.getByText("100 %").waitFor();
  await page.keyboard.press("Enter");
  const panel = page.getByRole("complementary", { name: "Deployment web-000" });
  await panel.waitFor();
  expect(new URL(page.url()).searchParams.get("node")).toBe("apps/Deployment/shop/web-000");
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("tab", { name: "Resources" }).click();
  await panel.waitFor();
  await page.locator(".line[aria-selected='true']", { hasText: "web-000" }).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a link to an object shows it, and a mouse draws the ground along", async () => {
  large();
  const { page, faults } = await opened("&preset=whole&node=apps/Deployment/shop/web-250", { width: WIDE });
  const chosen = page.getByRole("treeitem", { name: /Deployment web-250/, selected: true });
  const top = (): Promise<number> => page.locator(".graph").evaluate(({ scrollTop }) => scrollTop);
  await eventually("it is in sight", async () => (await top()) > 10_000);
  expect(await chosen.count()).toBe(1);
  await page.getByRole("button", { name: "Close" }).click();
  const before = await top();
  const box = await page.locator(".graph").boundingBox();
  if (box === null) throw new Error("the graph has no place");
  await page.mouse.move(box.x + 4, box.y + 300);
  await page.mouse.down();
  await page.mouse.move(box.x + 4, box.y + 100);
  await page.mouse.up();
  await eventually("it went along", async () => (await top()) === before + 200);
  await page.mouse.move(box.x + 4, box.y + 200);
  expect(await top()).toBe(before + 200);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("many that are alike stand as one until a click or a key opens them; what is hidden is said", async () => {
  large();
  const { page, faults } = await opened("", { width: WIDE });
  await page.getByText("4 of 2000 objects: 1996 that are well are folded").waitFor();
  const many = page.getByRole("treeitem", { name: /499 Deployments, Synced, Healthy/ });
  expect(await many.getAttribute("aria-expanded")).toBe("false");
  await screenshot(page, "graph-folded");
  await many.click();
  await page.getByText("2000 objects, each right of its owner").waitFor();
  await screenshot(page, "graph-opened");
  expect(await many.getAttribute("aria-expanded")).toBe("true");
  await page.getByRole("treeitem", { name: "Deployment web-000, Synced, Healthy" }).waitFor();
  expect(await drawn(page)).toBeWithin(10, MOST);
  expect(new URL(page.url()).searchParams.get("node")).toBeNull();
  // To the left closes first; to the right opens first, then leads in.
  await many.focus();
  await page.keyboard.press("ArrowLeft");
  await eventually("it is closed", async () => (await many.getAttribute("aria-expanded")) === "false");
  await page.keyboard.press("ArrowRight");
  await eventually("it is open", async () => (await many.getAttribute("aria-expanded")) === "true");
  await page.keyboard.press("ArrowRight");
  await eventually("it leads in", async () => (await focused(page)) === "apps/Deployment/shop/web-000");
  // A link to one within opens what it stands in.
  await page.goto(`${api.url}/applications/argocd/web?view=graph&node=apps/Deployment/shop/web-250`);
  await page.getByRole("treeitem", { name: /Deployment web-250/, selected: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("problems alone, and everything, are a click each and in the address", async () => {
  large();
  const { page, faults } = await opened("", { width: WIDE });
  await page.getByRole("button", { name: "Problems" }).click();
  await page.getByText("3 of 2000 objects: 1997 that are well are left out").waitFor();
  expect(await page.getByRole("treeitem").count()).toBe(3);
  expect(new URL(page.url()).searchParams.get("preset")).toBe("problems");
  await page.reload();
  await page.getByRole("button", { name: "Problems", pressed: true }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Everything" }).click();
  await page.getByText("2000 objects, each right of its owner").waitFor();
  const map = await page.locator(".graph-map").boundingBox();
  if (map === null) throw new Error("there is no map");
  await page.mouse.click(map.x + 2, map.y + map.height / 2);
  const top = (): Promise<number> => page.locator(".graph").evaluate(({ scrollTop }) => scrollTop);
  await eventually("the map leads there", async () => (await top()) > 10_000);
  await page.goBack();
  await page.getByText("3 of 2000 objects").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("the network leads from an Ingress to Services and their Pods, in the address; what else leads to one is said", async () => {
  const one = (kind: string, name: string, networking: ResourceNode["networking"] = {}): ResourceNode => ({
    ref: { group: kind === "Ingress" ? "networking.k8s.io" : "", kind, namespace: "shop", name },
    ...{ version: "v1", uid: `${kind} ${name}`, parents: [], resourceVersion: "1", images: [], info: [] },
    ...{ createdAt: undefined, health: { status: "Healthy", message: "" }, networking },
  });
  const service = { group: "", kind: "Service", namespace: "shop" };
  show(
    [],
    [
      one("Ingress", "shop", {
        targetRefs: [
          { ...service, name: "web" },
          { ...service, name: "<b>gone" },
        ],
      }),
      one("Service", "web", { targetLabels: { app: "web" } }),
      one("Service", "web-headless", { targetLabels: { app: "web" } }),
      one("Pod", "web-a", { labels: { app: "web" } }),
      one("ConfigMap", "settings"),
    ],
  );
  const { page, faults } = await opened("", { width: WIDE });
  await page.getByRole("button", { name: "Network" }).click();
  await page.getByText("5 objects, each right of what leads to it").waitFor();
  expect(new URL(page.url()).searchParams.get("preset")).toBe("network");
  await page.getByRole("treeitem", { name: "Pod web-a, Healthy, also from Service web-headless" }).waitFor();
  await page.getByRole("treeitem", { name: "Service <b>gone, not of this application" }).waitFor();
  // Of the way from the Ingress, and of what nothing outside leads to.
  const paths = await page
    .locator(".scaled > svg > path")
    .evaluateAll((all) => all.map((one) => (one.getAttribute("d") ?? "").split("M").length - 1));
  expect(paths.toSorted()).toEqual([1, 3]);
  await page.getByRole("treeitem", { name: /^Ingress shop/ }).focus();
  for (const [key, id] of [
    ["ArrowRight", "/Service/shop/web"],
    ["ArrowRight", "/Pod/shop/web-a"],
    ["ArrowLeft", "/Service/shop/web"],
    ["ArrowDown", "/Service/shop/<b>gone"],
    ["ArrowDown", "/Service/shop/web-headless"],
  ] as const) {
    await page.keyboard.press(key);
    await eventually(`${key} leads to ${id}`, async () => (await focused(page)) === id);
  }
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Pods" }).click();
  await page.getByText("1 object, each right of its owner").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("where all is well, problems are none", async () => {
  show(
    [],
    [
      {
        ...{
          ref: { group: "", kind: "Service", namespace: "shop", name: "web" },
          version: "v1",
          uid: "s",
          parents: [],
        },
        ...{ resourceVersion: "1", images: [], info: [], createdAt: undefined, health: undefined },
      },
    ],
  );
  const { page, faults } = await opened("", { width: WIDE });
  await page.getByRole("button", { name: "Problems" }).click();
  await page.getByText("Everything is well: nothing is left to draw.").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "Ownership" }).click();
  await page.getByRole("treeitem", { name: "Service web" }).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 1440 },
  { scheme: "light", width: 390 },
  { scheme: "dark", width: 390 },
] as const)(
  "fits, and axe finds nothing: $scheme, $width wide",
  async ({ scheme, width }) => {
    large();
    const { page, faults } = await opened("", { scheme, width });
    await page.getByRole("treeitem").first().waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    const wider = (): Promise<number> =>
      page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(await wider()).toBe(0);
    await screenshot(page, `graph-${scheme}-${width}`);
    await page.goto(`${api.url}/clusters`);
    await page.getByText("connect ECONNREFUSED").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await wider()).toBe(0);
    await screenshot(page, `clusters-${scheme}-${width}`);
    expect(faults()).toEqual([]);
    await page.context().close();
  },
  60_000,
);

test("of nothing it says so, and names that somebody made to be code are names", async () => {
  show([], []);
  const watched = await watchedPage(browser, api.url);
  const { page } = watched;
  await page.goto(`${api.url}/applications/argocd/web?view=graph`);
  await page.getByText("No resources are known yet.").waitFor();
  const name = `a"]<img src=x onerror=alert(1)>\\`;
  show([{ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name, status: "OutOfSync" }], []);
  const node = page.getByRole("treeitem", { name: /^ConfigMap a"/ });
  await node.focus();
  await page.keyboard.press("End");
  expect(await focused(page)).toBe(`/ConfigMap/shop/${name}`);
  expect(watched.faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test("a cluster says its version, whether it answers and since when, what is watched, who lives there, what is wrong", async () => {
  control.put({
    ...fakeApp("argocd", "web"),
    spec: { ...fakeApp("argocd", "web").spec, destination: { name: "in-cluster", namespace: "web" } },
  });
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/clusters`);
  await page.getByText("1 of 2 clusters does not answer.").waitFor();
  const cells = (name: string): Promise<string[]> =>
    page
      .getByRole("row", { name: new RegExp(`^${name}`) })
      .getByRole("cell")
      .allTextContents();
  expect(await cells("in-cluster")).toEqual([
    "in-clusterhttps://kubernetes.default.svc",
    expect.stringMatching(/^Connectedsince \d+ days? ago$/),
    "v1.36.2",
    "1",
    "120 of 9 kinds",
    "",
  ]);
  expect(await cells("edge")).toEqual([
    "edgehttps://edge.example.com",
    expect.stringMatching(/^Unreachablesince \d+ days? ago$/),
    "",
    "0",
    "0 of 0 kinds",
    "connect ECONNREFUSED",
  ]);
  expect(await page.getByRole("row", { name: /^edge/ }).locator("time").getAttribute("datetime")).toBe(
    "2026-11-23T04:00:00Z",
  );
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
