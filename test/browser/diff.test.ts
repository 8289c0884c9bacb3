/** All that differs of an application in one scroll: 20,000 lines are drawn as far as they are in sight. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { largeDiff } from "../../bench/ui-estate.ts";
import type { ManagedResource } from "../../src/engine/control.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, screenshots, startBrowser, watchedPage } from "../lib/browser.ts";
import { eventually } from "../lib/eventually.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
let api: FakeApi;

beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});
afterEach(() => api?.stop());

async function open(resources: ManagedResource[], options: Parameters<typeof watchedPage>[2] = {}) {
  const control = fakeControl();
  const status = {
    ...{ sync: { status: "OutOfSync" as const, comparedTo: { destination: {} } } },
    ...{ health: { status: "Healthy" as const }, resources: [], history: [] },
  };
  control.put({ ...fakeApp("argocd", "web"), status });
  control.managedResources = async () => ({ is: "found", value: resources });
  api = startFakeApi(control);
  const watched = await watchedPage(browser, api.url, options);
  watched.page.setDefaultTimeout(15_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=diff`);
  return { ...watched, control };
}
const [LARGE] = largeDiff(20_000) as [ManagedResource];
const small = (name: string, live: string, wanted: string): ManagedResource => {
  const object = (word: string) => ({
    ...{ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "shop" }, data: { word } },
  });
  return {
    ...LARGE,
    ref: { ...LARGE.ref, namespace: "shop", name },
    ...{ live: object(live), target: object(wanted), predicted: object(wanted) },
    fields: [{ ...LARGE.fields[0], path: "data.word", live, desired: wanted }] as ManagedResource["fields"],
  };
};

describe("a diff of 20,000 lines", () => {
  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 1024 },
    { scheme: "dark", width: 390 },
  ] as const)(
    "begins with its first hunk, and goes to the next and back by keys: $scheme",
    async (look) => {
      const { page, faults } = await open([LARGE], look);
      const rows = page.locator(".diff-row");
      await page.locator(".differences [data-is=new]").first().waitFor();
      expect(await page.locator(".diff-row[data-is=pair]").count()).toBe(
        look.width < 1100 ? 0 : await rows.and(page.locator(":not([data-is=file], [data-is=gap])")).count(),
      );
      await page.getByText("1 to update").first().waitFor();
      const who = page.getByRole("button", { name: /set by kubectl \(Update\)/ }).first();
      await who.focus();
      await who.getByText("set by kubectl (Update)").waitFor();
      expect(await page.locator(".differences mark").first().textContent()).toBe("old");
      expect(await rows.count()).toBeLessThan(120);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(look.width);
      // As much as is in sight: the page is as high as all of it.
      await page.screenshot({ path: join(screenshots, `diff-${look.scheme}-${look.width}.png`) });
      const at = (): Promise<string | null> => page.locator('[data-at="true"]').textContent();
      // Wherever the focus is, and where it is nowhere.
      await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
      // The last of them are beyond what is sent at first, and come when they are gone to.
      for (const _ of Array.from({ length: 41 })) await page.keyboard.press("n");
      await eventually("it is there", async () => (await at())?.includes("setting-1600: old") === true);
      expect(await page.locator('[data-at="true"]').isVisible()).toBe(true);
      await page.keyboard.press("p");
      await eventually(
        "it is the one before",
        async () => (await at())?.includes("setting-1560: old") === true,
      );
      await page.getByRole("button", { name: "Next change" }).click();
      await eventually("it is the next", async () => (await at())?.includes("setting-1600: old") === true);
      expect(await rows.count()).toBeLessThan(120);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test("side by side what differs is in sight at the end of a long line, and who set it where there is room", async () => {
    const image = `registry.example.com/a-team-of-some-length/payments-worker-with-a-long-name:4.1.0`;
    const { page, faults } = await open([small("long", image, image.replace("4.1.0", "4.2.0"))], {
      width: 1280,
    });
    const halves = page.locator(".half:is([data-is=gone], [data-is=new])");
    await halves.first().waitFor();
    const seen = await halves.evaluateAll((all) =>
      all.map((half) => {
        const mark = half.querySelector("mark") as HTMLElement;
        const head = half.querySelector(".head") as HTMLElement;
        return {
          mark: mark.textContent,
          isIn: mark.getBoundingClientRect().right < half.getBoundingClientRect().right,
          isCut: head.scrollWidth > head.clientWidth,
          // The note of who set it begins where its own room does.
          isOver: [...half.querySelectorAll(".who > *")].some(
            (one) =>
              one.getBoundingClientRect().left <
              (half.querySelector(".code") as HTMLElement).getBoundingClientRect().right,
          ),
          whole: half.getAttribute("title"),
        };
      }),
    );
    expect(seen).toEqual([
      { mark: "1", isIn: true, isCut: true, isOver: false, whole: `  word: ${image}` },
      {
        mark: "2",
        isIn: true,
        isCut: true,
        isOver: false,
        whole: `  word: ${image.replace("4.1.0", "4.2.0")}`,
      },
    ]);
    await page.context().close();
    const short = await open([small("short", "1", "2")], { width: 1280 });
    const told = short.page.locator(".who .told");
    await told.waitFor();
    // Nobody points at it.
    expect(
      await told.evaluate((words) => {
        const half = words.closest(".half") as HTMLElement;
        const box = words.getBoundingClientRect();
        return box.width > 100 && box.right <= half.getBoundingClientRect().right;
      }),
    ).toBe(true);
    expect([...faults(), ...short.faults()]).toEqual([]);
    await short.page.context().close();
  }, 60_000);

  test("begins closed beside another; what is the same is opened by a button, and what is written stays text", async () => {
    const hostile = small("b", "<img src=x onerror=alert(1)>", "</div><b>x</b>");
    const left = [
      { path: "data.other", live: "<b>1</b>", desired: "2", rules: ["ignore[0].jsonPointers[0]"] },
    ];
    const { page, faults } = await open([LARGE, { ...hostile, left }]);
    const large = page.getByRole("button", { name: /ConfigMap large\/large/ });
    await large.waitFor();
    expect(await large.getAttribute("aria-expanded")).toBe("false");
    await page.locator("[data-is=gone]").getByText("<img src=x onerror=alert(1)>").waitFor();
    await page.getByRole("button", { name: "1 field is left to others" }).click();
    await page
      .getByText('data.other: "<b>1</b>" is there, "2" in Git, by ignore[0].jsonPointers[0]')
      .waitFor();
    await large.click();
    const fold = page.getByRole("button", { name: "33 lines are the same" }).first();
    await fold.click();
    await page.locator("[data-is=same]").getByText("setting-20: as it was").first().waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("what comes while it is read is told, and takes no place until it is asked for", async () => {
    let found = [
      small("a", "old", "new"),
      { ...small("gone", "x", "y"), target: undefined, predicted: undefined },
    ];
    const { page, faults, control } = await open(found);
    control.managedResources = async () => ({ is: "found", value: found });
    const app = (at: string, revision: string) => ({
      ...control.application("argocd/web" as never),
      status: {
        ...control.application("argocd/web" as never)?.status,
        ...{ reconciledAt: at, sync: { status: "OutOfSync", revision, comparedTo: { destination: {} } } },
      },
    });
    const names = page.getByRole("navigation", { name: "Objects that differ" });
    await names.getByRole("button", { name: /^gone/ }).waitFor();
    await page.getByRole("checkbox", { name: "Viewed ConfigMap shop/gone" }).check();
    await names.getByText("1 of 2 viewed").waitFor();
    await names.getByRole("button", { name: "update 1" }).click();
    expect(new URL(page.url()).searchParams.get("change")).toBe("change");
    await page.getByText("word: old").first().waitFor();
    found = [small("a", "old", "newest")];
    control.put(app("2026-11-29T04:00:00Z", "b".repeat(40)) as never);
    await page.getByText(/A commit came, and what you read is from/).waitFor();
    expect(await page.getByText("word: newest").count()).toBe(0);
    await page.getByRole("button", { name: "Show how it is now" }).click();
    await page.getByText("word: newest").first().waitFor();
    expect(await page.getByText(/A commit came/).count()).toBe(0);
    // The same once more is nothing to tell.
    control.put(app("2026-11-29T05:00:00Z", "b".repeat(40)) as never);
    found = [];
    control.put(app("2026-11-29T06:00:00Z", "b".repeat(40)) as never);
    await page.getByText(/It differs otherwise now/).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("sides of the address are compared; what is known is not sent again, and what is no side is refused", async () => {
    const { page, control } = await open([small("a", "old", "new")]);
    control.manifests = async (_, revisions = []) => ({
      is: "found",
      value: {
        manifests: [small("a", "x", revisions[0] ?? "followed").target].flatMap((one) => one ?? []),
        ...{ revision: "", sourceType: "Directory" },
      },
    });
    await page.goto(`${api.url}/applications/argocd/web?view=diff&base=git@v1.0&target=git`);
    await page.getByText("word: v1.0").first().waitFor();
    await page.getByText("word: followed").first().waitFor();
    await page.context().close();
    const lines = (query: string, tag?: string) =>
      fetch(`${api.url}/api/holdfast/v1/applications/argocd/web/diff/lines?${query}`, {
        headers: tag === undefined ? {} : { "if-none-match": tag },
      });
    const first = await lines("");
    expect([first.status, (await lines("", first.headers.get("etag") ?? "")).status]).toEqual([200, 304]);
    expect((await lines("base=git", first.headers.get("etag") ?? "")).status).toBe(200);
    for (const query of ["target=live", "base=git@-rf%20x", "target=git@a,b", "target=git@nowhere", "base=x"])
      expect([query, (await lines(query)).status]).toEqual([query, 400]);
    expect((await lines("target=deployment@7")).status).toBe(404);
    const part = await fetch(
      `${api.url}/api/holdfast/v1/applications/argocd/web/diff/part?file=${"0".repeat(32)}&from=0`,
    );
    expect([part.status, await part.text()]).toEqual([
      expect.any(Number),
      expect.stringContaining("has changed"),
    ] as never);
    const patch = await fetch(`${api.url}/api/holdfast/v1/applications/argocd/web/diff/patch`);
    expect(await patch.text()).toStartWith(
      "--- before/ConfigMap/shop/a\n+++ after/ConfigMap/shop/a\n@@ -4,4 +4,4 @@",
    );
  }, 60_000);

  test("where nothing differs says so, and where it cannot be compared why", async () => {
    const { page, faults } = await open([
      { ...LARGE, modified: false, predicted: LARGE.live, target: LARGE.live },
    ]);
    await page.getByText("No differences: it is as Git says.").waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
    await api.stop();
    const missing = { ...small("b", "a", "b"), live: undefined, predicted: undefined, fields: [] };
    const other = await open([missing]);
    await other.page.getByText("cannot be compared").first().waitFor();
    expect(other.faults()).toEqual([]);
    await other.page.context().close();
  }, 60_000);
});

test("another revision is typed, and held against what is there; where there is none, that is said with what is near", async () => {
  const { page, control, faults } = await open([small("one", "a", "b")]);
  await page.locator(".differences [data-is=new]").first().waitFor();
  await page.locator(".sides select").nth(1).selectOption("other");
  const field = page.getByLabel("Commit, branch or tag");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(request.url()));
  await field.fill("two words");
  await page.getByText("A branch, tag or commit is of letters").waitFor();
  await field.press("Enter");
  expect(new URL(page.url()).searchParams.get("target")).toBeNull();
  await field.fill("nowhere");
  await field.press("Enter");
  await page.getByRole("alert").filter({ hasText: "Near it: somewhere" }).waitFor();
  await field.fill("somewhere");
  await page.getByRole("button", { name: "Compare", exact: true }).click();
  await page.locator(".differences [data-is=new]").first().waitFor();
  await page.getByText("holdfast app diff argocd/web --revision somewhere").waitFor();
  expect(new URL(page.url()).searchParams.get("target")).toBe("git@somewhere");
  expect(control.calls).toContain("diff argocd/web somewhere");
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "diff-revision");
  // A repository without an entry of its own has no names that could be asked for.
  expect(asked).toContainEqual(expect.stringMatching(/\/api\/v1\/repositories$/));
  expect(asked.filter((url) => url.includes("/refs"))).toEqual([]);
  expect(faults().filter((fault) => !/status of (400|501)/.test(fault))).toEqual([]);
}, 60_000);
