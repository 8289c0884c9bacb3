/** An application, changed on the page: previewed, written, and refused where somebody else was faster. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Locator, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import type { AppOrigin } from "../../src/engine/control.ts";
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
afterEach(() => api?.stop());

const WEB: Application = {
  ...fakeApp("argocd", "web"),
  spec: {
    ...fakeApp("argocd", "web").spec,
    source: {
      ...{ repoURL: "https://github.com/shop/deploy.git", path: "web", targetRevision: "main" },
      kustomize: { images: ["shop/web=ghcr.io/shop/web:2.4.1"] },
    },
  },
  status: {
    sync: { status: "Synced", comparedTo: { destination: {} }, revision: "1".repeat(40) },
    ...{ health: { status: "Healthy" }, sourceType: "Kustomize", resources: [], history: [] },
  } as never,
};
const written = (): Application => control.application("argocd/web" as never) as Application;
const button = (page: Page, name: string): Locator => page.getByRole("button", { name, exact: true });
const yaml = (page: Page): Locator => page.getByLabel("The application as it is to be", { exact: true });
const revision = (page: Page): Locator => page.getByLabel("Revision", { exact: true });
/** Somebody else writes it. */
const meanwhile = (change: (app: Application) => void): void => {
  const app = structuredClone(written());
  change(app);
  control.put(app);
};

