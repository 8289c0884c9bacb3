/** What became of an application, on the page: found in, by kind, as far back as the daemon knows. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { ActivityEntry } from "../../src/core/model/activity.ts";
import { appKey } from "../../src/core/model/application.ts";
import type { ChangeAbout, CommitAbout } from "../../src/core/model/commit-about.ts";
import type { Transition } from "../../src/core/model/transition.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
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

const ENTRIES = 450;
const at = (minute: number): string => new Date(Date.UTC(2026, 10, 30, 0, minute)).toISOString();
const HISTORY = [0, 1, 2].map((id) => ({
  ...{ id, revision: `${id}${COMMIT.slice(1)}`, deployStartedAt: at(600 + id), deployedAt: at(601 + id) },
  initiatedBy: { username: "ann" },
  cause: id === 2 ? ("rollback to 0" as const) : ("manual" as const),
  ...(id === 2 ? { reason: "v1 fails <img src=x onerror=alert(1)>" } : {}),
}));
const RUN = {
  ...{ id: 9, app: "argocd/web", cause: "self-heal" },
  state: {
    operation: {
      initiatedBy: { automated: true },
      sync: { resources: [{ kind: "Deployment", name: "web" }] },
    },
    ...{ phase: "Succeeded", message: "1 object healed", startedAt: at(605), finishedAt: at(606) },
  },
} as unknown as SyncRun;
const entry = (seq: number): ActivityEntry =>
  ({
    ...{
      seq,
      at: at(seq),
      actor: "user:bob",
      action: seq === ENTRIES ? "hold" : "update",
      app: "argocd/web",
    },
    ...{ outcome: { is: "done" }, details: {}, previous: "", hash: "" },
    ...{ before: { spec: { project: "a" } }, after: { spec: { project: `b${seq}` } } },
    ...(seq === 1 ? { reason: "the very first" } : {}),
  }) as unknown as ActivityEntry;

const TOLD: Transition[] = [
  ...(["health-degraded", "drift-found", "drift-healed"] as const).map((kind, index) => ({
    ...{ seq: index + 1, kind, app: appKey("argocd", "web"), at: at(610 + index), first: at(600), count: 1 },
    ...(kind === "drift-healed" ? {} : { why: "Deployment shop/web: <img src=x onerror=alert(1)>" }),
    ...(kind !== "drift-found"
      ? kind === "drift-healed"
        ? { run: 9, cause: "self-heal" }
        : {}
      : {
          changes: [
            {
              ...{ object: "Deployment shop/web", path: "spec.replicas", from: "3", to: "6" },
              by: { manager: "kubectl", operation: "Update", subresource: "scale" },
            },
          ],
        }),
  })),
];

async function open(query = "", how: Parameters<typeof watchedPage>[2] = {}) {
  control = fakeControl();
  control.put({
    ...fakeApp("argocd", "web"),
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [], history: HISTORY },
    } as never,
  });
  control.runs = () => [RUN];
  control.setTransitions(TOLD);
  control.activity = ({ beyond = ENTRIES + 1, limit }) =>
    Array.from({ length: Math.max(0, Math.min(limit, beyond - 1)) }, (_, index) => entry(beyond - 1 - index));
  const shown: CommitAbout = {
    ...{ is: "commit", subject: "web: <img src=x onerror=alert(1)>", author: "Ana Ruiz <ana@example.com>" },
    ...{ date: at(590), signedOffBy: ["Bo <bo@example.com>"] },
  };
  control.deployments = async () => ({
    is: "found",
    value: {
      revisions: ["4f".repeat(20)],
      now: [shown],
      items: HISTORY.map((one) => ({
        ...one,
        commits: [
          one.id === 1 ? shown : ({ is: "unknown", why: "the commit is not in the clone here" } as const),
        ],
      })),
    },
  });
  api = startFakeApi(control);
  const watched = await watchedPage(browser, api.url, how);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=history${query}`);
  await rows(watched.page).first().waitFor();
  return watched;
}

const rows = (page: Page): Locator => page.locator("#view tbody tr");
const chip = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });

describe("the history of an application", () => {
  test("begins with its deployments, rollbacks marked with by whom and why, and what was changed by hand between", async () => {
    const { page, faults } = await open();
    const changed = page.getByRole("row", { name: /^Changed in the cluster/ });
    await changed.waitFor();
    expect(await rows(page).count()).toBe(4);
    const heads = ["What", "When", "Revision or change", "By", "Cause", "Go back"];
    expect(await page.locator("#view thead th").allTextContents()).toEqual(heads);
    expect(await changed.textContent()).toMatch(
      /Deployment shop\/web spec\.replicas 3 → 6: healed at .+ by run 9, self-heal/,
    );
    expect(await changed.getByRole("cell", { name: "kubectl (Update of scale)" }).count()).toBe(1);
    const [newest] = await rows(page).filter({ hasText: "rollback to 0" }).allTextContents();
    expect(newest).toContain("annrollback to 0: v1 fails <img src=x onerror=alert(1)>");
    expect(await rows(page).locator("b").allTextContents()).toEqual(["rollback to 0"]);
    await screenshot(page, "history-first");
    expect(await accessibilityProblems(page)).toEqual([]);
    // Without a drift they are the same.
    await page.goto(page.url().replace("view=history", "view=history&what=deployment"));
    await eventually("deployments alone", async () => (await rows(page).count()) === 3);
    expect(await page.locator("#view thead th").allTextContents()).toEqual(heads);
    await page.goBack();
    await changed.waitFor();
    // Where somebody looks for an edit, it is too.
    await chip(page, "Edits").click();
    await chip(page, "Deployments").click();
    await chip(page, "Drift").click();
    await eventually("the edits alone", async () => (await rows(page).count()) === 199 + 1);
    await changed.waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says of each who made its commit and when, by one question, and finds it by that", async () => {
    const { page, faults } = await open();
    const head = page.locator(".application-head .commit");
    await head.getByText("web: <img src=x onerror=alert(1)>").waitFor();
    expect(await head.textContent()).toContain("Ana Ruiz, ");
    const second = rows(page).filter({ hasText: "signed off by Bo" });
    await second.getByText("web: <img src=x onerror=alert(1)>").waitFor();
    expect(await second.textContent()).toContain("signed off by Bo");
    await rows(page)
      .filter({ hasText: "rollback to 0" })
      .getByText("who made it is not known: the commit is not in the clone here")
      .waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "history-commits");
    await page.getByLabel("Find in the history").fill("ruiz");
    await eventually("that one alone", async () => (await rows(page).count()) === 1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says where a deployment came from where that was elsewhere, and a sync that has a run leads there in its words", async () => {
    const { page, faults } = await open("&what=all");
    await rows(page).filter({ hasText: "signed off by Bo" }).waitFor();
    expect(await page.locator("#view").textContent()).not.toContain("git.example.com/shop");
    const healed = page.getByRole("row", { name: /^Changed in the cluster/ });
    expect(await healed.locator('[data-head="Revision or change"] a').textContent()).toBe("Its run");
    expect(await healed.locator('[data-head="Go back"]').textContent()).toBe("");
    const elsewhere = { repoURL: "https://git.example.com/before.git", path: "web", targetRevision: "main" };
    control.put({
      ...fakeApp("argocd", "web"),
      status: {
        ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
        ...{
          resources: [],
          history: HISTORY.map((one) => (one.id === 1 ? { ...one, source: elsewhere } : one)),
        },
      } as never,
    });
    await rows(page).filter({ hasText: "git.example.com/before · web" }).waitFor();
    expect(await rows(page).filter({ hasText: "git.example.com" }).count()).toBe(1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("its head names the commit that changed it last, beside a tip that is somebody else's", async () => {
    const { page, faults } = await open();
    const { deployments } = control;
    control.deployments = async (key) => {
      const found = await deployments(key);
      if (found.is === "absent") return found;
      const changed: ChangeAbout[] = [
        {
          ...{ is: "commit", commit: "c7".repeat(20), subject: "web: mine <i>", date: at(590) },
          ...{ author: "Cy <cy@example.com>", signedOffBy: [] },
        },
      ];
      return {
        is: "found",
        value: { ...found.value, changed, items: found.value.items.map((one) => ({ ...one, changed })) },
      };
    };
    await page.reload();
    const head = page.locator(".application-head .commit");
    await head.first().getByText("last change").waitFor();
    expect(await head.first().textContent()).toMatch(
      /^last changec7c7c7cweb: mine <i>Cy, .* agomain is at 4f4f4f4$/,
    );
    expect(await head.count()).toBe(1);
    // Each deployment by the commit that changed it, and what was deployed behind it.
    const row = await rows(page).filter({ hasText: "web: mine" }).first().textContent();
    expect(row).toContain("c7c7c7c web: mine <i>Cy");
    expect(row).toMatch(/ at [0-9a-f]{7}/);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "history-head");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says when its health and drift changed, by kind, and follows", async () => {
    const { page, faults } = await open();
    await chip(page, "Drift").click();
    await eventually("deployments alone", async () => (await rows(page).count()) === 3);
    await chip(page, "Health").click();
    await eventually("its health", async () => (await rows(page).count()) === 4);
    await chip(page, "Deployments").click();
    await eventually("its health alone", async () => (await rows(page).count()) === 1);
    expect(await rows(page).first().textContent()).toContain(
      "Deployment shop/web: <img src=x onerror=alert(1)>",
    );
    control.setTransitions([
      ...TOLD.slice(1),
      { ...(TOLD[0] as Transition), seq: 9, count: 3, at: at(620) },
      { ...(TOLD[0] as Transition), seq: 10, kind: "health-recovered", at: at(621) },
    ]);
    control.put({
      ...fakeApp("argocd", "web"),
      status: {
        ...{ sync: { status: "Synced", comparedTo: { destination: {} } } },
        ...{ health: { status: "Degraded", lastTransitionTime: at(622) }, resources: [], history: HISTORY },
      } as never,
    });
    await page.getByText("3 times since").waitFor();
    expect(await rows(page).count()).toBe(2);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "history-health");
    await chip(page, "Drift").click();
    // Its end is told with it, and the heal is a sync.
    await eventually("drift too", async () => (await rows(page).count()) === 3);
    await screenshot(page, "history-drift");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("has everything else by kind, as far back as it was looked, and further", async () => {
    const { page } = await open();
    await chip(page, "Everything").click();
    await page.getByText("1 object healed").waitFor();
    expect(await rows(page).count()).toBe(3 + 1 + 2 + 200);
    expect(new URL(page.url()).searchParams.get("what")).toBe("all");
    for (const count of [400, ENTRIES]) {
      await chip(page, "Older").click();
      await eventually(`${count} of them`, async () => (await rows(page).count()) === 3 + 1 + 2 + count);
    }
    expect(await chip(page, "Older").count()).toBe(0);
    await chip(page, "Holds").click();
    await eventually("the hold alone", async () => (await rows(page).count()) === 1);
    expect(await rows(page).first().textContent()).toStartWith("Held");
    await page.goBack();
    await page.getByText("1 object healed").waitFor();
    await page.context().close();
  }, 60_000);

  test("is found in by words, which are in the address", async () => {
    const { page } = await open("&what=all&pages=9&find=FIRST+bob");
    expect(await rows(page).count()).toBe(1);
    expect(await rows(page).first().textContent()).toContain("the very first");
    await page.getByRole("searchbox", { name: "Find in the history" }).fill("no such thing");
    await page.getByText("Nothing of it fits what is looked for.").waitFor();
    expect(new URL(page.url()).searchParams.get("find")).toBe("no such thing");
    await page.context().close();
  }, 60_000);

  test.each([
    { width: 1440, scheme: "light" },
    { width: 390, scheme: "dark" },
    { width: 320, scheme: "light" },
  ] as const)(
    "is drawn $width wide, $scheme",
    async ({ width, scheme }) => {
      const { page, faults } = await open("&what=deployment,sync,drift,hold", { width, scheme, height: 900 });
      await page.getByText("1 object healed").waitFor();
      await screenshot(page, `history-${width}-${scheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});
