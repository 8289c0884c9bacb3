/** How an application is set up, on the page: what is said of it, where that leads, and when it may be synced. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { Browser, Page } from "playwright-core";
import type { Application } from "../../src/core/model/application.ts";
import type { ApplicationValues } from "../../src/core/model/source-values.ts";
import type { AppOrigin } from "../../src/engine/control.ts";
import { COMMIT, type FakeControl, fakeApp, fakeControl } from "../fakes/fake-control.ts";
import { fakeImages } from "../fakes/fake-images.ts";
import { accessibilityProblems, screenshot, startBrowser, watchedPage } from "../lib/browser.ts";
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

const HOUR = 3_600_000;

const WEB: Application = {
  ...fakeApp("argocd", "web"),
  metadata: {
    ...{ namespace: "argocd", name: "web", labels: { team: "shop", tier: "front" } },
    annotations: {
      "link.argocd.argoproj.io/dashboard": "Grafana|https://grafana.example.com/d/shop",
      "link.argocd.argoproj.io/evil": "Click me|javascript:alert(document.domain)",
      "notice.argocd.argoproj.io/content": "Moves to <b>eu-2</b> on Friday & Saturday.",
      "notice.argocd.argoproj.io/severity": "warning",
      "notice.argocd.argoproj.io/url": "javascript:alert(1)",
    },
  },
  spec: {
    ...{ project: "default", destination: { name: "in-cluster", namespace: "shop" } },
    sources: [
      {
        ...{ repoURL: "git@github.com:shop/deploy.git", path: "apps/web", targetRevision: "main" },
        helm: {
          ...{ releaseName: "web", valueFiles: ["values.yaml", "$values/prod.yaml"] },
          parameters: [{ name: "image.tag", value: "1.29" }],
          valuesObject: { replicaCount: 3, ingress: { enabled: true, host: "shop.example.com" } },
        },
      },
      { repoURL: "https://git.example.com/values.git", targetRevision: "v3", ref: "values" },
    ],
    syncPolicy: {
      ...{
        automated: { prune: true, selfHeal: true },
        syncOptions: ["CreateNamespace=true", "PruneLast=true"],
      },
      retry: { limit: 5, backoff: { duration: "10s", factor: 2, maxDuration: "5m" } },
    },
    ignoreDifferences: [{ group: "apps", kind: "Deployment", jsonPointers: ["/spec/replicas"] }],
    info: [{ name: "Runbook", value: "https://wiki.example.com/web" }],
  },
  status: {
    sync: {
      ...{ status: "Synced", comparedTo: { destination: {} } },
      revisions: [COMMIT, "1".repeat(40)],
    },
    ...{ health: { status: "Healthy" }, sourceTypes: ["Helm", ""], resources: [], history: [] },
    summary: { images: ["docker.io/library/nginx:1.29", "ghcr.io/shop/web:2.4.1"] },
  } as never,
};

const KUSTOMIZED: ApplicationValues = {
  places: [{ repoURL: "https://github.com/example/shop.git", revision: COMMIT, ref: "" }],
  sources: [
    {
      source: 0,
      layers: [
        { is: "file", ref: "", path: "overlay/kustomization.yaml", state: "read" },
        { is: "file", ref: "", path: "base/kustomization.yaml", state: "read" },
        { is: "spec", state: "read" },
      ],
      values: [
        {
          ...{ path: ["images", "nginx"], is: "given", layer: 2, value: "nginx:1.29" },
          was: [{ layer: 0, line: 6, value: "nginx:1.27" }],
        },
        { path: ["../base", "namePrefix"], is: "given", layer: 1, line: 3, value: "a-", was: [] },
      ],
      total: 2,
      charts: [],
    },
  ],
};

interface Opening {
  app?: Application;
  origin?: AppOrigin;
  windows?: Parameters<FakeControl["setWindows"]>[0];
  how?: Parameters<typeof watchedPage>[2];
  query?: string;
  values?: ApplicationValues;
  api?: Parameters<typeof startFakeApi>[1];
}

async function open({
  app = WEB,
  origin = { from: "api" },
  windows,
  how = {},
  query = "",
  values,
  ...more
}: Opening = {}) {
  control = fakeControl();
  control.put(app, origin);
  if (windows !== undefined) control.setWindows(windows);
  if (values !== undefined) control.values = async () => ({ is: "found", value: values });
  api = startFakeApi(control, more.api);
  const watched = await watchedPage(browser, api.url, how);
  watched.page.setDefaultTimeout(20_000);
  await watched.page.goto(`${api.url}/applications/argocd/web?view=config${query}`);
  await watched.page.locator(".config h2").first().waitFor();
  return watched;
}

/** What is said of a name in a part of the page. */
const fact = (page: Page, part: string, name: string): Promise<string[]> =>
  page
    .getByRole("region", { name: part, exact: true })
    .locator("dl > div", { has: page.getByText(name, { exact: true }) })
    .locator("dd")
    .allTextContents();

