/** What differs of many applications: the same change once, what failed beside it, and the way to their review. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { largeDiff } from "../../bench/ui-estate.ts";
import { Failure } from "../../src/core/model/failure.ts";
import type { ManagedResource } from "../../src/engine/control.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshots, startBrowser, watchedPage } from "../lib/browser.ts";
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

const [LARGE] = largeDiff(3) as [ManagedResource];
const step = (name: string, live: string, desired: string): ManagedResource => ({
  ...LARGE,
  ref: { group: "apps", kind: "Deployment", namespace: "shop", name },
  fields: [{ path: `spec.template.spec.containers[name=${name}].image`, live, desired }],
});

function start() {
  const control = fakeControl();
  const put = (name: string, sync: "OutOfSync" | "Synced"): void =>
    control.put({
      ...fakeApp("argocd", name),
      status: {
        ...{ sync: { status: sync, comparedTo: { destination: {} } }, health: { status: "Healthy" } },
        ...{ resources: [], history: [] },
      },
    } as never);
  for (const name of ["one", "two", "three", "broken"]) put(name, "OutOfSync");
  put("synced", "Synced");
  control.managedResources = async (key) => {
    const name = key.replace("argocd/", "");
    if (name === "broken")
      throw new Failure("cluster-unreachable", `Application ${key}`, "backoff", {
        cannot: "compare it",
        why: "<b>the cluster</b> does not answer",
      });
    const step14 = step(name, `r.io/${name}:1.4`, `r.io/${name}:1.5`);
    const other = step(name, "r.io/x:1", "<img src=x onerror=alert(1)>\u202e:2");
    return { is: "found", value: name === "three" ? [other] : [step14] };
  };
  api = startFakeApi(control);
  return control;
}

describe("what differs of many", () => {
  test.each([
    { scheme: "light", width: 1440 },
    { scheme: "dark", width: 390 },
    { scheme: "light", width: 320 },
  ] as const)(
    "the same change stands once, and is selected and reviewed as one: $scheme $width",
    async (look) => {
      start();
      const { page, faults } = await watchedPage(browser, api.url, look);
      page.setDefaultTimeout(15_000);
      await page.goto(`${api.url}/applications`);
      await page.getByRole("link", { name: "What differs of those that are out of sync" }).click();
      await page.getByText("4 applications compared, 2 changes.").waitFor();
      const changes = page.getByRole("list", { name: "Changes" });
      expect(await changes.locator("summary").allTextContents()).toEqual([
        "2 applicationsDeployment: image 1.4 → 1.5",
        "argocd/threeDeployment: image r.io/x:1 → <img src=x onerror=alert(1)>U+202E:2",
      ]);
      await page.getByText("1 could not be compared").waitFor();
      await page.getByText("<b>the cluster</b> does not answer").waitFor();
      await changes.locator("summary").first().click();
      expect(await changes.getByRole("link").first().getAttribute("href")).toBe(
        "/applications/argocd/one?view=diff",
      );
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(look.width);
      await page.screenshot({ path: join(screenshots, `fleet-${look.scheme}-${look.width}.png`) });
      await page.getByRole("checkbox", { name: "Select Deployment: image 1.4 → 1.5" }).check();
      await page.getByRole("button", { name: "Review & sync" }).click();
      const sheet = page.getByRole("dialog");
      await sheet.getByText("argocd/one").first().waitFor();
      expect(await sheet.getByText("argocd/three").count()).toBe(0);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );

  test("a query narrows it, one that cannot be read is refused, and an application that went is no fault", async () => {
    const control = start();
    const asked = async (q: string): Promise<{ status: number; lines: { is: string }[] }> => {
      const reply = await fetch(`${api.url}/api/holdfast/v1/fleet/diff?${new URLSearchParams({ q })}`);
      const text = await reply.text();
      return {
        status: reply.status,
        lines: reply.ok ? text.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])) : [],
      };
    };
    expect((await asked("/argocd.(one|synced)/")).lines).toMatchObject([
      { is: "begin", applications: 1 },
      { is: "application", application: "argocd/one" },
      { is: "end" },
    ]);
    expect((await asked("/(/")).status).toBe(400);
    control.managedResources = async () => ({ is: "absent" });
    expect((await asked("/argocd.one/")).lines.map(({ is }) => is)).toEqual(["begin", "gone", "end"]);
  });
});