async function open(
  options: Parameters<typeof watchedPage>[2] = {},
  origin: AppOrigin = { from: "api" },
  query = "&edit=yes",
) {
  control = fakeControl();
  control.put(WEB, origin);
  api = startFakeApi(control);
  const watched = await watchedPage(browser, api.url, { expected: [400, 403, 404, 501], ...options });
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=config${query}`);
  return watched;
}

describe("the edit of an application", () => {
  test("is opened by keys, previews the patch and the cluster, and writes what was seen", async () => {
    const { page, faults } = await open({}, { from: "api" }, "");
    await button(page, "Edit").focus();
    await page.keyboard.press("Enter");
    await eventually("the first field has the focus", () =>
      revision(page).evaluate((one) => document.activeElement === one),
    );
    await revision(page).fill("v2");
    // All that the form of a new one has is here as well.
    expect(await page.getByLabel("Project", { exact: true }).inputValue()).toBe("default");
    expect(await page.getByLabel("Cluster", { exact: true }).inputValue()).not.toBe("");
    await page.getByLabel("Folder", { exact: true }).fill("deploy/web");
    await page.getByLabel("Images", { exact: true }).fill("shop/web=ghcr.io/shop/web:2.5.0");
    expect(await yaml(page).inputValue()).toContain("targetRevision: v2");
    expect(await button(page, "Save").getAttribute("aria-disabled")).toBe("true");
    await button(page, "Preview the change").click();
    await page.getByRole("list", { name: "What its next sync would do" }).waitFor();
    expect(await page.locator(".would dt").allTextContents()).toEqual([
      "spec.source.path",
      "spec.source.targetRevision",
      "spec.source.kustomize.images",
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(written().spec.source?.targetRevision).toBe("main");
    await button(page, "Save").click();
    await page.getByText("web was changed").waitFor();
    expect(written().spec).toMatchObject({
      ...{ project: "default", destination: WEB.spec.destination },
      source: {
        path: "deploy/web",
        targetRevision: "v2",
        kustomize: { images: ["shop/web=ghcr.io/shop/web:2.5.0"] },
      },
    });
    expect(new URL(page.url()).searchParams.get("edit")).toBeNull();
    await eventually("Edit has it again", () =>
      button(page, "Edit").evaluate((one) => document.activeElement === one),
    );
    expect(control.calls.filter((call) => call.startsWith("update"))).toHaveLength(1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("takes YAML and fields as one document, and says at its line what cannot be", async () => {
    const { page } = await open();
    const text = await yaml(page).inputValue();
    await yaml(page).fill(text.replace("project: default", "project: 7"));
    await button(page, "Preview the change").waitFor();
    expect(await button(page, "Preview the change").getAttribute("title")).toMatch(
      /^Line \d+: spec\.project/,
    );
    await yaml(page).fill(text.replace("name: web\n", "name: other\n"));
    expect(await button(page, "Preview the change").getAttribute("title")).toContain(
      "metadata.name is fixed",
    );
    await yaml(page).fill(text.replace("targetRevision: main", "targetRevision: v9"));
    expect(await revision(page).inputValue()).toBe("v9");
    // What was previewed is what is written: a letter more, and it is previewed again.
    await button(page, "Preview the change").click();
    await page.getByRole("list", { name: "What its next sync would do" }).waitFor();
    await revision(page).fill("v10");
    expect(await button(page, "Save").getAttribute("aria-disabled")).toBe("true");
    await page.getByText("It was changed since the preview.").waitFor();
    await page.context().close();
  }, 60_000);

  test("tells what somebody else changed meanwhile, keeps it, and refuses the same field", async () => {
    const { page } = await open();
    await revision(page).fill("v2");
    meanwhile((app) => void (app.spec.project = "team"));
    const told = page.getByRole("status", { name: "Changed meanwhile" });
    await told.getByText("What they changed stays.").waitFor();
    expect(await told.locator("dt").allTextContents()).toEqual(["spec.project"]);
    await button(page, "Preview the change").click();
    await page.getByRole("list", { name: "What its next sync would do" }).waitFor();
    await button(page, "Save").click();
    await page.getByText("web was changed").waitFor();
    expect(written().spec).toMatchObject({ project: "team", source: { targetRevision: "v2" } });
    await button(page, "Edit").click();
    await revision(page).fill("v3");
    meanwhile((app) => void (app.spec.source = { ...app.spec.source!, targetRevision: "v4" }));
    await told.getByText("yours is not written", { exact: false }).waitFor();
    expect(await button(page, "Preview the change").getAttribute("aria-disabled")).toBe("true");
    await screenshot(page, "config-edit-clash");
    await button(page, "Begin anew with what is there now").click();
    await eventually("v4", async () => (await revision(page).inputValue()) === "v4");
    await page.context().close();
  }, 60_000);

  test("is refused by the daemon where it was overtaken before the page heard of it", async () => {
    const { page } = await open();
    await revision(page).fill("v2");
    await button(page, "Preview the change").click();
    await page.getByRole("list", { name: "What its next sync would do" }).waitFor();
    // At the very moment at which it is sent.
    await page.route("**/api/v1/applications/web**", async (route) => {
      if (route.request().method() === "PATCH")
        meanwhile((app) => void (app.spec.source = { ...app.spec.source!, targetRevision: "v4" }));
      await route.continue();
    });
    await button(page, "Save").click();
    await page
      .getByRole("alert")
      .getByText("test of /spec/source/targetRevision failed", { exact: false })
      .waitFor();
    expect(written().spec.source?.targetRevision).toBe("v4");
    expect(await revision(page).inputValue()).toBe("v2");
    await page.context().close();
  }, 60_000);

  test.each([
    [{ from: "file", file: "apps/web.yaml", line: 3 }, "It is written in apps/web.yaml:3: change it there"],
    [{ from: "parent", set: "argocd/shops" }, "ApplicationSet argocd/shops makes it: change it there"],
    [{ from: "parent", parent: "argocd/root" }, "Application argocd/root renders it: change it in its files"],
  ] as [AppOrigin, string][])(
    "is not offered where something else writes it: %o",
    async (origin, why) => {
      // Nor to whoever has the address of the form.
      const { page } = await open({}, origin);
      await button(page, "Edit").waitFor();
      expect(await button(page, "Edit").getAttribute("title")).toBe(why);
      expect(await yaml(page).count()).toBe(0);
      await page.context().close();
    },
    60_000,
  );

  test.each([
    { width: 1440, scheme: "dark" },
    { width: 390, scheme: "light" },
    { width: 320, scheme: "dark" },
  ] as const)(
    "is drawn $width wide, $scheme",
    async ({ width, scheme }) => {
      const { page, faults } = await open({ width, scheme, height: 900 });
      await revision(page).fill("v2");
      await button(page, "Preview the change").click();
      await page.getByRole("list", { name: "What its next sync would do" }).waitFor();
      await screenshot(page, `config-edit-${width}-${scheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});
