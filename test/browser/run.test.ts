/** A run as a person sees it: what it waits for, its lanes, its tries, its results, and how it is ended or done again. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import type { OperationState } from "../../src/core/model/operation.ts";
import type { SyncRun } from "../../src/core/ports/journal.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type DemoWithStory, demoWithStory } from "../lib/demo-with-story.ts";
import { startFakeApi } from "../lib/fake-api.ts";

let browser: Browser;
beforeAll(async () => {
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
});

function running(): Application {
  const since = new Date(Date.now() - 130_000).toISOString();
  const object = (name: string) => ({ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name });
  return {
    ...fakeApp("argocd", "web"),
    status: {
      sync: { status: "OutOfSync", comparedTo: { destination: {} } },
      health: { status: "Progressing" },
      resources: [
        { ...object("first"), status: "Synced", syncWave: -1, health: { status: "Healthy" } },
        {
          ...object("second"),
          status: "Synced",
          health: { status: "Progressing", message: "1 of 3 are ready" },
        },
        { ...object("third"), status: "OutOfSync", syncWave: 5 },
      ],
      operationState: {
        ...{ operation: { sync: {} }, phase: "Running", startedAt: since },
        message: `waiting for apps/Deployment shop/second (1 of 3) since ${since}`,
        syncResult: {
          resources: ["first", "second"].map((name) => ({
            ...object(name),
            ...{ status: "Synced", message: "configured", syncPhase: "Sync" },
          })),
        },
      },
    },
  };
}

test("says what it waits for and since when, what is still to come, and is ended once a person says so", async () => {
  const control = fakeControl();
  control.put(running());
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?view=run`);
  await page.getByText(/^Waiting 2 min( \d+ s)? for Deployment second \(1 of 3\)$/).waitFor();
  const lanes = page.getByRole("list", { name: "Phases and waves" });
  expect(await lanes.getByRole("heading").allTextContents()).toEqual([
    "Wave -1 Succeeded",
    "Wave 0 Running",
    "Wave 5 Waiting",
  ]);
  await lanes.getByText("1 of 3 are ready").waitFor();
  expect(await accessibilityProblems(page)).toEqual([]);
  await screenshot(page, "run-waits");
  const end = page.getByRole("button", { name: "Terminate" });
  await end.click();
  const dialog = page.getByRole("dialog", { name: "Terminate the sync of web" });
  await dialog.getByRole("button", { name: "Cancel" }).click();
  expect(control.calls).toEqual([]);
  await end.click();
  await dialog.getByRole("button", { name: "Terminate" }).click();
  await page.locator(".run .state", { hasText: "Failed" }).waitFor();
  expect(control.calls).toEqual(["terminate argocd/web user:local"]);
  await end.waitFor({ state: "hidden" });
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

const STARTED = "2026-11-29T10:00:00Z";
const at = (seconds: number): string => `2026-11-29T10:00:${String(seconds).padStart(2, "0")}Z`;
const hook = (name: string, phase: "Succeeded" | "Failed", message: string) => ({
  ...{ group: "batch", version: "v1", kind: "Job", namespace: "web", name, status: "Synced" as const },
  ...{ message, syncPhase: "PreSync" as const, hookPhase: phase, hookType: "PreSync" },
});
const LANES = [
  { phase: "PreSync", wave: 0, steps: 1, startedAt: at(1), finishedAt: at(4) },
  { phase: "Sync", wave: 5, steps: 3 },
] as const;
const HOSTILE = "exit 1 <img src=x onerror=alert(1)>";
/** The first try, as it ended. */
const FIRST: OperationState = {
  ...{ operation: { sync: {}, retry: { limit: 2 } }, phase: "Failed", startedAt: STARTED, finishedAt: at(4) },
  ...{ retryCount: 1, message: `the hook failed: ${HOSTILE}. Try 2 follows at ${at(9)}` },
  syncResult: { resources: [hook("migrate", "Failed", HOSTILE)], lanes: [...LANES] },
};
const SECOND: OperationState = {
  ...{ operation: { sync: {}, retry: { limit: 2 } }, phase: "Running", startedAt: STARTED, retryCount: 1 },
  message: "waiting for apps/Deployment web/web (1 of 3)",
  syncResult: {
    resources: [hook("migrate", "Succeeded", "completed")],
    lanes: [
      { phase: "PreSync", wave: 0, steps: 1, startedAt: at(10), finishedAt: at(12) },
      { phase: "Sync", wave: 5, steps: 3, startedAt: at(12) },
    ],
  },
};

