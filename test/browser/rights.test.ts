/** The page of somebody who may look and no more: what is refused is not offered, says why, and is refused all the same. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { AccessPolicy } from "../../src/core/access/access-policy.ts";
import { askerOf } from "../../src/core/access/asker.ts";
import { BUILTIN_POLICY } from "../../src/core/access/builtin-policy.ts";
import { parsePolicy } from "../../src/core/access/policy-text.ts";
import { type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, startBrowser, type Watched, watchedPage } from "../lib/browser.ts";
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

/** @param lines of the policy, for ann */
function served(lines: readonly string[]): void {
  control = fakeControl();
  const status = {
    ...{ sync: { status: "OutOfSync" as const, comparedTo: { destination: {} } } },
    ...{ health: { status: "Healthy" as const }, resources: [], history: [] },
  };
  control.put({ ...fakeApp("argocd", "web"), status });
  const policy = new AccessPolicy({
    lines: [
      ...BUILTIN_POLICY,
      ...parsePolicy(lines.map((line) => `p, ann, ${line}`).join("\n"), "policy.csv").lines,
    ],
    ...{ projects: new Map(), matchMode: "glob" as const, defaultRole: undefined },
  });
  const asker = () => askerOf({ actor: "user:ann", subject: { name: "ann", groups: [] } }, () => policy);
  api = startFakeApi(control, { who: () => ({ is: "known", by: "header", asker: asker() }) });
}

async function open(expected: number[] = []): Promise<Watched> {
  const watched = await watchedPage(browser, api.url, { expected });
  await watched.page.goto(`${api.url}/applications/argocd/web`);
  await watched.page.getByRole("heading", { level: 1, name: "web" }).waitFor();
  return watched;
}
const button = (page: Page) => page.getByRole("button", { name: "Review & sync web" });

describe("an application of which one may", () => {
  test("look: a sync is not offered, and why stands on it; the daemon refuses one too", async () => {
    served(["applications, get, */*, allow"]);
    const { page, faults } = await open();
    await page.locator('button[aria-disabled="true"][title]').waitFor();
    expect(await button(page).getAttribute("title")).toBe(
      "ann may not applications, sync: no line of the policy gives it",
    );
    await button(page).click({ force: true });
    expect(await page.getByRole("dialog").count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    const reply = await fetch(`${api.url}/api/v1/applications/web/sync`, {
      ...{ method: "POST", body: "{}", headers: { "content-type": "application/json" } },
    });
    expect([reply.status, control.calls, faults()]).toEqual([403, [], []]);
    await page.context().close();
  }, 60_000);

  test("sync: it is offered, with the same for the command line beside it", async () => {
    served(["applications, get, */*, allow", "applications, sync, default/web, allow"]);
    const watched = await watchedPage(browser, api.url);
    const { page, faults } = watched;
    const answered = page.waitForResponse(/\/rights$/);
    await page.goto(`${api.url}/applications/argocd/web`);
    await answered;
    expect(await button(page).getAttribute("aria-disabled")).not.toBe("true");
    await button(page).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("holdfast app sync argocd/web", { exact: true }).waitFor();
    await dialog.getByText("Advanced", { exact: true }).click();
    await dialog.getByLabel(/^Rehearse: ask the cluster, write nothing/).check();
    await dialog.getByText("holdfast app sync argocd/web --dry-run", { exact: true }).waitFor();
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await dialog.getByRole("button", { name: "Copy as CLI" }).click();
    await page.locator(".notes .note").getByText("Copied: holdfast app sync argocd/web --dry-run").waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      "holdfast app sync argocd/web --dry-run",
    );
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("nobody says what: where the rights cannot be asked, all is offered, and refused where it is", async () => {
    served(["applications, get, */*, allow"]);
    const watched = await watchedPage(browser, api.url, { expected: [500, 403] });
    const { page } = watched;
    await page.route("**/rights", (route) => route.fulfill({ status: 500, body: "{}" }));
    await page.goto(`${api.url}/applications/argocd/web`);
    await button(page).click();
    await page.getByRole("dialog").getByRole("button", { name: "Sync", exact: true }).click();
    await page
      .getByRole("dialog")
      .getByText(/permission denied: applications, sync/)
      .waitFor();
    // A plan is a look.
    expect(control.calls.filter((call) => !call.startsWith("plan "))).toEqual([]);
    await page.context().close();
  }, 60_000);
});