const WINDOWS: Parameters<FakeControl["setWindows"]>[0] = {
  windows: [
    {
      window: {
        kind: "deny",
        schedule: "0 22 * * *",
        duration: "8h",
        timeZone: "Europe/Berlin",
        manualSync: true,
      },
      ...{ is: "open", changesAt: Date.now() + 5 * HOUR },
    },
  ],
  manual: { may: "sync" },
  automated: { may: "not", why: "the deny window is open", until: Date.now() + 5 * HOUR },
};

describe("Config", () => {
  test("says what an application delivers, from where to where and how, and leads to it", async () => {
    const { page, faults } = await open();
    expect(await fact(page, "Source 1 of 2", "Revision")).toEqual(["main is now 9f2e1aa"]);
    expect(await fact(page, "Source 1 of 2", "Value files")).toEqual(["values.yaml", "$values/prod.yaml"]);
    expect(await fact(page, "Policy", "Syncs")).toEqual(["by itself at each commit"]);
    expect(await fact(page, "Policy", "Options")).toHaveLength(2);
    expect(await fact(page, "Images", "Deployed")).toHaveLength(2);
    const leadsTo = (words: string) =>
      page
        .getByRole("region", { name: "Delivers to", exact: true })
        .getByRole("link", { name: words, exact: true })
        .getAttribute("href");
    expect([await leadsTo("in-cluster"), await leadsTo("default")]).toEqual([
      ...["/clusters/in-cluster", "/projects/default"],
    ]);
    const leads = page.getByRole("link", { name: "Open Grafana" });
    expect(await leads.getAttribute("href")).toBe("https://grafana.example.com/d/shop");
    const links = await page
      .locator(".config dl a[target=_blank]")
      .evaluateAll((all) => all.map((one) => one.getAttribute("href")));
    expect(links).toEqual([
      "https://github.com/shop/deploy",
      `https://github.com/shop/deploy/commit/${COMMIT}`,
      `https://github.com/shop/deploy/tree/${COMMIT}/apps/web`,
      "https://git.example.com/values",
      "https://grafana.example.com/d/shop",
      "https://wiki.example.com/web",
    ]);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("shows what annotations say as text, and leads to pages of the web alone", async () => {
    const { page } = await open();
    const notice = page.locator(".words", { hasText: "Moves to" });
    expect(await notice.textContent()).toBe("Warning Moves to <b>eu-2</b> on Friday & Saturday.");
    expect(await page.locator("[href^='javascript:']").count()).toBe(0);
    await page.context().close();
  }, 60_000);

  test.each([
    [{ from: "api" }, "Made by the API, and kept by the daemon."],
    [{ from: "file", file: "apps/web.yaml", line: 3 }, "Written in apps/web.yaml:3: edit it there."],
    [{ from: "cluster", cluster: "prod" }, "A custom resource of cluster prod; a change is written there."],
    [{ from: "parent", set: "argocd/shops" }, "ApplicationSet argocd/shops makes it: edit its template."],
    [{ from: "parent", parent: "argocd/root" }, "Application argocd/root renders it: edit it in Git."],
  ] as [AppOrigin, string][])(
    "says who manages it: %o",
    async (origin, words) => {
      const { page } = await open({ origin });
      await page.locator(".managed > p").first().getByText(words.slice(0, 12)).waitFor();
      await page.waitForFunction(
        (wanted) => document.querySelector(".managed > p")?.textContent === wanted,
        words,
      );
      await page.context().close();
    },
    60_000,
  );

  test("has the badge as texts for a README, by the address at which browsers reach the daemon", async () => {
    const settings = () => ({
      ...{ url: "https://cd.example.com", installationID: "", namespaces: "others-too" as const },
      ...{ impersonation: "off" as const, kustomize: { buildOptions: [], versions: [] } },
      ...{ plugins: [], trust: [], badges: ["default/web"] },
    });
    const { page, faults } = await open({ api: { settings } });
    const badge = page.getByRole("region", { name: "Badge" });
    const image = badge.getByRole("img");
    await image.waitFor();
    expect(
      await image.evaluate((one: HTMLImageElement) => one.decode().then(() => one.naturalWidth > 0)),
    ).toBe(true);
    expect(await badge.locator("code").allTextContents()).toEqual([
      "[![web](https://cd.example.com/api/badge?name=web&namespace=argocd&revision=true)](https://cd.example.com/applications/argocd/web)",
      '<a href="https://cd.example.com/applications/argocd/web"><img src="https://cd.example.com/api/badge?name=web&#38;namespace=argocd&#38;revision=true" alt="web"></a>',
    ]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("values say where each comes from and what was there before, and are found by words", async () => {
    const { page, faults } = await open();
    const part = page.getByRole("region", { name: "Values", exact: true });
    const names = (): Promise<string[]> => part.locator("tbody td:first-child").allTextContents();
    await part.getByRole("table").waitFor();
    expect(await names()).toEqual(["image.tag", "replicas", "database.password", "service.annotations"]);
    const row = (name: string) => part.locator("tbody tr", { hasText: name });
    expect(await row("database.password").locator("td").nth(1).textContent()).toStartWith("encrypted in Git");
    expect(await row("service.annotations").getByRole("link").first().getAttribute("href")).toBe(
      `https://github.com/example/shop/blob/${COMMIT}/charts/web/values-prod.yaml#L8`,
    );
    await row("image.tag").getByText("Was 2 others before").click();
    expect(await row("image.tag").locator("details div").allTextContents()).toEqual([
      "v2.4.0 · charts/web/values-prod.yaml:3",
      "latest · chart's default, line 4",
    ]);
    await part.getByText("holdfast app values argocd/web --changed").waitFor();
    await screenshot(page, "config-values");
    await part.getByRole("button", { name: "Without defaults of charts" }).click();
    await page.waitForURL(/values=all/);
    await part.getByText("All 6 values").waitFor();
    await part.getByLabel("Find in the values").fill("ghcr");
    await part.getByText("1 of 6 values").waitFor();
    expect(await names()).toEqual(["image.repository"]);
    await page.reload();
    await part.getByText("1 of 6 values").waitFor();
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("images that are kept up to date say what runs, what would be next and why not, and are updated now", async () => {
    const images = fakeImages(["argocd/web"]);
    const { page, faults } = await open({ api: { images } });
    const part = page.getByRole("region", { name: "Images", exact: true });
    await part.getByText("update available").waitFor();
    expect(await fact(page, "Images", "Kept up to date")).toEqual([
      "ghcr.io/team/web by semver ~1.0: update available",
      "runs 1.0.0, next is 1.0.10; allowed are 1.0.10, 1.0.9",
    ]);
    expect(await fact(page, "Images", "Written to")).toEqual([
      "web/kustomization.yaml of https://git.example.com/team/shop (main, by images-web)",
    ]);
    expect((await fact(page, "Images", "Last update"))[0]).toContain("ghcr.io/team/web 0.9.0 → 1.0.0");
    expect(await accessibilityProblems(page)).toEqual([]);
    await part.getByRole("button", { name: "Update images now" }).click();
    await page.getByText("Written: ghcr.io/team/web 1.0.0 → 1.0.10").waitFor();
    expect(images.asked).toMatchObject([{ apps: ["argocd/web"], mode: "write" }]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("where none is kept up to date nothing is offered", async () => {
    const { page } = await open({ api: { images: fakeImages([]) } });
    const part = page.getByRole("region", { name: "Images", exact: true });
    await part.getByText("ghcr.io/shop/web:2.4.1").waitFor();
    expect(await part.getByRole("button").count()).toBe(0);
    await page.context().close();
  }, 60_000);

  test("settings of a kustomization stand there too, and defaults of charts are not spoken of", async () => {
    const { page, faults } = await open({
      app: { ...WEB, status: { ...WEB.status, sourceTypes: ["Kustomize", ""] } as never },
      values: KUSTOMIZED,
    });
    const part = page.getByRole("region", { name: "Values", exact: true });
    await part.getByText("All 2 values.").waitFor();
    expect(await part.locator("tbody tr").allTextContents()).toEqual([
      expect.stringMatching(/^images\.nginxnginx:1\.29.*the application$/),
      expect.stringMatching(/^"\.\.\/base"\.namePrefixa-.*base\/kustomization\.yaml:3$/),
    ]);
    expect(await part.getByRole("button", { name: "Without defaults of charts" }).count()).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test("says when syncs are allowed, below the head of every view", async () => {
    const { page, faults } = await open({ windows: WINDOWS });
    const line = page.locator(".windows-line");
    expect(await line.locator("span").allTextContents()).toEqual([
      expect.stringMatching(/^Automated sync is not allowed now; the next window opens at .* UTC\)?$/),
      "Manual sync is allowed now",
    ]);
    await page.getByRole("tab", { name: "Resources" }).click();
    expect(await line.count()).toBe(1);
    expect(faults()).toEqual([]);
    await page.context().close();
  }, 60_000);

  test.each([
    { width: 1440, scheme: "light" },
    { width: 1024, scheme: "dark" },
    { width: 390, scheme: "dark" },
    { width: 320, scheme: "light" },
  ] as const)(
    "is drawn $width wide, $scheme",
    async ({ width, scheme }) => {
      const { page, faults } = await open({ windows: WINDOWS, how: { width, scheme, height: 900 } });
      // A phone shows what is looked at before it.
      await page.locator(".windows-line").waitFor({ state: width > 640 ? "visible" : "attached" });
      await screenshot(page, `config-${width}-${scheme}`);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
      expect(await accessibilityProblems(page)).toEqual([]);
      expect(faults()).toEqual([]);
      await page.context().close();
    },
    60_000,
  );
});