/** @param older what is kept beside what is listed */
async function retried(last: OperationState, older: readonly SyncRun[] = []) {
  const control = fakeControl();
  const app = fakeApp("argocd", "web");
  const runs: SyncRun[] = [{ id: 7, app: "argocd/web", cause: "manual", state: FIRST } as SyncRun];
  control.runs = ({ id }) => (id === undefined ? runs : [...runs, ...older].filter((run) => run.id === id));
  const put = (operationState: OperationState): void =>
    control.put({
      ...app,
      status: {
        ...{ sync: { status: "OutOfSync", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
        ...{ resources: [], operationState },
      },
    });
  put(last);
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url, { expected: [404] });
  await page.goto(`${api.url}/applications/argocd/web?view=run`);
  return {
    ...{ control, page, faults, runs, put, url: api.url },
    async end() {
      expect(faults()).toEqual([]);
      await page.context().close();
      await api.stop();
    },
  };
}
const lanesIn = (page: Page) =>
  page.getByRole("list", { name: "Phases and waves" }).getByRole("heading").allTextContents();

describe("tries of one sync", () => {
  test("the next one says when it comes and why, and is a tab when it has come; the first stays as it ended", async () => {
    const on = await retried({ ...FIRST, phase: "Running" });
    const { page } = on;
    await page.getByText("Try 2 of 3 begins now, because try 1 failed and 2 retries are allowed").waitFor();
    // What is written as markup is text.
    await page.locator(".application-head .words", { hasText: HOSTILE }).waitFor();
    expect(await page.getByRole("tab", { name: /^Try/ }).count()).toBe(0);
    on.runs.unshift({
      id: 8,
      app: "argocd/web",
      cause: "retry",
      state: { ...SECOND, message: "starting" },
    } as SyncRun);
    on.put(SECOND);
    const tries = page.getByRole("tablist", { name: "Tries of this sync" }).getByRole("tab");
    await tries.nth(1).waitFor();
    expect(await tries.allTextContents()).toEqual(["Try 1 Failed", "Try 2 Running"]);
    expect(await lanesIn(page)).toEqual(["PreSync Succeeded 2 s", expect.stringMatching(/^Wave 5 Running /)]);
    await tries.first().click();
    await page.getByText("Try 1 took 4 s").waitFor();
    expect(await lanesIn(page)).toEqual(["PreSync Failed 3 s", "Wave 5 Not reached"]);
    await page.getByText("3 objects, the sync stopped in PreSync").waitFor();
    // What comes of the last one meanwhile is not written over the one that is looked at.
    on.put({ ...SECOND, phase: "Succeeded", message: "successfully synced", finishedAt: at(20) });
    await tries.nth(1).getByText("Succeeded").waitFor();
    expect(await lanesIn(page)).toEqual(["PreSync Failed 3 s", "Wave 5 Not reached"]);
    expect(await page.getByRole("row", { name: /manual/ }).count()).toBe(1);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "run-tries");
    await on.end();
  }, 60_000);

  test("a sync that failed is done again by its review, which shows what it will do", async () => {
    const on = await retried({ ...FIRST, message: "the hook failed" });
    await on.page.getByRole("button", { name: "Retry" }).click();
    await on.page
      .getByRole("dialog")
      .getByRole("heading", { name: /^Sync web to / })
      .waitFor();
    expect(on.control.calls.filter((call) => call.startsWith("sync "))).toEqual([]);
    await on.page.keyboard.press("Escape");
    await on.page.getByRole("dialog").waitFor({ state: "detached" });
    await on.end();
  }, 60_000);

  test("a run that is not kept is said to be none, and the last one is shown", async () => {
    const on = await retried({ ...FIRST, message: "the hook failed" });
    await on.page.goto(`${on.url}/applications/argocd/web?view=run&run=99`);
    await on.page
      .getByText("Run 99 is none of this application, or not kept any more: this is the last one.")
      .waitFor();
    await on.page.getByRole("heading", { name: "Last sync" }).waitFor();
    await on.end();
  }, 60_000);

  test("one that is older than those that are listed is shown, and none of another application", async () => {
    const kept = { id: 3, cause: "manual", state: { ...SECOND, phase: "Succeeded", message: "the third" } };
    const on = await retried({ ...FIRST, message: "the hook failed" }, [
      { ...kept, app: "argocd/web" } as SyncRun,
      { ...kept, id: 4, app: "argocd/other" } as SyncRun,
    ]);
    await on.page.goto(`${on.url}/applications/argocd/web?view=run&run=3`);
    await on.page.getByRole("heading", { name: "Run 3" }).waitFor();
    await on.page.locator(".run > .words", { hasText: "the third" }).waitFor();
    expect(await on.page.getByRole("heading", { name: "Last sync" }).count()).toBe(0);
    await on.page.goto(`${on.url}/applications/argocd/web?view=run&run=4`);
    await on.page.getByText("Run 4 is none of this application").waitFor();
    expect(await on.page.getByText("the third").count()).toBe(0);
    await on.end();
  }, 60_000);

  test("its number alone leads to it, and back to where one came from; of a number without a run that is said", async () => {
    const on = await retried({ ...FIRST, message: "the hook failed" });
    const { page, url } = on;
    await page.goto(`${url}/help`);
    await page.goto(`${url}/runs/7`);
    await page.getByRole("heading", { name: "Last sync" }).waitFor();
    expect(page.url()).toBe(`${url}/applications/argocd/web?view=run&run=7`);
    await page.goBack();
    expect(page.url()).toBe(`${url}/help`);
    await page.goto(`${url}/applications/argocd/web/runs/7`);
    await page.getByRole("heading", { name: "Last sync" }).waitFor();
    for (const none of ["99", "last", "<img src=x onerror=alert(1)>"]) {
      await page.goto(`${url}/runs/${encodeURIComponent(none)}`);
      await page.getByRole("heading", { level: 1, name: `There is no run ${none}` }).waitFor();
    }
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "run-none");
    await on.end();
  }, 60_000);
});

