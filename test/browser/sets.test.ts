/** ApplicationSets in a browser: what was found and became of it, many of it, edited, deleted and gone meanwhile. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { setKey } from "../../src/core/model/application-set.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { type FakeSets, fakeSets, shopsSet } from "../fakes/fake-sets.ts";
import { accessibilityProblems, startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;
let sets: FakeSets;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

const HOSTILE = '"><img src=x onerror=alert(1)>';

async function opened(
  path: string,
  {
    regions = ["eu", "us"],
    scheme = "light",
    expected = [404],
  }: { regions?: string[]; scheme?: "light" | "dark"; expected?: number[] } = {},
): Promise<{ page: Page; faults(): string[] }> {
  const control = fakeControl();
  sets = fakeSets(control);
  // Somebody else's.
  control.put(fakeApp("argocd", "shop-us"));
  await sets.add(shopsSet(regions));
  const kept = { ...shopsSet(["files"], { name: "written" }) };
  await sets.add(kept, { from: "file", file: "sets/written.yaml", line: 3 });
  api = startFakeApi(control, { sets });
  // Nobody lists repositories here.
  const { page, faults } = await watchedPage(browser, api.url, { scheme, expected: [...expected, 501] });
  page.setDefaultTimeout(20_000);
  await page.goto(`${api.url}${path}`);
  return { page, faults };
}

const element = (page: Page, text: string) =>
  page.getByRole("table", { name: "Elements" }).getByRole("row", { name: text });

test("each element says what became of it, hostile names among them, and axe finds nothing in both themes", async () => {
  for (const scheme of ["light", "dark"] as const) {
    const { page, faults } = await opened("/applicationsets/argocd/shops", {
      ...{ regions: ["eu", "us", HOSTILE], scheme },
    });
    await element(page, "region eu").getByRole("link", { name: "argocd/shop-eu" }).waitFor();
    await element(page, "region us").getByText("held: argocd/shop-us").waitFor();
    await element(page, "region us").getByText("is there already").waitFor();
    await element(page, HOSTILE).getByText("not made").waitFor();
    for (const view of ["", "?view=template", "?view=events", "?view=config"]) {
      await page.goto(`${api.url}/applicationsets/argocd/shops${view}`);
      await page.getByRole("tabpanel").waitFor();
      expect(await accessibilityProblems(page)).toEqual([]);
    }
    expect(faults()).toEqual([]);
    await page.context().close();
    await api.stop();
  }
}, 120_000);

test("what an event says as the one above it does is said once, and another one whole", async () => {
  const { page, faults } = await opened("/applicationsets/argocd/shops", { regions: ["eu"] });
  const event = (name: string, reason: string, message: string) => ({ metadata: { name }, reason, message });
  await page.route("**/api/v1/applicationsets/shops/events?*", (route) =>
    route.fulfill({
      json: {
        items: [
          event("one", "Error", "it is not there"),
          event("two", "Error", "it is not there"),
          event("three", "Other", "it is not there"),
          event("four", "Other", "it is there"),
        ],
      },
    }),
  );
  await page.goto(`${api.url}/applicationsets/argocd/shops?view=events`);
  await page.getByText("it is there", { exact: true }).waitFor();
  expect(await page.locator('td[data-head="Said"]').allTextContents()).toEqual([
    ...["it is not there", "as above", "it is not there", "it is there"],
  ]);
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

test("of 10,000 elements those in sight are drawn, and one is found by a word, which stands in the address", async () => {
  const regions = Array.from({ length: 10_000 }, (_, at) => `r${at}`);
  const { page } = await opened("/applicationsets/argocd/shops", { regions });
  await element(page, "region r0 ").first().waitFor();
  expect(await page.getByRole("table", { name: "Elements" }).getAttribute("aria-rowcount")).toBe("10001");
  expect(await page.getByRole("table", { name: "Elements" }).getByRole("row").count()).toBeLessThan(60);
  await page.getByLabel("Find").fill("region:r9876");
  await page.getByText("1 of 10000 elements").waitFor();
  await element(page, "region r9876").waitFor();
  expect(new URL(page.url()).searchParams.get("find")).toBe("region:r9876");
  await page.reload();
  await element(page, "region r9876").waitFor();
  await page.context().close();
}, 180_000);

