/** Links that templates make: in an application's head, an object's panel and on a project, in a tab of their own. */
import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import { evaluateLinks } from "../../src/core/links/evaluate-links.ts";
import { linkData } from "../../src/core/links/link-data.ts";
import type { DeepLinks } from "../../src/core/model/deep-link.ts";
import type { LinkDesk } from "../../src/core/ports/link-desk.ts";
import { fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
import { type FakeApi, startFakeApi } from "../lib/fake-api.ts";
import { templateEngine } from "../lib/template-engine.ts";

let browser: Browser;
let api: FakeApi;
let templates: Awaited<ReturnType<typeof templateEngine>>;

beforeAll(async () => {
  browser = await startBrowser();
  templates = await templateEngine();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  templates?.remove();
});
afterEach(() => api?.stop());

const LINKS: DeepLinks = {
  application: [
    { title: "Logs <b>of</b> {{ .app }}", url: "https://logs.example.com/{{ .app.metadata.name | upper }}" },
    { title: "Runbook", url: "https://wiki.example.com/{{ .app.metadata.labels.nobody }}" },
    { title: "Script", url: "javascript:alert(1)" },
    { title: "Hidden", url: "https://hidden.example.com", condition: "false" },
  ],
  resource: [
    {
      title: "Traces",
      url: "https://traces.example.com/{{ .resource.metadata.name }}",
      description: "of the last hour",
    },
    { title: "Cost", url: "https://cost.example.com", condition: "resource.cost > 1" },
  ],
  project: [{ title: "Audit", url: "mailto:audit@example.com?subject={{ .project.metadata.name }}" }],
};

function served(links: DeepLinks = LINKS): void {
  const control = fakeControl();
  const resource = {
    group: "apps",
    version: "v1",
    kind: "Deployment",
    namespace: "shop",
    name: "web",
    status: "Synced",
  };
  control.put({
    ...fakeApp("argocd", "shop"),
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [resource], history: [], summary: { externalURLs: ["https://shop.example.com/"] } },
    } as never,
  });
  control.put({
    ...fakeApp("argocd", "bad"),
    status: {
      ...{ sync: { status: "Synced", comparedTo: { destination: {} } }, health: { status: "Healthy" } },
      ...{ resources: [], history: [], summary: { externalURLs: ["javascript:alert(1)"] } },
    } as never,
  });
  const desk: LinkDesk = {
    linksAt: (place, { app, resource: object, project: name }) =>
      evaluateLinks(
        links[place],
        linkData({ app, resource: object, project: { metadata: { name } } as never }),
        templates.engine,
        0,
      ),
  };
  api = startFakeApi(control, { links: desk });
}

const LEADS = { target: "_blank", rel: "noopener noreferrer" };

async function leads(page: Page, name: string): Promise<Record<string, string | null>> {
  const link = page.getByRole("link", { name, exact: true });
  return {
    href: await link.getAttribute("href"),
    target: await link.getAttribute("target"),
    rel: await link.getAttribute("rel"),
  };
}

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 390 },
] as const)(
  "the head, an object and a project lead where templates say: $scheme, $width wide",
  async ({ scheme, width }) => {
    served();
    const { page, faults } = await watchedPage(browser, api.url, { scheme, width });
    await page.goto(`${api.url}/applications/argocd/shop`);
    await page.getByRole("button", { name: "Open what belongs to shop" }).click();
    const items = page.getByRole("menuitem");
    await items.nth(3).waitFor();
    expect(await items.locator(".what").allTextContents()).toEqual([
      "shop.example.com",
      "Logs <b>of</b> {{ .app }}",
      "Runbook",
      "Script",
    ]);
    expect(await items.nth(2).textContent()).toContain("its url names something that is not there");
    expect(await items.nth(3).textContent()).toContain("none of http, https or mailto");
    expect(await items.nth(3).getAttribute("aria-disabled")).toBe("true");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `links-open-${scheme}-${width}`);
    await page.keyboard.press("Escape");

    await page.goto(`${api.url}/applications/argocd/shop?node=apps/Deployment/shop/web&tab=summary`);
    await page.getByRole("link", { name: "Traces" }).waitFor();
    expect(await leads(page, "Traces")).toEqual({ href: "https://traces.example.com/web", ...LEADS });
    await page.getByText(/Cost: no link here, its condition comes to nothing/).waitFor();
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `links-resource-${scheme}-${width}`);

    await page.goto(`${api.url}/projects/default`);
    await page.getByRole("link", { name: "Audit" }).waitFor();
    expect(await leads(page, "Audit")).toEqual({
      href: "mailto:audit@example.com?subject=default",
      ...LEADS,
    });
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `links-project-${scheme}-${width}`);
    expect(faults()).toEqual([]);
  },
  120_000,
);

test.each([
  { scheme: "light", width: 1440 },
  { scheme: "dark", width: 390 },
] as const)(
  "a row leads to what is served, and no row to what is no address of the web: $scheme, $width wide",
  async ({ scheme, width }) => {
    served();
    const { page, faults } = await watchedPage(browser, api.url, { scheme, width });
    await page.goto(`${api.url}/applications`);
    const link = page.getByRole("link", { name: "Open what shop serves" });
    await link.waitFor();
    expect([await link.getAttribute("href"), await link.getAttribute("rel")]).toEqual([
      "https://shop.example.com/",
      LEADS.rel,
    ]);
    const { width: wide = 0, height = 0 } = (await link.boundingBox()) ?? {};
    expect([wide >= 24, height >= 24]).toEqual([true, true]);
    expect(await page.getByRole("link", { name: "Open what bad serves" }).count()).toBe(0);
    // It opens beside: the list stays where it is.
    const [other] = await Promise.all([page.context().waitForEvent("page"), link.click()]);
    await other.close();
    expect(new URL(page.url()).pathname).toBe("/applications");
    expect(new URL(page.url()).search).toBe("");
    expect(await accessibilityProblems(page)).toEqual([]);
    await screenshot(page, `links-list-${scheme}-${width}`);
    expect(faults()).toEqual([]);
  },
  60_000,
);

test("where one alone is there it is a link, and where none is nothing is drawn", async () => {
  served({ application: [], resource: [], project: [] });
  const { page } = await watchedPage(browser, api.url);
  await page.goto(`${api.url}/applications/argocd/shop`);
  await page.getByRole("link", { name: "Open shop.example.com" }).waitFor();
  expect(await leads(page, "Open shop.example.com")).toEqual({ href: "https://shop.example.com/", ...LEADS });
  await page.goto(`${api.url}/projects/default`);
  await page.getByRole("heading", { name: "When syncs are permitted" }).waitFor();
  expect(await page.getByRole("heading", { name: "Links" }).count()).toBe(0);
}, 60_000);