test("results are narrowed down by state and words, which the address keeps", async () => {
  const control = fakeControl();
  const app = running();
  control.put(app);
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?view=run`);
  await page.getByText("Results of 3 objects").click();
  const rows = page.locator(".results tbody tr");
  expect(await rows.count()).toBe(3);
  await page.getByRole("button", { name: "Waiting 1" }).click();
  await rows.nth(1).waitFor({ state: "detached" });
  expect(await rows.first().textContent()).toContain("third");
  await page.reload();
  await rows.first().waitFor();
  expect(await rows.count()).toBe(1);
  await page.getByRole("searchbox", { name: "Find in the results" }).fill("nothing is called so");
  await page.getByText("None of 3 is so.").waitFor();
  await page.getByRole("button", { name: "Show all" }).click();
  await rows.nth(2).waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

describe("many that failed for one reason", () => {
  const REASON = "exceeded quota: compute, requested: configmaps=1";
  const SAID = `one or more objects failed to apply: ${REASON}`;
  const config = (nth: number, message: string) => ({
    ...{ group: "", version: "v1", kind: "ConfigMap", namespace: "shop", name: `part-${nth}` },
    ...{ status: "SyncFailed" as const, syncPhase: "Sync" as const, message },
  });
  const failed = (nth: number): OperationState => ({
    ...{ operation: { sync: {}, initiatedBy: { automated: true } }, phase: "Failed", message: SAID },
    ...{ startedAt: at(nth * 2), finishedAt: at(nth * 2 + 1) },
    syncResult: {
      resources: [...Array(17).keys()].map((part) => config(part, REASON)).concat(config(17, "forbidden")),
    },
  });
  async function manyFailed() {
    const control = fakeControl();
    const runs = [...Array(18).keys()]
      .map((nth) => ({ id: nth + 1, app: "argocd/web", cause: "automated", state: failed(nth) }) as SyncRun)
      .reverse();
    control.runs = () => runs;
    const put = (operationState: OperationState): void =>
      control.put({
        ...fakeApp("argocd", "web"),
        status: {
          ...{
            sync: { status: "OutOfSync", comparedTo: { destination: {} } },
            health: { status: "Healthy" },
          },
          ...{ resources: [], operationState },
        },
      });
    put(failed(17));
    const api = startFakeApi(control);
    const { page, faults } = await watchedPage(browser, api.url);
    await page.goto(`${api.url}/applications/argocd/web?view=run`);
    return { page, faults, api, runs, put };
  }

  test("objects and runs are one line each with their number, which opens to name them; the reason stands once", async () => {
    const { page, faults, api } = await manyFailed();
    const lane = page.getByRole("list", { name: "Phases and waves" });
    await lane.getByText("17 ConfigMap").waitFor();
    expect(await lane.getByText(REASON).count()).toBe(1);
    await lane.getByText("forbidden").waitFor();
    expect(await lane.getByRole("link", { name: "part-3", exact: true }).isVisible()).toBe(false);
    await lane.getByText("Which they are").click();
    await lane.getByRole("link", { name: "part-3", exact: true }).waitFor();
    expect(await lane.getByRole("link").count()).toBe(18);
    const rows = page.locator(".table tbody tr", { hasText: "automated" });
    expect(await rows.count()).toBe(1);
    // The head alone says it in full: neither the run below it nor its row.
    expect(await page.getByText(SAID).count()).toBe(1);
    await rows.first().getByText("as above").waitFor();
    const more = page.getByRole("button", { name: "and 17 alike" });
    await more.focus();
    await page.keyboard.press("Enter");
    await rows.nth(17).waitFor();
    expect(await more.getAttribute("aria-expanded")).toBe("true");
    expect(await page.getByText(SAID).count()).toBe(1);
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "run-alike");
    await page.keyboard.press("Enter");
    await rows.nth(1).waitFor({ state: "detached" });
    expect(faults()).toEqual([]);
    await page.context().close();
    await api.stop();
  }, 60_000);

  test("one of them that is shown has its row, and says its reason itself; a newer one joins what is open", async () => {
    const { page, faults, api, runs, put } = await manyFailed();
    await page.goto(`${api.url}/applications/argocd/web?view=run&run=5`);
    await page.locator(".run > .words", { hasText: SAID }).waitFor();
    const rows = page.locator(".table tbody tr", { hasText: "automated" });
    expect(await rows.count()).toBe(18);
    expect(await page.locator('.table [aria-current="true"]').allTextContents()).toEqual(["5"]);
    const newest = failed(20);
    runs.unshift({ id: 19, app: "argocd/web", cause: "automated", state: newest } as SyncRun);
    put(newest);
    await rows.nth(18).waitFor();
    await page.getByRole("button", { name: "and 18 alike" }).waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
    await api.stop();
  }, 60_000);
});

test("where nothing ran yet, it says why automated sync did not", async () => {
  const control = fakeControl();
  const app = fakeApp("argocd", "web");
  const { status: _, ...bare } = app;
  control.put({ ...bare, spec: { ...app.spec, syncPolicy: { automated: { enabled: false } } } });
  const api = startFakeApi(control);
  const { page, faults } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/web?view=run`);
  await page
    .getByText("Automated sync is paused, because spec.syncPolicy.automated.enabled is false")
    .waitFor();
  expect(faults()).toEqual([]);
  await page.context().close();
  await api.stop();
}, 60_000);