test("an edit shows what it would do, is written once, and the page follows without being loaded anew", async () => {
  const { page } = await opened("/applicationsets/argocd/shops", { regions: ["eu", "jp"] });
  await page.getByRole("button", { name: "Actions of shops" }).press("Enter");
  await page.getByRole("menuitem", { name: "Edit…" }).press("Enter");
  const field = page.getByRole("textbox", { name: "The set as it is to be" });
  await field.fill((await field.inputValue()).replace("region: jp", "region: fr"));
  await page.getByRole("button", { name: "Preview the change" }).press("Enter");
  await page.getByText("It would make 1 and delete 1 of its applications; 1 stays as it is.").waitFor();
  // What an edit deletes is named as a deletion names it, and wants the same to be typed.
  const goes = page.getByRole("list", { name: "What goes" });
  await goes.getByText("argocd/shop-jp").waitFor();
  const save = page.getByRole("button", { name: "Save" });
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  await save.click({ force: true });
  expect(sets.calls.filter((call) => call.startsWith("upsert"))).toEqual([]);
  await page.getByLabel(/Type shops to go on/).fill("shops");
  await save.dblclick();
  await element(page, "region fr").waitFor();
  expect(await element(page, "region jp").count()).toBe(0);
  expect(sets.calls.filter((call) => call.startsWith("upsert"))).toHaveLength(1);
  // Somebody else's edit comes by the stream.
  await sets.add(shopsSet(["eu", "fr", "br"]));
  await element(page, "region br").waitFor();
  await page.context().close();
}, 120_000);

test("an edit that somebody else's came before is not written over theirs", async () => {
  const { page } = await opened("/applicationsets/argocd/shops?edit=yes", { regions: ["eu"] });
  const field = page.getByRole("textbox", { name: "The set as it is to be" });
  await field.fill((await field.inputValue()).replace("region: eu", "region: fr"));
  await page.getByRole("button", { name: "Preview the change" }).click();
  await page.getByText(/^It would make 1/).waitFor();
  await page.getByLabel(/Type shops to go on/).fill("shops");
  await sets.add(shopsSet(["eu", "theirs"]));
  // Also once the page knows of it.
  await page.getByText("2 applications").first().waitFor();
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByText("Somebody changed it while you wrote").waitFor();
  expect(sets.calls.filter((call) => call.startsWith("upsert"))).toEqual([]);
  await page.context().close();
}, 120_000);

test("where every element fails what is wrong is said, and it is not proposed to be made", async () => {
  const { page, faults } = await opened("/applicationsets?new=yes", { regions: ["eu"] });
  const field = page.getByRole("textbox", { name: "The set as it is to be" });
  await field.fill(
    JSON.stringify(shopsSet(["eu", "us"], { name: "typo" })).replaceAll("{{region}}", "{{regionn}}"),
  );
  await page.getByRole("button", { name: "Preview the change" }).click();
  await page
    .getByText(/"shop-\{\{regionn\}\}" is no valid name: there is no parameter regionn\. It has region/)
    .first()
    .waitFor();
  // Both fail alike: it is said once.
  await page.getByText("The same of 1 more").first().waitFor();
  const classes = (name: string) => page.getByRole("button", { name, exact: true }).getAttribute("class");
  expect([await classes("Create all the same"), await classes("Preview the change"), faults()]).toEqual([
    "",
    "primary",
    [],
  ]);
  await page.context().close();
}, 120_000);

