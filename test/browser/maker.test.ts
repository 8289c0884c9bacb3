/** What made an application, above its objects in a real browser: for whoever may see it, by a click and by keys. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser } from "playwright-core";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { appKey } from "../../src/core/model/application.ts";
import { setKey } from "../../src/core/model/application-set.ts";
import type { AppOrigin, ResourceNode } from "../../src/engine/control.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeSets, shopsSet } from "../fakes/fake-sets.ts";
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

const BY_SET = { from: "parent", set: setKey("argocd", "shops") } as const;
const BY_APP = { from: "parent", parent: appKey("argocd", "root") } as const;

/** An application of two Deployments, a set and an application of another project. @param lines of the policy for ann; absent: all */
async function served(origin: AppOrigin, lines?: readonly string[]): Promise<void> {
  control = fakeControl();
  const sets = fakeSets(control);
  await sets.add(shopsSet(["eu"], { project: "estate" }));
  const root = fakeApp("argocd", "root");
  control.put({
    ...{ ...root, spec: { ...root.spec, project: "estate" } },
    status: {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      health: { status: "Healthy" },
    },
  });
  const nodes = ["api", "web"].map(
    (name): ResourceNode => ({
      ref: { group: "apps", kind: "Deployment", namespace: "web", name },
      ...{ version: "v1", uid: name, parents: [], resourceVersion: "1", images: [], info: [] },
      ...{ createdAt: "2026-11-28T00:00:00Z", health: { status: "Healthy", message: "" } },
    }),
  );
  control.resourceTree = () => ({ is: "found", value: nodes });
  control.put(
    {
      ...fakeApp("argocd", "web"),
      status: {
        sync: { status: "Synced", comparedTo: { destination: {} } },
        health: { status: "Healthy" },
        resources: nodes.map(({ ref }) => ({ ...ref, version: "v1", status: "Synced" as const })),
      },
    },
    origin,
  );
  const policy = new AccessPolicy({
    lines: parsePolicy((lines ?? []).map((line) => `p, ann, ${line}`).join("\n"), "policy.csv").lines,
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  const asker = () => askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);
  api = startFakeApi(control, {
    sets,
    ...(lines === undefined ? {} : { who: () => ({ is: "known", by: "header", asker: asker() }) }),
  });
}

async function opened(query: string, options: Parameters<typeof watchedPage>[2] = {}): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications/argocd/web${query}`);
  return watched;
}

describe.each([
  { origin: BY_SET, name: "ApplicationSet shops", made: "made by", leads: "/applicationsets/argocd/shops" },
  { origin: BY_APP, name: "Application root", made: "rendered by", leads: "/applications/argocd/root" },
] as const)("$name", ({ origin, name, made, leads }) => {
  test("is the first line of the outline, counted by nothing, and leads to its page by keys and a click", async () => {
    await served(origin);
    const { page, faults } = await opened("");
    const row = page.getByRole("row", { name: `${made} ${name}` });
    await row.waitFor();
    await page.getByText("2 objects", { exact: true }).waitFor();
    expect(await row.getAttribute("aria-rowindex")).toBe("2");
    expect(await row.getAttribute("aria-level")).toBe("1");
    expect([await row.getAttribute("aria-expanded"), await row.getAttribute("aria-selected")]).toEqual([
      null,
      null,
    ]);
    expect(await page.getByRole("treegrid").getAttribute("aria-rowcount")).toBe("4");
    expect(await row.locator("a").getAttribute("href")).toBe(leads);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.locator(".line:not(.head)").nth(1).focus();
    await page.keyboard.press("ArrowUp");
    await eventually("it has the focus", () =>
      row.evaluate((one) => one === document.activeElement).catch(() => false),
    );
    await page.keyboard.press("Enter");
    await page.waitForURL(`${api.url}${leads}`);
    await page.goBack();
    await row.locator("a").click();
    await page.waitForURL(`${api.url}${leads}`);
    // What one looks for is an object, and so is what is of a kind.
    for (const query of ["?find=shops", "?find=root", "?group=flat", "?group=kind", "?group=pods"]) {
      await page.goto(`${api.url}/applications/argocd/web${query}`);
      await page.locator(".outline-tools").waitFor();
      await page.getByText(/^(?:2 objects|0 of 2 objects: 2 hidden)$/).waitFor();
      expect(await row.count()).toBe(0);
    }
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("is the first box of the graph, and leads to its page by keys and a click; the network has none", async () => {
    await served(origin);
    const { page, faults } = await opened("?view=graph");
    const box = page.getByRole("treeitem", { name: `${made} ${name}` });
    await box.waitFor();
    await page.getByText("2 objects, each right of its owner").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await page.getByRole("treeitem", { name: /^Deployment web/ }).getAttribute("aria-level")).toBe(
      "2",
    );
    await page.getByRole("treeitem", { name: /^Deployment web/ }).focus();
    await page.keyboard.press("ArrowLeft");
    await eventually("it has the focus", () => box.evaluate((one) => one === document.activeElement));
    await page.keyboard.press("Enter");
    await page.waitForURL(`${api.url}${leads}`);
    await page.goBack();
    await box.getByText(name.split(" ")[1] ?? "", { exact: true }).click();
    await page.waitForURL(`${api.url}${leads}`);
    await page.goBack();
    await box.waitFor();
    await page.getByRole("button", { name: "Problems" }).click();
    await page.getByText("Everything is well: nothing is left to draw.").waitFor();
    expect(await box.count()).toBe(0);
    await page.getByRole("button", { name: "Network" }).click();
    await page.getByText("It has no Services, Ingresses, Gateways or routes.").waitFor();
    expect(await box.count()).toBe(0);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("a link to it among the objects, as Argo CD's page has them, leads to its page", async () => {
    await served(origin);
    const node = `argoproj.io/${name.split(" ")[0]}/argocd/${name.split(" ")[1]}`;
    for (const query of [`?node=${node}`, `?view=tree&node=${encodeURIComponent(`${node}/0`)}&resource=`]) {
      const { page, faults } = await opened(query);
      await page.waitForURL(`${api.url}${leads}`);
      expect(await page.getByRole("complementary").count()).toBe(0);
      expect(faults()).toEqual([]);
      await page.context().close();
    }
  }, 60_000);

  test("whoever may not see it is told no name of it, by the page and by the daemon", async () => {
    await served(origin, ["applications, get, default/*, allow", "clusters, get, *, allow"]);
    for (const query of ["", "?view=graph"]) {
      const { page, faults } = await opened(query, { expected: [403] });
      await page.getByText(/^2 objects/).waitFor();
      expect(await page.getByText(/made by|rendered by/).count()).toBe(0);
      expect(await page.locator("body").textContent()).not.toMatch(/shops|root/);
      expect(faults()).toEqual([]);
      await page.context().close();
    }
    const answer = await fetch(`${api.url}/api/holdfast/v1/applications/argocd/web`);
    expect(await answer.json()).toMatchObject({ origin: { from: "parent" } });
    expect(await (await fetch(answer.url)).text()).not.toMatch(/shops|root/);
  }, 60_000);
});

test("what is asked of a set comes after the objects are drawn, and a set that is gone is no line", async () => {
  await served({ from: "parent", set: setKey("argocd", "gone") });
  const { page, faults } = await watchedPage(browser, api.url, { expected: [404] });
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (/resource-tree$|applicationsets\//.test(pathname)) asked.push(pathname.replace(/^.*\/v1/, ""));
  });
  const refused = page.waitForResponse((answer) => answer.url().endsWith("/applicationsets/argocd/gone"));
  await page.goto(`${api.url}/applications/argocd/web`);
  await page.getByText("2 objects", { exact: true }).waitFor();
  expect((await refused).status()).toBe(404);
  await eventually(
    "it is no line",
    async () => (await page.getByRole("row", { name: "made by" }).count()) === 0,
  );
  expect(asked).toEqual(["/applications/web/resource-tree", "/applicationsets/argocd/gone"]);
  expect(await page.locator(".line:not(.head)").count()).toBe(2);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 1024 },
  { scheme: "light", width: 390 },
  { scheme: "dark", width: 390 },
] as const)(
  "fits, and axe finds nothing: $scheme, $width wide",
  async ({ scheme, width }) => {
    for (const [query, row] of [
      ["", "row"],
      ["?view=graph", "treeitem"],
    ] as const) {
      await served(BY_APP);
      const { page, faults } = await opened(query, { scheme, width });
      await page.getByRole(row, { name: /rendered by Application root.*OutOfSync/ }).waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
      const wider = () =>
        page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(await wider()).toBe(0);
      await screenshot(page, `maker-${row}-${scheme}-${width}`);
      expect(faults()).toEqual([]);
      await page.context().close();
      await api.stop();
    }
  },
  60_000,
);