describe("in the demo", () => {
  let demo: DemoWithStory;
  beforeAll(async () => {
    demo = await demoWithStory();
  }, 180_000);
  afterAll(async () => {
    await demo?.stop();
  });

  test("a hook fails, what follows is not reached, its log is read in place, and each try is a tab", async () => {
    const { page, faults } = await watchedPage(browser, demo.url);
    await page.goto(`${demo.url}/applications/argocd/ledger?view=run`);
    const tries = page.getByRole("tablist", { name: "Tries of this sync" }).getByRole("tab");
    await tries.nth(1).getByText("Failed").waitFor();
    expect(await tries.allTextContents()).toEqual(["Try 1 Failed", "Try 2 Failed"]);
    const lanes = page.getByRole("list", { name: "Phases and waves" });
    expect((await lanesIn(page)).map((head) => head.replace(/ \d+ s$/, ""))).toEqual([
      ...["PreSync -1 Succeeded", "PreSync Failed", "Wave 0 Not reached", "Wave 1 Not reached"],
      ...["PostSync Not reached", "SyncFail Succeeded"],
    ]);
    await lanes.getByText("1 hook, the sync stopped in PreSync").waitFor();
    // By keys alone: the log of the hook that failed.
    const log = lanes.getByRole("button", { name: "Log of Job migrate" });
    await log.focus();
    await page.keyboard.press("Enter");
    await page.getByText("column accounts.currency has rows that are null").waitFor();
    expect(await log.getAttribute("aria-expanded")).toBe("true");
    for (const theme of ["light", "dark"] as const) {
      await page.emulateMedia({ colorScheme: theme });
      expect(await accessibilityProblems(page)).toEqual([]);
      await screenshot(page, `run-demo-${theme}`);
    }
    await page.getByRole("button", { name: "Close the log" }).click();
    expect(new URL(page.url()).searchParams.has("log")).toBe(false);
    await tries.first().click();
    await lanes.getByText("the sync stopped in PreSync").first().waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 180_000);

  test("a hook that is suspended says what lifts it, and what waits for it", async () => {
    const { page, faults } = await watchedPage(browser, demo.url);
    await page.goto(`${demo.url}/applications/argocd/catalogue?view=run`);
    const lanes = page.getByRole("list", { name: "Phases and waves" });
    await lanes.getByText("it goes on once its spec.suspend is false").waitFor();
    await page.getByText(/^Waiting .* for hook Job approve/).waitFor();
    expect(await lanesIn(page)).toEqual([expect.stringMatching(/^PreSync Running /), "Wave 0 Waiting"]);
    await lanes.getByText("Waits for PreSync").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});