test("what a file has is tried here and never written", async () => {
  const { page } = await opened("/applicationsets/argocd/written");
  await page.getByRole("button", { name: "Actions of written" }).click();
  const away = page.getByRole("menuitem", { name: "Delete…" });
  expect(await away.getAttribute("aria-disabled")).toBe("true");
  await page.getByText("It is written in sets/written.yaml:3: change it there").first().waitFor();
  await page.getByRole("menuitem", { name: "Try a change…" }).click();
  const field = page.getByRole("textbox", { name: "The set as it is to be" });
  await field.fill((await field.inputValue()).replace("region: files", "region: other"));
  await page.getByRole("button", { name: "Preview the change" }).click();
  await page.getByText(/^It would make 1/).waitFor();
  const save = page.getByRole("button", { name: "Save" });
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  await save.click({ force: true });
  expect(sets.calls.filter((call) => call.startsWith("upsert"))).toEqual([]);
  await page.context().close();
}, 120_000);

test("a deletion says what goes along, wants the name typed, and leaves a word where the set was", async () => {
  const { page, faults } = await opened("/applicationsets/argocd/shops", {
    ...{ regions: ["eu", "jp"], expected: [] },
  });
  const actions = page.getByRole("button", { name: "Actions of shops" });
  await actions.click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const dialog = page.getByRole("dialog", { name: "Delete shops" });
  await dialog.getByText("2 applications go with it").waitFor();
  await dialog.getByText("argocd/shop-jp").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "detached" });
  await actions.click();
  await page.getByRole("menuitem", { name: "Delete…" }).click();
  const sure = dialog.getByRole("button", { name: "Delete it and 2 applications" });
  await sure.click();
  await dialog.getByText("Type shops to say that it may go.").waitFor();
  expect(sets.calls.filter((call) => call.startsWith("remove"))).toEqual([]);
  await dialog.getByLabel(/Type shops to go on/).fill("shops");
  await sure.click();
  await page.getByText("What stands here is as it was last.").waitFor();
  expect(sets.calls.filter((call) => call.startsWith("remove"))).toEqual(["remove argocd/shops user:local"]);
  // What is gone is asked for no more, and what is made again by its name is there again.
  await sets.add(shopsSet(["again"]));
  await element(page, "region again").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);

test("the list is gone through by keys, follows what comes, and finds by a line in the address", async () => {
  const { page, faults } = await opened("/applicationsets", { regions: ["eu", "us"] });
  const list = page.getByRole("grid", { name: "ApplicationSets" });
  // The way there says it wherever one is.
  await page.getByRole("navigation", { name: "Pages" }).getByText("1 with errors").waitFor();
  // The one with an error comes first.
  await list.getByRole("row").nth(1).getByRole("link", { name: "argocd/shops" }).waitFor();
  await sets.add(shopsSet(["x"], { name: "another" }));
  await list.getByRole("row", { name: /another/ }).waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await page.getByRole("button", { name: "is:attention" }).click();
  await page.getByText("1 of 3", { exact: true }).waitFor();
  await list.getByRole("row").nth(1).press("Enter");
  await page.getByRole("heading", { name: "argocd/shops", level: 1 }).waitFor();
  await page.goBack();
  await page.getByText("1 of 3", { exact: true }).waitFor();
  await sets.remove(setKey("argocd", "shops"), "user:local");
  await page.getByText("No ApplicationSet is like that.").waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
}, 120_000);

test("tabs of one browser have one stream of sets, and when its tab is closed another one has it", async () => {
  const { page } = await opened("/applicationsets/argocd/shops", { regions: ["eu"] });
  const streams: string[] = [];
  page.context().on("request", (request) => {
    if (request.url().includes("/stream/applicationsets")) streams.push(request.url());
  });
  await page.reload();
  await element(page, "region eu").waitFor();
  await eventually("the first tab has its stream", async () => streams.length > 0);
  const had = streams.length;
  const other = await page.context().newPage();
  await other.goto(`${api.url}/applicationsets/argocd/shops`);
  await element(other, "region eu").waitFor();
  await sets.add(shopsSet(["eu", "fr"]));
  for (const tab of [page, other]) await element(tab, "region fr").waitFor();
  expect(streams).toHaveLength(had);
  await page.close();
  await eventually("the other tab has a stream of its own", async () => streams.length === had + 1);
  await sets.add(shopsSet(["eu", "fr", "br"]));
  await element(other, "region br").waitFor();
  await other.context().close();
}, 120_000);
