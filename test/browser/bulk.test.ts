/** What is done to several applications from the list: reviewed first, each with what comes of it, then what the daemon answered of each. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import type { ResourceStatus } from "../../src/core/model/application.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
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
beforeEach(() => {
  control = fakeControl();
});
afterEach(() => api?.stop());

const object = (kind: string, name: string): ResourceStatus =>
  ({ group: "", version: "v1", kind, namespace: "shop", name, status: "Synced" }) as ResourceStatus;

function put(name: string, objects: readonly ResourceStatus[] = [], more: object = {}): void {
  const app = fakeApp("argocd", name, more);
  control.put({
    ...app,
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: app.spec.destination } } },
      ...{ health: { status: "Healthy" }, resources: [...objects], history: [] },
    },
  });
}

async function open(select: readonly string[], options: Parameters<typeof watchedPage>[2] = {}) {
  const watched = await watchedPage(browser, api.url, options);
  await watched.page.goto(`${api.url}/applications`);
  for (const name of select) await watched.page.getByLabel(`Select ${name}`, { exact: true }).click();
  return watched;
}
const bar = (page: Page) => page.getByRole("toolbar", { name: "Of those that are selected" });
const asked = (what: string): string[] => control.calls.filter((call) => call.startsWith(what));

describe("a deletion of several", () => {
  beforeEach(() => {
    put("api", [object("Deployment", "api"), object("Service", "api")]);
    put("db", [object("StatefulSet", "db"), object("PersistentVolumeClaim", "data")]);
    put("filed");
    control.put(control.application("argocd/filed" as never) as never, {
      ...{ from: "file", file: "apps/filed.yaml", line: 3 },
    });
    api = startFakeApi(control);
  });

  test("lists what goes, leaves out what a file has, and is typed where data goes", async () => {
    const { page, faults } = await open(["api", "db", "filed"]);
    await bar(page).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog
      .getByText("2 applications would be deleted, with 4 objects of their clusters, 1 is left as it is.")
      .waitFor();
    await dialog.getByText("with its data: PersistentVolumeClaim shop/data").waitFor();
    await dialog.getByText("it is written in apps/filed.yaml:3: take it out there").waitFor();
    await dialog.getByText("holdfast app delete argocd/api argocd/db", { exact: true }).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, "bulk-delete");
    await dialog.getByRole("button", { name: "Delete 2 and 4 objects" }).click();
    await dialog.getByText("type delete 2 to say that these may go").waitFor();
    expect(asked("remove")).toEqual([]);
    await dialog.getByLabel(/What is deleted takes data with it/).fill("delete 2");
    // Twice, as an impatient hand does.
    await dialog.getByRole("button", { name: "Delete 2 and 4 objects" }).dblclick();
    await page.getByRole("heading", { name: "Delete 2 applications: asked for" }).waitFor();
    await page.getByRole("dialog").getByText("is gone").nth(1).waitFor();
    expect(asked("remove").toSorted()).toEqual([
      "remove argocd/api foreground user:local",
      "remove argocd/db foreground user:local",
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "hidden" });
    await page.getByText("1 selected").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("that leaves the objects asks for no word, and says what the daemon refused", async () => {
    const { page, faults } = await open(["db", "api"], { expected: [404] });
    await bar(page).getByRole("button", { name: "Delete" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Leave their objects in the cluster").check();
    await dialog.getByText("is let go of; its objects stay").nth(1).waitFor();
    expect(await dialog.getByLabel(/takes data with it/).count()).toBe(0);
    // Gone, while somebody read.
    control.drop("argocd/db" as never);
    await dialog.getByRole("button", { name: "Delete 2" }).click();
    await page.getByRole("heading", { name: "Delete 2 applications: 1 not done" }).waitFor();
    const first = page.getByRole("list", { name: "What was done" }).getByRole("listitem").first();
    expect(await first.textContent()).toContain("argocd/db");
    expect(await first.textContent()).toContain("not found");
    expect(asked("remove")).toContain("remove argocd/api none user:local");
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("automated syncs", () => {
  test("are paused and resumed, of those that have them, and nothing else of the policy changes", async () => {
    put("auto");
    put("hand", [], { spec: { ...fakeApp("argocd", "hand").spec, syncPolicy: {} } });
    api = startFakeApi(control);
    const { page, faults } = await open(["auto", "hand"]);
    const resume = bar(page).getByRole("button", { name: "Resume auto-sync" });
    expect(await resume.getAttribute("aria-disabled")).toBe("true");
    await bar(page).getByRole("button", { name: "Pause auto-sync" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("1 application would be paused, 1 is left as it is.").waitFor();
    await dialog.getByText("it is synced by hand: its spec has no automated sync").waitFor();
    await dialog.getByRole("button", { name: "Pause 1" }).click();
    await page.getByText("its automated sync is paused").waitFor();
    const policy = () => control.application("argocd/auto" as never)?.spec.syncPolicy?.automated;
    expect(policy()).toEqual({ prune: true, selfHeal: true, enabled: false });
    await page.keyboard.press("Escape");
    await eventually(
      "it can be resumed",
      async () => (await resume.getAttribute("aria-disabled")) !== "true",
    );
    await resume.click();
    await dialog.getByRole("button", { name: "Resume 1" }).click();
    await page.getByText("its automated sync goes on").waitFor();
    expect(policy()).toEqual({ prune: true, selfHeal: true, enabled: true });
    expect(asked("update")).toHaveLength(2);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

describe("a selection", () => {
  beforeEach(() => {
    for (const name of ["a", "b", "c", "d", "e"]) put(name);
    api = startFakeApi(control);
  });
  const selected = (page: Page) =>
    page
      .locator(".app[aria-selected='true'] .name a")
      .evaluateAll((rows) => rows.map(({ textContent }) => textContent?.replace("argocd/", "")).join());

  test("takes ranges with Shift, all that match, and acts on what is in sight alone", async () => {
    // One that goes while it is asked what one may do with it.
    const { page, faults } = await open(["b"], { expected: [404] });
    await page.getByLabel("Select d", { exact: true }).click({ modifiers: ["Shift"] });
    await eventually("a range is selected", async () => (await selected(page)) === "b,c,d");
    await page.locator("#app-argocd-e .cell.health").click({ modifiers: ["ControlOrMeta"] });
    await eventually("one more is", async () => (await selected(page)) === "b,c,d,e");
    await page.getByLabel("Find").fill("/argocd.[cda]/");
    await page.getByText("2 selected").waitFor();
    await page.getByText("and 2 that what you look for leaves out").waitFor();
    await bar(page).getByRole("button", { name: "Select all 3" }).click();
    await page.getByText("3 selected").waitFor();
    await bar(page).getByRole("button", { name: "Refresh" }).click();
    await page.locator(".notes").getByText("3 were refreshed").waitFor();
    expect(asked("refresh").toSorted()).toEqual(
      ["a", "c", "d"].map((name) => `refresh argocd/${name} normal`),
    );
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.getByLabel("Find").fill("");
    // A box shows what is selected once it was clicked, and not a click later.
    const box = (name: string) => page.getByRole("checkbox", { name, exact: true });
    for (const name of ["Select a", "Select c", "Select d"]) {
      await box(name).uncheck();
      await box(name).check();
      await box(name).press("Space");
      expect(await box(name).isChecked()).toBe(false);
    }
    await box("Select a").check();
    await box("Select d").click({ modifiers: ["Shift"] });
    await page.getByText("4 selected").waitFor();
    expect(await box("Select c").isChecked()).toBe(true);
    // Of a range that was selected already each stays so.
    await box("Select b").click({ modifiers: ["Shift"] });
    expect(await box("Select b").isChecked()).toBe(true);
    await box("Select all 5").click();
    await page.getByText("5 selected").waitFor();
    expect(await box("Select none").isChecked()).toBe(true);
    // What is gone is selected no more.
    control.drop("argocd/e" as never);
    await page.getByText("4 selected").waitFor();
    await page.getByRole("checkbox", { name: "Select none" }).click();
    await bar(page).waitFor({ state: "hidden" });
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);
});

test("what one may do to none of them is not offered, and says why; to some of them, the review says of which not", async () => {
  for (const name of ["mine", "theirs"]) put(name);
  const lines = ["applications, get, */*, allow", "applications, sync, default/mine, allow"];
  const policy = new AccessPolicy({
    lines: [
      ...BUILTIN_POLICY,
      ...parsePolicy(lines.map((line) => `p, ann, ${line}`).join("\n"), "policy.csv").lines,
    ],
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  const asker = () => askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);
  api = startFakeApi(control, { who: () => ({ is: "known", by: "header", asker: asker() }) });
  const { page, faults } = await open(["mine", "theirs"]);
  const remove = bar(page).getByRole("button", { name: "Delete" });
  await eventually("it is not offered", async () => (await remove.getAttribute("aria-disabled")) === "true");
  expect(await remove.getAttribute("title")).toBe(
    "ann may not applications, delete: no line of the policy gives it",
  );
  await bar(page).getByRole("button", { name: "Review & sync" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("ann may not applications, sync: no line of the policy gives it").waitFor();
  await dialog.getByRole("button", { name: "Sync 1" }).click();
  await page.getByRole("heading", { name: "Sync 1 application: asked for" }).waitFor();
  expect(asked("sync")).toEqual(["sync argocd/mine user:ann"]);
  expect(faults()).toEqual([]);
  await page.context().close();
}, 60_000);
